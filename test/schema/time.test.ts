import assert from 'node:assert/strict';
import { formatUtc, localDateHour, startOfUtcHourMs, utcHourOf, utcTimestamp } from '@kinetrack/schema';
import fc from 'fast-check';

const moments = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });

test('writes every moment in the form that it accepts', () => {
  fc.assert(fc.property(moments, (epochMs) => assert.ok(utcTimestamp.safeParse(formatUtc(epochMs)).success)));
});

test('accepts no other form of the same moment', () => {
  for (const text of [
    '2026-11-20T09:10:11Z',
    '2026-11-20T09:10:11.123+00:00',
    '2026-11-20 09:10:11.123Z',
    '2026-11-20T24:00:00.000Z',
    '2026-11-20T09:10:60.000Z',
    '2026-13-01T09:10:11.123Z',
    '2026-02-29T09:10:11.123Z',
    '20261120T091011.123Z',
    ' 2026-11-20T09:10:11.123Z',
  ]) {
    assert.ok(!utcTimestamp.safeParse(text).success, text);
  }
  assert.ok(utcTimestamp.safeParse('2028-02-29T23:59:59.999Z').success);
});

test('puts a moment into the UTC hour that begins before it', () => {
  fc.assert(
    fc.property(moments, (epochMs) => {
      const start = startOfUtcHourMs(utcHourOf(formatUtc(epochMs)));
      assert.ok(start <= epochMs && epochMs < start + 3_600_000);
    }),
  );
});

test('returns the date and hour of the person, for offsets of half and quarter hours too', () => {
  const at = Date.parse('2026-12-31T23:40:00.000Z');
  assert.deepEqual(localDateHour(at, 0), { date: '2026-12-31', hour: 23 });
  assert.deepEqual(localDateHour(at, 330), { date: '2027-01-01', hour: 5 });
  assert.deepEqual(localDateHour(at, 15), { date: '2026-12-31', hour: 23 });
  assert.deepEqual(localDateHour(at, 20), { date: '2027-01-01', hour: 0 });
  assert.deepEqual(localDateHour(at, -210), { date: '2026-12-31', hour: 20 });
});
