/**
 * What became of records that may still stand in a segment: acknowledged, or lost and why. Append-only, by id.
 *
 * Losing the end of this log only means that records are delivered again, which the event's seq makes harmless.
 * It is written anew whenever it is opened, has grown, or a write to it failed; the new file replaces the old
 * one by renaming, so that there is always one whole log.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendFile, type CreateFile } from './append-file.ts';
import { removeIfThere, renameDurably } from './folder.ts';
import { encodeFrame, scanFrames } from './frame.ts';
import { type IdRange, IdRanges } from './id-ranges.ts';
import { errorCode } from './io-error.ts';

const MAX_LOG_BYTES = 256 * 1024;
const FILE_NAME = 'acks.log';

interface Entry {
  /** Acknowledged or lost: not to be read again. */
  readonly settled: readonly IdRange[];
  /** Counts to add, by reason. */
  readonly dropped?: Readonly<Record<string, number>>;
}

export class AckLog {
  readonly settled = new IdRanges();
  readonly #dropped = new Map<string, number>();
  #lastSeq = 0;
  #file: AppendFile | undefined;

  private constructor(
    private readonly dir: string,
    private readonly create: CreateFile,
  ) {}

  /** Reads what an earlier process left. The log takes entries once it was rewritten. */
  static async open(dir: string, create: CreateFile): Promise<AckLog> {
    const log = new AckLog(dir, create);
    await log.#load();
    return log;
  }

  /** The highest seq that the log has heard of. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#dropped);
  }

  /** Durable once it resolves; remembered until the end of the process even where it rejects. */
  addAcked(ids: readonly IdRange[], lastSeq: number): Promise<void> {
    return this.#add({ settled: ids }, lastSeq);
  }

  /** As addAcked, and counts the ids as dropped. */
  async addLost(reason: string, ids: readonly IdRange[], lastSeq: number): Promise<void> {
    const count = ids.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    if (count > 0) await this.#add({ settled: ids, dropped: { [reason]: count } }, lastSeq);
  }

  async #add(entry: Entry, lastSeq: number): Promise<void> {
    this.#apply(entry, lastSeq);
    const file = this.#file;
    if (file?.trusted && file.size < MAX_LOG_BYTES) {
      try {
        await file.append(encodeFrame(this.#lastSeq, JSON.stringify(entry)));
        return;
      } catch {
        // Fall through: a fresh file holds this entry as well as all others.
      }
    }
    await this.rewrite(lastSeq);
  }

  /** Forgets ids that no segment holds any more. */
  forgetUpTo(id: number): void {
    this.settled.forgetUpTo(id);
  }

  async rewrite(lastSeq: number): Promise<void> {
    this.#lastSeq = Math.max(this.#lastSeq, lastSeq);
    const path = join(this.dir, FILE_NAME);
    const fresh = `${path}.new`;
    await removeIfThere(fresh);
    const file = new AppendFile(await this.create(fresh));
    try {
      const whole: Entry = { settled: this.settled.ranges, dropped: this.dropped };
      await file.append(encodeFrame(this.#lastSeq, JSON.stringify(whole)));
      // Windows does not rename over a file that is open.
      await this.close();
      await renameDurably(this.dir, fresh, path);
      this.#file = file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #load(): Promise<void> {
    let bytes: Buffer;
    try {
      bytes = await readFile(join(this.dir, FILE_NAME));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    for (const part of scanFrames(bytes)) {
      if (part.kind === 'frame') this.#apply(JSON.parse(part.payload.toString('utf8')), part.seq);
    }
  }

  #apply({ settled, dropped = {} }: Entry, lastSeq: number): void {
    for (const [from, to] of settled) this.settled.add(from, to);
    for (const [reason, count] of Object.entries(dropped)) {
      this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
    }
    this.#lastSeq = Math.max(this.#lastSeq, lastSeq);
  }
}
