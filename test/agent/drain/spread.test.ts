/** Every device closes its minute in the same second; what many of them share must not get it all at once. */
import assert from 'node:assert/strict';
import { memorySpool, silentLogger } from '@kinetrack/agent';
import { Drain } from '../../../agent/src/drain/drain.ts';
import { deliverAll, FakeSink } from '../../support/agent/fake-sink.ts';
import { sampleEvent } from '../../support/lake/raw-samples.ts';
import { seeded } from '../../support/seeded.ts';
import { settle, TestRuntime } from '../../support/time/test-runtime.ts';

/** Devices on one clock that close minutes together; tells when each of them sent, in seconds from the first minute. */
async function closeMinutes(options: {
  readonly devices: number;
  readonly minutes: number;
  readonly cadenceMs: number | undefined;
}): Promise<number[]> {
  const runtime = new TestRuntime();
  runtime.random = seeded(20261120);
  const sentAtS: number[] = [];
  const startMs = runtime.monotonic();
  const devices = Array.from({ length: options.devices }, () => {
    const spool = memorySpool();
    const sink = new FakeSink(async (records) => {
      sentAtS.push((runtime.monotonic() - startMs) / 1000);
      return deliverAll(records);
    });
    const drain = new Drain({
      ...{ runtime, spool, logger: silentLogger, deadLetters: null },
      ...{ maxBatchRecords: 1000, maxBatchBytes: 1_000_000, flushIntervalMs: null },
      sink: Object.assign(sink, options.cadenceMs === undefined ? {} : { cadenceMs: options.cadenceMs }),
      onDelivered: () => {},
      onRejected: () => {},
      onError: (error) => assert.fail(String(error)),
    });
    return { spool, drain };
  });
  for (let minute = 1; minute <= options.minutes; minute += 1) {
    for (const { spool, drain } of devices) {
      await spool.append([{ id: minute, line: '{}' }]);
      drain.accepted([sampleEvent()], 2000);
    }
    await settle();
    for (let second = 0; second < 60; second += 1) await runtime.advance(1000);
  }
  return sentAtS;
}

test('spreads the minutes of many devices over the period of what they share', async () => {
  const devices = 300;
  const sentAtS = await closeMinutes({ devices, minutes: 1, cadenceMs: 30_000 });
  assert.equal(sentAtS.length, devices);
  assert.ok(Math.max(...sentAtS) <= 30);
  const perSecond = new Map<number, number>();
  for (const atS of sentAtS) perSecond.set(Math.floor(atS), (perSecond.get(Math.floor(atS)) ?? 0) + 1);
  const busiest = Math.max(...perSecond.values());
  assert.ok(busiest <= devices / 10, `${busiest} of ${devices} came within one second`);
});

test('sends once in a period, however many minutes close in it', async () => {
  const sentAtS = await closeMinutes({ devices: 1, minutes: 30, cadenceMs: 300_000 });
  assert.ok(sentAtS.length >= 5 && sentAtS.length <= 6, `${sentAtS.length} sends in half an hour`);
  for (const [index, atS] of sentAtS.entries()) {
    if (index > 0) assert.equal(Math.round(atS - (sentAtS[index - 1] ?? 0)), 300);
  }
});

test('sends a closed minute at once to a destination of its own', async () => {
  const sentAtS = await closeMinutes({ devices: 3, minutes: 2, cadenceMs: undefined });
  assert.deepEqual(
    sentAtS.map((atS) => Math.round(atS)),
    [0, 0, 0, 60, 60, 60],
  );
});
