/** Random calls of a spool on a recording disk, with the guarantees that hold after each disk operation. */
import type { Spool, SpoolRecord } from '../../../agent/src/spool/spool.ts';
import { type DurabilityModel, idsIn, idsOfLosses } from './durability-model.ts';
import type { MemoryDisk } from './memory-disk.ts';

/** A change of the model that holds after so many disk operations. */
export interface Guarantee {
  readonly after: number;
  readonly apply: (durability: DurabilityModel) => void;
}

const everything = { maxRecords: 10_000, maxBytes: 1e9 };

export class SpoolSession {
  readonly guarantees: Guarantee[] = [];
  /** The highest id that append() has not refused. */
  #seq: number;
  /** Ids whose drop() the disk refused: after a crash they may be pending again. */
  readonly #unwritten = new Set<number>();

  constructor(
    private readonly spool: Spool,
    private readonly disk: MemoryDisk,
    private readonly random: () => number,
  ) {
    this.#seq = spool.lastSeq;
  }

  /** One call, or up to three at once. */
  async step(): Promise<void> {
    const dice = this.random();
    if (dice < 0.06) await this.#skip(this.#upTo(3));
    else if (dice < 0.12) await this.#reportLosses();
    else if (dice < 0.2) await this.#drop();
    else if (dice < 0.45) await Promise.all([this.#append(), this.#ack()]);
    else if (dice < 0.6) await Promise.all([this.#append(), this.#append(), this.#append()]);
    else if (dice < 0.75) await this.#ack();
    else await this.#append();
    // Ids that were refused are free again.
    this.#seq = this.spool.lastSeq;
    const lost = [...idsOfLosses(this.spool.losses())].filter((id) => !this.#unwritten.has(id));
    this.#record((durability) => addAll(durability.lost, lost));
  }

  async #append(): Promise<void> {
    const records = Array.from({ length: this.#upTo(3) }, (): SpoolRecord => {
      this.#seq++;
      return { id: this.#seq, line: `${this.#seq} ${'x'.repeat(this.#upTo(200))}` };
    });
    this.#record((durability) => durability.offer(records));
    const ids = records.map(({ id }) => id);
    await this.#attempt(
      () => this.spool.append(records),
      (durability) => addAll(durability.accepted, ids),
    );
  }

  async #ack(): Promise<void> {
    const share = this.random();
    const pending = await this.spool.read(everything);
    const ids = pending.map(({ id }) => id).filter(() => this.random() < share);
    this.#record((durability) => addAll(durability.acking, ids));
    await this.#attempt(
      () => this.spool.ack(ids),
      (durability) => addAll(durability.acked, ids),
    );
  }

  async #drop(): Promise<void> {
    const pending = await this.spool.read(everything);
    const ids = pending.map(({ id }) => id).filter(() => this.random() < 0.2);
    this.#record((durability) => addAll(durability.givingUp, ids));
    const isWritten = await this.#attempt(
      () => this.spool.drop('refused', ids),
      (durability) => addAll(durability.lost, ids),
    );
    if (!isWritten) addAll(this.#unwritten, ids);
  }

  async #skip(count: number): Promise<void> {
    const ids = [...idsIn([[this.spool.lastSeq + 1, this.spool.lastSeq + count]])];
    this.#record((durability) => addAll(durability.givingUp, ids));
    await this.#attempt(
      () => this.spool.skip(count, 'memory_full'),
      (durability) => addAll(durability.lost, ids),
    );
  }

  async #reportLosses(): Promise<void> {
    const losses = this.spool.losses();
    const ids = idsOfLosses(losses);
    this.#record((durability) => addAll(durability.reporting, ids));
    await this.#attempt(
      () => this.spool.lossesReported(losses),
      (durability) => addAll(durability.reported, ids),
    );
  }

  /** Returns false if the spool refuses. */
  async #attempt(task: () => Promise<void>, then: Guarantee['apply']): Promise<boolean> {
    try {
      await task();
    } catch {
      return false;
    }
    this.#record(then);
    return true;
  }

  #record(apply: Guarantee['apply']): void {
    this.guarantees.push({ after: this.disk.operations.length, apply });
  }

  #upTo(most: number): number {
    return 1 + Math.floor(this.random() * most);
  }
}

function addAll(set: Set<number>, ids: Iterable<number>): void {
  for (const id of ids) set.add(id);
}
