/** Constant sends to a sink, like those of the queue, and the states of its monitor. */
import assert from 'node:assert/strict';
import type { ConnectionFault } from '@kinetrack/schema';
import {
  ConnectionMonitor,
  type ConnectionStatus,
  observedSink,
} from '../../../agent/src/connection/index.ts';
import { systemRuntime } from '../../../agent/src/runtime.ts';
import type { Sink } from '../../../agent/src/sinks/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { eventLines } from '../lake/event-lines.ts';

/** Maximum time until a diagnosis. */
const DEADLINE_MS = 30_000;

export interface SteadyDelivery {
  readonly monitor: ConnectionMonitor;
  readonly changes: readonly ConnectionStatus[];
  /** Number of delivered events. */
  arrived(): number;
  /** Resolves with the message once the connection has this fault. Fails after 30 s. */
  named(fault: ConnectionFault): Promise<string>;
  /** Resolves once the connection is healthy. */
  healthy(): Promise<void>;
}

export function deliverSteadily(inner: Sink): SteadyDelivery {
  const changes: ConnectionStatus[] = [];
  const runtime = systemRuntime;
  const monitor = new ConnectionMonitor({ runtime, onChange: (status) => changes.push(status) });
  const sink = observedSink(inner, monitor);
  let isOver: boolean = false;
  let arrived = 0;
  const sending = (async () => {
    while (!isOver) {
      const [outcome] = await sink.send(eventLines(1, { from: arrived + 1 }));
      if (outcome?.status === 'delivered') arrived += 1;
      await pause();
    }
  })();
  afterTest(async () => {
    isOver = true;
    monitor.close();
    await sink.close();
    await sending;
  });
  const until = async (what: string, holds: (status: ConnectionStatus) => boolean): Promise<string> => {
    const start = performance.now();
    while (!holds(monitor.status())) {
      const { fault, message } = monitor.status();
      assert.ok(performance.now() - start < DEADLINE_MS, `not ${what} after 30 s, but ${fault}: ${message}`);
      await pause();
    }
    return monitor.status().message ?? '';
  };
  return {
    monitor,
    changes,
    arrived: () => arrived,
    named: (wanted) => until(wanted, ({ fault }) => fault === wanted),
    async healthy() {
      await until('connected', ({ state }) => state === 'connected');
    },
  };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
