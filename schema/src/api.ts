/**
 * Responses of the API. They type the routes, validate the tests and are imported as types by the
 * dashboard.
 */
import * as z from 'zod';
import { CONNECTION_FAULTS, CONNECTION_STATES } from './connection.ts';
import { STATES, VERDICT_RULES } from './rollup.ts';
import { ruleSet } from './rules.ts';
import { calendarDate, utcTimestamp } from './time.ts';

const count = z.int().min(0);

/** Every response with an error status. */
export const apiErrorBody = z.strictObject({
  error: z.strictObject({
    code: z.string().meta({ description: 'Stable error code.' }),
    message: z.string().meta({ description: 'The value, the rule and the remedy in one sentence.' }),
  }),
});
export type ApiErrorBody = z.infer<typeof apiErrorBody>;

const stateSeconds = {
  observed_s: count.meta({ description: 'The sum of the three states.' }),
  productive_s: count,
  non_productive_s: count,
  unknown_s: count.meta({
    description: 'Observed seconds without a verdict, because input is not captured.',
  }),
};
const counters = { keys: count, clicks: count, scrolls: count, distance_px: count };

export const healthReport = z.strictObject({ status: z.literal('ok'), now: utcTimestamp });
export type HealthReport = z.infer<typeof healthReport>;

export const usersReport = z.strictObject({ users: z.array(z.string()), default_user: z.string() });
export type UsersReport = z.infer<typeof usersReport>;

/** Observed part of the time between the first and the last observed second. */
export const completeness = z.strictObject({
  from: utcTimestamp,
  to: utcTimestamp,
  covered_s: count.meta({ description: 'Seconds observed by at least one device; at most 60 per minute.' }),
  span_s: count.meta({ description: 'Seconds from the first to the last observed second.' }),
  ratio: z.number().min(0).max(1),
  explanation: z.string(),
});
export type Completeness = z.infer<typeof completeness>;

/** Totals of one person and date. */
export const daySummary = z.strictObject({
  user: z.string(),
  date: calendarDate.meta({ description: 'Local date of the person.' }),
  today: calendarDate.meta({ description: 'Current local date of the person.' }),
  is_today: z.boolean(),
  first_date: calendarDate.nullable().meta({ description: 'First date with data; null without any.' }),
  last_date: calendarDate.nullable(),
  utc_offset_min: z.int().meta({ description: 'Minutes by which the local clock was ahead of UTC.' }),
  ...stateSeconds,
  ...counters,
  completeness: completeness.nullable().meta({ description: 'Null if nothing was observed.' }),
});
export type DaySummary = z.infer<typeof daySummary>;

const siteUse = z.strictObject({ site: z.string(), ...stateSeconds });
export const appUse = z.strictObject({
  app: z.string().nullable().meta({ description: 'Null if the active window is not available.' }),
  ...stateSeconds,
  ...counters,
  sites: z.array(siteUse).meta({ description: 'Use by site, if known; most seconds first.' }),
});
export type AppUse = z.infer<typeof appUse>;

const range = { user: z.string(), from: calendarDate, to: calendarDate };
export const appsReport = z.strictObject({
  ...range,
  observed_s: count,
  apps: z.array(appUse).meta({ description: 'Most seconds first.' }),
});
export type AppsReport = z.infer<typeof appsReport>;

export const trendDay = z.strictObject({ date: calendarDate, ...stateSeconds, ...counters });
export type TrendDay = z.infer<typeof trendDay>;
export const dailyReport = z.strictObject({
  ...range,
  days: z.array(trendDay).meta({ description: 'All dates of the range, including those without data.' }),
});
export type DailyReport = z.infer<typeof dailyReport>;

