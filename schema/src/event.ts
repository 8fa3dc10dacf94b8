/** The event: envelope and fields of one activity type, and its parser. */
import * as z from 'zod';
import { ACTIVITY_TYPES, type ActivityType, activityShapes } from './activities.ts';
import { envelopeShape } from './envelope.ts';
import { isRecord } from './json.ts';
import { describeIssue, ruleOf, show } from './messages.ts';

const eventOf = <T extends ActivityType>(type: T) =>
  z.strictObject({ ...envelopeShape, activity_type: z.literal(type), ...activityShapes[type] });

export const sampleSchema = eventOf('sample').check((context) => {
  const { from_s, to_s, segments } = context.value;
  const report = (path: PropertyKey[], message: string, input: unknown) =>
    context.issues.push({ code: 'custom', path, message, input });
  if (to_s <= from_s) report(['to_s'], `must be above from_s (${from_s})`, to_s);
  const observed = to_s - from_s;
  for (const name of ['keys', 'clicks', 'scrolls', 'distance_px'] as const) {
    const figures = context.value[name];
    if (figures !== null && figures.length !== observed) {
      report([name], `must have one number per observed second: ${observed}, not ${figures.length}`, figures);
    }
  }
  let second = from_s;
  for (const [index, part] of segments.entries()) {
    if (part.from_s !== second || part.to_s <= part.from_s) {
      report(['segments', index], `must start at second ${second} and end after it`, part);
      return;
    }
    second = part.to_s;
  }
  if (second !== to_s) report(['segments'], `must end at to_s (${to_s}), not at ${second}`, segments);
});

/** One schema per activity type. */
export const eventSchemas = {
  sample: sampleSchema,
  mouse_move: eventOf('mouse_move'),
  mouse_click: eventOf('mouse_click'),
  mouse_scroll: eventOf('mouse_scroll'),
  key_press: eventOf('key_press'),
  word: eventOf('word'),
  app_change: eventOf('app_change'),
  idle: eventOf('idle'),
  screenshot: eventOf('screenshot'),
  scripted_activity: eventOf('scripted_activity'),
  custom: eventOf('custom'),
  system: eventOf('system'),
} as const satisfies Record<ActivityType, z.ZodType>;

export type EventOf<T extends ActivityType> = z.infer<(typeof eventSchemas)[T]>;
export type Sample = EventOf<'sample'>;
export type ActivityEvent = { [T in ActivityType]: EventOf<T> }[ActivityType];
/** An event without its envelope, as a source emits it. */
export type ActivityBody<T extends ActivityType = ActivityType> = {
  [K in T]: { activity_type: K } & z.infer<z.ZodObject<(typeof activityShapes)[K]>>;
}[T];

/** Reason why an input is not a valid event. */
export interface Invalid {
  readonly ok: false;
  /** Stable code: `not_json`, `unknown_activity_type` or `invalid_field`. */
  readonly reason: 'not_json' | 'unknown_activity_type' | 'invalid_field';
  /** Dotted path of the field; empty for the whole event. */
  readonly path: string;
  /** One sentence: path, rule and value. */
  readonly message: string;
}
export type Parsed<T> = { readonly ok: true; readonly value: T } | Invalid;

/** Validates a value against its activity type. Never throws. */
export function parseEvent(input: unknown): Parsed<ActivityEvent> {
  const type = isRecord(input) ? input.activity_type : undefined;
  if (!isActivityType(type)) {
    return invalid(
      'unknown_activity_type',
      'activity_type',
      `activity_type: must be one of ${ACTIVITY_TYPES.join(', ')}; got ${show(type)}`,
    );
  }
  const result = eventSchemas[type].safeParse(input, { reportInput: true, error: ruleOf });
  if (!result.success) return invalidField(result.error);
  if (result.data.event_id !== `${result.data.device_id}:${result.data.seq}`) {
    return invalid(
      'invalid_field',
      'event_id',
      `event_id: must be <device_id>:<seq>; got ${show(result.data.event_id)}`,
    );
  }
  return { ok: true, value: result.data };
}

/** Validates one line of JSON. Never throws. */
export function parseEventLine(line: string): Parsed<ActivityEvent> {
  let input: unknown;
  try {
    input = JSON.parse(line);
  } catch {
    // The message of JSON.parse quotes the line, which can contain a window title.
    const rule = 'must be one JSON object per line';
    return invalid(
      'not_json',
      '',
      `event: ${rule}; got a string of ${line.length} characters that is not JSON`,
    );
  }
  return parseEvent(input);
}

export const isActivityType = (value: unknown): value is ActivityType =>
  typeof value === 'string' && Object.hasOwn(activityShapes, value);

function invalidField(error: z.ZodError): Invalid {
  const issue = error.issues[0];
  return invalid('invalid_field', issue?.path.join('.') ?? '', describeIssue(issue, 'event'));
}

const invalid = (reason: Invalid['reason'], path: string, message: string): Invalid => ({
  ok: false,
  reason,
  path,
  message,
});
