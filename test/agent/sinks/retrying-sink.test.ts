import assert from 'node:assert/strict';
import { type RecordOutcome, retryingSink, type Sink } from '../../../agent/src/sinks/index.ts';
import { eventLines } from '../../support/lake/event-lines.ts';
import { settle, TestRuntime } from '../../support/time/test-runtime.ts';

type Answer = (id: number, attempt: number) => RecordOutcome['status'] | 'throws';

/** A destination that answers by id and attempt, and keeps what it was sent. */
function answering(
  answer: Answer,
): Sink & { readonly sends: readonly (readonly number[])[]; closed: number } {
  const sends: number[][] = [];
  return {
    name: 'test',
    sends,
    closed: 0,
    async send(records) {
      sends.push(records.map(({ id }) => id));
      return records.map(({ id }): RecordOutcome => {
        const status = answer(id, sends.length);
        if (status === 'throws') throw new Error('a defect');
        if (status === 'delivered') return { status };
        const reason = `${status} ${id}.${sends.length}`;
        return status === 'retryable' ? { status, reason } : { status, reason, code: 'refused' };
      });
    },
    async close() {
      this.closed++;
    },
  };
}

const setUp = (
  answer: Answer,
  options: { baseDelayMs?: number; maxDelayMs?: number; maxAttempts?: number } = {},
) => {
  const runtime = new TestRuntime();
  const inner = answering(answer);
  return { runtime, inner, sink: retryingSink(inner, { runtime, baseDelayMs: 100, ...options }) };
};

test('sends again only what may work later, and answers in the order of the records', async () => {
  const { runtime, inner, sink } = setUp((id, attempt) => {
    if (id === 2) return 'rejected';
    return id % 2 === 1 && attempt < 3 ? 'retryable' : 'delivered';
  });
  const sending = sink.send(eventLines(5));
  await settle();
  runtime.pass(50);
  await settle();
  runtime.pass(100);
  assert.deepEqual(await sending, [
    { status: 'delivered' },
    { status: 'rejected', reason: 'rejected 2.1', code: 'refused' },
    { status: 'delivered' },
    { status: 'delivered' },
    { status: 'delivered' },
  ]);
  assert.deepEqual(inner.sends, [
    [1, 2, 3, 4, 5],
    [1, 3, 5],
    [1, 3, 5],
  ]);
  assert.equal(runtime.timers, 0);
});

test('waits a random part of a limit that doubles up to the longest', async () => {
  const { runtime, inner, sink } = setUp(() => 'retryable', { maxDelayMs: 350, maxAttempts: 6 });
  const draws = [0.5, 0.25, 1, 0, 1];
  runtime.random = () => draws.shift() ?? 0;
  const sending = sink.send(eventLines(1));
  await settle();
  // Of the limits 100, 200, 350, 350 and 350 ms.
  for (const delayMs of [50, 50, 350, 0, 350]) {
    const before = inner.sends.length;
    if (delayMs > 0) {
      runtime.pass(delayMs - 1);
      await settle();
      assert.equal(inner.sends.length, before, `not before ${delayMs} ms`);
    }
    runtime.pass(1);
    await settle();
    assert.equal(inner.sends.length, before + 1, `after ${delayMs} ms`);
  }
  assert.deepEqual(await sending, [{ status: 'retryable', reason: 'retryable 1.6' }]);
});

test('returns records that fail at the last attempt as retryable, with the last reason', async () => {
  const { runtime, inner, sink } = setUp((id) => (id === 1 ? 'retryable' : 'delivered'), { maxAttempts: 2 });
  const sending = sink.send(eventLines(2));
  await settle();
  runtime.pass(100);
  assert.deepEqual(await sending, [
    { status: 'retryable', reason: 'retryable 1.2' },
    { status: 'delivered' },
  ]);
  assert.equal(inner.sends.length, 2);
});

test('treats a rejected promise as retryable', async () => {
  const { runtime, sink } = setUp((_, attempt) => (attempt === 1 ? 'throws' : 'delivered'));
  const sending = sink.send(eventLines(2));
  await settle();
  runtime.pass(100);
  assert.deepEqual(await sending, [{ status: 'delivered' }, { status: 'delivered' }]);

  const { sink: once } = setUp(() => 'throws', { maxAttempts: 1 });
  assert.deepEqual(await once.send(eventLines(1)), [
    { status: 'retryable', reason: 'test failed: a defect' },
  ]);
});

test('stops waiting at once when it is closed, and keeps what is left', async () => {
  const { runtime, inner, sink } = setUp((id) => (id === 1 ? 'delivered' : 'retryable'));
  const sending = sink.send(eventLines(2));
  await settle();
  assert.equal(runtime.timers, 1);
  await sink.close();
  assert.deepEqual(await sending, [
    { status: 'delivered' },
    { status: 'retryable', reason: 'retryable 2.1' },
  ]);
  assert.equal(runtime.timers, 0);
  assert.deepEqual(inner.sends, [[1, 2]]);
  await sink.close();
  assert.equal(inner.closed, 1);
  assert.deepEqual(await sink.send(eventLines(1)), [
    { status: 'retryable', reason: 'the sink test is closed' },
  ]);
});

test('tries at once when it is flushed', async () => {
  const { runtime, inner, sink } = setUp((_, attempt) => (attempt === 1 ? 'retryable' : 'delivered'));
  const sending = sink.send(eventLines(1));
  await settle();
  await sink.flush?.();
  assert.deepEqual(await sending, [{ status: 'delivered' }]);
  assert.equal(inner.sends.length, 2);
  assert.equal(runtime.timers, 0);
});
