import assert from 'node:assert/strict';
import { inProcessSink, type RecordOutcome } from '../../../agent/src/sinks/index.ts';
import { sinkContract } from '../../contract/sink-contract.ts';
import { eventLines } from '../../support/lake/event-lines.ts';

const textOf = (record: Uint8Array) => Buffer.from(record).toString();

sinkContract('in-process', async () => {
  const lines: string[] = [];
  const deliver = async (records: readonly Uint8Array[]) => {
    lines.push(...records.flatMap((record) => textOf(record).split('\n').slice(0, -1)));
    return records.map((): RecordOutcome => ({ status: 'delivered' }));
  };
  return { sink: inProcessSink({ name: 'local', deliver }), arrived: async () => lines };
});

test('returns the outcome of a record for each of its events', async () => {
  const answers: RecordOutcome[] = [
    { status: 'delivered' },
    { status: 'retryable', reason: 'later' },
    { status: 'rejected', reason: 'never', code: 'refused' },
  ];
  const sink = inProcessSink({ deliver: async () => answers });
  const outcomes = await sink.send(eventLines(7, { bytes: 8_000 }));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    [...Array(3).fill('delivered'), ...Array(3).fill('retryable'), 'rejected'],
  );
});

test('returns events as retryable if their record has no outcome', async () => {
  const sink = inProcessSink({ deliver: async () => [{ status: 'delivered' }] });
  const outcomes = await sink.send(eventLines(2, { bytes: 20_000 }));
  assert.deepEqual(outcomes, [
    { status: 'delivered' },
    { status: 'retryable', reason: 'local returned no outcome for record 2' },
  ]);
});

test('returns a failure of its destination as retryable, with the reason', async () => {
  const sink = inProcessSink({ deliver: () => Promise.reject(new Error('the folder is gone')) });
  assert.deepEqual(await sink.send(eventLines(1)), [
    { status: 'retryable', reason: 'local failed: the folder is gone' },
  ]);
});

test('passes flush on, and close once', async () => {
  const calls: string[] = [];
  const sink = inProcessSink({
    deliver: async () => [],
    flush: async () => void calls.push('flush'),
    close: async () => void calls.push('close'),
  });
  await sink.flush?.();
  await sink.close();
  await sink.close();
  assert.deepEqual(calls, ['flush', 'close']);
});
