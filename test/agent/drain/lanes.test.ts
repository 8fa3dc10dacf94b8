/** After an outage: the backlog oldest first and below the sink's rate, and what is captured now not behind it. */
import assert from 'node:assert/strict';
import { memorySpool, type SinkRate, silentLogger } from '@kinetrack/agent';
import { Drain } from '../../../agent/src/drain/drain.ts';
import { type Answer, deliverAll, FakeSink } from '../../support/agent/fake-sink.ts';
import { eventLines } from '../../support/lake/event-lines.ts';
import { idsOf } from '../../support/spool/opened-spool.ts';
import { settle, TestRuntime } from '../../support/time/test-runtime.ts';

const offline: Answer = async (records) => records.map(() => ({ status: 'retryable', reason: 'offline' }));

class RatedSink extends FakeSink {
  /** The send in which each record came, with its time. */
  readonly sends: { readonly atMs: number; readonly ids: readonly number[]; readonly bytes: number }[] = [];
  constructor(
    readonly rate: SinkRate,
    runtime: TestRuntime,
  ) {
    super(async (records) => {
      const bytes = records.reduce((sum, { line }) => sum + Buffer.byteLength(line) + 1, 0);
      this.sends.push({ atMs: runtime.monotonic(), ids: idsOf(records), bytes });
      return deliverAll(records);
    });
  }
}

function drainOf({ waiting, rate }: { readonly waiting: number; readonly rate: SinkRate }) {
  const runtime = new TestRuntime();
  const spool = memorySpool();
  const append = (count: number) => spool.append(eventLines(count, { from: spool.lastSeq + 1, bytes: 500 }));
  const sink = new RatedSink(rate, runtime);
  return {
    runtime,
    spool,
    sink,
    append,
    /** As at a start: what waits was there before. */
    async start() {
      await append(waiting);
      return new Drain({
        runtime,
        spool,
        sink,
        deadLetters: null,
        logger: silentLogger,
        maxBatchRecords: 1000,
        maxBatchBytes: 256 * 1024,
        flushIntervalMs: 30_000,
        onDelivered: () => {},
        onRejected: () => {},
        onError: () => {},
      });
    },
  };
}

/** In steps that are small beside what a batch takes of a second. */
async function advance(runtime: TestRuntime, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 25) {
    runtime.pass(25);
    await settle();
  }
}

const RATE: SinkRate = { bytesPerSecond: 100_000, recordsPerSecond: 1000 };

test('sends a backlog oldest first, never above the rate by more than a batch', async () => {
  const { runtime, spool, sink, start } = drainOf({ waiting: 2000, rate: RATE });
  const drain = await start();
  drain.push();
  await advance(runtime, 12_000);
  assert.equal(spool.status().pendingRecords, 0);
  assert.deepEqual(idsOf(sink.sent), idsOf(eventLines(2000)));
  for (const { atMs } of sink.sends) {
    const second = sink.sends.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1000);
    const bytes = second.reduce((sum, send) => sum + send.bytes, 0);
    assert.ok(bytes <= RATE.bytesPerSecond * 1.13, `${bytes} bytes in a second`);
  }
  await drain.stop();
});

test('respects the limit of records', async () => {
  const { runtime, sink, start } = drainOf({
    waiting: 200,
    rate: { bytesPerSecond: 1e9, recordsPerSecond: 2 },
  });
  const drain = await start();
  drain.push();
  await advance(runtime, 1000);
  const first = sink.sent.length;
  assert.ok(first > 0);
  await advance(runtime, 20_000);
  assert.equal(sink.sent.length, 200);
  await drain.stop();
});

test('does not let live events queue behind the backlog', async () => {
  const { runtime, spool, sink, append, start } = drainOf({ waiting: 4000, rate: RATE });
  const drain = await start();
  drain.push();
  await advance(runtime, 3000);
  await append(5);
  drain.push();
  await advance(runtime, 500);
  assert.deepEqual(
    idsOf(sink.delivered).filter((id) => id > 4000),
    [4001, 4002, 4003, 4004, 4005],
  );
  assert.ok(spool.status().pendingRecords > 2000, 'the backlog is far from done');
  await advance(runtime, 30_000);
  assert.equal(spool.status().pendingRecords, 0);
  assert.equal(sink.sent.length, 4005);
  await drain.stop();
});

test('makes a backlog of what waited through an outage, and none of a moment', async () => {
  for (const { outageMs, isBacklog } of [
    { outageMs: 120_000, isBacklog: true },
    { outageMs: 3000, isBacklog: false },
  ]) {
    const { runtime, spool, sink, append, start } = drainOf({ waiting: 0, rate: RATE });
    const drain = await start();
    const { answer } = sink;
    sink.answer = offline;
    await append(1000);
    drain.push();
    await advance(runtime, outageMs);
    sink.answer = answer;
    await advance(runtime, 62_000 - 500);
    await drain.flush();
    const most = Math.max(...sink.sends.map(({ bytes }) => bytes));
    assert.equal(most < RATE.bytesPerSecond / 7, isBacklog, `${most} bytes after ${outageMs} ms`);
    assert.equal(spool.status().pendingRecords, 0);
    await drain.stop();
  }
});

test('sends what was captured since the last failed attempt before the backlog', async () => {
  const { runtime, spool, sink, append, start } = drainOf({ waiting: 4000, rate: RATE });
  const drain = await start();
  const { answer } = sink;
  let attempts = 0;
  sink.answer = (records) => {
    attempts += 1;
    return offline(records);
  };
  drain.push();
  await advance(runtime, 120_000);
  for (const seen = attempts; attempts === seen; ) await advance(runtime, 25);
  // The connection returns at once, but the next attempt comes up to a minute later.
  sink.answer = answer;
  await append(5);
  for (let passed = 0; sink.delivered.length < 5 && passed < 61_000; passed += 25) await advance(runtime, 25);
  assert.deepEqual(
    idsOf(sink.delivered).filter((id) => id > 4000),
    [4001, 4002, 4003, 4004, 4005],
  );
  assert.ok(spool.status().pendingRecords > 2000, 'most of the backlog still waits');
  await drain.stop();
});

test('tries a destination that has failed with a single batch', async () => {
  const { runtime, sink, start } = drainOf({ waiting: 3000, rate: { ...RATE, bytesPerSecond: 1e6 } });
  const drain = await start();
  let underWay = 0;
  let most = 0;
  let answer = offline;
  sink.answer = async (records) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise<void>((resolve) => runtime.after(2000, resolve));
    underWay -= 1;
    return answer(records);
  };
  drain.push();
  await advance(runtime, 3000);
  most = 0;
  await advance(runtime, 20_000);
  assert.equal(most, 1);
  answer = deliverAll;
  await advance(runtime, 60_000);
  assert.ok(most > 1);
  await drain.stop();
});
