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

const app = label.meta({ description: 'Application name; null where the active window is not available.' });
const site = label.meta({ description: 'Website or service in a browser; null elsewhere.' });
const title = label.meta({ description: 'Window title after the privacy filter; null where it is off.' });

/**
 * Bounds of a `custom` event, whose content a script chooses. With its envelope (about 420 bytes) an event stays
 * within one billing step of Firehose (5 KB).
 */
export const CUSTOM_LIMITS = {
  /** Characters of a name: a value to group by, as long as a detector's name. */
  maxNameLength: 64,
  /** Entries of `values`: more belong into several events, or into the object that a value refers to. */
  maxKeys: 32,
  /** Characters of a key, as of the keys of `system.detail`. */
  maxKeyLength: 64,
  /** Characters of a string, as of the values of `system.detail`. */
  maxStringLength: 1024,
  /** Bytes of `values` as JSON in UTF-8: one billing step less the envelope and the name. */
  maxValuesBytes: 4096,
} as const;

const HALF_CHARACTER = /\p{Cs}/u;
/** Half a surrogate pair has no UTF-8 form: engines refuse the whole line. */
const wellFormed = (text: string): boolean => !HALF_CHARACTER.test(text);
const WELL_FORMED = 'must be well-formed Unicode, without half a surrogate pair';

/** Control characters hide in a GROUP BY; Hive takes the key `\N` for null and drops its entry. */
const customLabel = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it refuses
    .regex(/^[^\u0000-\u001f\u007f\\]+$/, 'must hold no control character and no backslash')
    .refine(wellFormed, WELL_FORMED);

const customValue = z
  .union([z.string().max(CUSTOM_LIMITS.maxStringLength).refine(wellFormed, WELL_FORMED), z.number()], {
    error: 'must be a string or a finite number',
  })
  // Numbers are read as the characters that stand in the JSON: SQL casts them.
  .meta({ column: 'string' });

const utf8 = new TextEncoder();

const customValues = z.record(customLabel(CUSTOM_LIMITS.maxKeyLength), customValue).check((context) => {
  const report = (message: string) =>
    context.issues.push({ code: 'custom', path: [], message, input: context.value });
  const keys = Object.keys(context.value).length;
  if (keys > CUSTOM_LIMITS.maxKeys) report(`must have at most ${CUSTOM_LIMITS.maxKeys} keys, not ${keys}`);
  const bytes = utf8.encode(JSON.stringify(context.value)).length;
  if (bytes > CUSTOM_LIMITS.maxValuesBytes) {
    report(`must have at most ${CUSTOM_LIMITS.maxValuesBytes} bytes as JSON, not ${bytes}`);
  }
});

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
  .meta({ description: 'Half-open range of seconds in which one window was in front.' });
export type Segment = z.infer<typeof segment>;

const perSecond = z.array(count).max(SECONDS_A_MINUTE).nullable().meta({
  description: 'One figure per observed second, the first for from_s; null where input is not captured.',
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
      description: 'Seconds with a distracting window in sight; null where windows were not looked at.',
    }),
    idle_at_start_s: z
      .int32()
      .min(0)
      .nullable()
      .meta({ description: 'Seconds without any input before from_s; null where input is not captured.' }),
    flags: z.array(z.string().min(1).max(64)).max(16).meta({ description: 'What the detectors noticed.' }),
  },
  mouse_move: {
    x: pixel,
    y: pixel,
    distance_px: count.meta({ description: 'Path since the last mouse_move.' }),
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
    length: count.meta({ description: 'Characters of the finished word; never which.' }),
    corrections: count.meta({ description: 'Backspaces while it was typed.' }),
  },
  app_change: { app, site, title, previous_app: app, previous_site: site, previous_title: title },
  idle: {
    phase: z.enum(['start', 'end']),
    input: z.enum(['keyboard', 'mouse', 'any']),
    duration_s: z.number().min(0).meta({ description: 'Seconds without that input, up to this event.' }),
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
  custom: {
    name: customLabel(CUSTOM_LIMITS.maxNameLength).meta({
      description: 'What a script calls its event, such as `build_finished`.',
    }),
    values: customValues.meta({
      description:
        'What the script recorded with it. Cast numbers: `TRY_CAST(element_at("values", \'rows\') AS double)`.',
    }),
  },
  system: {
    kind: z.enum(SYSTEM_KINDS),
    detail: z.record(z.string().max(64), z.string().max(1024)),
  },
} as const;

export type ActivityType = keyof typeof activityShapes;
export const ACTIVITY_TYPES = Object.keys(activityShapes) as readonly ActivityType[];
