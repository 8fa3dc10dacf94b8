/**
 * The body of every activity type. Nothing here can carry what was typed: keys are counts and classes.
 * Objects are strict: a field that is not named here is an error, so content cannot ride along.
 */
import * as z from 'zod';

/** Classes that a key can be reported as; the key itself never leaves the capture process. */
export const KEY_CLASSES = [
  'letter',
  'digit',
  'space',
  'enter',
  'backspace',
  'delete',
  'tab',
  'escape',
  'navigation',
  'modifier',
  'function',
  'punctuation',
  'media',
  'other',
] as const;
export type KeyClass = (typeof KEY_CLASSES)[number];

export const SYSTEM_KINDS = [
  'start',
  'stop',
  'pause',
  'resume',
  'sleep',
  'wake',
  'lock',
  'unlock',
  'battery',
  'time_zone',
  'clock',
  'network',
  'capability',
  'dropped',
  'config',
] as const;

const SECONDS_A_MINUTE = 60;
const pixel = z.int32();
const count = z.int32().min(0);
const label = z.string().max(512).nullable();

const app = label.meta({ description: 'Application name; null if the active window is not available.' });
const site = label.meta({ description: 'Website or service in a browser; null elsewhere.' });
const title = label.meta({ description: 'Window title after the privacy filter; null if titles are off.' });

export const segment = z
  .strictObject({
    app,
    site,
    title,
    from_s: z
      .int32()
      .min(0)
      .max(SECONDS_A_MINUTE - 1),
    to_s: z.int32().min(1).max(SECONDS_A_MINUTE),
  })
  .meta({ description: 'Half-open range of seconds with one window in front.' });
export type Segment = z.infer<typeof segment>;

const perSecond = z.array(count).max(SECONDS_A_MINUTE).nullable().meta({
  description: 'One number per observed second, starting at from_s; null if input is not captured.',
});

export const activityShapes = {
  sample: {
    from_s: z
      .int32()
      .min(0)
      .max(SECONDS_A_MINUTE - 1)
      .meta({ description: 'First observed second of the minute.' }),
    to_s: z.int32().min(1).max(SECONDS_A_MINUTE).meta({ description: 'Second after the last observed one.' }),
    keys: perSecond,
    clicks: perSecond,
    scrolls: perSecond,
    distance_px: perSecond,
    segments: z.array(segment).max(SECONDS_A_MINUTE),
    distraction_s: z.int32().min(0).max(SECONDS_A_MINUTE).nullable().meta({
      description: 'Seconds with a distracting window in sight; null if visible windows are not observed.',
    }),
    idle_at_start_s: z
      .int32()
      .min(0)
      .nullable()
      .meta({ description: 'Seconds without input before from_s; null if input is not captured.' }),
    flags: z.array(z.string().min(1).max(64)).max(16).meta({ description: 'Flags of the detectors.' }),
  },
  mouse_move: {
    x: pixel,
    y: pixel,
    distance_px: count.meta({ description: 'Distance since the last mouse_move, in pixels.' }),
  },
  mouse_click: {
    button: z.enum(['left', 'right', 'middle', 'other']),
    action: z.enum(['press', 'release']),
    x: pixel,
    y: pixel,
  },
  mouse_scroll: { direction: z.enum(['up', 'down', 'left', 'right']), amount: count },
  key_press: { key_class: z.enum(KEY_CLASSES) },
  word: {
    length: count.meta({ description: 'Number of characters of the finished word.' }),
    corrections: count.meta({ description: 'Number of backspaces within the word.' }),
  },
  app_change: { app, site, title, previous_app: app, previous_site: site, previous_title: title },
  idle: {
    phase: z.enum(['start', 'end']),
    input: z.enum(['keyboard', 'mouse', 'any']),
    duration_s: z.number().min(0).meta({ description: 'Seconds without this input until this event.' }),
  },
  screenshot: {
    object_key: z.string().min(1).max(1024),
    monitor: count,
    width_px: count,
    height_px: count,
    bytes: z.int().min(0),
    blurred: z.boolean(),
    encryption: z.string().min(1).max(64),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
  },
  scripted_activity: {
    detector: z.string().min(1).max(64),
    window_s: z.number().min(0),
    evidence: z.record(z.string(), z.string()),
    action: z.enum(['flagged', 'discarded']),
  },
  system: {
    kind: z.enum(SYSTEM_KINDS),
    detail: z.record(z.string().max(64), z.string().max(1024)),
  },
} as const;

export type ActivityType = keyof typeof activityShapes;
export const ACTIVITY_TYPES = Object.keys(activityShapes) as readonly ActivityType[];
