/** The rows that a rollup writes: what analysts query and dashboards show. */
import * as z from 'zod';
import { calendarDate, utcTimestamp } from './time.ts';

/** `unknown`: observed, but input is not captured on that machine, so nothing can be said. */
export const STATES = ['productive', 'non_productive', 'unknown'] as const;
export type State = (typeof STATES)[number];

/** The rules of the decision tree, in the order in which they are asked. */
export const VERDICT_RULES = [
  'meeting',
  'non_productive_list',
  'no_input_capture',
  'interaction',
  'presence',
  'inactive',
] as const;
export type VerdictRule = (typeof VERDICT_RULES)[number];

const count = z.int().min(0);
const who = {
  user_id: z.string().meta({ description: 'The person.' }),
};
const what = {
  app: z.string().nullable().meta({ description: 'Application; null where the window is not available.' }),
  site: z.string().nullable().meta({ description: 'Website or service in a browser.' }),
  state: z.enum(STATES).meta({ description: 'productive, non_productive or unknown.' }),
  seconds: z.int32().min(0).meta({ description: 'Observed seconds of this row; rows never overlap.' }),
  keys: count.meta({ description: 'Key presses in those seconds.' }),
  clicks: count.meta({ description: 'Clicks in those seconds.' }),
  scrolls: count.meta({ description: 'Scroll steps in those seconds.' }),
  distance_px: count.meta({ description: 'Mouse distance in those seconds, in pixels.' }),
};
const localDate = calendarDate.meta({ description: "The person's own date." });
const localHour = z.int32().min(0).max(23).meta({ description: "Hour of the person's own clock." });

/** A person, device, minute, app, site and rule. */
export const minuteRow = z.strictObject({
  ...who,
  device_id: z.string().meta({ description: 'The installation.' }),
  minute: utcTimestamp.meta({ column: 'timestamp', description: 'Start of the minute, UTC.' }),
  utc_offset_min: z.int32().meta({ description: 'Minutes by which the local clock was ahead of UTC.' }),
  local_date: localDate,
  local_hour: localHour,
  ...what,
  rule: z.enum(VERDICT_RULES).meta({ description: 'Rule that decided the verdict.' }),
  reason: z.string().meta({ description: 'Verdict in one sentence, with the deciding figures.' }),
  inputs: z.string().meta({ description: 'Figures of the whole minute used by the rules, as JSON.' }),
  rules_version: z.string().meta({ description: 'Version of the rule set.' }),
});
export type MinuteRow = z.infer<typeof minuteRow>;

/** A person, local date and hour, app, site and state. */
export const hourRow = z.strictObject({ ...who, local_date: localDate, local_hour: localHour, ...what });
export type HourRow = z.infer<typeof hourRow>;

const sum = (description: string) => z.int().min(0).meta({ description });
/** A person and local date: a row of the view `days`, in the order of its columns. */
export const dayRow = z.strictObject({
  ...who,
  local_date: localDate,
  observed_s: sum('Observed seconds.'),
  productive_s: sum('Observed seconds with a productive verdict.'),
  non_productive_s: sum('Observed seconds with a non-productive verdict.'),
  unknown_s: sum('Observed seconds without a verdict, because input is not captured.'),
  keys: sum('Keystrokes.'),
  clicks: sum('Clicks.'),
  scrolls: sum('Scroll steps.'),
  distance_px: sum('Mouse distance, in pixels.'),
});
export type DayRow = z.infer<typeof dayRow>;
