/** Buffers of a Firehose: one per destination, each delivered as one object of the store. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Runtime, Timer } from '@kinetrack/agent';
import { backoffMs, hasCode, messageOf } from '@kinetrack/schema';
import type { ObjectStore } from '../../pipeline/lake/ports.ts';
import type { ResolvedConfiguration } from './configuration.ts';
import type { Destination, ObjectKeys } from './object-keys.ts';
import type { RecordPart } from './record.ts';

/** Parts for one object of the store. */
export class ObjectBuffer {
  readonly parts: RecordPart[] = [];
  bytes = 0;
  /** Ends the buffer interval; after a failure, the pause before the next attempt. */
  timer: Timer | undefined;
  failedAttempts = 0;
  firstFailureMs = 0;

  constructor(
    readonly id: string,
    readonly destination: Destination,
    /** Arrival of the oldest part. */
    readonly arrivalMs: number,
    private readonly delimiter: Uint8Array,
  ) {}

  add(part: RecordPart): void {
    this.parts.push(part);
    this.bytes += part.bytes.length + this.delimiter.length;
  }

  /** Content of the object. Deterministic: the same parts always have the same bytes. */
  async encode(asGzip: boolean): Promise<Uint8Array> {
    const plain = Buffer.concat(
      this.parts.flatMap((part) => [part.bytes, this.delimiter]),
      this.bytes,
    );
    if (!asGzip) return plain;
    const packed = await compress(plain);
    packed[GZIP_OS_BYTE] = GZIP_UNKNOWN_OS;
    return packed;
  }
}

const compress = promisify(gzip);
/** The tenth byte names the operating system (RFC 1952). zlib sets the modification time to 0. */
const GZIP_OS_BYTE = 9;
const GZIP_UNKNOWN_OS = 255;

export interface ObjectBuffersOptions {
  readonly configuration: ResolvedConfiguration;
  readonly objectKeys: ObjectKeys;
  readonly store: ObjectStore;
  readonly runtime: Runtime;
  readonly bufferIntervalMs: number;
  /** An object is durable. */
  onStored(key: string, buffer: ObjectBuffer): void;
  /** The store permanently rejects the object. */
  onUnstorable(buffer: ObjectBuffer, message: string): void;
  /** The parts are returned to the sender as undelivered. */
  onReturned(buffer: ObjectBuffer, reason: string): void;
}

const PARALLEL_WRITES = 8;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const NO_DELIMITER = new Uint8Array();

export class ObjectBuffers {
  /** Buffers that accept parts, by destination; oldest first. */
  readonly #open = new Map<string, ObjectBuffer>();
  /** Buffers that the store refused, waiting for their next attempt. */
  readonly #stalled = new Set<ObjectBuffer>();
  readonly #writing = new Map<ObjectBuffer, Promise<void>>();
  #storeError: string | undefined;

  constructor(private readonly options: ObjectBuffersOptions) {}

  /** Undelivered partitions. */
  get activePartitions(): number {
    let count = 0;
    for (const buffers of [this.#open.values(), this.#stalled, this.#writing.keys()]) {
      for (const { destination } of buffers) if (destination.kind === 'data') count += 1;
    }
    return count;
  }

  /** Error of the last refused object; undefined after a successful write. */
  get storeError(): string | undefined {
    return this.#storeError;
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** Opens the buffer if necessary. */
  add(id: string, destination: Destination, part: RecordPart): void {
    const buffer = this.#open.get(id) ?? this.#openBuffer(id, destination, part.arrivalMs);
    buffer.add(part);
    if (buffer.bytes >= this.options.configuration.bufferBytes) void this.#start(buffer, 'retry');
  }

  /** Delivers the oldest open buffers. Refused ones are retried. @param count default: all */
  async deliverOldest(count = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#deliver([...this.#open.values()].slice(0, count), 'retry');
  }

  /** Delivers everything. Refused parts are returned to the sender. */
  async drain(): Promise<void> {
    while (this.#open.size + this.#stalled.size + this.#writing.size > 0) {
      // Running writes first: a refused buffer becomes stalled.
      await Promise.all(this.#writing.values());
      await this.#deliver([...this.#stalled, ...this.#open.values()], 'return');
    }
  }

  #openBuffer(id: string, destination: Destination, arrivalMs: number): ObjectBuffer {
    const { configuration, runtime, bufferIntervalMs } = this.options;
    const delimiter = destination.kind === 'data' ? configuration.delimiter : NO_DELIMITER;
    const buffer = new ObjectBuffer(id, destination, arrivalMs, delimiter);
    buffer.timer = runtime.after(bufferIntervalMs, () => void this.#start(buffer, 'retry'));
    this.#open.set(id, buffer);
    return buffer;
  }

  async #deliver(buffers: readonly ObjectBuffer[], onRefusal: OnRefusal): Promise<void> {
    let next = 0;
    const worker = async () => {
      for (let buffer = buffers[next++]; buffer !== undefined; buffer = buffers[next++]) {
        await this.#start(buffer, onRefusal);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_WRITES }, worker));
  }

  /** Writes the buffer once, also if called twice. */
  #start(buffer: ObjectBuffer, onRefusal: OnRefusal): Promise<void> {
    const running = this.#writing.get(buffer);
    if (running !== undefined) return running;
    if (this.#open.get(buffer.id) === buffer) this.#open.delete(buffer.id);
    else if (!this.#stalled.delete(buffer)) return Promise.resolve();
    buffer.timer?.cancel();
    const writing = this.#write(buffer, onRefusal);
    this.#writing.set(buffer, writing);
    return writing;
  }

  async #write(buffer: ObjectBuffer, onRefusal: OnRefusal): Promise<void> {
    const { configuration, objectKeys, store, onStored, onUnstorable } = this.options;
    let key: string;
    try {
      key = objectKeys.key(buffer.destination, buffer.arrivalMs);
      await store.put(key, await buffer.encode(configuration.gzip));
    } catch (error) {
      this.#writing.delete(buffer);
      if (isInvalidKey(error) && buffer.destination.kind === 'data') onUnstorable(buffer, error.message);
      else this.#refused(buffer, error, onRefusal);
      return;
    }
    this.#writing.delete(buffer);
    this.#storeError = undefined;
    onStored(key, buffer);
  }

  #refused(buffer: ObjectBuffer, error: unknown, onRefusal: OnRefusal): void {
    const { configuration, runtime, onReturned } = this.options;
    this.#storeError = messageOf(error);
    if (buffer.failedAttempts === 0) buffer.firstFailureMs = runtime.monotonic();
    buffer.failedAttempts += 1;
    const pauseMs = backoffMs(buffer.failedAttempts, { baseMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS });
    const triedMs = runtime.monotonic() - buffer.firstFailureMs;
    if (onRefusal === 'return' || triedMs + pauseMs > configuration.retryMs) {
      onReturned(buffer, this.#storeError);
      return;
    }
    this.#stalled.add(buffer);
    buffer.timer = runtime.after(pauseMs, () => void this.#start(buffer, 'retry'));
  }
}

type OnRefusal = 'retry' | 'return';

/** Object stores throw this code for a key that they permanently reject. */
const isInvalidKey = (error: unknown): error is Error & { readonly code: string } =>
  hasCode(error, 'invalid_key');
