import assert from 'node:assert/strict';
import { DEFAULT_RULES } from '@kinetrack/schema';
import fc from 'fast-check';
import { compileLists } from '../../../pipeline/rollup/matchers.ts';
import { SampleLedger } from '../../../pipeline/rollup/sample-ledger.ts';
import { SampleDecoder, type SamplePart } from '../../../pipeline/rollup/sample-part.ts';
import { StringPool } from '../../../pipeline/rollup/string-pool.ts';
import { anySample } from '../../support/lake/sample-arbitrary.ts';
import { DEVICE, SECOND_DEVICE, sampleOf } from '../../support/lake/sample-factory.ts';

const decoder = new SampleDecoder(
  { dt: '2026-11-20', hour: '09' },
  compileLists(DEFAULT_RULES),
  new StringPool(),
);

function partOf(sample: object): SamplePart {
  const part = decoder.decode(sample);
  if (typeof part === 'string') throw new TypeError(part);
  return part;
}

function ledgerOf(parts: readonly SamplePart[]): SampleLedger {
  const ledger = new SampleLedger();
  for (const part of parts) ledger.add(part);
  return ledger;
}

test('returns every sample unchanged', () => {
  fc.assert(
    fc.property(fc.array(anySample, { maxLength: 60 }), (samples) => {
      const parts = samples.map((sample, index) =>
        partOf({ ...sample, seq: Math.min(sample.seq, Number.MAX_SAFE_INTEGER - 60) + index }),
      );
      const distinct = [...new Map(parts.map((part) => [`${part.deviceId} ${part.seq}`, part])).values()];
      const given = [...ledgerOf(distinct).minutes()].flat(2);
      const bySeq = (a: SamplePart, b: SamplePart) => a.seq - b.seq || (a.deviceId < b.deviceId ? -1 : 1);
      assert.deepEqual(given.toSorted(bySeq), distinct.toSorted(bySeq));
    }),
    { numRuns: 60 },
  );
});

test('returns people, minutes, devices and samples in order, for any input order', () => {
  const sketches = ['grace', 'ada'].flatMap((user) =>
    [SECOND_DEVICE, DEVICE].flatMap((device) =>
      [12, 11, 10].flatMap((minute) =>
        [2, 1].map((nth) => ({
          user,
          device,
          at: `2026-11-20T09:${minute}`,
          seq: minute * 10 + nth + (user === 'ada' ? 1000 : 0),
        })),
      ),
    ),
  );
  const ledger = ledgerOf(sketches.map((sketch) => partOf(sampleOf(sketch))));
  const order = [...ledger.minutes()].map((devices) =>
    devices.map((parts) =>
      parts.map(({ userId, minute, deviceId, seq }) => `${userId} ${minute.slice(14)} ${deviceId[0]} ${seq}`),
    ),
  );
  assert.deepEqual(
    order,
    ['ada', 'grace'].flatMap((user) =>
      [10, 11, 12].map((minute) =>
        ['6', '7'].map((device) =>
          [1, 2].map(
            (nth) => `${user} ${minute} ${device} ${minute * 10 + nth + (user === 'ada' ? 1000 : 0)}`,
          ),
        ),
      ),
    ),
  );
});

test('counts a copy and keeps one sample', () => {
  const ledger = ledgerOf([1, 2, 1, 1].map((seq) => partOf(sampleOf({ seq }))));
  assert.deepEqual([ledger.size, ledger.duplicates], [2, 2]);
  assert.deepEqual(
    [...ledger.minutes()].flat(2).map(({ seq }) => seq),
    [1, 2],
  );
});

test('selects the same of several samples with one number, in any order', () => {
  const different = [
    sampleOf({ keys: { 0: 1 } }),
    sampleOf({ keys: { 0: 2 }, windows: [{ untilS: 20 }, { app: 'Mail' }] }),
    sampleOf({ at: '2026-11-20T09:59' }),
  ].map(partOf);
  fc.assert(
    fc.property(fc.shuffledSubarray(different, { minLength: 3 }), (shuffled) => {
      const [kept, ...more] = [...ledgerOf(shuffled).minutes()].flat(2);
      assert.deepEqual(more, []);
      assert.deepEqual(kept, [...ledgerOf(different).minutes()].flat(2)[0]);
    }),
  );
});
