import assert from 'node:assert/strict';
import type { ConnectionFault } from '@kinetrack/schema';
import fc from 'fast-check';
import {
  type Attempt,
  ConnectionMonitor,
  type ConnectionStatus,
  networkDetail,
  observedSink,
} from '../../../agent/src/connection/index.ts';
import { retryable } from '../../../agent/src/sinks/deliver-packed.ts';
import type { RecordOutcome } from '../../../agent/src/sinks/index.ts';
import { FakeSink } from '../../support/agent/fake-sink.ts';
import { eventLines } from '../../support/lake/event-lines.ts';
import { TestRuntime } from '../../support/time/test-runtime.ts';

const DELIVERED: readonly RecordOutcome[] = [{ status: 'delivered' }];
const REFUSED: readonly RecordOutcome[] = [{ status: 'rejected', reason: 'too large', code: 'too_large' }];
const failed = (fault: ConnectionFault, reason = `it is ${fault}`): readonly RecordOutcome[] => [
  retryable(reason, fault),
];

let runtime: TestRuntime;
let changes: ConnectionStatus[];
let monitor: ConnectionMonitor;
beforeEach(() => {
  runtime = new TestRuntime();
  changes = [];
  monitor = new ConnectionMonitor({ runtime, onChange: (status) => changes.push(status) });
});
const states = () => changes.map(({ state, fault }) => fault ?? state);

describe('a connection', () => {
  it('is unknown until something was tried', () => {
    assert.deepEqual(monitor.status(), { state: 'unknown', fault: null, message: null, since: null });
    monitor.observe([]);
    monitor.observe(REFUSED);
    assert.equal(monitor.status().state, 'unknown');
    assert.deepEqual(changes, []);
  });

  it('is faulty with the first failure ever: there is nothing yet that it could spoil', () => {
    monitor.observe(failed('credentials_missing', 'there are no credentials; sign in'));
    assert.deepEqual(monitor.status(), {
      state: 'faulty',
      fault: 'credentials_missing',
      message: 'there are no credentials; sign in',
      since: '2026-11-20T09:00:00.000Z',
    });
    assert.deepEqual(states(), ['credentials_missing']);
  });

  it('is there with a delivery, also among failures', () => {
    monitor.observe([...failed('throttled'), ...DELIVERED, ...failed('throttled')]);
    assert.equal(monitor.status().state, 'connected');
    monitor.observe([...failed('throttled'), ...DELIVERED]);
    monitor.observe([...failed('throttled'), ...DELIVERED]);
    runtime.pass(60_000);
    assert.deepEqual(states(), ['connected']);
  });

  it('survives one failure that a delivery follows', () => {
    monitor.observe(DELIVERED);
    monitor.observe(failed('reset'));
    runtime.pass(4_999);
    monitor.observe(DELIVERED);
    runtime.pass(60_000);
    assert.deepEqual(states(), ['connected']);
    assert.equal(runtime.timers, 0);
  });

  it('is faulty with a second failure, since the first one', () => {
    monitor.observe(DELIVERED);
    runtime.pass(60_000);
    monitor.observe(failed('reset'));
    runtime.pass(1_000);
    monitor.observe(failed('timeout'));
    assert.deepEqual(states(), ['connected', 'timeout']);
    assert.equal(monitor.status().since, '2026-11-20T09:01:00.000Z');
    assert.equal(runtime.timers, 0);
  });

  it('is faulty 5 s after a failure that nothing follows', () => {
    monitor.observe(DELIVERED);
    monitor.observe(failed('dns_failure'));
    runtime.pass(4_999);
    assert.equal(monitor.status().state, 'connected');
    runtime.pass(1);
    assert.deepEqual(states(), ['connected', 'dns_failure']);
  });

  it('does not take attempts under way for a confirmation: one blip ends them all', () => {
    monitor.observe(DELIVERED);
    const [one, two, three] = [monitor.begin(), monitor.begin(), monitor.begin()];
    for (const attempt of [one, two, three]) attempt.ended(failed('reset'));
    assert.equal(monitor.status().state, 'connected');
    monitor.observe(DELIVERED);
    runtime.pass(60_000);
    assert.deepEqual(states(), ['connected']);
  });

  it('changes its fault only after the new one occurs twice in a row', () => {
    monitor.observe(failed('dns_failure'));
    for (const fault of ['timeout', 'dns_failure', 'timeout', 'refused', 'timeout', 'dns_failure'] as const) {
      monitor.observe(failed(fault));
      runtime.pass(10_000);
    }
    assert.deepEqual(states(), ['dns_failure']);
    monitor.observe(failed('refused'));
    monitor.observe(failed('refused'));
    assert.deepEqual(states(), ['dns_failure', 'refused']);
    // Since when nothing arrives, not since when it has this name.
    assert.equal(monitor.status().since, '2026-11-20T09:00:00.000Z');
  });

  it('says the same fault in its latest words, without calling it a change', () => {
    monitor.observe(failed('access_denied', 'may not write'));
    monitor.observe(failed('access_denied', 'may not use the key'));
    assert.equal(monitor.status().message, 'may not use the key');
    assert.equal(changes.length, 1);
  });

  it('is of unknown kind if the sink does not report one', () => {
    monitor.observe([retryable('boom'), ...failed('timeout')]);
    assert.equal(monitor.status().fault, 'timeout');
    monitor.observe(DELIVERED);
    monitor.observe([retryable('boom')]);
    monitor.observe([retryable('boom')]);
    assert.deepEqual(states(), ['timeout', 'connected', 'unknown']);
  });

  it('measures by the monotonic clock: a jump of the wall clock confirms nothing', () => {
    monitor.observe(DELIVERED);
    monitor.observe(failed('timeout'));
    runtime.sleep(8 * 3_600_000);
    assert.equal(monitor.status().state, 'connected');
    runtime.sleep(-10 * 365 * 86_400_000);
    runtime.pass(5_000);
    assert.equal(monitor.status().state, 'faulty');
  });

  it('says nothing more once it is closed, and leaves no timer', () => {
    monitor.observe(DELIVERED);
    monitor.observe(failed('timeout'));
    monitor.close();
    monitor.observe(failed('timeout'));
    runtime.pass(60_000);
    assert.deepEqual(states(), ['connected']);
    assert.equal(runtime.timers, 0);
  });
});

