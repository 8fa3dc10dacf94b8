import assert from 'node:assert/strict';
import { memorySpool, type RecordOutcome, type Spool, silentLogger } from '@kinetrack/agent';
import fc from 'fast-check';
import { Drain } from '../../../agent/src/drain/drain.ts';
import { type Answer, deliverAll, FakeSink } from '../../support/agent/fake-sink.ts';
import { settle, TestRuntime } from '../../support/time/test-runtime.ts';

const fail: Answer = async (records) => records.map(() => ({ status: 'retryable', reason: 'offline' }));

function drainOf(answer: Answer = deliverAll, maxBatchRecords = 2, flushAttempts = 1) {
  const runtime = new TestRuntime();
  const spool = memorySpool();
  const { read } = spool;
  // Like a disk: time passes before the records are read.
  spool.read = async (options) => {
    const records = await read.call(spool, options);
    await new Promise((resolve) => setImmediate(resolve));
    return records;
  };
  const sink = new FakeSink(answer);
  const errors: unknown[] = [];
  const logged: string[] = [];
  const drain = new Drain({
    runtime,
    spool,
    sink,
    deadLetters: null,
    logger: { ...silentLogger, error: (message) => logged.push(message) },
    maxBatchRecords,
    maxBatchBytes: 1_000_000,
    flushIntervalMs: 30_000,
    flushAttempts,
    onDelivered: () => {},
    onRejected: () => {},
    onError: (error) => errors.push(error),
  });
  return { runtime, spool, sink, drain, errors, logged };
}

async function accept(spool: Spool, count: number): Promise<void> {
  const first = spool.lastSeq + 1;
  await spool.append(
    Array.from({ length: count }, (_, i) => ({ id: first + i, line: `{"n":${first + i}}` })),
  );
}

/** Sends stay under way until the returned function is called. */
function holdSends(sink: FakeSink): () => void {
  let deliver = () => {};
  sink.answer = async (records) => {
    await new Promise<void>((resolve) => {
      deliver = resolve;
    });
    return deliverAll(records);
  };
  return () => deliver();
}

const ids = (records: readonly { readonly id: number }[]) => records.map(({ id }) => id);

test('keeps a record until the sink has delivered it', async () => {
  const { spool, sink, drain } = drainOf();
  const deliver = holdSends(sink);
  await accept(spool, 1);
  drain.push();
  await settle();
  assert.equal(spool.status().pendingRecords, 1);
  deliver();
  await settle();
  assert.equal(spool.status().pendingRecords, 0);
  assert.equal(spool.status().delivered, 1);
});

test('acknowledges only what was delivered, and sends the rest again from the oldest', async () => {
  const { runtime, spool, sink, drain } = drainOf(undefined, 4);
  let attempt = 0;
  sink.answer = async (records) => {
    attempt += 1;
    return records.map(
      ({ id }): RecordOutcome =>
        attempt === 1 && id % 2 === 0
          ? { status: 'retryable', reason: 'throttled' }
          : { status: 'delivered' },
    );
  };
  await accept(spool, 4);
  drain.push();
  await settle();
  assert.equal(spool.status().pendingRecords, 2);
  await runtime.advance(2000);
  assert.deepEqual(ids(sink.sent), [1, 2, 3, 4, 2, 4]);
  assert.equal(spool.status().pendingRecords, 0);
});

test('forgets what the sink refuses for good, and counts it by reason', async () => {
  const { spool, sink, drain } = drainOf(async (records) =>
    records.map(() => ({ status: 'rejected', reason: 'too large', code: 'too_large' })),
  );
  await accept(spool, 3);
  assert.deepEqual(await drain.flush(), { status: 'delivered' });
  const { delivered, dropped } = spool.status();
  assert.deepEqual({ delivered, dropped }, { delivered: 0, dropped: { too_large: 3 } });
  assert.equal(spool.status().pendingRecords, 0);
  assert.equal(sink.sent.length, 3);
});

