/**
 * Writes events as JSON lines to files, and optionally uploads finished files to S3.
 *
 * Invariants:
 *  1. An event is `delivered` only once its bytes and the name of their file are durable.
 *  2. A delivered event is in exactly one file. The sink deletes the file only after S3 has confirmed it.
 *  3. send() waits only for the disk, never for an upload.
 *  4. No name is used twice: neither a clock change nor a restart overwrites a finished file or another's
 *     object.
 *
 * Events of a send() with the outcome `retryable`, or without one, may be stored anyway: at least once.
 */
import { join } from 'node:path';
import { diagnoseAws } from '../../connection/diagnose.ts';
import { MAX_EVENT_BYTES, TOO_LARGE } from '../../pack.ts';
import type { Runtime, Timer } from '../../runtime.ts';
import type { Disk, Lock } from '../../spool/disk.ts';
import { ioError } from '../../spool/disk.ts';
import { SpoolError, type SpoolRecord } from '../../spool/spool.ts';
import { systemDisk } from '../../spool/system-disk.ts';
import { TaskQueue } from '../../task-queue.ts';
import { retryable } from '../deliver-packed.ts';
import { type RecordOutcome, type Sink, SinkError, wholeNumber } from '../sink.ts';
import { EventWriter } from './event-writer.ts';
import { recoverFolder } from './recover-folder.ts';
import type { S3ClientOptions } from './s3-connection.ts';
import { MIN_PART_BYTES, S3Destination } from './s3-uploader.ts';
import { Shipper, type ShippingError } from './shipper.ts';

export interface FileSinkOptions {
  /** Folder of this sink only; created if missing. */
  readonly dir: string;
  readonly runtime: Runtime;
  /** Maximum size of a file; a single larger event is still written. @defaultValue 64 MiB */
  readonly rotateBytes?: number;
  /** Whether to compress finished files with gzip. @defaultValue true */
  readonly compress?: boolean;
  /** Maximum bytes in the folder; above it, events stay in the queue. @defaultValue 1 GiB */
  readonly maxBytes?: number;
  /** Destination of finished files. @defaultValue they stay in the folder */
  readonly upload?: UploadOptions;
  /** Disk for the file being written. @defaultValue the file system */
  readonly disk?: Disk;
}

export interface UploadOptions extends S3ClientOptions {
  readonly bucket: string;
  /**
   * Prefix of `raw-files/dt=.../hour=.../<file>`, used unchanged: end it with a slash. @defaultValue none
   */
  readonly prefix?: string;
  /**
   * Part size of multipart uploads, for larger files: 5 MiB to 100 MiB. One part is held in memory.
   * @defaultValue 8 MiB
   */
  readonly partBytes?: number;
  /** False: move confirmed files into the folder `uploaded`. @defaultValue true */
  readonly deleteAfterUpload?: boolean;
}

export interface FileSink extends Sink {
  /** Finished files waiting for compression or upload. */
  readonly pendingFiles: number;
  readonly pendingBytes: number;
  /** The last failure; null once a file has succeeded since. */
  readonly lastError: ShippingError | null;
}

const MiB = 1024 * 1024;
const MAX_PART_BYTES = 100 * MiB;
/** Maximum delay for finishing the file of a past hour when no event arrives. */
const ROTATION_CHECK_MS = 30_000;

/** Opens the folder and continues with files of earlier processes. Throws SinkError for invalid options. */
export const fileSink = (options: FileSinkOptions): FileSink => new RotatingFileSink(options);

interface Opened {
  readonly lock: Lock;
  readonly writer: EventWriter;
}

