/** Any valid event of any type, out of the schema itself: every text, the ends of every range, nothing where it may be. */
import {
  ACTIVITY_TYPES,
  type ActivityEvent,
  type ActivityType,
  activityShapes,
  CUSTOM_LIMITS,
  envelopeShape,
  formatUtc,
  parseEvent,
} from '@kinetrack/schema';
import fc from 'fast-check';
import * as z from 'zod';
import { anySample } from '../../support/lake/sample-arbitrary.ts';

/** What a JSON Schema of zod says about a value, as far as events need it. */
interface ValueSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ValueSchema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: ValueSchema;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly additionalProperties?: ValueSchema | boolean;
  readonly propertyNames?: ValueSchema;
}

const INT32 = 2 ** 31 - 1;
/**
 * Not at the beginning of a text: the binding of DuckDB for Node.js takes it for a mark of the encoding and leaves it
 * out of what it hands over (in the database it stands, `length(chr(65279))` is 1).
 */
const BYTE_ORDER_MARK = '\ufeff';
const NASTY = [
  ...['', ' ', '"', '\\', '\\n', '\n', '\r\n', '\t', '\u0000', '\u001f', '\u007f', '\u2028'],
  ...['null', 'NULL', '\\N', 'true', '1e5', '{}', '[]', '{"a":1}', "'; --", '<b>&amp;', '$dt', '!{x}'],
  ...['grün', '日本語', '👩‍👩‍👧‍👦', '𝕏', 'a\u0301', 'שלום', '\ud7ff\ue000', 'a\ufeff'],
];

const text = ({ minLength = 0, maxLength = 64 }: ValueSchema): fc.Arbitrary<string> =>
  fc
    .oneof(
      fc.constantFrom(...NASTY),
      fc.string({ unit: 'binary', maxLength: Math.min(maxLength, 40) }),
      fc.constant('x'.repeat(Math.min(maxLength, 1024))),
    )
    .filter(
      (value) => value.length >= minLength && value.length <= maxLength && !value.startsWith(BYTE_ORDER_MARK),
    );

const matching = (pattern: string, { maxLength = Number.POSITIVE_INFINITY }: ValueSchema) =>
  fc
    .stringMatching(new RegExp(pattern))
    .filter((value) => value.length <= maxLength && !value.startsWith(BYTE_ORDER_MARK));

function anyValue(schema: ValueSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(anyValue));
  if (schema.format === 'uuid') return fc.uuid({ version: 4 });
  if (schema.pattern !== undefined) return matching(schema.pattern, schema);
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'string':
      return text(schema);
    case 'integer':
      return wholeNumber(schema.minimum ?? -INT32 - 1, schema.maximum ?? INT32);
    case 'number':
      return fc.oneof(
        fc.constantFrom(0, 0.1, 1 / 3, 1e-7, 1e21, 5e-324, Number.MAX_VALUE, 86_399.999),
        fc.double({ min: schema.minimum ?? 0, max: 1e9, noNaN: true }).map((value) => value + 0),
      );
    case 'array':
      return fc.array(anyValue(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 5, 5) });
    case 'object':
      return objectOf(schema);
    default:
      throw new TypeError(`no values are known for ${JSON.stringify(schema)}; add them to any-event.ts`);
  }
}

const wholeNumber = (min: number, max: number) =>
  fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));

/** Of a number read as text, engines spell the exponent differently: `1e-7` is `1E-7` on Trino and `1e-07` on DuckDB. */
const isPlain = (value: unknown): boolean => typeof value !== 'number' || !/e/.test(String(value));

function objectOf({ properties, additionalProperties, propertyNames }: ValueSchema): fc.Arbitrary<unknown> {
  if (properties !== undefined) {
    return fc.record(
      Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, anyValue(value)])),
    );
  }
  if (typeof additionalProperties !== 'object')
    throw new TypeError('an object without a type for its values');
  // Hive's mark for null: Trino leaves out the entry of such a key. No key that an agent writes is one.
  const form = new RegExp(propertyNames?.pattern ?? '');
  const key = text(propertyNames ?? {}).filter((name) => name !== '\\N' && form.test(name));
  return fc
    .dictionary(key, anyValue(additionalProperties).filter(isPlain), { maxKeys: 6 })
    .filter((entries) => Buffer.byteLength(JSON.stringify(entries)) <= CUSTOM_LIMITS.maxValuesBytes);
}

export interface AnyEventOptions {
  /** The moments that events lie in, ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Events by type; each passes the schema that everything else is checked with. */
export function anyEvent({ fromMs, toMs }: AnyEventOptions): fc.Arbitrary<ActivityEvent> {
  const moment = fc.integer({ min: fromMs, max: toMs - 1 });
  const ofType = (type: ActivityType) =>
    type === 'sample'
      ? fc.tuple(anySample, moment).map(([sample, ms]) => ({
          ...sample,
          ts: formatUtc(ms - (ms % 60_000) + sample.from_s * 1000),
        }))
      : fc
          .tuple(objectOf(schemaOf(type)), moment)
          .map(([event, ms]) => ({ ...z.record(z.string(), z.unknown()).parse(event), ts: formatUtc(ms) }));
  return fc.oneof(...ACTIVITY_TYPES.map(ofType)).map(valid);
}

const schemaOf = (type: ActivityType): ValueSchema =>
  z.toJSONSchema(
    z.strictObject({ ...envelopeShape, activity_type: z.literal(type), ...activityShapes[type] }),
    { unrepresentable: 'any' },
  ) as ValueSchema;

function valid(event: Record<string, unknown>): ActivityEvent {
  const parsed = parseEvent({ ...event, event_id: `${String(event.device_id)}:${String(event.seq)}` });
  if (!parsed.ok) throw new TypeError(parsed.message);
  return parsed.value;
}
