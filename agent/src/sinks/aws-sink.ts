/** What is the same for the services of AWS that take records: packing, requests, outcomes, closing. */
import { divide, type RequestLimits } from '@kinetrack/schema';
import { diagnoseAws } from '../connection/diagnose.ts';
import type { PackedRecord } from '../pack.ts';
import { deliverPacked, retryable } from './deliver-packed.ts';

import { type RecordOutcome, SHARED_CADENCE_MS, type Sink, SinkError, type SinkRate } from './sink.ts';

/** What a request holds and how fast they may follow each other. */
export interface AwsRequestOptions {
  /** Records in one request, at most 500. @defaultValue 500 */
  readonly maxRecordsPerRequest?: number;
  /**
   * Bytes in one request; a single larger record still goes.
   * @defaultValue 1 MiB: what the destination takes in a second
   */
  readonly maxBytesPerRequest?: number;
}

/** A service, as AwsSink speaks to it. `Entry`: a record as its requests hold it. */
export interface AwsService<Entry> {
  readonly name: string;
  /** For sentences: `the stream activity`. */
  readonly target: string;
  readonly rate: SinkRate;
  readonly limits: RequestLimits;
  entryOf(record: PackedRecord): Entry;
  /** As the limits count it. */
  bytesOf(entry: Entry): number;
  /** Called once, at the first send(): the SDK costs 18 MB and 80 ms. */
  connect(): Promise<AwsConnection<Entry>>;
}

export interface AwsConnection<Entry> {
  /** What became of each, in their order: null where it is stored, otherwise what the service says about it. */
  put(entries: readonly Entry[], abortSignal: AbortSignal): Promise<readonly unknown[]>;
  /** Does not destroy a client passed in as an option. */
  destroy(): void;
}

export class AwsSink<Entry> implements Sink {
  readonly name: string;
  readonly rate: SinkRate;
  readonly cadenceMs = SHARED_CADENCE_MS;
  readonly #closing = new AbortController();
  #connection: Promise<AwsConnection<Entry>> | undefined;

  constructor(private readonly service: AwsService<Entry>) {
    this.name = service.name;
    this.rate = service.rate;
  }

  async send(events: Parameters<Sink['send']>[0]): Promise<readonly RecordOutcome[]> {
    return deliverPacked(this.name, events, (records) => this.#deliver(records));
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const connection = await this.#connection?.catch(() => undefined);
    connection?.destroy();
  }

  async #deliver(records: readonly PackedRecord[]): Promise<readonly RecordOutcome[]> {
    const { entryOf, bytesOf, limits } = this.service;
    const outcomes: RecordOutcome[] = [];
    try {
      for (const request of divide(records.map(entryOf), bytesOf, limits)) {
        outcomes.push(...(await this.#put(request)));
      }
    } catch (error) {
      // What refused one request as a whole refuses the next as well: no second timeout to wait for.
      const failed = this.#failed(error);
      while (outcomes.length < records.length) outcomes.push(failed);
    }
    return outcomes;
  }

  async #put(entries: readonly Entry[]): Promise<readonly RecordOutcome[]> {
    this.#closing.signal.throwIfAborted();
    this.#connection ??= this.service.connect();
    const connection = await this.#connection;
    const results = await connection.put(entries, this.#closing.signal);
    return entries.map((_, i) => {
      // Undefined where the answer leaves a record out, as what is not the service does.
      const failure = results[i];
      return failure === null ? { status: 'delivered' } : this.#failed(failure);
    });
  }

  #failed(error: unknown): RecordOutcome {
    if (this.#closing.signal.aborted) return retryable(`the sink ${this.name} is closed`);
    const { fault, reason } = diagnoseAws(this.service.target, error);
    return retryable(reason, fault);
  }
}

/** The limits of a request, checked. Throws SinkError. */
export function requestLimits(
  service: string,
  { maxRecordsPerRequest, maxBytesPerRequest }: AwsRequestOptions,
  most: RequestLimits,
): RequestLimits {
  return {
    maxRecords: limited(
      service,
      'maxRecordsPerRequest',
      maxRecordsPerRequest ?? most.maxRecords,
      most.maxRecords,
    ),
    maxBytes: limited(service, 'maxBytesPerRequest', maxBytesPerRequest ?? 1024 * 1024, most.maxBytes),
  };
}

function limited(service: string, name: string, value: number, limit: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= limit) return value;
  throw new SinkError(
    `${name} is ${value}: ${service} takes 1 to ${limit}; choose a whole number in between`,
  );
}