class RotatingFileSink implements FileSink {
  readonly name: string;
  readonly #rotateBytes: number;
  readonly #maxBytes: number;
  readonly #tasks = new TaskQueue();
  readonly #shipper: Shipper;
  readonly #destination: S3Destination | undefined;
  #opened: Opened | undefined;
  #rotation: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(private readonly options: FileSinkOptions) {
    const { dir, runtime, upload, compress = true } = options;
    this.name = `file:${dir}`;
    this.#rotateBytes = wholeNumber('rotateBytes', options.rotateBytes ?? 64 * MiB);
    this.#maxBytes = wholeNumber('maxBytes', options.maxBytes ?? 1024 * MiB);
    const destination = upload === undefined ? undefined : new S3Destination(checked(upload));
    this.#destination = destination;
    this.#shipper = new Shipper({
      dir,
      runtime,
      compress,
      deleteAfterUpload: upload?.deleteAfterUpload ?? true,
      diagnose: (error) => diagnoseAws(`the bucket ${upload?.bucket}`, error),
      ...(destination === undefined
        ? {}
        : { upload: (name, bytes, signal) => destination.upload(join(dir, name), bytes, signal) }),
    });
    // Files of earlier processes are processed at once. If this fails, the first send() reports it.
    this.#tasks.run(() => this.#open()).catch(() => undefined);
  }

  get pendingFiles(): number {
    return this.#shipper.pendingFiles;
  }

  get pendingBytes(): number {
    return this.#shipper.pendingBytes;
  }

  get lastError(): ShippingError | null {
    return this.#shipper.lastError;
  }

  async send(events: readonly SpoolRecord[]): Promise<readonly RecordOutcome[]> {
    if (this.#closing !== undefined) return events.map(() => this.#closed());
    return this.#tasks.run(() => this.#write(events));
  }

  /** Written events are durable already. Retries a failed upload now. */
  async flush(): Promise<void> {
    this.#shipper.retryNow();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#rotation?.cancel();
    await this.#shipper.close();
    await this.#tasks.run(async () => {
      // If it cannot be finished now, the next start does it.
      await this.#opened?.writer.finish().catch(() => undefined);
      await this.#opened?.lock.release();
    });
    this.#destination?.close();
  }

  async #write(events: readonly SpoolRecord[]): Promise<readonly RecordOutcome[]> {
    const outcomes: RecordOutcome[] = [];
    let failure: RecordOutcome | undefined;
    for (const { lines, events: count } of chunksOf(events, this.#rotateBytes)) {
      failure ??= lines === undefined ? undefined : await this.#append(lines);
      const outcome = lines === undefined ? REJECTED : (failure ?? DELIVERED);
      for (let i = 0; i < count; i++) outcomes.push(outcome);
    }
    return outcomes;
  }

  /** Resolves with undefined once the lines are durable. */
  async #append(lines: Buffer): Promise<RecordOutcome | undefined> {
    try {
      const { writer } = await this.#open();
      const full = await this.#full(writer, lines.length);
      if (full !== undefined) return full;
      await writer.append(lines);
      this.#watchHour(writer);
      return undefined;
    } catch (error) {
      if (this.#closing !== undefined) return this.#closed();
      return retryable(ioError('write to', this.options.dir, error).message, 'storage_fault');
    }
  }

  async #full(writer: EventWriter, more: number): Promise<RecordOutcome | undefined> {
    const isFull = () => writer.bytes + this.#shipper.storedBytes + more > this.#maxBytes;
    if (isFull()) await this.#shipper.recount();
    if (!isFull()) return undefined;
    const { dir, upload } = this.options;
    const remedy = upload
      ? (this.lastError?.reason ?? 'they are being uploaded')
      : 'move or delete finished files, or raise maxBytes';
    return retryable(
      `the files in ${dir} have reached ${this.#maxBytes} bytes, so events stay in the queue: ${remedy}`,
      this.lastError?.fault ?? 'storage_fault',
    );
  }

  /** Calls must not overlap. Retried after a failure: a missing folder may return. */
  async #open(): Promise<Opened> {
    if (this.#opened !== undefined) return this.#opened;
    const { dir, runtime, disk = systemDisk } = this.options;
    let lock: Lock | undefined;
    try {
      await disk.prepare(dir);
      lock = await disk.lock(dir);
      const { finished, lastCounter } = await recoverFolder(dir);
      const writer = new EventWriter({
        dir,
        runtime,
        rotateBytes: this.#rotateBytes,
        disk,
        lastCounter,
        onFinished: (name, bytes) => this.#shipper.add(name, bytes),
      });
      for (const [name, bytes] of finished) this.#shipper.add(name, bytes);
      this.#opened = { lock, writer };
      return this.#opened;
    } catch (error) {
      await lock?.release();
      if (error instanceof SpoolError && error.code === 'locked') {
        throw new SpoolError(
          'locked',
          `the folder ${dir} is in use by another process: stop it or choose another folder`,
          { cause: error },
        );
      }
      throw ioError('open', dir, error);
    }
  }

  /** Finishes the file of a past hour even if no more events arrive. */
  #watchHour(writer: EventWriter): void {
    if (this.#rotation !== undefined || this.#closing !== undefined) return;
    this.#rotation = this.options.runtime.after(ROTATION_CHECK_MS, () => {
      this.#rotation = undefined;
      // After a failure, the next event or the next check retries.
      const checked = this.#tasks.run(() => writer.finishWhereHourIsOver()).catch(() => undefined);
      void checked.then(() => {
        if (writer.isOpen) this.#watchHour(writer);
      });
    });
  }

  #closed = (): RecordOutcome => retryable(`the sink ${this.name} is closed`);
}

const DELIVERED: RecordOutcome = { status: 'delivered' };
const REJECTED: RecordOutcome = {
  status: 'rejected',
  reason: TOO_LARGE,
  code: 'too_large',
};

interface Chunk {
  /** Undefined for one event that is too large. */
  readonly lines: Buffer | undefined;
  readonly events: number;
}

/** Groups whole lines in order, up to the size of one file. */
function* chunksOf(events: readonly SpoolRecord[], maxBytes: number): Generator<Chunk> {
  let lines: Buffer[] = [];
  let bytes = 0;
  const chunk = (): Chunk => ({ lines: Buffer.concat(lines, bytes), events: lines.length });
  for (const { line } of events) {
    const encoded = Buffer.from(`${line}\n`);
    const isTooLarge = encoded.length > MAX_EVENT_BYTES;
    if (lines.length > 0 && (isTooLarge || bytes + encoded.length > maxBytes)) {
      yield chunk();
      lines = [];
      bytes = 0;
    }
    if (isTooLarge) {
      yield { lines: undefined, events: 1 };
      continue;
    }
    lines.push(encoded);
    bytes += encoded.length;
  }
  if (lines.length > 0) yield chunk();
}

function checked(upload: UploadOptions): UploadOptions {
  const { bucket, partBytes = MIN_PART_BYTES } = upload;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new SinkError(
      `bucket is ${JSON.stringify(bucket)}: 3 to 63 lower-case letters, digits, . - are allowed; pass the bucket's name, not its ARN or address`,
    );
  }
  if (!Number.isInteger(partBytes) || partBytes < MIN_PART_BYTES || partBytes > MAX_PART_BYTES) {
    throw new SinkError(
      `partBytes is ${partBytes}: S3 accepts parts from ${MIN_PART_BYTES} bytes, and one is held in memory; choose up to ${MAX_PART_BYTES}`,
    );
  }
  return upload;
}
