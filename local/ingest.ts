/** Ingests lines of events: validates and packs them, and delivers them through the Firehose. */
import { MAX_RECORD_BYTES, MAX_RECORD_EVENTS, type RecordOutcome } from '@kinetrack/agent';
import { type Invalid, parseEventLine } from '@kinetrack/schema';
import type { LocalFirehose } from './firehose/index.ts';

export interface RejectedLine {
  /** Starts at 1. */
  readonly lineNumber: number;
  readonly line: string;
  readonly reason: Invalid['reason'];
  /** Path, rule and value. */
  readonly message: string;
}

export interface IngestOptions {
  /** Without newlines. Blank lines are ignored. */
  readonly lines: AsyncIterable<string>;
  readonly firehose: Pick<LocalFirehose, 'putRecords' | 'flush' | 'status'>;
  /** Called for each invalid line, in order. */
  readonly onRejected: (rejected: RejectedLine) => void;
}

export interface IngestReport {
  /** Events durably in the lake. */
  readonly accepted: number;
  /** Rejected lines by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Written objects. */
  readonly objects: number;
}

/** The lake cannot be written. The file can be ingested again: duplicate events count once. */
export class IngestError extends Error {
  readonly code = 'ingest_failed';
  constructor(message: string) {
    super(message);
    this.name = 'IngestError';
  }
}

const RECORDS_PER_PUT = 64;
/** Maximum bytes in buffers: bounds memory for files of any size. */
const MAX_UNDELIVERED_BYTES = 64 << 20;

/** @throws IngestError if objects cannot be written */
export async function ingest(options: IngestOptions): Promise<IngestReport> {
  const { lines, firehose, onRejected } = options;
  const objectsBefore = firehose.status().deliveredObjects;
  const rejected: Record<string, number> = {};
  const sender = new Sender(firehose);
  let accepted = 0;
  let lineNumber = 0;
  for await (const line of lines) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const parsed = parseEventLine(line);
    if (parsed.ok) {
      accepted += 1;
      await sender.add(line);
    } else {
      rejected[parsed.reason] = (rejected[parsed.reason] ?? 0) + 1;
      onRejected({ lineNumber, line, reason: parsed.reason, message: parsed.message });
    }
  }
  await sender.finish();
  return { accepted, rejected, objects: firehose.status().deliveredObjects - objectsBefore };
}

/** Packs lines into records and batches, with a bound on undelivered bytes. */
class Sender {
  #lines: string[] = [];
  #recordBytes = 0;
  #records: Uint8Array[] = [];
  #puts: Promise<readonly RecordOutcome[]>[] = [];
  #undeliveredBytes = 0;

  constructor(private readonly firehose: IngestOptions['firehose']) {}

  async add(line: string): Promise<void> {
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#lines.length === MAX_RECORD_EVENTS || this.#recordBytes + bytes > MAX_RECORD_BYTES) {
      this.#closeRecord();
      if (this.#records.length === RECORDS_PER_PUT) this.#put();
      if (this.#undeliveredBytes > MAX_UNDELIVERED_BYTES) await this.#deliver();
    }
    this.#lines.push(line);
    this.#recordBytes += bytes;
  }

  async finish(): Promise<void> {
    this.#closeRecord();
    this.#put();
    await this.#deliver();
  }

  #closeRecord(): void {
    if (this.#lines.length === 0) return;
    const record = Buffer.from(this.#lines.join('\n'));
    this.#records.push(record);
    this.#undeliveredBytes += record.length;
    this.#lines = [];
    this.#recordBytes = 0;
  }

  #put(): void {
    this.#puts.push(this.firehose.putRecords(this.#records));
    this.#records = [];
  }

  async #deliver(): Promise<void> {
    await this.firehose.flush();
    const puts = this.#puts;
    this.#puts = [];
    this.#undeliveredBytes = 0;
    for (const outcomes of await Promise.all(puts)) {
      const refused = outcomes.find(({ status }) => status !== 'delivered');
      if (refused !== undefined && refused.status !== 'delivered') {
        throw new IngestError(
          `objects cannot be written to the lake: ${refused.reason}. Fix the cause, then ingest the file again. ` +
            'Events that were already written count once.',
        );
      }
    }
  }
}
