/** The verdicts in words. Thresholds are tested here, where their sentence is made: one can never lie about the other. */
import type { RuleSet } from '@kinetrack/schema';
import type { MinuteFigures } from './minute.ts';

export const meeting = (pattern: string, seconds: number): string =>
  `In a meeting for ${seconds} s: this window is on the list of meetings (${pattern}).`;

export const nonProductive = (pattern: string, seconds: number): string =>
  `In front for ${seconds} s: this window is on the non-productive list (${pattern}).`;

export const noInputCapture = ({ observed_s }: MinuteFigures): string =>
  `Keyboard and mouse are not captured on this computer, so nothing can be said about these ${observed_s} s.`;

export const partlyCaptured = ({ observed_s }: MinuteFigures, missing: readonly string[]): string =>
  `Too little was seen in ${observed_s} s to call it active, and too little is captured to call it inactive: no ${missing.join(', no ')}.`;

/** Undefined where no threshold is reached. */
export function interaction(figures: MinuteFigures, rule: RuleSet['interaction']): string | undefined {
  const keys = figures.keys ?? 0;
  const clicks = figures.clicks ?? 0;
  const scrolls = figures.scrolls ?? 0;
  const total = keys + clicks + scrolls;
  const within = `in ${figures.observed_s} s`;
  if (total >= rule.min_interactions) {
    const parts = `${count(keys, 'key')}, ${count(clicks, 'click')}, ${count(scrolls, 'scroll step')}`;
    return `${count(total, 'interaction')} ${within} (${parts}); ${rule.min_interactions} are enough.`;
  }
  if (keys >= rule.min_keys) return `${count(keys, 'key')} ${within}; ${rule.min_keys} are enough.`;
  if (clicks >= rule.min_clicks) return `${count(clicks, 'click')} ${within}; ${rule.min_clicks} are enough.`;
  return undefined;
}

/** What keeps a minute from counting as reading; empty where nothing does. */
export function lackingForPresence(figures: MinuteFigures, rule: RuleSet['presence']): readonly string[] {
  const lacking: string[] = [];
  const distance = figures.distance_px ?? 0;
  if (distance < rule.min_distance_px) {
    lacking.push(`the mouse moved ${distance} px (${rule.min_distance_px} needed)`);
  }
  if (figures.moving_s < rule.min_moving_s) {
    lacking.push(`it moved in ${figures.moving_s} different seconds (${rule.min_moving_s} needed)`);
  }
  if (figures.longest_idle_s >= rule.max_idle_s) {
    lacking.push(`${figures.longest_idle_s} s went by without input (under ${rule.max_idle_s} needed)`);
  }
  if (distractionRatio(figures) > rule.max_distraction_ratio) {
    lacking.push(
      `a distraction was in sight for ${percent(distractionRatio(figures))} of the time (${percent(rule.max_distraction_ratio)} allowed)`,
    );
  }
  return lacking;
}

export function presence(figures: MinuteFigures, rule: RuleSet['presence']): string {
  const movement = `the mouse moved ${figures.distance_px ?? 0} px in ${figures.moving_s} different seconds (${rule.min_distance_px} px in ${rule.min_moving_s} needed)`;
  const idle = `the longest pause was ${figures.longest_idle_s} s (under ${rule.max_idle_s} needed)`;
  const sight =
    figures.distraction_s === null
      ? ''
      : `, a distraction was in sight for ${percent(distractionRatio(figures))} of the time (${percent(rule.max_distraction_ratio)} allowed)`;
  return `Reading: ${movement}, ${idle}${sight}.`;
}

export function inactive(
  figures: MinuteFigures,
  { interaction: { min_keys, min_clicks, min_interactions } }: RuleSet,
  lacking: readonly string[],
): string {
  const total = (figures.keys ?? 0) + (figures.clicks ?? 0) + (figures.scrolls ?? 0);
  const needed = `${min_interactions} needed, or ${min_keys} keys, or ${min_clicks} clicks`;
  return `Inactive: ${count(total, 'interaction')} in ${figures.observed_s} s (${needed}); no reading either: ${lacking.join(', ')}.`;
}

const distractionRatio = ({ distraction_s, observed_s }: MinuteFigures): number =>
  (distraction_s ?? 0) / observed_s;

const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;
const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
