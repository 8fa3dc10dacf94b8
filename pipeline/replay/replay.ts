/**
 * Redelivers records that Firehose could not deliver.
 *
 * An event is redelivered if it is valid now: it arrived while too many partitions were open, in a
 * record of more than 500 events, or before a rule of the schema or the delivery changed. An event of a
 * deleted person is dropped. All other events stay, with their reason.
 *
 * Invariants:
 * 1. An event leaves the error object only after the pipeline has acknowledged it, or if a tombstone
 *    excludes it. An object is replaced as a whole. After a kill, the next run redelivers its events
 *    again.
 * 2. Redelivering twice is harmless: rollups remove duplicates by device and seq.
 */
import { LAKE_PREFIXES, MAX_RECORD_BYTES, MAX_RECORD_EVENTS, parseEventLine } from '@kinetrack/schema';
import { type ErrorRecord, errorRecordOf, withParts } from '../lake/error-records.ts';
import { getOrCreate } from '../lake/get-or-create.ts';
import { DamagedObject, gzipBlocks, isGzip, lineBlocks, linesOf, readObject } from '../lake/lines.ts';
import type { IngestRecord, IngestSink, ObjectStore } from '../lake/ports.ts';
import { splitJson } from '../lake/split-json.ts';
import { loadTombstones, type Tombstones } from '../lake/tombstones.ts';

export interface ReplayOptions {
  readonly store: ObjectStore;
  readonly sink: IngestSink;
  /** Key prefixes in `errors/`. An empty list means all of it. */
  readonly prefixes: readonly string[];
  /** Only records that arrived at this time or later, ms since 1970. */
  readonly sinceMs?: number;
  /** Only records with this error code. */
  readonly errorCode?: string;
  /** Only counts; delivers and changes nothing. */
  readonly dryRun: boolean;
  /** Called after each object. */
  readonly onObject?: (key: string, counts: ReplayCounts) => void;
}

export interface ReplayCounts {
  objects: number;
  /** Objects that were deleted because nothing remains. */
  emptied: number;
  /** Objects that were rewritten with fewer records. */
  shortened: number;
  records: number;
  /** Records excluded by the filters. */
  skipped: number;
  /** Redelivered events; in a dry run, events to redeliver. */
  delivered: number;
  /** Events of deleted people. */
  hidden: number;
  /** Events refused by the pipeline. They stay for the next run. */
  refused: number;
  /** Events that are still invalid, by reason: `not_json`, `invalid_field: ts`, ... */
  readonly stillBad: Record<string, number>;
  /**
   * Keys of objects that are damaged or have lines that are not error records. They are not changed.
   */
  readonly unreadable: string[];
}

export class InvalidPrefix extends Error {
  readonly code = 'invalid_prefix';
  constructor(prefix: string) {
    super(`${prefix} is not in ${LAKE_PREFIXES.errors}: only undelivered records can be replayed`);
    this.name = 'InvalidPrefix';
  }
}

/** Rejects if the store fails or the pipeline accepts nothing. @throws InvalidPrefix */
export async function replay(options: ReplayOptions): Promise<ReplayCounts> {
  const { store, onObject } = options;
  const counts: ReplayCounts = {
    objects: 0,
    emptied: 0,
    shortened: 0,
    records: 0,
    skipped: 0,
    delivered: 0,
    hidden: 0,
    refused: 0,
    stillBad: {},
    unreadable: [],
  };
  const prefixes = options.prefixes.length === 0 ? [LAKE_PREFIXES.errors] : options.prefixes;
  for (const prefix of prefixes) {
    if (!prefix.startsWith(LAKE_PREFIXES.errors)) throw new InvalidPrefix(prefix);
  }
  const tombstones = await loadTombstones(store);
  const done = new Set<string>();
  for (const prefix of prefixes) {
    // Undeliverable events become new objects under this prefix. The keys are listed first, so that
    // those are not replayed again.
    const keys: string[] = [];
    for await (const { key } of store.list(prefix)) keys.push(key);
    for (const key of keys) {
      if (done.has(key)) continue;
      done.add(key);
      await replayObject(key, options, tombstones, counts);
      onObject?.(key, counts);
    }
  }
  return counts;
}

async function replayObject(
  key: string,
  options: ReplayOptions,
  tombstones: Tombstones,
  counts: ReplayCounts,
): Promise<void> {
  const { store } = options;
  const body = await readObject(store, key);
  if (body === undefined) return;
  counts.objects += 1;
  const lines: Buffer[] = [];
  try {
    for await (const block of lineBlocks(body)) {
      lines.push(...[...linesOf(block)].filter((line) => line.toString().trim() !== ''));
    }
  } catch (error) {
    if (!(error instanceof DamagedObject)) throw error;
    counts.unreadable.push(key);
    return;
  }
  const errorLines = lines.map((line) => readErrorLine(line, options, tombstones, counts));
  if (errorLines.some(({ record }) => record === undefined)) counts.unreadable.push(key);
  const stored = await deliver(
    errorLines.flatMap(({ sendable }) => sendable),
    options,
    counts,
  );
  if (options.dryRun) return;
  const left = errorLines.flatMap((errorLine) => leftOf(errorLine, stored));
  if (left.length === errorLines.length && left.every((line, index) => line === lines[index])) return;
  if (left.length === 0) {
    await store.delete(key);
    counts.emptied += 1;
    return;
  }
  const text = Buffer.concat(left);
  await store.put(key, isGzip(body) ? await gzipBlocks([text]) : text);
  counts.shortened += 1;
}

