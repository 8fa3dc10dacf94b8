/** Records that are events, or nearly: whatever a broken producer may put into the stream. Always a JSON object. */
import { ACTIVITY_TYPES } from '@kinetrack/schema';
import fc from 'fast-check';
import { anyEvent } from './any-event.ts';

const DAY_MS = 86_400_000;
const valid = anyEvent({ fromMs: Date.parse('1970-01-01'), toMs: Date.parse('2262-01-01') });

/** What may stand where a text is expected. */
const anything = fc.oneof(
  ...[fc.constant(null), fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })],
  ...[fc.string({ unit: 'binary' }), fc.constant([]), fc.constant({}), fc.constant(['sample'])],
);

const digits = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
    .map((all) => all.join(''));
const twoDigits = fc.oneof(
  digits(2),
  ...['00', '01', '02', '04', '12', '13', '23', '24', '28', '29', '30', '31', '32', '59', '60'].map((text) =>
    fc.constant(text),
  ),
);
/** In the form of a moment; the day and the hour may not exist. */
const nearMoment = fc
  .tuple(
    fc.oneof(digits(4), fc.constantFrom('1900', '2000', '2023', '2024', '2026', '0000')),
    ...([twoDigits, twoDigits, twoDigits, twoDigits, twoDigits] as const),
    digits(3),
  )
  .map(
    ([year, month, day, hour, minute, second, ms]) =>
      `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`,
  );

const brokenMoment = fc.oneof(
  { weight: 6, arbitrary: nearMoment },
  {
    weight: 3,
    // One character of a good moment taken away, doubled or replaced.
    arbitrary: fc
      .tuple(
        fc.integer({ min: 0, max: 20_000 * DAY_MS }),
        fc.nat(23),
        fc.constantFrom('', ' ', '9', 'x', '\n', '/', '-'),
      )
      .map(([ms, at, other]) => {
        const moment = new Date(ms).toISOString();
        return moment.slice(0, at) + other + moment.slice(at + 1);
      }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['', 'now', '2026-11-20', '2026-11-20T09:10:11Z', '2026-11-20T09:10:11.123+01:00'],
      ...['2026-11-20T09:10:11.123Z\n', '\n2026-11-20T09:10:11.123', '2026-11-20T09:10:11.123z'],
      ...['２０２６-11-20T09:10:11.123Z', '2026-02-29T09:10:11.123Z', '2024-02-29T09:10:11.123Z'],
    ),
  },
);
const brokenType = fc.oneof(
  fc.constantFrom('SAMPLE', 'sample ', 'samples', '', 'toString', '__proto__', 'a/b', '../sample', 'dt=1'),
  fc.string(),
);

const change = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  { weight: 5, arbitrary: fc.record({ ts: brokenMoment }) },
  { weight: 2, arbitrary: fc.record({ activity_type: brokenType }) },
  { weight: 1, arbitrary: fc.record({ activity_type: fc.constantFrom(...ACTIVITY_TYPES), ts: anything }) },
  { weight: 1, arbitrary: fc.record({ activity_type: anything }) },
  { weight: 1, arbitrary: fc.constantFrom({ ts: undefined }, { activity_type: undefined }) },
);

export const nearEvent: fc.Arbitrary<object> = fc
  .tuple(valid, change)
  .map(([event, changed]) => ({ ...event, ...changed }));
