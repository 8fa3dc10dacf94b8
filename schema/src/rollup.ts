/** Rows of the rollups, for queries and dashboards. */
import * as z from 'zod';
import { calendarDate, utcTimestamp } from './time.ts';

/** `unknown`: observed without input capture, so there is no verdict. */
export const STATES = ['productive', 'non_productive', 'unknown'] as const;
export type State = (typeof STATES)[number];

/** Rules of the decision tree, in order of evaluation. */
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
const personColumn = {
  user_id: z.string().meta({ description: 'Identifier of the person.' }),
};
const activityColumns = {
  app: z
    .string()
    .nullable()
    .meta({ description: 'Name of the application; null if the window is not available.' }),
  site: z
    .string()
    .nullable()
    .meta({ description: 'Website or service in a browser; null in other applications.' }),
  state: z.enum(STATES).meta({ description: 'Verdict of these seconds.' }),
  seconds: z.int32().min(0).meta({ description: 'Observed time of the row; rows never overlap.' }),
  keys: count.meta({ description: 'Keystrokes in these seconds.' }),
  clicks: count.meta({ description: 'Mouse clicks in these seconds.' }),
  scrolls: count.meta({ description: 'Scroll steps in these seconds.' }),
  distance_px: count.meta({ description: 'Path of the mouse in these seconds.' }),
};
const localDate = calendarDate.meta({ description: 'Local date of the person.' });
const localHour = z.int32().min(0).max(23).meta({ description: 'Hour of the local clock.' });

/** One row per person, device, minute, app, site and rule. */
export const minuteRow = z.strictObject({
  ...personColumn,
  device_id: z.string().meta({ description: 'Identifier of the installation.' }),
  minute: utcTimestamp.meta({ column: 'timestamp', description: 'Start of the minute in UTC.' }),
  utc_offset_min: z.int32().meta({ description: 'Offset of the local clock from UTC.' }),
  local_date: localDate,
  local_hour: localHour,
  ...activityColumns,
  rule: z.enum(VERDICT_RULES).meta({ description: 'Rule that gave the verdict.' }),
  reason: z.string().meta({ description: 'Reason for the verdict in one sentence, with its figures.' }),
  inputs: z.string().meta({ description: 'Figures of the minute that the rules judged, as JSON.' }),
  rules_version: z.string().meta({ description: 'Version of the rule set.' }),
});
export type MinuteRow = z.infer<typeof minuteRow>;

/** One row per person, local date and hour, app, site and state. */
export const hourRow = z.strictObject({
  ...personColumn,
  local_date: localDate,
  local_hour: localHour,
  ...activityColumns,
});
export type HourRow = z.infer<typeof hourRow>;

const sum = (description: string) => z.int().min(0).meta({ description });
/** One row per person and local date: the view `days`, in the order of its columns. */
export const dayRow = z.strictObject({
  ...personColumn,
  local_date: localDate,
  observed_s: sum('Observed time.'),
  productive_s: sum('Observed time with a productive verdict.'),
  non_productive_s: sum('Observed time with a non-productive verdict.'),
  unknown_s: sum('Observed time without a verdict, because input was not captured.'),
  keys: sum('Keystrokes.'),
  clicks: sum('Mouse clicks.'),
  scrolls: sum('Scroll steps.'),
  distance_px: sum('Path of the mouse.'),
});
export type DayRow = z.infer<typeof dayRow>;
