/**
 * The decision tree: list, then input, then presence. docs/productivity.md says the same to users.
 *
 * Lists judge a segment (the time of one window); the other rules judge the whole minute. Thresholds are per
 * bucket and apply unscaled to what was observed of it: three keystrokes in ten seconds are three keystrokes,
 * so a short part can fall short but never be talked up.
 */
import type { RuleSet, State, VerdictRule } from '@kinetrack/schema';
import type { Listed } from './matchers.ts';
import type { MinuteFigures } from './minute.ts';
import * as reason from './reasons.ts';

export interface Verdict {
  readonly state: State;
  readonly rule: VerdictRule;
  /** One sentence with the figures that led to it. */
  readonly reason: string;
}

/** The verdict on a window that stands on a list, for the seconds that it was in front. */
export function judgeListed({ list, pattern }: Listed, seconds: number): Verdict {
  return list === 'meeting'
    ? { state: 'productive', rule: 'meeting', reason: reason.meeting(pattern, seconds) }
    : {
        state: 'non_productive',
        rule: 'non_productive_list',
        reason: reason.nonProductive(pattern, seconds),
      };
}

/** The verdict on a minute, for all its windows that stand on no list. */
export function judgeMinute(figures: MinuteFigures, rules: RuleSet): Verdict {
  const missing = notCaptured(figures);
  if (missing.length === 4) {
    return { state: 'unknown', rule: 'no_input_capture', reason: reason.noInputCapture(figures) };
  }
  const interaction = reason.interaction(figures, rules.interaction);
  if (interaction !== undefined) return { state: 'productive', rule: 'interaction', reason: interaction };
  const lacking = reason.lackingForPresence(figures, rules.presence);
  if (lacking.length === 0) {
    return { state: 'productive', rule: 'presence', reason: reason.presence(figures, rules.presence) };
  }
  // What was captured may prove activity; only when all of it was captured may silence prove the opposite.
  if (missing.length > 0) {
    return { state: 'unknown', rule: 'no_input_capture', reason: reason.partlyCaptured(figures, missing) };
  }
  return { state: 'non_productive', rule: 'inactive', reason: reason.inactive(figures, rules, lacking) };
}

function notCaptured({ keys, clicks, scrolls, distance_px }: MinuteFigures): readonly string[] {
  const missing: string[] = [];
  if (keys === null) missing.push('keystrokes');
  if (clicks === null) missing.push('clicks');
  if (scrolls === null) missing.push('scrolling');
  if (distance_px === null) missing.push('mouse movement');
  return missing;
}
