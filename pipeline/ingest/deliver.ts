/**
 * Packs lines into records as agents do, and puts them into the pipeline. Refused records are retried
 * briefly.
 */
import { backoffMs, divide, MAX_RECORD_BYTES, MAX_RECORD_EVENTS } from '@kinetrack/schema';
import type { IngestRecord, IngestSink } from '../lake/ports.ts';
import type { StampedLine } from './read-events.ts';

export interface DeliverOptions {
  readonly sink: IngestSink;
  readonly deviceId: string;
  /** Resolves after `ms`. */
  pause(ms: number): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export interface Delivered {
  /** Seqs of the durably stored events. */
  readonly stored: readonly number[];
  /** Error of the last attempt, if it failed as a whole. */
  readonly failure: unknown;
}

interface PackedLines extends IngestRecord {
  readonly seqs: readonly number[];
}

/**
 * A throttled shard recovers within a second. Longer waits would block a connection, and the agent has
 * a queue.
 */
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 1000;

export async function deliver(lines: readonly StampedLine[], options: DeliverOptions): Promise<Delivered> {
  const stored: number[] = [];
  let failure: unknown;
  let rest = packed(lines, options.deviceId);
  for (let attempt = 0; attempt < ATTEMPTS && rest.length > 0; attempt += 1) {
    if (attempt > 0) {
      const limits = { baseMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS, random: () => options.random() };
      await options.pause(backoffMs(attempt, limits));
    }
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

/** Contiguous ranges, ascending, without duplicates. */
export function rangesOf(seqs: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const seq of [...seqs].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && seq <= last[1] + 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges;
}