describe('whatever happens, in any order', () => {
  type Step =
    | { readonly kind: 'begin' }
    | { readonly kind: 'end'; readonly which: number; readonly fault: ConnectionFault | null }
    | { readonly kind: 'wait'; readonly ms: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('begin' as const) }),
    fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat({ max: 3 }),
      fault: fc.option(fc.constantFrom('timeout' as const, 'reset' as const, 'throttled' as const)),
    }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 7_000 }) }),
  );

  /** Plays the steps; after each, `check` sees what had happened since the last delivery. */
  function play(steps: readonly Step[], check: (seen: Seen) => void): void {
    const under: { readonly attempt: Attempt; readonly begunAt: number }[] = [];
    let at = 0;
    let seen: Seen = { delivered: false, failures: [], firstMs: null };
    for (const each of steps) {
      at += 1;
      if (each.kind === 'begin') under.push({ attempt: monitor.begin(), begunAt: at });
      if (each.kind === 'wait') runtime.pass(each.ms);
      const [ended] = each.kind === 'end' ? under.splice(each.which % Math.max(1, under.length), 1) : [];
      if (each.kind === 'end' && ended !== undefined) {
        ended.attempt.ended(each.fault === null ? DELIVERED : failed(each.fault));
        seen =
          each.fault === null
            ? { delivered: true, failures: [], firstMs: null }
            : {
                delivered: seen.delivered,
                failures: [...seen.failures, { fault: each.fault, begunAt: ended.begunAt, endedAt: at }],
                firstMs: seen.firstMs ?? runtime.monotonic(),
              };
      }
      check(seen);
    }
  }
  interface Seen {
    readonly delivered: boolean;
    /** Since the last delivery. */
    readonly failures: readonly {
      readonly fault: ConnectionFault;
      readonly begunAt: number;
      readonly endedAt: number;
    }[];
    readonly firstMs: number | null;
  }
  const always = (check: (seen: Seen) => void) =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        runtime = new TestRuntime();
        changes = [];
        monitor = new ConnectionMonitor({ runtime, onChange: (status) => changes.push(status) });
        play(steps, check);
      }),
      { numRuns: 2_000 },
    );

  it('is faulty exactly when there is evidence for it', () => {
    always(({ delivered, failures, firstMs }) => {
      const [first] = failures;
      const isConfirmed = failures.some(({ begunAt }) => begunAt > (first?.endedAt ?? Infinity));
      const isOld = firstMs !== null && runtime.monotonic() - firstMs >= 5_000;
      const isFaulty = first !== undefined && (!delivered || isConfirmed || isOld);
      assert.equal(monitor.status().state, isFaulty ? 'faulty' : delivered ? 'connected' : 'unknown');
    });
  });

  it('names only a fault that was met since the last delivery', () => {
    always(({ failures }) => {
      const { fault } = monitor.status();
      assert.ok(fault === null || failures.some((each) => each.fault === fault));
      if (failures.length < 2 || monitor.status().state !== 'faulty') return;
      const [last, before] = [failures.at(-1), failures.at(-2)];
      // Two in a row, the second begun after the first had ended, always win.
      if (last?.fault === before?.fault && (last?.begunAt ?? 0) > (before?.endedAt ?? 0)) {
        assert.equal(fault, last?.fault);
      }
    });
  });

  it('reports every change once and nothing else', () => {
    always(() => {
      const reported = ['unknown', ...states()];
      assert.ok(reported.every((state, i) => i === 0 || state !== reported[i - 1]));
      const { state, fault } = monitor.status();
      assert.equal(reported.at(-1), fault ?? state);
    });
  });
});

describe('the detail of a network event', () => {
  it('holds state, fault and message, within the limits of the schema', () => {
    assert.deepEqual(networkDetail(monitor.status()), { state: 'unknown' });
    monitor.observe(failed('unknown', 'x'.repeat(5_000)));
    assert.deepEqual(networkDetail(monitor.status()), {
      ...{ state: 'faulty', fault: 'unknown' },
      message: 'x'.repeat(1024),
    });
  });
});

describe('an observed sink', () => {
  it('reports every attempt and every thrown error, and rethrows it', async () => {
    const sink = new FakeSink();
    const observed = observedSink(sink, monitor);
    assert.equal(observed.name, 'fake');
    assert.deepEqual(await observed.send(eventLines(1)), DELIVERED);
    assert.equal(monitor.status().state, 'connected');
    sink.answer = () => Promise.reject(new Error('a defect'));
    for (const _ of [1, 2]) await assert.rejects(observed.send(eventLines(1)), /a defect/);
    assert.equal(monitor.status().message, 'fake failed: a defect');
    await observed.flush?.();
    await observed.close();
    assert.deepEqual([sink.flushes, sink.isClosed], [1, true]);
  });
});
