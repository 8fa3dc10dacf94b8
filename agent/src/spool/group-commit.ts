/**
 * Groups appends: those that wait together are written with one sync.
 *
 * Invariants:
 *  1. append() resolves only after the write of its records.
 *  2. The first append after a pause is written at once. An append within `groupMs` of a commit
 *     waits for the end of that time with the others, unless 64 KiB are waiting: a single event is
 *     accepted after one sync, and a stream of events costs five syncs a second instead of
 *     hundreds.
 *  3. After a failed write, all later appends in the queue fail as well: if they were written, the
 *     failed ids could never be appended again.
 */
import type { Runtime, Timer } from '../runtime.ts';
import { ioError } from './disk.ts';
import { SEALED_FRAME_BYTES } from './frame.ts';
import type { SizedRecord } from './segment-list.ts';
import { lastIdAfter, SpoolError, type SpoolRecord } from './spool.ts';

export interface GroupCommitOptions {
  /** Folder of the spool, for messages. */
  readonly dir: string;
  /** Cap of the spool: a larger append can never fit. */
  readonly maxBytes: number;
  /** Maximum bytes per sync, but at least one append. */
  readonly groupBytes: number;
  readonly groupMs: number;
  readonly runtime: Runtime;
  /** The last used id. */
  readonly lastSeq: () => number;
  /** Runs a task while no other task runs. */
  readonly exclusively: (task: () => Promise<void>) => Promise<void>;
  /** Makes records durable and uses their ids; none of them if it rejects. */
  readonly write: (records: readonly SizedRecord[], bytes: number) => Promise<void>;
}

interface SizedRecords {
  readonly records: readonly SizedRecord[];
  /** Bytes of all frames. */
  readonly bytes: number;
}

interface WaitingAppend extends SizedRecords {
  resolve(): void;
  reject(error: SpoolError): void;
}

/** Waiting bytes that are written at once. */
const FULL_BYTES = 64 * 1024;
/** Above the limit of any sink. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: WaitingAppend[] = [];
  #bytes = 0;
  /** The last waiting id. */
  #waitingSeq = 0;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #committing: Promise<void> | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Rejects with SpoolError: `out_of_order`, `too_large` (can never fit), `io`. */
  async append(records: readonly SpoolRecord[]): Promise<void> {
    const last = lastIdAfter(Math.max(this.#waitingSeq, this.#options.lastSeq()), records);
    const sized = withSizes(records, this.#options.maxBytes);
    this.#waitingSeq = last;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ ...sized, resolve, reject });
      this.#bytes += sized.bytes;
      this.#schedule();
    });
  }

  /** Writes all waiting appends, one group at a time. Call it while no other task runs. Never rejects. */
  async commit(): Promise<void> {
    const { dir, groupBytes, lastSeq, write } = this.#options;
    let waiting = this.#take();
    while (waiting.length > 0) {
      const group = firstGroup(waiting, groupBytes);
      waiting = waiting.slice(group.length);
      const records = group.flatMap((append) => append.records);
      const bytes = group.reduce((sum, append) => sum + append.bytes, 0);
      try {
        await write(records, bytes);
      } catch (cause) {
        const error = ioError('append to', `the spool ${dir}`, cause);
        for (const append of [...group, ...waiting, ...this.#take()]) append.reject(error);
        this.#waitingSeq = lastSeq();
        return;
      }
      for (const append of group) append.resolve();
    }
  }

  /** Resolves once no append waits. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#committing !== undefined) await this.#start();
  }

  #take(): readonly WaitingAppend[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#cancelTimer();
    return waiting;
  }

  #schedule(): void {
    if (this.#committing !== undefined || this.#waiting.length === 0) return;
    const { groupMs, runtime } = this.#options;
    const restMs = this.#lastStartMs + groupMs - runtime.monotonic();
    if (restMs <= 0 || this.#bytes >= FULL_BYTES) void this.#start();
    else this.#timer ??= runtime.after(restMs, () => void this.#start());
  }

  #start(): Promise<void> {
    this.#cancelTimer();
    this.#committing ??= this.#run();
    return this.#committing;
  }

  async #run(): Promise<void> {
    const { exclusively, runtime } = this.#options;
    this.#lastStartMs = runtime.monotonic();
    await exclusively(() => this.commit());
    this.#committing = undefined;
    this.#schedule();
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/** Throws SpoolError `too_large` for records that can never fit. */
function withSizes(records: readonly SpoolRecord[], maxBytes: number): SizedRecords {
  let total = 0;
  const sized = records.map(({ id, line }) => {
    const lineBytes = Buffer.byteLength(line);
    if (lineBytes > MAX_LINE_BYTES) {
      throw new SpoolError(
        'too_large',
        `cannot append record ${id} of ${lineBytes} bytes: at most ${MAX_LINE_BYTES} fit; split it`,
      );
    }
    const bytes = SEALED_FRAME_BYTES + lineBytes;
    total += bytes;
    return { id, line, bytes };
  });
  if (total <= maxBytes) return { records: sized, bytes: total };
  throw new SpoolError(
    'too_large',
    `cannot append ${total} bytes at once: the cap of the spool is ${maxBytes}; append less at a time or raise the cap`,
  );
}

/** The oldest appends up to this size, but at least one. */
function firstGroup(waiting: readonly WaitingAppend[], maxBytes: number): readonly WaitingAppend[] {
  let bytes = 0;
  const end = waiting.findIndex((append, i) => {
    bytes += append.bytes;
    return i > 0 && bytes > maxBytes;
  });
  return end === -1 ? waiting : waiting.slice(0, end);
}
