/**
 * Parses and validates the events of one device. Each event is serialized again from the validated
 * fields, with user and device of the token. The original line is never forwarded: readers differ in
 * how they treat a duplicate field.
 */
import { MAX_EVENT_BYTES, type Parsed, type TrackAnswer } from '@kinetrack/schema';

/** The fields of an event that are used here. */
export interface TrackedEvent {
  readonly seq: number;
  readonly device_id: string;
}

export type ReadEvent = (line: string) => Parsed<TrackedEvent>;

export type Rejection = TrackAnswer['rejected'][number];

export interface ReadEvents {
  readonly events: readonly TrackedEvent[];
  readonly rejected: readonly Rejection[];
}

/** A line of JSON with its newline. */
export interface StampedLine {
  readonly seq: number;
  readonly data: Uint8Array;
}

export function readEvents(lines: readonly string[], read: ReadEvent): ReadEvents {
  const events: TrackedEvent[] = [];
  const rejected: Rejection[] = [];
  for (const line of lines) {
    const parsed = read(line);
    if (parsed.ok) {
      // A request has events of one device, that of its first event.
      const device = events[0]?.device_id ?? parsed.value.device_id;
      if (parsed.value.device_id === device) events.push(parsed.value);
      else rejected.push({ seq: parsed.value.seq, ...FOREIGN });
      continue;
    }
    const seq = seqOf(line);
    // A line without a seq cannot be referred to in the response.
    if (seq !== undefined)
      rejected.push({ seq, code: parsed.reason, reason: reasonOf(parsed.reason, parsed.path) });
  }
  return { events, rejected };
}

export function stamp(
  events: readonly TrackedEvent[],
  { userId, deviceId }: { readonly userId: string; readonly deviceId: string },
): { readonly lines: readonly StampedLine[]; readonly rejected: readonly Rejection[] } {
  const encoder = new TextEncoder();
  const lines: StampedLine[] = [];
  const rejected: Rejection[] = [];
  for (const event of events) {
    const { seq } = event;
    const stamped = { ...event, user_id: userId, device_id: deviceId, event_id: `${deviceId}:${seq}` };
    const data = encoder.encode(`${JSON.stringify(stamped)}\n`);
    if (data.length <= MAX_EVENT_BYTES) lines.push({ seq, data });
    else rejected.push({ seq, code: 'too_large', reason: TOO_LARGE });
  }
  return { lines, rejected };
}

const TOO_LARGE = `an event is limited to ${MAX_EVENT_BYTES} bytes; record less per event`;
const FOREIGN = {
  code: 'foreign_device',
  reason: 'the event belongs to another device than the request; send the events of one device per request',
};

/** Contains the name of the field, if the schema has it, and never its value. */
function reasonOf(code: string, path: string): string {
  const [field = ''] = path.split('.');
  if (code === 'not_json') return 'the event is not a JSON object on one line; update the agent';
  const where = field === '' ? 'the event' : `the field ${field}`;
  return `${where} is not valid under the schema; update the older of agent and server`;
}

function seqOf(line: string): number | undefined {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event !== 'object' || event === null || !('seq' in event)) return undefined;
    return Number.isSafeInteger(event.seq) && Number(event.seq) >= 1 ? Number(event.seq) : undefined;
  } catch {
    return undefined;
  }
}