/** Consecutive minutes with the same state, app and site; each minute counts with its longest. */
export const timelineRun = z.strictObject({
  state: z.enum([...STATES, 'not_observed']),
  app: z.string().nullable(),
  site: z.string().nullable(),
  from: utcTimestamp,
  to: utcTimestamp.meta({ description: 'Exclusive.' }),
  observed_s: count,
});
export type TimelineRun = z.infer<typeof timelineRun>;
export const timelineReport = z.strictObject({
  user: z.string(),
  date: calendarDate,
  utc_offset_min: z.int(),
  runs: z
    .array(timelineRun)
    .meta({ description: 'Without gaps, from the first to the last observed minute.' }),
});
export type TimelineReport = z.infer<typeof timelineReport>;

/** Verdict of a part of a minute. */
export const minuteVerdict = z.strictObject({
  device_id: z.string(),
  app: z.string().nullable(),
  site: z.string().nullable(),
  state: z.enum(STATES),
  seconds: count,
  ...counters,
  rule: z.enum(VERDICT_RULES),
  reason: z.string(),
  inputs: z.record(z.string(), z.json()).meta({ description: 'Figures of the whole minute.' }),
  rules_version: z.string(),
});
export type MinuteVerdict = z.infer<typeof minuteVerdict>;
export const minuteReport = z.strictObject({
  user: z.string(),
  minute: utcTimestamp,
  utc_offset_min: z.int().nullable().meta({ description: 'Null if the minute was not observed.' }),
  verdicts: z.array(minuteVerdict).meta({ description: 'Most seconds first; empty if not observed.' }),
  rules: ruleSet
    .pick({ version: true, interaction: true, presence: true })
    .meta({ description: 'Current thresholds. Each verdict contains the version that it is based on.' }),
});
export type MinuteReport = z.infer<typeof minuteReport>;

/** Capture and delivery of the process that serves the API. */
export const statusReport = z.strictObject({
  recording: z.enum(['recording', 'paused', 'off']),
  note: z.string().nullable().meta({ description: 'One sentence to display, such as: demo data.' }),
  captures: z
    .array(
      z.strictObject({
        name: z.string().meta({ description: 'Name of the source: input, active-window, presence.' }),
        status: z.enum(['available', 'starting', 'unavailable']),
        reason: z.string().nullable().meta({ description: 'The missing part and the remedy.' }),
      }),
    )
    .meta({ description: 'Empty if this process captures nothing.' }),
  delivery: z
    .strictObject({
      destination: z.string().meta({ description: 'Destination, such as local or kinesis:activity.' }),
      captured: count.meta({
        description: 'Since the queue was created; equals delivered + pending + dropped.',
      }),
      delivered: count.meta({ description: 'Acknowledged by the destination.' }),
      pending: count.meta({ description: 'Accepted, not yet acknowledged.' }),
      dropped: z.record(z.string(), count).meta({ description: 'Permanently lost, by reason.' }),
      connection: z.strictObject({
        state: z.enum(CONNECTION_STATES),
        fault: z.enum(CONNECTION_FAULTS).nullable().meta({ description: 'Null if there is no fault.' }),
        message: z.string().nullable().meta({ description: 'One sentence with the remedy.' }),
        since: utcTimestamp.nullable().meta({ description: 'Null if unknown.' }),
      }),
      queue: z
        .strictObject({
          bytes: count.meta({ description: 'Size on disk.' }),
          max_bytes: count,
          key: z.string().meta({ description: 'Location of the queue key, as text.' }),
          note: z.string().nullable().meta({ description: 'Problem with the key and its remedy.' }),
        })
        .nullable()
        .meta({ description: 'Null for a queue in memory.' }),
      dead_letters: count.meta({ description: 'Permanently rejected events, kept as dead letters.' }),
      last_error: z.string().nullable(),
    })
    .nullable()
    .meta({ description: 'Null if this process delivers nothing.' }),
});
export type StatusReport = z.infer<typeof statusReport>;

export const deletionAccepted = z.strictObject({
  deletion: z.string().meta({ description: 'ID of the deletion; the receipt is at /admin/deletions/<id>.' }),
  status: z.literal('accepted'),
});
export type DeletionAccepted = z.infer<typeof deletionAccepted>;
