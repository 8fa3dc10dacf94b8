/**
 * The decision tree: lists, then input, then presence. docs/productivity.md describes it for users.
 *
 * Lists judge a segment (the time of one window). The other rules judge the whole minute. Thresholds are
 * per minute and are not scaled to a partial minute: three keys in ten seconds count as three keys. A short
 * part can miss a threshold, but is never extrapolated.
 *
 * A threshold and its sentence are in one function, so that the reason always matches the verdict.
 */
import type { RuleSet, State, VerdictRule } from '@kinetrack/schema';
import type { Listed } from './matchers.ts';
import type { MinuteFigures } from './minute.ts';

export interface Verdict {
  readonly state: State;
  readonly rule: VerdictRule;
  /** One sentence with the figures and thresholds behind the verdict. */
  readonly reason: string;
}

/** The verdict on a listed window, for its seconds in front. */
export function judgeListed({ list, pattern }: Listed, seconds: number): Verdict {
  return list === 'meeting'
    ? {
        state: 'productive',
        rule: 'meeting',
        reason: `Meeting: ${seconds} s in a window on the meeting list (${pattern}).`,
      }
    : {
        state: 'non_productive',
        rule: 'non_productive_list',
        reason: `Non-productive: ${seconds} s in a window on the non-productive list (${pattern}).`,
      };
}

/** The verdict on a minute, for all windows that are on no list. */
export function judgeMinute(figures: MinuteFigures, rules: RuleSet): Verdict {
  const missing = notCaptured(figures);
  if (missing.length === 4) {
    return { state: 'unknown', rule: 'no_input_capture', reason: noInputReason(figures) };
  }
  const interaction = interactionReason(figures, rules.interaction);
  if (interaction !== undefined) return { state: 'productive', rule: 'interaction', reason: interaction };
  const unmet = unmetForPresence(figures, rules.presence);
  if (unmet.length === 0) {
    return { state: 'productive', rule: 'presence', reason: presenceReason(figures, rules.presence) };
  }
  // Partial capture can prove activity. It cannot prove inactivity.
  if (missing.length > 0) {
    return { state: 'unknown', rule: 'no_input_capture', reason: partialInputReason(figures, missing) };
  }
  return { state: 'non_productive', rule: 'inactive', reason: inactiveReason(figures, rules, unmet) };
}

function notCaptured({ keys, clicks, scrolls, distance_px }: MinuteFigures): readonly string[] {
  const missing: string[] = [];
  if (keys === null) missing.push('keys');
  if (clicks === null) missing.push('clicks');
  if (scrolls === null) missing.push('scrolling');
  if (distance_px === null) missing.push('mouse movement');
  return missing;
}

const noInputReason = ({ observed_s }: MinuteFigures): string =>
  `No verdict: keyboard and mouse are not captured on this computer (${observed_s} s observed).`;

const partialInputReason = ({ observed_s }: MinuteFigures, missing: readonly string[]): string =>
  `No verdict: the captured input reaches no threshold in ${observed_s} s, and this computer does not capture ${missing.join(', ')}.`;

/** Undefined if no threshold is reached. */
function interactionReason(figures: MinuteFigures, rule: RuleSet['interaction']): string | undefined {
  const keys = figures.keys ?? 0;
  const clicks = figures.clicks ?? 0;
  const scrolls = figures.scrolls ?? 0;
  const total = keys + clicks + scrolls;
  const within = `in ${figures.observed_s} s`;
  if (total >= rule.min_interactions) {
    const parts = `${count(keys, 'key')}, ${count(clicks, 'click')}, ${count(scrolls, 'scroll step')}`;
    return `Active: ${count(total, 'interaction')} ${within} (${parts}); minimum ${rule.min_interactions}.`;
  }
  if (keys >= rule.min_keys) return `Active: ${count(keys, 'key')} ${within}; minimum ${rule.min_keys}.`;
  if (clicks >= rule.min_clicks) {
    return `Active: ${count(clicks, 'click')} ${within}; minimum ${rule.min_clicks}.`;
  }
  return undefined;
}

/** The conditions of presence that are not met. */
function unmetForPresence(figures: MinuteFigures, rule: RuleSet['presence']): readonly string[] {
  const unmet: string[] = [];
  if ((figures.distance_px ?? 0) < rule.min_distance_px) unmet.push(distanceText(figures, rule));
  if (figures.moving_s < rule.min_moving_s) unmet.push(movingText(figures, rule));
  if (figures.longest_idle_s >= rule.max_idle_s) unmet.push(pauseText(figures, rule));
  if (distractionRatio(figures) > rule.max_distraction_ratio) unmet.push(distractionText(figures, rule));
  return unmet;
}

function presenceReason(figures: MinuteFigures, rule: RuleSet['presence']): string {
  const conditions = [distanceText(figures, rule), movingText(figures, rule), pauseText(figures, rule)];
  if (figures.distraction_s !== null) conditions.push(distractionText(figures, rule));
  return `Reading: ${conditions.join(', ')}.`;
}

function inactiveReason(
  figures: MinuteFigures,
  { interaction: { min_keys, min_clicks, min_interactions } }: RuleSet,
  unmet: readonly string[],
): string {
  const total = (figures.keys ?? 0) + (figures.clicks ?? 0) + (figures.scrolls ?? 0);
  const minimum = `minimum ${min_interactions}, or ${min_keys} keys, or ${min_clicks} clicks`;
  return `Inactive: ${count(total, 'interaction')} in ${figures.observed_s} s (${minimum}). Not reading: ${unmet.join(', ')}.`;
}

type Presence = RuleSet['presence'];

const distanceText = ({ distance_px }: MinuteFigures, { min_distance_px }: Presence): string =>
  `mouse distance ${distance_px ?? 0} px (minimum ${min_distance_px} px)`;

const movingText = ({ moving_s }: MinuteFigures, { min_moving_s }: Presence): string =>
  `movement in ${count(moving_s, 'second')} (minimum ${min_moving_s})`;

const pauseText = ({ longest_idle_s }: MinuteFigures, { max_idle_s }: Presence): string =>
  `longest pause ${longest_idle_s} s (must be below ${max_idle_s} s)`;

const distractionText = (figures: MinuteFigures, { max_distraction_ratio }: Presence): string =>
  `distraction in sight ${percent(distractionRatio(figures))} of the time (maximum ${percent(max_distraction_ratio)})`;

const distractionRatio = ({ distraction_s, observed_s }: MinuteFigures): number =>
  (distraction_s ?? 0) / observed_s;

const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;
const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
