/**
 * The fields of every activity type. No field can contain typed content: keys are counts and classes.
 * Objects are strict, so an unknown field is an error.
 */
import * as z from 'zod';

/** Key classes. The key itself never leaves the capture process. */
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

const app = label.meta({
  description: 'Name of the application; null if the active window is not available.',
});
const site = label.meta({ description: 'Website or service in a browser; null in other applications.' });
const title = label.meta({ description: 'Window title after the privacy filter; null if titles are off.' });
const x = pixel.meta({ description: 'Distance from the left edge of the screen.' });
const y = pixel.meta({ description: 'Distance from the top edge of the screen.' });

/**
 * Limits of a `custom` event, whose content a script chooses. With its envelope (about 420 bytes), an event
 * fits into one billing step of Firehose (5 KB).
 */
export const CUSTOM_LIMITS = {
  /** Characters of a name, as for the name of a detector. */
  maxNameLength: 64,
  /** Entries of `values`. */
  maxKeys: 32,
  /** Characters of a key, as for the keys of `system.detail`. */
  maxKeyLength: 64,
  /** Characters of a string, as for the values of `system.detail`. */
  maxStringLength: 1024,
  /** Bytes of `values` as JSON in UTF-8: one billing step minus the envelope and the name. */
  maxValuesBytes: 4096,
} as const;

const HALF_CHARACTER = /\p{Cs}/u;
/** A lone surrogate has no UTF-8 encoding: query engines reject the whole line. */
const wellFormed = (text: string): boolean => !HALF_CHARACTER.test(text);
const WELL_FORMED = 'must be well-formed Unicode, without half a surrogate pair';

/** Control characters are invisible in query results. Hive reads the key `\N` as null and drops its entry. */
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
  // A number is read as a string with its JSON digits; queries cast it.
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
      .max(SECONDS_A_MINUTE - 1)
      .meta({ description: 'First second of the window in the minute.' }),
    to_s: z.int32().min(1).max(SECONDS_A_MINUTE).meta({ description: 'First second after the window.' }),
  })
  .meta({ description: 'Range of seconds with one window in front.' });
export type Segment = z.infer<typeof segment>;

const perSecond = (what: string) =>
  z
    .array(count)
    .max(SECONDS_A_MINUTE)
    .nullable()
    .meta({
      description: `${what} in each observed second, the first for \`from_s\`; null if input is not captured.`,
    });

export const activityShapes = {
  sample: {
    from_s: z
      .int32()
      .min(0)
      .max(SECONDS_A_MINUTE - 1)
      .meta({ description: 'First observed second of the minute.' }),
    to_s: z.int32().min(1).max(SECONDS_A_MINUTE).meta({ description: 'First second after the observation.' }),
    keys: perSecond('Keystrokes'),
    clicks: perSecond('Mouse clicks'),
    scrolls: perSecond('Scroll steps'),
    distance_px: perSecond('Path of the mouse'),
    segments: z.array(segment).max(SECONDS_A_MINUTE).meta({
      description: 'Windows in front, in order; together they cover `from_s` to `to_s` without gaps.',
    }),
    distraction_s: z.int32().min(0).max(SECONDS_A_MINUTE).nullable().meta({
      description: 'Seconds with a distracting window in sight; null if visible windows are not examined.',
    }),
    idle_at_start_s: z
      .int32()
      .min(0)
      .nullable()
      .meta({ description: 'Time without any input before `from_s`; null if input is not captured.' }),
    flags: z.array(z.string().min(1).max(64)).max(16).meta({ description: 'Findings of the detectors.' }),
  },
  mouse_move: {
    x,
    y,
    distance_px: count.meta({ description: 'Path of the mouse since the last `mouse_move`.' }),
  },
  mouse_click: {
    button: z.enum(['left', 'right', 'middle', 'other']).meta({ description: 'Mouse button.' }),
    action: z.enum(['press', 'release']).meta({ description: 'Press or release of the button.' }),
    x,
    y,
  },
  mouse_scroll: {
    direction: z.enum(['up', 'down', 'left', 'right']).meta({ description: 'Direction of the scrolling.' }),
    amount: count.meta({ description: 'Number of scroll steps.' }),
  },
  key_press: {
    key_class: z
      .enum(KEY_CLASSES)
      .meta({ description: 'Class of the key; the key itself is never recorded.' }),
  },
  word: {
    length: count.meta({
      description: 'Number of characters of the finished word; the characters are never recorded.',
    }),
    corrections: count.meta({ description: 'Number of backspaces in the word.' }),
  },
  app_change: {
    app,
    site,
    title,
    previous_app: label.meta({ description: 'Name of the application before the change.' }),
    previous_site: label.meta({ description: 'Website or service before the change.' }),
    previous_title: label.meta({ description: 'Window title before the change.' }),
  },
  idle: {
    phase: z.enum(['start', 'end']).meta({ description: 'Start or end of the idle time.' }),
    input: z.enum(['keyboard', 'mouse', 'any']).meta({ description: 'Input that is idle.' }),
    duration_s: z.number().min(0).meta({ description: 'Time without that input up to this event.' }),
  },
  screenshot: {
    object_key: z.string().min(1).max(1024).meta({ description: 'Key of the image in the lake.' }),
    monitor: count.meta({ description: 'Number of the monitor, from 0.' }),
    width_px: count.meta({ description: 'Width of the image.' }),
    height_px: count.meta({ description: 'Height of the image.' }),
    bytes: z.int().min(0).meta({ description: 'Size of the stored image.' }),
    blurred: z.boolean().meta({ description: 'Whether the image is blurred.' }),
    encryption: z.string().min(1).max(64).meta({ description: 'Encryption of the stored image.' }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
      .meta({ description: 'SHA-256 of the stored image, in hexadecimal digits.' }),
  },
  scripted_activity: {
    detector: z.string().min(1).max(64).meta({ description: 'Detector that found the activity.' }),
    window_s: z.number().min(0).meta({ description: 'Length of the examined period.' }),
    evidence: z.record(z.string(), z.string()).meta({ description: 'Figures that led to the finding.' }),
    action: z.enum(['flagged', 'discarded']).meta({ description: 'Treatment of the activity.' }),
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
    kind: z.enum(SYSTEM_KINDS).meta({ description: 'What happened.' }),
    detail: z
      .record(z.string().max(64), z.string().max(1024))
      .meta({ description: 'Details of the kind, such as the reason of dropped events.' }),
  },
} as const;

export type ActivityType = keyof typeof activityShapes;
export const ACTIVITY_TYPES = Object.keys(activityShapes) as readonly ActivityType[];

/** One sentence per type, for tables and the reference. Other types get a general sentence. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  sample: 'Activity of one minute, or of a part of one, second by second; the rollups read only these.',
  mouse_move: 'Movement of the mouse.',
  mouse_click: 'Press or release of a mouse button.',
  mouse_scroll: 'Scrolling in one direction.',
  key_press: 'Keystroke, by the class of the key.',
  word: 'Finished word, by its length.',
  app_change: 'Change of the active window.',
  idle: 'Start or end of a time without input.',
  screenshot: 'Stored image of a monitor.',
  scripted_activity: 'Input that a detector attributes to a script.',
  system: 'Start, stop, sleep, lost events and other changes of the agent and the machine.',
  custom: 'Event that a script records with `track()`.',
};
export const describeActivity = (type: string): string => DESCRIPTIONS[type] ?? `Event of the type ${type}.`;
