/**
 * A fleet of simulated people and the events of their agents. The events are a function of the options: no
 * clock, and no randomness except the seed.
 */
import type { SpoolRecord } from '@kinetrack/agent';
import {
  type ActivityEvent,
  addDays,
  formatUtc,
  HOUR_MS,
  startOfUtcHourMs,
  type UtcHour,
  utcHourOf,
} from '@kinetrack/schema';
import { includesDate, localDay, nextWorkday } from './calendar.ts';
import { deviceDay, type Installation, type PersonDay } from './device-day.ts';
import { type DemoDevice, type DemoPerson, demoPerson } from './people.ts';

export interface DemoFleetOptions {
  /** Number of people. @defaultValue 25 */
  readonly people?: number;
  /** Number of days, including the last one. @defaultValue 14 */
  readonly days?: number;
  /** Random seed. @defaultValue 1 */
  readonly seed?: number;
  /** Last day as a local date, such as 2026-11-13. */
  readonly endDate: string;
}

export const DEMO_DEFAULTS = {
  people: 25,
  days: 14,
  seed: 1,
} as const satisfies Omit<Required<DemoFleetOptions>, 'endDate'>;

/** Events that one device sent together: up to five minutes, or everything since its last connection. */
export interface DemoBatch {
  readonly deviceId: string;
  readonly arrivedMs: number;
  readonly events: readonly ActivityEvent[];
  /** The same events as lines of the agent. */
  readonly records: readonly SpoolRecord[];
}

/** Events that arrived within one UTC hour. */
export interface DemoHour {
  readonly hour: UtcHour;
  /** In order of arrival. */
  readonly batches: readonly DemoBatch[];
}

export interface DemoFleet {
  readonly options: Required<DemoFleetOptions>;
  readonly people: readonly DemoPerson[];
  /** In order of arrival, without empty hours. Each call generates the events again. */
  hours(): AsyncIterable<DemoHour>;
  /** All events in the same order. */
  events(): AsyncIterable<ActivityEvent>;
}

/** Time of day at which an offline laptop connects again, on the next working day. */
const RECONNECTS_AT_MS = 9 * HOUR_MS;

export function demoFleet(options: DemoFleetOptions): DemoFleet {
  const resolved = { ...DEMO_DEFAULTS, ...options };
  requireCount('people', resolved.people, 1);
  requireCount('days', resolved.days, 1);
  requireCount('seed', resolved.seed, 0);
  requireDate(resolved.endDate);
  const people = Array.from({ length: resolved.people }, (_, index) => demoPerson(resolved, index));
  const hours = () =>
    hoursOf(people.flatMap((person) => person.devices.map((device) => sent(resolved, person, device))));
  return {
    options: resolved,
    people,
    hours,
    async *events() {
      for await (const { batches } of hours()) for (const { events } of batches) yield* events;
    },
  };
}

/** All batches of one device, in the order of seq. */
async function* sent(
  { seed, days, endDate }: Required<DemoFleetOptions>,
  person: DemoPerson,
  device: DemoDevice,
): AsyncGenerator<DemoBatch, void, undefined> {
  const { deviceId } = device;
  const installation: Installation = { device, lastSeq: 0, timeZone: person.timeZone };
  let batch: DemoBatch | undefined;
  for (let daysBeforeEnd = days - 1; daysBeforeEnd >= 0; daysBeforeEnd--) {
    const personDay = { seed, person, date: addDays(endDate, -daysBeforeEnd) };
    const connectsMs = connectedFromMs(personDay);
    for await (const { atMs, events, records } of deviceDay(personDay, installation)) {
      const arrivedMs = Math.max(atMs, connectsMs, batch?.arrivedMs ?? 0);
      if (batch !== undefined && batch.arrivedMs !== arrivedMs) {
        yield batch;
        batch = undefined;
      }
      batch = {
        ...{ deviceId, arrivedMs },
        events: [...(batch?.events ?? []), ...events],
        records: [...(batch?.records ?? []), ...records],
      };
    }
  }
  if (batch !== undefined) yield batch;
}

/** Earliest time at which events of that day can be sent. */
function connectedFromMs({ person, date }: PersonDay): number {
  const { offline } = person.traits;
  if (offline === undefined || !includesDate(offline, date)) return 0;
  return localDay(nextWorkday(offline.to), person.timeZone).startMs + RECONNECTS_AT_MS;
}

/** Merges the devices. Memory is bounded by the batches of one hour and one more per device. */
async function* hoursOf(
  devices: readonly AsyncIterator<DemoBatch>[],
): AsyncGenerator<DemoHour, void, undefined> {
  let waiting: NextBatch[] = [];
  for (const device of devices) waiting.push(...(await advance(device)));
  while (waiting.length > 0) {
    const earliestMs = waiting.reduce((least, { batch }) => Math.min(least, batch.arrivedMs), Infinity);
    const hour = utcHourOf(formatUtc(earliestMs));
    const endsMs = startOfUtcHourMs(hour) + HOUR_MS;
    const batches: DemoBatch[] = [];
    const later: NextBatch[] = [];
    for (const entry of waiting) {
      let current: NextBatch | undefined = entry;
      while (current !== undefined && current.batch.arrivedMs < endsMs) {
        batches.push(current.batch);
        [current] = await advance(current.device);
      }
      if (current !== undefined) later.push(current);
    }
    waiting = later;
    // The sort is stable: simultaneous batches keep the order of the people.
    yield { hour, batches: batches.sort((one, other) => one.arrivedMs - other.arrivedMs) };
  }
}

interface NextBatch {
  readonly device: AsyncIterator<DemoBatch>;
  readonly batch: DemoBatch;
}

async function advance(device: AsyncIterator<DemoBatch>): Promise<readonly NextBatch[]> {
  const { done, value } = await device.next();
  return done ? [] : [{ device, batch: value }];
}

function requireCount(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}; it must be a whole number from ${least}`);
  }
}

function requireDate(value: string): void {
  const epochMs = Date.parse(`${value}T00:00:00.000Z`);
  if (Number.isNaN(epochMs) || formatUtc(epochMs).slice(0, 10) !== value) {
    throw new RangeError(`endDate is ${JSON.stringify(value)}; it must be a date in the form 2026-11-13`);
  }
}
