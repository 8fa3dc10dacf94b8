import assert from 'node:assert/strict';
import type { UtcHour } from '@kinetrack/schema';
import { rollupWorker } from '../../local/rollup-worker.ts';

const NINE: UtcHour = { dt: '2026-11-20', hour: '09' };
const TEN: UtcHour = { dt: '2026-11-20', hour: '10' };

/** A worker whose rollups end when the test says so. */
function heldWorker() {
  const started: string[] = [];
  const errors: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const worker = rollupWorker({
    rollup: ({ hour }) => {
      started.push(hour);
      return new Promise<void>((resolve, reject) => {
        ends.push((error) => (error === undefined ? resolve() : reject(error)));
      });
    },
    onError: ({ hour }) => errors.push(hour),
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { worker, started, errors, end: (error?: Error) => ends.shift()?.(error), settle };
}

describe('the rollup worker', () => {
  it('computes one hour at a time, and each once however often it is asked for', async () => {
    const { worker, started, end, settle } = heldWorker();
    const done = Promise.all([worker.recompute([NINE, TEN]), worker.recompute([TEN])]);
    await settle();
    assert.deepEqual(started, ['09']);
    end();
    await settle();
    assert.deepEqual(started, ['09', '10']);
    end();
    await done;
    assert.equal(worker.pending, 0);
  });

  it('computes an hour again that was touched while it was being computed', async () => {
    const { worker, started, end, settle } = heldWorker();
    const first = worker.recompute([NINE]);
    await settle();
    const second = worker.recompute([NINE]);
    end();
    await settle();
    assert.deepEqual(started, ['09', '09']);
    end();
    await Promise.all([first, second]);
  });

  it('continues after a failure, keeps the hour, and retries it with the next call', async () => {
    const { worker, started, errors, end, settle } = heldWorker();
    const first = worker.recompute([NINE, TEN]);
    await settle();
    end(new Error('disk full'));
    await settle();
    end();
    await first;
    assert.deepEqual([started, errors, worker.pending], [['09', '10'], ['09'], 1]);
    const second = worker.recompute([TEN]);
    await settle();
    end();
    await settle();
    end();
    await second;
    assert.deepEqual(started.slice(2).sort(), ['09', '10']);
    assert.equal(worker.pending, 0);
  });

  it('forgets no call in the turn in which it ends', async () => {
    const { worker, started, end, settle } = heldWorker();
    const first = worker.recompute([NINE]);
    await settle();
    end();
    const second = first.then(() => worker.recompute([TEN]));
    await settle();
    end();
    await second;
    assert.deepEqual(started, ['09', '10']);
  });
});
