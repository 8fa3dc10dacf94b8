/** What stored names mean to people. */
import type { MinuteReport, TimelineRun, VerdictRule } from '@kinetrack/schema';
import { formatDuration, formatNumber } from './format.ts';

export type Look = TimelineRun['state'];

export const STATE_WORDS: Record<Look, string> = {
  productive: 'Productive',
  non_productive: 'Non-productive',
  unknown: 'Unknown',
  not_observed: 'Not observed',
};

export const RULE_WORDS: Record<VerdictRule, string> = {
  meeting: 'Meeting',
  non_productive_list: 'On the non-productive list',
  no_input_capture: 'Input not captured',
  interaction: 'Enough interaction',
  presence: 'Active presence (reading)',
  inactive: 'Not enough activity',
};

const CAPTURE_WORDS: Readonly<Record<string, string>> = {
  input: 'Keyboard and mouse',
  'active-window': 'Active window',
  presence: 'Presence',
};

export const captureWords = (name: string): string => CAPTURE_WORDS[name] ?? name;

/** The name of an application; of a browser's site, where it is known. */
export const appWords = (app: string | null): string => app ?? 'Unknown application';

export function windowWords(app: string | null, site: string | null): string {
  return site === null ? appWords(app) : `${site} in ${appWords(app)}`;
}

type Thresholds = MinuteReport['rules'];

interface InputWords {
  readonly label: string;
  readonly unit: 's' | 'px' | '';
  /** What the rules ask for; absent where they do not look at it alone. */
  readonly asked?: (rules: Thresholds) => string;
}

const INPUT_WORDS: Readonly<Record<string, InputWords>> = {
  observed_s: { label: 'Observed', unit: 's' },
  keys: { label: 'Keystrokes', unit: '', asked: ({ interaction }) => `${interaction.min_keys} or more` },
  clicks: { label: 'Clicks', unit: '', asked: ({ interaction }) => `${interaction.min_clicks} or more` },
  scrolls: { label: 'Scroll steps', unit: '' },
  interactions: {
    label: 'Interactions (keys, clicks and scroll steps)',
    unit: '',
    asked: ({ interaction }) => `${interaction.min_interactions} or more`,
  },
  distance_px: {
    label: 'Mouse path',
    unit: 'px',
    asked: ({ presence }) => `${formatNumber(presence.min_distance_px)} px or more`,
  },
  moving_s: {
    label: 'Seconds with mouse movement',
    unit: 's',
    asked: ({ presence }) => `${presence.min_moving_s} s or more`,
  },
  longest_idle_s: {
    label: 'Longest pause without input',
    unit: 's',
    asked: ({ presence }) => `under ${presence.max_idle_s} s`,
  },
  distraction_s: {
    label: 'Distracting window in sight',
    unit: 's',
    asked: ({ presence }) => `up to ${Math.round(presence.max_distraction_ratio * 100)} % of the time`,
  },
};

export interface InputLine {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly asked: string;
}

/** The figures of a minute, with what the rules ask for where those rules are still in force. */
export function inputLines(
  inputs: MinuteReport['verdicts'][number]['inputs'],
  rules: Thresholds | undefined,
): InputLine[] {
  return Object.entries(withInteractions(inputs)).map(([name, value]) => {
    const words = INPUT_WORDS[name];
    return {
      name,
      label: words?.label ?? name,
      value: valueWords(value, words?.unit ?? ''),
      asked: rules === undefined ? '' : (words?.asked?.(rules) ?? ''),
    };
  });
}

/** The sum that the interaction rule looks at is not stored: it follows from its parts. */
function withInteractions(inputs: MinuteReport['verdicts'][number]['inputs']) {
  const { keys, clicks, scrolls } = inputs;
  if ('interactions' in inputs || typeof keys !== 'number') return inputs;
  const others = [clicks, scrolls].filter((count) => typeof count === 'number');
  return { ...inputs, interactions: others.reduce((sum, count) => sum + count, keys) };
}

function valueWords(value: unknown, unit: InputWords['unit']): string {
  if (value === null) return 'not captured';
  if (typeof value !== 'number') return typeof value === 'string' ? value : JSON.stringify(value);
  if (unit === 's') return formatDuration(value);
  return unit === '' ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}
