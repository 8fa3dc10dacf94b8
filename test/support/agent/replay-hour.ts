/** An hour of input through the whole agent in fake time, without the hook and the pipe. */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  ActivityTracker,
  type InputSignal,
  inProcessSink,
  openKeyRing,
  openSegmentSpool,
  type Source,
  systemRuntime,
  type WindowSignal,
} from '@kinetrack/agent';
import type { Detail } from '@kinetrack/schema';
import { InputCounter } from '../../../agent/src/sources/native/input-counter.ts';
import { inputMessageSchema } from '../../../agent/src/sources/native/input-schema.ts';
import { TestRuntime } from '../time/test-runtime.ts';
import type { HumanEvent } from './human-hour.ts';

export interface Replayed {
  readonly cpuMs: number;
  readonly events: number;
  readonly delivered: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const BUTTON_OF_HOOK = { 1: 1, 3: 2 } as const;
const WHEEL_VERTICAL = 3;
const KEYCODES = { a: 0x1e, space: 0x39 } as const;
const NO_MODIFIERS = { altKey: false, ctrlKey: false, metaKey: false };
const STEP_MS = 1000;
const NEW_TITLE_MS = 30_000;

export interface ReplayOptions {
  /** @defaultValue `events` */
  readonly detail?: Detail;
  /** Cadence of a shared destination. @defaultValue the destination is not shared */
  readonly cadenceMs?: number;
  /** Called with the records of each send. @defaultValue none */
  readonly onSend?: (records: readonly Uint8Array[]) => void;
}

export async function replayHour(
  hour: Iterable<HumanEvent>,
  dataDir: string,
  { detail = 'events', cadenceMs, onSend = () => {} }: ReplayOptions = {},
): Promise<Replayed> {
  const runtime = new TestRuntime();
  const input = new ReplayedSource<InputSignal>('input');
  const windows = new ReplayedSource<WindowSignal>('active-window');
  const keys = await openKeyRing({ dir: dataDir, preference: 'file', runtime: systemRuntime });
  const tracker = new ActivityTracker({
    runtime,
    dataDir,
    userId: 'bench',
    sources: { input: () => input, activeWindow: () => windows },
    detail,
    // Commits at once: a group commit would wait for time that does not pass.
    spool: await openSegmentSpool({ dir: join(dataDir, 'spool'), keys, groupMs: 0 }),
    sink: Object.assign(
      inProcessSink({
        deliver: async (records) => {
          onSend(records);
          return records.map(() => ({ status: 'delivered' }));
        },
      }),
      cadenceMs === undefined ? {} : { cadenceMs },
    ),
  });
  await tracker.start();
  const counter = new InputCounter({
    runtime,
    detail,
    mouseMoveIntervalMs: 500,
    send: (message) => {
      // Serialized, parsed and checked, like over the pipe.
      const batch = inputMessageSchema.parse(JSON.parse(JSON.stringify(message)));
      if (batch.kind !== 'batch') return;
      const atMs = runtime.monotonic();
      input.emit({
        counts: batch.counts.map(({ agoMs, ...interval }) => ({ ...interval, atMs: atMs - agoMs })),
        moments: batch.moments.map(({ agoMs, body }) => ({ body, atMs: atMs - agoMs })),
      });
    },
  });
  const endSecond = async (endMs: number) => {
    if (endMs % NEW_TITLE_MS === 0) {
      const title = `Ticket ${endMs} - board - Jira - Google Chrome`;
      windows.emit({ atMs: runtime.monotonic(), window: { app: 'Google Chrome', title } });
    }
    runtime.passTo(endMs);
    // The disk must keep up: otherwise all events of the hour would be in memory.
    do await setTimeout(1);
    while (tracker.status().counts.pending > (tracker.status().spool?.pendingRecords ?? 0));
  };
  const before = process.cpuUsage();
  let endMs = STEP_MS;
  let hooked = 0;
  let pointer: Point = { x: 0, y: 0 };
  for (const event of hour) {
    for (; event.atMs >= endMs; endMs += STEP_MS) await endSecond(endMs);
    runtime.passTo(event.atMs);
    if (event.kind === 'move') pointer = event;
    feed(counter, event, pointer);
    hooked += hookEvents(event);
  }
  await endSecond(endMs);
  const { user, system } = process.cpuUsage(before);
  await tracker.close();
  const { counts } = tracker.status();
  if (counts.delivered !== counts.captured) {
    throw new Error(`${counts.delivered} of ${counts.captured} events were delivered`);
  }
  return { cpuMs: (user + system) / 1000, events: hooked, delivered: counts.delivered };
}

/** Number of calls by the hook: a key goes down and up. */
export const hookEvents = ({ kind }: HumanEvent): number => (kind === 'key' ? 2 : 1);

/** Calls the counter like the hook. */
export function feed(counter: InputCounter, event: HumanEvent, { x, y }: Point): void {
  switch (event.kind) {
    case 'move':
      counter.mouseMove(event);
      break;
    case 'press':
      counter.mouseDown({ x, y, button: BUTTON_OF_HOOK[event.button] });
      break;
    case 'release':
      counter.mouseUp({ x, y, button: BUTTON_OF_HOOK[event.button] });
      break;
    case 'wheel':
      counter.wheel({ direction: WHEEL_VERTICAL, rotation: event.direction === 'up' ? -1 : 1 });
      break;
    case 'key': {
      const key = { keycode: KEYCODES[event.key], ...NO_MODIFIERS };
      counter.keyDown(key);
      counter.keyUp(key);
    }
  }
}

class ReplayedSource<Signal> implements Source<Signal> {
  emit: (signal: Signal) => void = () => {};
  constructor(readonly name: string) {}
  async start(emit: (signal: Signal) => void) {
    this.emit = emit;
    return this.capability();
  }
  capability() {
    return { status: 'available' } as const;
  }
  async close() {}
}
