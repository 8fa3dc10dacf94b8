import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  BILLING_STEP_BYTES,
  MAX_EVENT_BYTES,
  MAX_RECORD_BYTES,
  MAX_RECORD_EVENTS,
  packRecords,
  STEADY_READ,
} from '../../agent/src/pack.ts';
import { memorySpool } from '../../agent/src/spool/index.ts';
import { eventLines } from '../support/lake/event-lines.ts';

const stepsOf = (bytes: number) => Math.ceil(bytes / BILLING_STEP_BYTES);

test('writes one line of JSON for each event, in their order', () => {
  const events = eventLines(3);
  const { packed, rejected } = packRecords(events);
  assert.equal(packed.length, 1);
  assert.equal(Buffer.from(packed[0]?.data ?? []).toString(), events.map(({ line }) => `${line}\n`).join(''));
  assert.deepEqual(packed[0]?.indexes, [0, 1, 2]);
  assert.deepEqual(rejected, []);
});

test('packs nothing into no record', () => {
  assert.deepEqual(packRecords([]), { packed: [], rejected: [] });
});

test('fills records to 25 KB and 200 events, newlines included, and no further', () => {
  const exact = packRecords(eventLines(25, { bytes: 1024 - 1 }));
  assert.deepEqual(
    exact.packed.map(({ data }) => data.length),
    [MAX_RECORD_BYTES],
  );
  const above = packRecords(eventLines(25, { bytes: 1024 }));
  assert.deepEqual(
    above.packed.map(({ indexes }) => indexes.length),
    [24, 1],
  );
  const many = packRecords(Array.from({ length: 401 }, (_, id) => ({ id, line: '{}' })));
  assert.deepEqual(
    many.packed.map(({ indexes }) => indexes.length),
    [200, 200, 1],
  );
});

test('sends an event above 25 KB alone, and rejects one that no record can hold, saying why', () => {
  const line = (bytes: number) => 'x'.repeat(bytes - 1);
  const sizes = [100, 30_000, 100, MAX_EVENT_BYTES, 100, MAX_EVENT_BYTES + 1, 100];
  const { packed, rejected } = packRecords(sizes.map((bytes, i) => ({ id: i + 1, line: line(bytes) })));
  assert.deepEqual(
    packed.map(({ indexes }) => indexes),
    [[0], [1], [2], [3], [4, 6]],
  );
  assert.deepEqual(
    rejected.map(({ index }) => index),
    [5],
  );
  assert.match(rejected[0]?.reason ?? '', /above 1024000 bytes.*record less/);
});

test('measures bytes, not characters', () => {
  const { packed } = packRecords(eventLines(2).map(({ id }) => ({ id, line: '日'.repeat(5_000) })));
  assert.equal(packed.length, 2);
});

test('reads from a spool in the steady state what packs into one billing step', async () => {
  const spool = memorySpool();
  await spool.append(eventLines(500, { bytes: 10 }).map(({ id }) => ({ id, line: `{"id":${id}}` })));
  await spool.append(eventLines(50, { from: 501, bytes: 350 }));
  let read = await spool.read(STEADY_READ);
  while (read.length > 0) {
    const { packed } = packRecords(read);
    assert.equal(packed.length, 1);
    assert.ok((packed[0]?.data.length ?? 0) <= BILLING_STEP_BYTES);
    await spool.ack(read.map(({ id }) => id));
    read = await spool.read(STEADY_READ);
  }
});

test('keeps every event once and within the limits, and is billed at most one step a record above the bytes', () => {
  const sizes = fc.array(
    fc.oneof(fc.integer({ min: 150, max: 3_000 }), fc.integer({ min: 150, max: 40_000 })),
    {
      maxLength: 400,
    },
  );
  fc.assert(
    fc.property(sizes, (all) => {
      const events = all.map((bytes, i) => ({ id: i + 1, line: 'x'.repeat(bytes) }));
      const { packed } = packRecords(events);
      assert.deepEqual(
        packed.flatMap(({ indexes }) => indexes),
        events.map((_, i) => i),
      );
      for (const { data, indexes } of packed) {
        assert.ok(data.length <= MAX_RECORD_BYTES || indexes.length === 1);
        assert.ok(indexes.length <= MAX_RECORD_EVENTS);
      }
      const bytes = all.reduce((sum, size) => sum + size + 1, 0);
      const billed = packed.reduce((sum, { data }) => sum + stepsOf(data.length), 0);
      assert.ok(billed <= stepsOf(bytes) + packed.length);
      // No two neighbours would have fitted into one record.
      for (const [i, { data, indexes }] of packed.entries()) {
        const next = packed[i + 1];
        const first = next?.indexes[0];
        if (next === undefined || first === undefined) continue;
        const fits =
          data.length + (all[first] ?? 0) + 1 <= MAX_RECORD_BYTES && indexes.length < MAX_RECORD_EVENTS;
        assert.equal(fits, false);
      }
    }),
  );
});
