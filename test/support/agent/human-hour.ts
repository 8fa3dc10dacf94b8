/**
 * One hour of a person's input, event by event. The mouse comes from recordings where KINETRACK_HUMAN_INPUT names a
 * folder of them (gzip CSV: record time s, client time s, button, state, x, y), otherwise from a generator;
 * the keyboard always from the generator: about 40 words a minute for a quarter of the time.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { seeded } from '../seeded.ts';

export type HumanEvent =
  | { readonly atMs: number; readonly kind: 'move'; readonly x: number; readonly y: number }
  | { readonly atMs: number; readonly kind: 'press' | 'release'; readonly button: 1 | 3 }
  | { readonly atMs: number; readonly kind: 'wheel'; readonly direction: 'up' | 'down' }
  | { readonly atMs: number; readonly kind: 'key'; readonly key: 'a' | 'space' };

export interface HumanHour {
  readonly isRecorded: boolean;
  /** Ascending. */
  readonly events: readonly HumanEvent[];
}

/** The same in a fifth of the memory, for the process whose memory is measured. */
export class PackedHour implements Iterable<HumanEvent> {
  readonly #numbers: Float64Array;

  constructor(numbers: Float64Array) {
    this.#numbers = numbers;
  }

  static of(events: readonly HumanEvent[]): PackedHour {
    return new PackedHour(Float64Array.from(events.flatMap(numbersOf)));
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#numbers.buffer);
  }

  *[Symbol.iterator](): Iterator<HumanEvent> {
    for (let at = 0; at < this.#numbers.length; at += NUMBERS_AN_EVENT) {
      yield eventOf(this.#numbers.subarray(at, at + NUMBERS_AN_EVENT));
    }
  }
}

const NUMBERS_AN_EVENT = 4;
const KINDS = ['move', 'press', 'release', 'up', 'down', 'a', 'space'] as const;

function numbersOf(event: HumanEvent): number[] {
  const { atMs } = event;
  switch (event.kind) {
    case 'move':
      return [atMs, KINDS.indexOf('move'), event.x, event.y];
    case 'press':
    case 'release':
      return [atMs, KINDS.indexOf(event.kind), event.button, 0];
    case 'wheel':
      return [atMs, KINDS.indexOf(event.direction), 0, 0];
    case 'key':
      return [atMs, KINDS.indexOf(event.key), 0, 0];
  }
}

function eventOf([atMs = 0, index = 0, x = 0, y = 0]: Float64Array): HumanEvent {
  const kind = KINDS[index] ?? 'move';
  switch (kind) {
    case 'move':
      return { atMs, kind, x, y };
    case 'press':
    case 'release':
      return { atMs, kind, button: x === 3 ? 3 : 1 };
    case 'up':
    case 'down':
      return { atMs, kind: 'wheel', direction: kind };
    default:
      return { atMs, kind: 'key', key: kind };
  }
}

const HOUR_MS = 3_600_000;
export const SCREEN = { width: 1920, height: 1080 };

/** Which hour of the recordings: the one with the most events, or the one in the middle of all. */
export type Busyness = 'busiest' | 'median';

export async function humanHour(
  folder = process.env.KINETRACK_HUMAN_INPUT,
  busyness: Busyness = 'busiest',
): Promise<HumanHour> {
  const mouse = folder === undefined ? generatedMouse() : await recordedMouse(folder, busyness);
  const events = [...mouse, ...typing()].sort((a, b) => a.atMs - b.atMs);
  return { isRecorded: folder !== undefined, events };
}

async function recordedMouse(folder: string, busyness: Busyness): Promise<readonly HumanEvent[]> {
  const sessions: (readonly HumanEvent[])[] = [];
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.csv.gz'))) {
    sessions.push(eventsOf(gunzipSync(await readFile(join(folder, name))).toString('utf8')));
  }
  const hours = sessions.flatMap(busyness === 'busiest' ? (events) => [busiestHour(events)] : wholeHours);
  hours.sort((a, b) => a.length - b.length);
  const hour = busyness === 'busiest' ? hours.at(-1) : hours[Math.floor(hours.length / 2)];
  if (hour === undefined || hour.length === 0) {
    throw new Error(
      `KINETRACK_HUMAN_INPUT is ${folder}: no *.csv.gz with events is there; name another folder or unset it`,
    );
  }
  return hour;
}