test('treats a sink that throws or returns too few outcomes as unable to deliver', async () => {
  const { runtime, spool, sink, drain, errors } = drainOf();
  await accept(spool, 2);
  sink.answer = () => Promise.reject(new Error('defect'));
  assert.deepEqual(await drain.flush(), { status: 'pending', records: 2, reason: 'fake failed: defect' });
  assert.equal(errors.length, 1);
  sink.answer = async () => [{ status: 'delivered' }];
  await runtime.advance(100);
  assert.equal(spool.status().pendingRecords, 1);
  sink.answer = deliverAll;
  await runtime.advance(5000);
  assert.equal(spool.status().pendingRecords, 0);
});

test('waits longer after each failure, up to a minute, and resets after a success', async () => {
  const { runtime, spool, sink, drain } = drainOf(fail);
  const attempts: number[] = [];
  sink.answer = (records) => {
    attempts.push(runtime.monotonic());
    return fail(records);
  };
  await accept(spool, 1);
  drain.push();
  for (let elapsedMs = 0; elapsedMs < 120_000; elapsedMs += 100) await runtime.advance(100);
  // Of the limits 200, 400, ... 51,200 and then 60,000 ms.
  const waits = attempts.slice(1).map((at, i) => at - (attempts[i] ?? 0));
  assert.deepEqual(waits, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  sink.answer = deliverAll;
  await runtime.advance(60_000);
  sink.answer = fail;
  await accept(spool, 1);
  drain.push();
  await settle();
  const before = sink.sent.length;
  await runtime.advance(100);
  assert.equal(sink.sent.length, before + 1);
});

test('tries at once when somebody flushes, whatever the wait was', async () => {
  const { spool, sink, drain } = drainOf(fail);
  await accept(spool, 1);
  assert.equal((await drain.flush()).status, 'pending');
  sink.answer = deliverAll;
  assert.deepEqual(await drain.flush(), { status: 'delivered' });
});

test('retries a flush up to its limit of failures, then gives up', async () => {
  const { runtime, spool, sink, drain } = drainOf(fail, 2, 3);
  await accept(spool, 1);
  let failures = 0;
  sink.answer = (records) => (++failures < 3 ? fail(records) : deliverAll(records));
  assert.deepEqual(await runtime.advanceUntil(drain.flush()), { status: 'delivered' });
  sink.answer = fail;
  await accept(spool, 1);
  const before = sink.sent.length;
  const pending = { status: 'pending', records: 1, reason: 'offline' };
  assert.deepEqual(await runtime.advanceUntil(drain.flush()), pending);
  assert.equal(sink.sent.length - before, 3);
  // A later flush has as many attempts.
  failures = 0;
  sink.answer = (records) => (++failures < 3 ? fail(records) : deliverAll(records));
  assert.deepEqual(await runtime.advanceUntil(drain.flush()), { status: 'delivered' });
});

test('a flush that waits for its next attempt ends when the drain is stopped', async () => {
  const { spool, drain } = drainOf(fail, 2, 3);
  await accept(spool, 1);
  const flushing = drain.flush();
  await settle();
  await drain.stop();
  assert.deepEqual(await flushing, { status: 'pending', records: 1, reason: 'closed' });
});

test('flushes through a sink that holds records back', async () => {
  const { spool, sink, drain } = drainOf();
  const held: (() => void)[] = [];
  sink.answer = async (records) => {
    await new Promise<void>((resolve) => held.push(resolve));
    return deliverAll(records);
  };
  sink.flush = async () => {
    for (const release of held.splice(0)) release();
  };
  // More batches than may be under way at once.
  await accept(spool, 50);
  assert.deepEqual(await drain.flush(), { status: 'delivered' });
  assert.equal(sink.delivered.length, 50);
});

test('reads on while earlier batches are under way, and holds a bounded number of them', async () => {
  const { spool, sink, drain } = drainOf();
  sink.answer = () => new Promise(() => {});
  await accept(spool, 3);
  drain.push();
  await settle();
  await accept(spool, 1);
  drain.push();
  await settle();
  assert.deepEqual(ids(sink.sent), [1, 2, 3, 4]);
  await accept(spool, 100);
  drain.push();
  await settle();
  assert.ok(sink.sent.length <= 16, `${sink.sent.length} records are in memory`);
});

test('sends when a flush interval is over, and at once when a record is full', async () => {
  const { runtime, spool, sink, drain } = drainOf(undefined, 1000);
  await accept(spool, 1);
  drain.accepted([], 100);
  await runtime.advance(29_500);
  assert.equal(sink.sent.length, 0);
  await runtime.advance(500);
  assert.equal(sink.sent.length, 1);
  await accept(spool, 1);
  drain.accepted([], 25 * 1024);
  await settle();
  assert.equal(sink.sent.length, 2);
  assert.equal(runtime.timers, 0);
});

test('leaves no timer when it is stopped, and waits for what is under way', async () => {
  const { runtime, spool, sink, drain } = drainOf();
  const deliver = holdSends(sink);
  await accept(spool, 1);
  drain.push();
  drain.accepted([], 1);
  await settle();
  let isStopped: boolean = false;
  const stopped = drain.stop().then(() => {
    isStopped = true;
  });
  await settle();
  assert.equal(isStopped, false);
  deliver();
  await stopped;
  assert.equal(spool.status().pendingRecords, 0);
  assert.equal(runtime.timers, 0);
});

test('delivers every record in the end, and never has one in two sends at once', async () => {
  const outcome = fc.constantFrom<RecordOutcome['status'] | 'throw'>(
    'delivered',
    'retryable',
    'rejected',
    'throw',
  );
  const step = fc.record({
    appended: fc.integer({ min: 0, max: 7 }),
    ms: fc.integer({ min: 0, max: 4000 }),
    isFlush: fc.boolean(),
    outcomes: fc.array(outcome, { minLength: 1, maxLength: 5 }),
    latencyMs: fc.integer({ min: 0, max: 3000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { runtime, spool, sink, drain } = drainOf();
      const underWay = new Set<number>();
      const settledIds: number[] = [];
      let plan: readonly (RecordOutcome['status'] | 'throw')[] = ['delivered'];
      let latencyMs = 0;
      sink.answer = async (records) => {
        for (const { id } of records) {
          assert.equal(underWay.has(id), false, `${id} is in two sends`);
          underWay.add(id);
        }
        if (latencyMs > 0) await new Promise<void>((resolve) => runtime.after(latencyMs, resolve));
        for (const { id } of records) underWay.delete(id);
        if (plan.includes('throw')) throw new Error('defect');
        return records.map(({ id }, i): RecordOutcome => {
          const status = plan[(id + i) % plan.length] ?? 'delivered';
          if (status === 'delivered' || status === 'throw') {
            settledIds.push(id);
            return { status: 'delivered' };
          }
          if (status === 'retryable') return { status, reason: status };
          settledIds.push(id);
          return { status, reason: status, code: 'refused' };
        });
      };
      const flushes: Promise<unknown>[] = [];
      for (const { appended, ms, isFlush, outcomes, latencyMs: latency } of steps) {
        plan = outcomes;
        latencyMs = latency;
        if (appended > 0) await accept(spool, appended);
        if (isFlush) flushes.push(drain.flush());
        else drain.push();
        await runtime.advance(ms);
      }
      plan = ['delivered'];
      latencyMs = 0;
      drain.push();
      await runtime.advance(130_000);
      await Promise.all(flushes);
      assert.deepEqual(
        settledIds.toSorted((a, b) => a - b),
        Array.from({ length: spool.lastSeq }, (_, i) => i + 1),
      );
      const { delivered, dropped } = spool.status();
      assert.equal(delivered + (dropped.refused ?? 0), spool.lastSeq);
      await drain.stop();
      assert.equal(runtime.timers, 0);
    }),
    { numRuns: 25 },
  );
});

test('reports and logs a failure once for all its batches, and again when delivery resumes', async () => {
  const { runtime, spool, drain, errors, logged } = drainOf(fail);
  await accept(spool, 8);
  drain.push();
  await settle();
  assert.deepEqual(errors, ['offline']);
  await runtime.advance(60_000);
  await settle();
  assert.ok(errors.length > 1);
  assert.deepEqual(logged, ['records could not be delivered yet']);
});
