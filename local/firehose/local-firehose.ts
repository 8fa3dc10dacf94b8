/**
 * Executes an `ExtendedS3DestinationConfiguration` on this machine, into any object store.
 *
 * Invariants:
 *  1. A record is answered `delivered` only once every part of it is durable, under the prefix or the error prefix.
 *  2. Where the store refuses, parts stay and are tried again with growing pauses, for the configured retry time.
 *     Then, and at flush() or close() at once, they are given back as `retryable`: the sender still owns them.
 *  3. A part is in exactly one place: waiting, in one buffer, stored, or given back.
 *  4. Delivered keys are announced until the announcement has succeeded.
 */
import type { RecordOutcome, Runtime } from '@kinetrack/agent';
import { messageOf } from '@kinetrack/schema';
import type { DeliveryConfiguration } from '../../pipeline/delivery.ts';
import type { ObjectStore } from '../../pipeline/lake/ports.ts';
import { deaggregate } from '../../pipeline/lake/split-json.ts';
import { Announcer } from './announcer.ts';
import { type ResolvedConfiguration, resolveConfiguration } from './configuration.ts';
import {
  deliveryFailure,
  extractionFailure,
  type Failure,
  failedRecordLine,
  partitionsExceeded,
} from './failed-record.ts';
import { KeyExtraction } from './key-extraction.ts';
import type { ObjectBuffer } from './object-buffer.ts';
import { ObjectBuffers } from './object-buffers.ts';
import { ObjectNames } from './object-names.ts';
import { PendingRecord, type SubRecord } from './pending-record.ts';
import { MAX_PREFIX_CHARS } from './prefix.ts';

export interface LocalFirehoseOptions {
  /** As CloudFormation takes it, or as it stands in a synthesized template. */
  readonly configuration: DeliveryConfiguration;
  /** Part of every object's name. */
  readonly streamName: string;
  readonly store: ObjectStore;
  readonly runtime: Runtime;
  /** Instead of the configuration's IntervalInSeconds. @defaultValue the configuration's */
  readonly bufferIntervalMs?: number;
  /** Bytes that may be held together; above, every buffer is delivered early. @defaultValue 256 MiB */
  readonly maxBufferedBytes?: number;
  /** Partitions that may be open at once. @defaultValue 500, as in AWS */
  readonly maxActivePartitions?: number;
  /**
   * What becomes of a record that would open one more. `error` is what AWS does: it lands under the error prefix.
   * `deliver` writes the oldest partitions early instead, because one machine has no quota to raise.
   * @defaultValue 'deliver'
   */
  readonly whenPartitionsExceed?: 'deliver' | 'error';
  /** Takes the keys of new objects once they are durable; where it rejects, it gets them again with the next ones. */
  readonly onDelivered?: (keys: readonly string[]) => Promise<void>;
}

export interface FirehoseStatus {
  /** Parts of records that are neither stored nor given back, and their bytes. */
  readonly pendingRecords: number;
  readonly pendingBytes: number;
  readonly activePartitions: number;
  /** Parts under the prefix. */
  readonly deliveredRecords: number;
  /** Objects under both prefixes. */
  readonly deliveredObjects: number;
  /** Parts under the error prefix, by error type. */
  readonly failedRecords: Readonly<Record<string, number>>;
  /** Why the store last refused an object; undefined once it takes them again. */
  readonly storeError: string | undefined;
}

/** Enough records to repay the 20 ms that jq needs to start, few enough not to hold up the process for long. */
const MAX_BATCH_RECORDS = 4000;
const MAX_BATCH_BYTES = 4 << 20;
const DEFAULT_MAX_BUFFERED_BYTES = 256 << 20;
const DEFAULT_MAX_PARTITIONS = 500;
/** Of the oldest partitions: room for the next ones without writing objects of one record. */
const EARLY_DELIVERY_SHARE = 0.2;

export class LocalFirehose {
  readonly #waiting: SubRecord[] = [];
  readonly #buffers: ObjectBuffers;
  readonly #names: ObjectNames;
  readonly #announcer: Announcer;
  readonly #failedRecords: Record<string, number> = {};
  readonly #maxPartitions: number;
  readonly #maxBufferedBytes: number;
  #sorting: Promise<void> | undefined;
  #pendingRecords = 0;
  #pendingBytes = 0;
  #deliveredRecords = 0;
  #deliveredObjects = 0;
  #accepting: boolean = true;

