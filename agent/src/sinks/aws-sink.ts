/** The common part of sinks for AWS record services: packing, requests, outcomes, closing. */
import { divide, type RequestLimits } from '@kinetrack/schema';
import { diagnoseAws } from '../connection/diagnose.ts';
import type { PackedRecord } from '../pack.ts';
import { deliverPacked, retryable } from './deliver-packed.ts';

import { type RecordOutcome, SHARED_CADENCE_MS, type Sink, type SinkRate, wholeNumber } from './sink.ts';

/** Limits of one request. */
export interface AwsRequestOptions {
  /** Records per request, at most 500. @defaultValue 500 */
  readonly maxRecordsPerRequest?: number;
  /**
   * Bytes per request; a single larger record is still sent.
   * @defaultValue 1 MiB: the rate of the destination per second
   */
  readonly maxBytesPerRequest?: number;
}

/** The service behind an AwsSink. `Entry`: a record in its requests. */
export interface AwsService<Entry> {
  readonly name: string;
  /** Name in messages: `the stream activity`. */
  readonly target: string;
  readonly rate: SinkRate;
  readonly limits: RequestLimits;
  entryOf(record: PackedRecord): Entry;
  /** Size of an entry as the limits count it. */
  bytesOf(entry: Entry): number;
  /** Called once, at the first send(): loading the SDK costs 18 MB and 80 ms. */
  connect(): Promise<AwsConnection<Entry>>;
}

export interface AwsConnection<Entry> {
  /** One result per entry, in order: null if it is stored, otherwise the service's error. */
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
      // A fault of a whole request also affects the next one: do not wait for a second timeout.
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
      // Undefined if the response has no result for the record: then another server responded.
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

/** Checks the limits of a request. Throws SinkError. */
export const requestLimits = (
  { maxRecordsPerRequest, maxBytesPerRequest }: AwsRequestOptions,
  most: RequestLimits,
): RequestLimits => ({
  maxRecords: wholeNumber('maxRecordsPerRequest', maxRecordsPerRequest ?? most.maxRecords, most.maxRecords),
  maxBytes: wholeNumber('maxBytesPerRequest', maxBytesPerRequest ?? 1024 * 1024, most.maxBytes),
});
