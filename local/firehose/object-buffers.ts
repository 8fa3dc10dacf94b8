/** The buffers of a Firehose, one per destination, and their way into the store. */
import type { Runtime } from '@kinetrack/agent';
import { hasCode, messageOf } from '@kinetrack/schema';
import type { ObjectStore } from '../../pipeline/lake/ports.ts';
import type { ResolvedConfiguration } from './configuration.ts';
import { type Destination, ObjectBuffer } from './object-buffer.ts';
import type { ObjectNames } from './object-names.ts';
import type { SubRecord } from './pending-record.ts';

export interface ObjectBuffersOptions {
  readonly configuration: ResolvedConfiguration;
  readonly names: ObjectNames;
  readonly store: ObjectStore;
  readonly runtime: Runtime;
  readonly bufferIntervalMs: number;
  /** An object is durable. */
  onStored(key: string, buffer: ObjectBuffer): void;
  /** The store will never take this object. */
  onUnstorable(buffer: ObjectBuffer, message: string): void;
  /** The sender owns the parts again. */
  onGivenBack(buffer: ObjectBuffer, reason: string): void;
}

const PARALLEL_WRITES = 8;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const NO_DELIMITER = new Uint8Array();

export class ObjectBuffers {
  /** Open for more parts, by destination; oldest first. */
  readonly #open = new Map<string, ObjectBuffer>();
  /** Refused by the store, until their next attempt. */
  readonly #stalled = new Set<ObjectBuffer>();
  readonly #writing = new Map<ObjectBuffer, Promise<void>>();
  #storeError: string | undefined;

  constructor(private readonly options: ObjectBuffersOptions) {}

  /** Partitions that are not delivered yet. */
  get activePartitions(): number {
    let count = 0;
    for (const buffers of [this.#open.values(), this.#stalled, this.#writing.keys()]) {
      for (const { destination } of buffers) if (destination.kind === 'data') count += 1;
    }
    return count;
  }

  /** Why the store last refused an object; undefined once it takes them again. */
  get storeError(): string | undefined {
    return this.#storeError;
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** Adds a part to the buffer of that id, which is opened where there is none. */
  add(id: string, destination: Destination, part: SubRecord): void {
    const buffer = this.#open.get(id) ?? this.#openBuffer(id, destination, part.arrivalMs);
    buffer.add(part);
    if (buffer.bytes >= this.options.configuration.bufferBytes) void this.#start(buffer, 'retry');
  }

  /** Delivers so many of the oldest open buffers, or all of them; what the store refuses stays and is tried again. */
  async deliverOldest(count = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#deliver([...this.#open.values()].slice(0, count), 'retry');
  }

  /** Delivers everything; what the store refuses is given back. */
  async drain(): Promise<void> {
    while (this.#open.size + this.#stalled.size + this.#writing.size > 0) {
      // First what is being written: where it is refused, it has become stalled.
      await Promise.all(this.#writing.values());
      await this.#deliver([...this.#stalled, ...this.#open.values()], 'give back');
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

  /** Writes the buffer, unless that is under way already. */
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
    const { configuration, names, store, onStored, onUnstorable } = this.options;
    let key: string;
    try {
      key = names.key(buffer.destination, buffer.arrivalMs);
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
    const { configuration, runtime, onGivenBack } = this.options;
    this.#storeError = messageOf(error);
    if (buffer.failedAttempts === 0) buffer.firstFailureMs = runtime.monotonic();
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** buffer.failedAttempts, LONGEST_PAUSE_MS);
    buffer.failedAttempts += 1;
    const triedMs = runtime.monotonic() - buffer.firstFailureMs;
    if (onRefusal === 'give back' || triedMs + pauseMs > configuration.retryMs) {
      onGivenBack(buffer, this.#storeError);
      return;
    }
    this.#stalled.add(buffer);
    buffer.timer = runtime.after(pauseMs, () => void this.#start(buffer, 'retry'));
  }
}

type OnRefusal = 'retry' | 'give back';

/** What an object store throws for a key that it can never take. */
const isInvalidKey = (error: unknown): error is Error & { readonly code: string } =>
  hasCode(error, 'invalid_key');