  private constructor(
    private readonly options: LocalFirehoseOptions,
    private readonly configuration: ResolvedConfiguration,
    private readonly extraction: KeyExtraction | undefined,
  ) {
    const { store, runtime } = options;
    this.#maxPartitions = options.maxActivePartitions ?? DEFAULT_MAX_PARTITIONS;
    this.#maxBufferedBytes = options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES;
    this.#announcer = new Announcer(options.onDelivered);
    this.#names = new ObjectNames(configuration, options.streamName, runtime);
    this.#buffers = new ObjectBuffers({
      configuration,
      store,
      runtime,
      names: this.#names,
      bufferIntervalMs: options.bufferIntervalMs ?? configuration.bufferIntervalMs,
      onStored: (key, buffer) => this.#stored(key, buffer),
      onUnstorable: (buffer, message) => {
        for (const part of buffer.parts) this.#fail(part, deliveryFailure(message));
      },
      onGivenBack: (buffer, reason) => {
        for (const part of buffer.parts) this.#settle(part, reason);
      },
    });
  }

  /** @throws FirehoseConfigurationError */
  static async open(options: LocalFirehoseOptions): Promise<LocalFirehose> {
    const configuration = resolveConfiguration(options.configuration);
    const { query, prefix } = configuration;
    const extraction =
      query === undefined ? undefined : await KeyExtraction.open(query, prefix.partitionKeys);
    return new LocalFirehose(options, configuration, extraction);
  }

  /**
   * Accepts records; resolves with one outcome for each, in their order, once all are settled: after the buffer
   * interval at the latest while the store takes objects, sooner with flush().
   */
  async putRecords(records: readonly Uint8Array[]): Promise<readonly RecordOutcome[]> {
    if (!this.#accepting) {
      return records.map(() => ({
        status: 'retryable',
        reason: 'the local Firehose is closed; open a new one',
      }));
    }
    const arrivalMs = this.options.runtime.now();
    const outcomes = records.map((bytes) => {
      const parts = this.configuration.deaggregate ? deaggregate(bytes) : [bytes];
      const record = new PendingRecord(parts.length);
      for (const part of parts) {
        this.#waiting.push({ bytes: part, inputBytes: part.length, arrivalMs, record });
        this.#pendingBytes += part.length;
      }
      this.#pendingRecords += parts.length;
      return record.outcome;
    });
    this.#sorting ??= this.#sort();
    return Promise.all(outcomes);
  }

  /**
   * Delivers everything that was accepted before; gives back what the store refuses.
   * @throws what onDelivered rejected with
   */
  async flush(): Promise<void> {
    await this.#sorting;
    await this.#buffers.drain();
    await this.#announcer.announced();
  }

  status(): FirehoseStatus {
    return {
      pendingRecords: this.#pendingRecords,
      pendingBytes: this.#pendingBytes,
      activePartitions: this.#buffers.activePartitions,
      deliveredRecords: this.#deliveredRecords,
      deliveredObjects: this.#deliveredObjects,
      failedRecords: { ...this.#failedRecords },
      storeError: this.#buffers.storeError,
    };
  }

  /** Refuses new records and delivers the rest. May be called twice. */
  async close(): Promise<void> {
    this.#accepting = false;
    await this.flush();
  }

  /** Takes waiting parts in batches to their buffers, until none is left. */
  async #sort(): Promise<void> {
    // Whatever arrives in this turn of the event loop shares one jq run.
    await nextTurn();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchLength(this.#waiting));
      try {
        await this.#sortBatch(batch);
      } catch (error) {
        const reason = `jq could not run: ${messageOf(error)}`;
        for (const part of batch) this.#settle(part, reason);
      }
      if (this.#pendingBytes > this.#maxBufferedBytes) await this.#buffers.deliverOldest();
      await nextTurn();
    }
    this.#sorting = undefined;
  }

  async #sortBatch(batch: readonly SubRecord[]): Promise<void> {
    if (this.extraction === undefined) {
      for (const part of batch) this.#buffers.add('', { kind: 'data', keys: NO_KEYS }, part);
      return;
    }
    const extractions = await this.extraction.extract(batch.map(({ bytes }) => bytes));
    for (const [index, part] of batch.entries()) {
      const extraction = extractions[index];
      if (extraction === undefined) this.#settle(part, 'jq gave no result for the record');
      else if ('failure' in extraction) this.#fail(part, extraction.failure);
      else await this.#partition({ ...part, bytes: extraction.line }, extraction.keys);
    }
  }

  async #partition(part: SubRecord, keys: ReadonlyMap<string, string>): Promise<void> {
    const id = `data/${JSON.stringify([...keys.values()])}`;
    const destination = { kind: 'data', keys } as const;
    if (!this.#buffers.has(id)) {
      const prefix = this.#names.prefix(destination, part.arrivalMs);
      if (prefix.length > MAX_PREFIX_CHARS) {
        const message = `the prefix has ${prefix.length} characters, more than ${MAX_PREFIX_CHARS}; shorten its keys`;
        this.#fail(part, extractionFailure(message));
        return;
      }
      if (this.#buffers.activePartitions >= this.#maxPartitions) {
        if (this.options.whenPartitionsExceed === 'error') {
          this.#fail(part, partitionsExceeded(this.#maxPartitions));
          return;
        }
        await this.#buffers.deliverOldest(Math.ceil(this.#maxPartitions * EARLY_DELIVERY_SHARE));
      }
    }
    this.#buffers.add(id, destination, part);
  }

  #fail(part: SubRecord, failure: Failure): void {
    const { type } = failure;
    const line = failedRecordLine(part, failure, this.options.runtime.now());
    this.#buffers.add(`error/${type}`, { kind: 'error', type }, { ...part, bytes: line });
  }

  #stored(key: string, { destination, parts }: ObjectBuffer): void {
    this.#deliveredObjects += 1;
    if (destination.kind === 'data') this.#deliveredRecords += parts.length;
    else this.#failedRecords[destination.type] = (this.#failedRecords[destination.type] ?? 0) + parts.length;
    for (const part of parts) this.#settle(part);
    this.#announcer.add(key);
    this.#announcer.announce();
  }

  #settle(part: SubRecord, failure?: string): void {
    this.#pendingRecords -= 1;
    this.#pendingBytes -= part.inputBytes;
    part.record.settlePart(failure);
  }
}

const NO_KEYS: ReadonlyMap<string, string> = new Map();

function batchLength(parts: readonly SubRecord[]): number {
  let bytes = 0;
  for (const [index, part] of parts.entries()) {
    bytes += part.inputBytes;
    if (index === MAX_BATCH_RECORDS || (index > 0 && bytes > MAX_BATCH_BYTES)) return index;
  }
  return parts.length;
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
