/** Packs lines into records as agents do, and puts them into the pipeline; what is refused for now is tried again, briefly. */
import { divide, MAX_RECORD_BYTES, MAX_RECORD_EVENTS } from '@kinetrack/schema';
import type { IngestRecord, IngestSink } from '../lake/ports.ts';
import type { StampedLine } from './read-events.ts';

export interface DeliverOptions {
  readonly sink: IngestSink;
  readonly deviceId: string;
  /** Resolves after so many ms. */
  pause(ms: number): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export interface Delivered {
  /** Seqs of the events that are stored durably. */
  readonly stored: readonly number[];
  /** Why the last attempt failed as a whole. */
  readonly failure: unknown;
}

interface PackedLines extends IngestRecord {
  readonly seqs: readonly number[];
}

/** A throttled shard is free again within the second; who waits longer keeps a connection open, and the agent has a queue. */
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 100;

export async function deliver(lines: readonly StampedLine[], options: DeliverOptions): Promise<Delivered> {
  const stored: number[] = [];
  let failure: unknown;
  let rest = packed(lines, options.deviceId);
  for (let attempt = 0; attempt < ATTEMPTS && rest.length > 0; attempt += 1) {
    if (attempt > 0) await options.pause(FIRST_PAUSE_MS * 4 ** (attempt - 1) * (0.5 + options.random()));
    try {
      const outcomes = await options.sink.put(rest);
      failure = undefined;
      stored.push(...rest.filter((_, i) => outcomes[i] === 'stored').flatMap(({ seqs }) => seqs));
      rest = rest.filter((_, i) => outcomes[i] !== 'stored');
    } catch (error) {
      failure = error;
    }
  }
  return { stored, failure };
}

function packed(lines: readonly StampedLine[], partitionKey: string): readonly PackedLines[] {
  const limits = { maxRecords: MAX_RECORD_EVENTS, maxBytes: MAX_RECORD_BYTES };
  return [...divide(lines, ({ data }) => data.length, limits)].map((some) => ({
    partitionKey,
    data: Buffer.concat(some.map(({ data }) => data)),
    seqs: some.map(({ seq }) => seq),
  }));
}

/** First and last of each run of numbers, ascending; a number twice counts once. */
export function rangesOf(seqs: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const seq of [...seqs].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && seq <= last[1] + 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges;
}