interface ErrorLine {
  readonly line: Buffer;
  readonly record: ErrorRecord | undefined;
  readonly parts: readonly Buffer[];
  /** Parts that are valid events. */
  readonly sendable: readonly Buffer[];
  /** Parts of deleted people. */
  readonly hidden: ReadonlySet<Buffer>;
}

function readErrorLine(
  line: Buffer,
  options: ReplayOptions,
  tombstones: Tombstones,
  counts: ReplayCounts,
): ErrorLine {
  const record = errorRecordOf(line);
  const untouched: ErrorLine = { line, record, parts: [], sendable: [], hidden: new Set() };
  if (record === undefined) return untouched;
  counts.records += 1;
  const { sinceMs, errorCode } = options;
  const isEarlier = sinceMs !== undefined && !(record.arrivalMs >= sinceMs);
  if (isEarlier || (errorCode !== undefined && record.errorCode !== errorCode)) {
    counts.skipped += 1;
    return untouched;
  }
  const parts = splitJson(record.data);
  const sendable: Buffer[] = [];
  const hidden = new Set<Buffer>();
  for (const part of parts) {
    const parsed = parseEventLine(part.toString('utf8'));
    if (!parsed.ok) {
      const reason = parsed.path === '' ? parsed.reason : `${parsed.reason}: ${parsed.path}`;
      counts.stillBad[reason] = (counts.stillBad[reason] ?? 0) + 1;
    } else if (tombstones.excludes(parsed.value.user_id, Date.parse(parsed.value.ts))) {
      counts.hidden += 1;
      hidden.add(part);
    } else sendable.push(part);
  }
  return { line, record, parts, sendable, hidden };
}

/** The remaining line of a record: unchanged, with fewer events, or none. */
function leftOf({ line, record, parts, hidden }: ErrorLine, stored: ReadonlySet<Buffer>): readonly Buffer[] {
  if (record === undefined || parts.length === 0) return [line];
  const left = parts.filter((part) => !hidden.has(part) && !stored.has(part));
  if (left.length === parts.length) return [line];
  return left.length === 0 ? [] : [withParts(record, left)];
}

/** Delivers parts. Returns those that are stored. */
async function deliver(
  parts: readonly Buffer[],
  { sink, dryRun }: ReplayOptions,
  counts: ReplayCounts,
): Promise<ReadonlySet<Buffer>> {
  if (dryRun || parts.length === 0) {
    counts.delivered += parts.length;
    return new Set();
  }
  const packs = packed(parts);
  const stored = new Set<Buffer>();
  let left = packs;
  for (let attempt = 0; left.length > 0 && attempt < ATTEMPTS; attempt += 1) {
    const outcomes = await sink.put(left.map(({ record }) => record));
    const refused = left.filter((_, index) => outcomes[index] !== 'stored');
    for (const [index, pack] of left.entries()) {
      if (outcomes[index] === 'stored') for (const part of pack.parts) stored.add(part);
    }
    left = refused;
  }
  counts.delivered += stored.size;
  counts.refused += parts.length - stored.size;
  return stored;
}

/** A stream usually accepts a refused record on the next attempt. The rest stays for the next run. */
const ATTEMPTS = 5;

interface Pack {
  readonly record: IngestRecord;
  readonly parts: readonly Buffer[];
}

/** Packs events by device, as agents do. */
function packed(parts: readonly Buffer[]): readonly Pack[] {
  const byDevice = new Map<string, Buffer[]>();
  for (const part of parts) {
    const parsed = parseEventLine(part.toString('utf8'));
    if (!parsed.ok) continue;
    const { device_id } = parsed.value;
    getOrCreate(byDevice, device_id, () => []).push(part);
  }
  const packs: Pack[] = [];
  for (const [partitionKey, ofDevice] of byDevice) {
    let some: Buffer[] = [];
    let bytes = 0;
    const finish = (): void => {
      if (some.length === 0) return;
      // An event can span several lines; in a record it has one.
      const data = Buffer.concat(some.flatMap((part) => [oneLine(part), NEWLINE]));
      packs.push({ record: { partitionKey, data }, parts: some });
      some = [];
      bytes = 0;
    };
    for (const part of ofDevice) {
      if (some.length === MAX_RECORD_EVENTS || bytes + part.length + 1 > MAX_RECORD_BYTES) finish();
      some.push(part);
      bytes += part.length + 1;
    }
    finish();
  }
  return packs;
}

const NEWLINE = Buffer.from('\n');
const oneLine = (part: Buffer): Buffer =>
  part.includes(0x0a) ? Buffer.from(JSON.stringify(JSON.parse(part.toString('utf8')))) : part;
