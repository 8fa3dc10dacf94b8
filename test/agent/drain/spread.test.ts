/** Every device closes its minute in the same second; what many of them share must not get it all at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySpool, silentLogger } from '@kinetrack/agent';
import { Drain } from '../../../agent/src/drain/index.ts';
import { FakeRuntime } from '../../support/fake-runtime.ts';
import { deliverAll, FakeSink } from '../../support/fake-sink.ts';
import { settle } from '../../support/manual-runtime.ts';
import { sampleEvent } from '../../support/raw-samples.ts';
import { seeded } from '../../support/seeded.ts';

const DEVICES = 300;

/** Devices on one clock that close a minute together; tells when each of them sent. */
async function closeAMinute(isShared: boolean): Promise<number[]> {
  const runtime = new FakeRuntime();
  runtime.random = seeded(20261120);
  const sentAtMs: number[] = [];
  const startMs = runtime.monotonic();
  for (let device = 0; device < DEVICES; device += 1) {
    const spool = memorySpool();
    await spool.append([{ id: 1, line: '{}' }]);
    const sink = new FakeSink(async (records) => {
      sentAtMs.push(runtime.monotonic() - startMs);
      return deliverAll(records);
    });
    const drain = new Drain({
      ...{ runtime, spool, logger: silentLogger, deadLetters: null },
      ...{ maxBatchRecords: 1000, maxBatchBytes: 1_000_000, flushIntervalMs: 60_000 },
      sink: Object.assign(sink, { isShared }),
      onDelivered: () => {},
      onRejected: () => {},
      onError: (error) => assert.fail(String(error)),
    });
    drain.accepted([sampleEvent()], 2000);
  }
  await settle();
  for (let second = 0; second < 31; second += 1) await runtime.advance(1000);
  return sentAtMs;
}

test('spreads the minutes of many devices over half a minute', async () => {
  const sentAtMs = await closeAMinute(true);
  assert.equal(sentAtMs.length, DEVICES);
  const perSecond = new Map<number, number>();
  for (const atMs of sentAtMs) {
    const second = Math.floor(atMs / 1000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  const busiest = Math.max(...perSecond.values());
  assert.ok(busiest <= DEVICES / 10, `${busiest} of ${DEVICES} came within one second`);
});

test('sends a closed minute at once where nobody else sends', async () => {
  assert.deepEqual(new Set(await closeAMinute(false)), new Set([0]));
});
