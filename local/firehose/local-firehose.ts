/**
 * Executes an `ExtendedS3DestinationConfiguration` on this machine, into any object store.
 *
 * Invariants:
 *  1. A record is `delivered` only when every part of it is durable, under the prefix or the error prefix.
 *  2. Refused parts are retried with growing pauses for the configured retry time. After that, or at once
 *     during flush() and close(), the record is `retryable`: the sender still owns it.
 *  3. A part is in exactly one place: waiting, in one buffer, stored, or returned.
 *  4. onDelivered gets every delivered key; failed calls are repeated.
 */
import type { RecordOutcome, Runtime } from '@kinetrack/agent';
import { messageOf } from '@kinetrack/schema';
import type { DeliveryConfiguration } from '../../pipeline/delivery.ts';
import type { ObjectStore } from '../../pipeline/lake/ports.ts';
import { deaggregate } from '../../pipeline/lake/split-json.ts';
import { type ResolvedConfiguration, resolveConfiguration } from './configuration.ts';
import { DeliveryNotifier } from './delivery-notifier.ts';
import { KeyExtraction } from './key-extraction.ts';
import { type ObjectBuffer, ObjectBuffers } from './object-buffers.ts';
import { ObjectKeys } from './object-keys.ts';
import { MAX_PREFIX_CHARS } from './prefix.ts';
import {
  deliveryFailure,
  extractionFailure,
  type Failure,
  failedRecordLine,
  PendingRecord,
  partitionsExceeded,
  type RecordPart,
} from './record.ts';

export interface LocalFirehoseOptions {
  /** In CloudFormation's form, as in a synthesized template. */
  readonly configuration: DeliveryConfiguration;
  /** Part of every object key. */
  readonly streamName: string;
  readonly store: ObjectStore;
  readonly runtime: Runtime;
  /** Buffer interval. @defaultValue IntervalInSeconds of the configuration */
  readonly bufferIntervalMs?: number;
  /** Maximum bytes in all buffers; above it, every buffer is delivered early. @defaultValue 256 MiB */
  readonly maxBufferedBytes?: number;
  /** Maximum number of open partitions. @defaultValue 500, as in AWS */
  readonly maxActivePartitions?: number;
  /**
   * Treatment of a record beyond maxActivePartitions. `error`: it is written under the error prefix, as in
   * AWS. `deliver`: the oldest partitions are delivered early, because one machine has no quota to raise.
   * @defaultValue 'deliver'
   */
  readonly whenPartitionsExceed?: 'deliver' | 'error';
  /** Called with the keys of durable objects. After a rejection, they are part of the next call. */
  readonly onDelivered?: (keys: readonly string[]) => Promise<void>;
}

export interface FirehoseStatus {
  /** Parts of records that are neither stored nor returned. */
  readonly pendingRecords: number;
  readonly pendingBytes: number;
  readonly activePartitions: number;
  /** Parts stored under the prefix. */
  readonly deliveredRecords: number;
  /** Objects stored under both prefixes. */
  readonly deliveredObjects: number;
  /** Parts stored under the error prefix, by error type. */
  readonly failedRecords: Readonly<Record<string, number>>;
  /** Error of the last refused object; undefined after a successful write. */
  readonly storeError: string | undefined;
}

/** Large enough to amortize jq's start (20 ms), small enough not to block the process for long. */
const MAX_BATCH_RECORDS = 4000;
const MAX_BATCH_BYTES = 4 << 20;
const DEFAULT_MAX_BUFFERED_BYTES = 256 << 20;
const DEFAULT_MAX_PARTITIONS = 500;
/** Share of the oldest partitions delivered at once; single ones would mean objects of one record. */
const EARLY_DELIVERY_SHARE = 0.2;

export class LocalFirehose {
  readonly #waiting: RecordPart[] = [];
  readonly #buffers: ObjectBuffers;
  readonly #objectKeys: ObjectKeys;
  readonly #notifier: DeliveryNotifier;
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
    this.#notifier = new DeliveryNotifier(options.onDelivered);
    this.#objectKeys = new ObjectKeys(configuration, options.streamName, runtime);
    this.#buffers = new ObjectBuffers({
      configuration,
      store,
      runtime,
      objectKeys: this.#objectKeys,
      bufferIntervalMs: options.bufferIntervalMs ?? configuration.bufferIntervalMs,
      onStored: (key, buffer) => this.#stored(key, buffer),
      onUnstorable: (buffer, message) => {
        for (const part of buffer.parts) this.#fail(part, deliveryFailure(message));
      },
      onReturned: (buffer, reason) => {
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
   * Resolves with one outcome per record, in order, once all are known: while the store accepts objects,
   * after the buffer interval at the latest, or earlier with flush().
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
   * Delivers everything accepted before. Records that the store refuses are `retryable`.
   * @throws the error of onDelivered
   */
  async flush(): Promise<void> {
    await this.#sorting;
    await this.#buffers.drain();
    await this.#notifier.flush();
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

  /** Delivers accepted records and refuses new ones. Can be called twice. */
  async close(): Promise<void> {
    this.#accepting = false;
    await this.flush();
  }

  /** Moves waiting parts to their buffers, in batches. */
  async #sort(): Promise<void> {
    // Records of the same event loop turn share one jq run.
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

  async #sortBatch(batch: readonly RecordPart[]): Promise<void> {
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

  async #partition(part: RecordPart, keys: ReadonlyMap<string, string>): Promise<void> {
    const id = `data/${JSON.stringify([...keys.values()])}`;
    const destination = { kind: 'data', keys } as const;
    if (!this.#buffers.has(id)) {
      const prefix = this.#objectKeys.prefix(destination, part.arrivalMs);
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

  #fail(part: RecordPart, failure: Failure): void {
    const { type } = failure;
    const line = failedRecordLine(part, failure, this.options.runtime.now());
    this.#buffers.add(`error/${type}`, { kind: 'error', type }, { ...part, bytes: line });
  }

  #stored(key: string, { destination, parts }: ObjectBuffer): void {
    this.#deliveredObjects += 1;
    if (destination.kind === 'data') this.#deliveredRecords += parts.length;
    else this.#failedRecords[destination.type] = (this.#failedRecords[destination.type] ?? 0) + parts.length;
    for (const part of parts) this.#settle(part);
    this.#notifier.add(key);
    this.#notifier.start();
  }

  #settle(part: RecordPart, failure?: string): void {
    this.#pendingRecords -= 1;
    this.#pendingBytes -= part.inputBytes;
    part.record.settlePart(failure);
  }
}

const NO_KEYS: ReadonlyMap<string, string> = new Map();

function batchLength(parts: readonly RecordPart[]): number {
  let bytes = 0;
  for (const [index, part] of parts.entries()) {
    bytes += part.inputBytes;
    if (index === MAX_BATCH_RECORDS || (index > 0 && bytes > MAX_BATCH_BYTES)) return index;
  }
  return parts.length;
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
