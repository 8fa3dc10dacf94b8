/** Somebody who uses a spool on a recording disk, at random, and remembers what was promised at which operation. */
import type { Spool, SpoolRecord } from '../../../agent/src/spool/spool.ts';
import { idsIn, idsOfLosses, type Promises } from './durability-model.ts';
import type { MemoryDisk } from './memory-disk.ts';

/** What counts as promised from the moment on at which so many operations were done. */
export interface Testimony {
  readonly after: number;
  readonly tell: (promises: Promises) => void;
}

const everything = { maxRecords: 10_000, maxBytes: 1e9 };

export class SpoolSession {
  readonly testimonies: Testimony[] = [];
  /** The highest id that was given to append() and not refused. */
  #seq: number;
  /** A drop() that the disk refused counts for this process alone: after a crash they may be pending again. */
  readonly #unwritten = new Set<number>();

  constructor(
    private readonly spool: Spool,
    private readonly disk: MemoryDisk,
    private readonly random: () => number,
  ) {
    this.#seq = spool.lastSeq;
  }

  /** One to three things at once. */
  async step(): Promise<void> {
    const dice = this.random();
    if (dice < 0.06) await this.#skip(this.#upTo(3));
    else if (dice < 0.12) await this.#reportLosses();
    else if (dice < 0.2) await this.#drop();
    else if (dice < 0.45) await Promise.all([this.#append(), this.#ack()]);
    else if (dice < 0.6) await Promise.all([this.#append(), this.#append(), this.#append()]);
    else if (dice < 0.75) await this.#ack();
    else await this.#append();
    // What was refused is offered again: its ids are free.
    this.#seq = this.spool.lastSeq;
    const lost = [...idsOfLosses(this.spool.losses())].filter((id) => !this.#unwritten.has(id));
    this.#say((promises) => addAll(promises.lost, lost));
  }

  async #append(): Promise<void> {
    const records = Array.from({ length: this.#upTo(3) }, (): SpoolRecord => {
      this.#seq++;
      return { id: this.#seq, line: `${this.#seq} ${'x'.repeat(this.#upTo(200))}` };
    });
    this.#say((promises) => promises.offer(records));
    const ids = records.map(({ id }) => id);
    await this.#attempt(
      () => this.spool.append(records),
      (promises) => addAll(promises.accepted, ids),
    );
  }

  async #ack(): Promise<void> {
    const share = this.random();
    const pending = await this.spool.read(everything);
    const ids = pending.map(({ id }) => id).filter(() => this.random() < share);
    this.#say((promises) => addAll(promises.acking, ids));
    await this.#attempt(
      () => this.spool.ack(ids),
      (promises) => addAll(promises.acked, ids),
    );
  }

  async #drop(): Promise<void> {
    const pending = await this.spool.read(everything);
    const ids = pending.map(({ id }) => id).filter(() => this.random() < 0.2);
    this.#say((promises) => addAll(promises.givingUp, ids));
    const isWritten = await this.#attempt(
      () => this.spool.drop('refused', ids),
      (promises) => addAll(promises.lost, ids),
    );
    if (!isWritten) addAll(this.#unwritten, ids);
  }

  async #skip(count: number): Promise<void> {
    const ids = [...idsIn([[this.spool.lastSeq + 1, this.spool.lastSeq + count]])];
    this.#say((promises) => addAll(promises.givingUp, ids));
    await this.#attempt(
      () => this.spool.skip(count, 'memory_full'),
      (promises) => addAll(promises.lost, ids),
    );
  }

  async #reportLosses(): Promise<void> {
    const losses = this.spool.losses();
    const ids = idsOfLosses(losses);
    this.#say((promises) => addAll(promises.reporting, ids));
    await this.#attempt(
      () => this.spool.lossesReported(losses),
      (promises) => addAll(promises.reported, ids),
    );
  }

  /** False where it was refused. */
  async #attempt(task: () => Promise<void>, then: Testimony['tell']): Promise<boolean> {
    try {
      await task();
    } catch {
      return false;
    }
    this.#say(then);
    return true;
  }

  #say(tell: Testimony['tell']): void {
    this.testimonies.push({ after: this.disk.operations.length, tell });
  }

  #upTo(most: number): number {
    return 1 + Math.floor(this.random() * most);
  }
}

function addAll(set: Set<number>, ids: Iterable<number>): void {
  for (const id of ids) set.add(id);
}
