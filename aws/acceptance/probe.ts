/** What is sent through a deployment to see whether it works: a few minutes of somebody who does not exist. */
import { type ActivityEvent, formatUtc, MINUTE_MS, parseEvent } from '@kinetrack/schema';

export interface Probe {
  readonly userId: string;
  readonly deviceId: string;
  /** Good events, two of them alike: a stream delivers at least once. */
  readonly events: readonly ActivityEvent[];
  /** One that the schema does not know: it must end among the errors. */
  readonly malformed: string;
}

const MINUTES = 4;

/** `newId` gives a UUID. */
export function makeProbe(nowMs: number, newId: () => string): Probe {
  const deviceId = newId();
  const userId = `acceptance-${deviceId.slice(0, 8)}`;
  const session_id = newId();
  const envelope = (seq: number, atMs: number) => ({
    schema_version: 1,
    event_id: `${deviceId}:${seq}`,
    device_id: deviceId,
    seq,
    session_id,
    user_id: userId,
    ts: formatUtc(atMs),
    utc_offset_min: 0,
    time_zone: 'UTC',
    agent_version: '0.0.0-acceptance',
  });
  // Whole minutes that are over, some of them typed, some of them silent.
  const firstMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS - (MINUTES + 1) * MINUTE_MS;
  const seconds = (value: (second: number) => number) =>
    Array.from({ length: 60 }, (_, second) => value(second));
  const samples = Array.from({ length: MINUTES }, (_, minute) => ({
    ...envelope(minute + 2, firstMs + minute * MINUTE_MS),
    activity_type: 'sample',
    from_s: 0,
    to_s: 60,
    keys: seconds((second) => (minute % 2 === 0 ? (second % 3) + minute : 0)),
    clicks: seconds((second) => (minute % 2 === 0 && second % 20 === 0 ? 1 : 0)),
    scrolls: seconds(() => 0),
    distance_px: seconds((second) => (minute % 2 === 0 ? second * 7 : 0)),
    segments: [{ app: 'Acceptance', site: null, title: null, from_s: 0, to_s: 60 }],
    distraction_s: 0,
    idle_at_start_s: 0,
    flags: [],
  }));
  const start = { ...envelope(1, firstMs), activity_type: 'system', kind: 'start', detail: {} };
  const events = [start, ...samples, ...samples.slice(0, 1)].map(checked);
  const malformed = JSON.stringify({ ...envelope(MINUTES + 2, firstMs), activity_type: 'no_such_activity' });
  return { userId, deviceId, events, malformed };
}

function checked(input: object): ActivityEvent {
  const parsed = parseEvent(input);
  if (!parsed.ok) throw new TypeError(`the probe is no event: ${JSON.stringify(parsed)}`);
  return parsed.value;
}