/** One after the other from the first event on; what is left at the end is none. */
function wholeHours(events: readonly HumanEvent[]): (readonly HumanEvent[])[] {
  const count = Math.floor((events.at(-1)?.atMs ?? 0) / HOUR_MS);
  return Array.from({ length: count }, (_, hour) =>
    events
      .filter(({ atMs }) => Math.floor(atMs / HOUR_MS) === hour)
      .map((event) => ({ ...event, atMs: event.atMs - hour * HOUR_MS })),
  );
}

function eventsOf(csv: string): readonly HumanEvent[] {
  const events: HumanEvent[] = [];
  for (const line of csv.split('\n').slice(1)) {
    const [, seconds, button, state, x, y] = line.split(',');
    const atMs = Number(seconds) * 1000;
    if (state === 'Move' || state === 'Drag') {
      // Positions that the recording lost are 65535.
      const at = { x: Math.min(Number(x), SCREEN.width - 1), y: Math.min(Number(y), SCREEN.height - 1) };
      events.push({ atMs, kind: 'move', ...at });
    } else if (state === 'Pressed' || state === 'Released') {
      const kind = state === 'Pressed' ? 'press' : 'release';
      events.push({ atMs, kind, button: button === 'Right' ? 3 : 1 });
    } else if (state === 'Up' || state === 'Down') {
      events.push({ atMs, kind: 'wheel', direction: state === 'Up' ? 'up' : 'down' });
    }
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}

function busiestHour(events: readonly HumanEvent[]): readonly HumanEvent[] {
  let best = { from: 0, to: 0 };
  for (let from = 0, to = 0; to < events.length; to += 1) {
    while ((events[to]?.atMs ?? 0) - (events[from]?.atMs ?? 0) >= HOUR_MS) from += 1;
    if (to + 1 - from > best.to - best.from) best = { from, to: to + 1 };
  }
  const startMs = events[best.from]?.atMs ?? 0;
  return events.slice(best.from, best.to).map((event) => ({ ...event, atMs: event.atMs - startMs }));
}

/** Strokes of a second at 60 events a second with pauses between, a click after every fourth, a scroll after every seventh. */
function generatedMouse(): readonly HumanEvent[] {
  const events: HumanEvent[] = [];
  const random = seeded(7);
  let x = 500;
  let y = 500;
  for (let atMs = 0, stroke = 1; atMs < HOUR_MS; stroke += 1) {
    const toX = Math.floor(random() * SCREEN.width);
    const toY = Math.floor(random() * SCREEN.height);
    for (let step = 1; step <= 60; step += 1) {
      atMs += 16;
      const way = step / 60;
      events.push({
        atMs,
        kind: 'move',
        x: Math.round(x + (toX - x) * way),
        y: Math.round(y + (toY - y) * way),
      });
    }
    x = toX;
    y = toY;
    if (stroke % 4 === 0) {
      events.push(
        { atMs: atMs + 80, kind: 'press', button: 1 },
        { atMs: atMs + 170, kind: 'release', button: 1 },
      );
    }
    if (stroke % 7 === 0) events.push({ atMs: atMs + 200, kind: 'wheel', direction: 'down' });
    atMs += 200 + random() * 3000;
  }
  return events.filter((event) => event.atMs < HOUR_MS);
}

function typing(): readonly HumanEvent[] {
  const events: HumanEvent[] = [];
  const random = seeded(11);
  for (let burstMs = 20_000; burstMs < HOUR_MS - 20_000; burstMs += 80_000) {
    for (let atMs = burstMs, key = 1; atMs < burstMs + 20_000; atMs += 150 + random() * 300, key += 1) {
      events.push({ atMs, kind: 'key', key: key % 6 === 0 ? 'space' : 'a' });
    }
  }
  return events;
}
