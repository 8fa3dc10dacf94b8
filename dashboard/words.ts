/** Display texts of stored names. */
import type {
  ConnectionFault,
  DropReason,
  MinuteReport,
  StatusReport,
  TimelineRun,
  VerdictRule,
} from '@kinetrack/schema';
import { formatClock, formatDayAndMonth, formatDuration, formatNumber } from './format.ts';

export type RunState = TimelineRun['state'];

export const STATE_WORDS: Record<RunState, string> = {
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

/** Titles of connection faults. A sentence with the remedy follows the title. */
const FAULT_WORDS: Record<ConnectionFault, string> = {
  no_network: 'No network',
  dns_failure: 'Destination not found',
  refused: 'Connection refused',
  reset: 'Connection reset',
  timeout: 'Connection timed out',
  proxy_required: 'Proxy required',
  captive_portal: 'Network sign-in required',
  tls_interception: 'Certificate not trusted',
  credentials_missing: 'No credentials',
  credentials_expired: 'Credentials expired',
  credentials_invalid: 'Credentials invalid',
  access_denied: 'Access denied',
  region_missing: 'No region',
  destination_missing: 'Destination does not exist',
  throttled: 'Destination throttled',
  clock_wrong: 'Clock wrong',
  service_fault: 'Destination unavailable',
  storage_fault: 'Destination not writable',
  unknown: 'Not delivered',
};

const DROP_WORDS: Record<DropReason, string> = {
  queue_full: 'the queue was full',
  disk_full: 'the disk was full',
  memory_full: 'the disk rejected writes and memory was full',
  damaged: 'their data was damaged',
  file_missing: 'a file of the queue was deleted',
  too_large: 'too large for the destination',
  refused: 'rejected by the destination',
};

type Delivery = NonNullable<StatusReport['delivery']>;

/** Title and sentence; undefined if there is no fault. */
export function faultWords(
  { connection, pending }: Delivery,
  offsetMin: number,
  today: string,
): { readonly title: string; readonly text: string } | undefined {
  const { fault, since, message } = connection;
  if (connection.state !== 'faulty' || fault === null) return undefined;
  const title = `${FAULT_WORDS[fault]}${since === null ? '' : ` ${sinceWords(since, offsetMin, today)}`}.`;
  const waiting =
    pending === 0
      ? 'New events are stored on this computer until they can be delivered.'
      : `${countWords(pending)} on this computer until ${pending === 1 ? 'it' : 'they'} can be delivered.`;
  return { title, text: `${message === null ? '' : `${asSentence(message)} `}${waiting}` };
}

const countWords = (pending: number): string =>
  pending === 1 ? '1 event is stored' : `${formatNumber(pending)} events are stored`;

/** `since 10:12`, with the date if it was another day. */
function sinceWords(utc: string, offsetMin: number, today: string): string {
  const local = new Date(Date.parse(utc) + offsetMin * 60_000).toISOString();
  const clock = formatClock(utc, offsetMin);
  return local.startsWith(today) ? `since ${clock}` : `since ${formatDayAndMonth(local)}, ${clock}`;
}

/** Stored reasons have no capital letter and no full stop. */
const asSentence = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** The dropped events with their reasons; undefined if there are none. */
export function droppedWords({
  dropped,
}: Delivery): { readonly title: string; readonly text: string } | undefined {
  const reasons = Object.entries(dropped).filter(([, count]) => count > 0);
  const sum = reasons.reduce((total, [, count]) => total + count, 0);
  if (sum === 0) return undefined;
  const words: Readonly<Record<string, string>> = DROP_WORDS;
  const why = reasons.map(([reason, count]) => {
    const word = words[reason] ?? reason.replaceAll('_', ' ');
    return reasons.length === 1 ? word : `${formatNumber(count)}: ${word}`;
  });
  const title = sum === 1 ? '1 event was dropped.' : `${formatNumber(sum)} events were dropped.`;
  return { title, text: asSentence(why.join('; ')) };
}

export const appWords = (app: string | null): string => app ?? 'Unknown application';

export function windowWords(app: string | null, site: string | null): string {
  return site === null ? appWords(app) : `${site} in ${appWords(app)}`;
}

type Thresholds = MinuteReport['rules'];
type Inputs = MinuteReport['verdicts'][number]['inputs'];

interface InputWords {
  readonly label: string;
  readonly unit: 's' | 'px' | '';
  /** Required value; absent if no rule checks this figure alone. */
  readonly required?: (rules: Thresholds) => string;
  readonly met?: (value: number, rules: Thresholds, observedS: number) => boolean;
  /** Text for a missing value that counts as zero. Otherwise, a missing value was not captured. */
  readonly absent?: string;
}

const INTERACTION_WORDS: Readonly<Record<string, InputWords>> = {
  keys: {
    ...{ label: 'Key presses', unit: '' },
    required: ({ interaction }) => `${interaction.min_keys} or more`,
    met: (value, { interaction }) => value >= interaction.min_keys,
  },
  clicks: {
    ...{ label: 'Clicks', unit: '' },
    required: ({ interaction }) => `${interaction.min_clicks} or more`,
    met: (value, { interaction }) => value >= interaction.min_clicks,
  },
  scrolls: { label: 'Scroll steps', unit: '' },
  interactions: {
    ...{ label: 'Keys, clicks and scroll steps', unit: '' },
    required: ({ interaction }) => `${interaction.min_interactions} or more`,
    met: (value, { interaction }) => value >= interaction.min_interactions,
  },
};

const PRESENCE_WORDS: Readonly<Record<string, InputWords>> = {
  distance_px: {
    ...{ label: 'Mouse distance', unit: 'px' },
    required: ({ presence }) => `${formatNumber(presence.min_distance_px)} px or more`,
    met: (value, { presence }) => value >= presence.min_distance_px,
  },
  moving_s: {
    ...{ label: 'Seconds with movement', unit: 's' },
    required: ({ presence }) => `${presence.min_moving_s} s or more`,
    met: (value, { presence }) => value >= presence.min_moving_s,
  },
  longest_idle_s: {
    ...{ label: 'Longest idle period', unit: 's' },
    required: ({ presence }) => `under ${presence.max_idle_s} s`,
    met: (value, { presence }) => value < presence.max_idle_s,
  },
  distraction_s: {
    ...{ label: 'Distraction in sight', unit: 's', absent: 'not observed' },
    required: ({ presence }) => `up to ${Math.round(presence.max_distraction_ratio * 100)} %`,
    met: (value, { presence }, observedS) => value <= presence.max_distraction_ratio * observedS,
  },
};

export interface InputLine {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** Empty if no rule checks this figure alone. */
  readonly required: string;
  readonly met: boolean;
}

export interface InputGroup {
  readonly title: string;
  readonly lines: readonly InputLine[];
}

/** Figures of a minute, with required values if its rule set is still current. */
export function inputGroups(stored: Inputs, rules: Thresholds | undefined): InputGroup[] {
  const { observed_s, ...inputs } = withInteractions(stored);
  const observedS = typeof observed_s === 'number' ? observed_s : 0;
  const groupOf = (title: string, words: Readonly<Record<string, InputWords>>): InputGroup => ({
    title,
    lines: Object.entries(words)
      .filter(([name]) => name in inputs)
      .map(([name, word]) => lineOf(name, inputs[name], word, rules, observedS)),
  });
  const known = { ...INTERACTION_WORDS, ...PRESENCE_WORDS };
  const others = Object.fromEntries(
    Object.keys(inputs)
      .filter((name) => !(name in known))
      .map((name): [string, InputWords] => [name, { label: name, unit: '' }]),
  );
  return [
    groupOf(rules === undefined ? 'Interaction' : 'Interaction: one of these is enough', INTERACTION_WORDS),
    groupOf(rules === undefined ? 'Presence' : 'Presence: all of these are required', PRESENCE_WORDS),
    groupOf('Other', others),
  ].filter(({ lines }) => lines.length > 0);
}

function lineOf(
  name: string,
  value: Inputs[string] | undefined,
  words: InputWords,
  rules: Thresholds | undefined,
  observedS: number,
): InputLine {
  const zero = value === null && words.absent !== undefined;
  const counted = typeof value === 'number' ? value : zero ? 0 : null;
  const required = rules === undefined ? undefined : words.required?.(rules);
  return {
    name,
    label: words.label,
    value: valueWords(value, words),
    required: required ?? '',
    met: rules !== undefined && counted !== null && (words.met?.(counted, rules, observedS) ?? false),
  };
}

/** Adds the sum for the interaction rule, which is not stored. */
function withInteractions(inputs: Inputs): Inputs {
  const parts = [inputs.keys, inputs.clicks, inputs.scrolls].filter((count) => typeof count === 'number');
  if ('interactions' in inputs || parts.length === 0) return inputs;
  return { ...inputs, interactions: parts.reduce((sum, count) => sum + count, 0) };
}

function valueWords(value: Inputs[string] | undefined, { unit, absent }: InputWords): string {
  if (value === null || value === undefined) return absent ?? 'not captured';
  if (typeof value !== 'number') return typeof value === 'string' ? value : JSON.stringify(value);
  if (unit === 's') return formatDuration(value);
  return unit === '' ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}
