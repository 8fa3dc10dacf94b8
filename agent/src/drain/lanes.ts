/**
 * The read order of a spool. After an outage there are two lanes, divided by an id: the backlog of
 * the outage, sent oldest first, and live records, which do not wait for it.
 *
 * The divide moves only while nothing is in flight, so no record is in both lanes.
 */
import type { Spool, SpoolRecord } from '../spool/spool.ts';

export type Lane = 'live' | 'backlog';

export interface LaneRead {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export class Lanes {
  readonly #spool: Spool;
  /** Records up to this id are backlog, above it live. */
  #divide: number;
  /** Last id read, by lane. */
  #upTo: Record<Lane, number>;
  /** Number of restarts: a read in flight during a restart is void. */
  #restarts = 0;
  /** Whether there may be unread records. */
  readonly #mayHave: Record<Lane, boolean> = { live: true, backlog: true };

  constructor(spool: Spool) {
    this.#spool = spool;
    this.#divide = spool.lastSeq;
    this.#upTo = { live: this.#divide, backlog: 0 };
  }

  mayHave(lane: Lane): boolean {
    return this.#mayHave[lane];
  }

  /** New records are due. */
  wakeLive(): void {
    this.#mayHave.live = true;
  }

  /** Reads from the oldest pending record again. Only while nothing is in flight. */
  restart(): void {
    this.#restarts += 1;
    this.#upTo = { live: this.#divide, backlog: 0 };
    this.#mayHave.live = true;
    this.#mayHave.backlog = true;
  }

  /** Makes the records up to an id backlog. Only while nothing is in flight. */
  makeBacklog(upToId: number): void {
    this.#divide = Math.max(this.#divide, upToId);
    this.restart();
  }

  /**
   * The next records of a lane, marked as read; empty at its end, undefined after a restart during the
   * read.
   */
  async next(lane: Lane, limits: LaneRead): Promise<readonly SpoolRecord[] | undefined> {
    const restarts = this.#restarts;
    // This read may miss a record accepted during it.
    this.#mayHave[lane] = false;
    const { lastSeq } = this.#spool;
    const found = await this.#spool.read({ afterId: this.#upTo[lane], ...limits });
    if (restarts !== this.#restarts) return undefined;
    const records = lane === 'live' ? found : found.filter(({ id }) => id <= this.#divide);
    const last = records.at(-1);
    if (last === undefined) return records;
    this.#upTo[lane] = last.id;
    // Live events accepted during a read are held for batching like all others.
    if (last.id < (lane === 'live' ? lastSeq : this.#divide)) this.#mayHave[lane] = true;
    return records;
  }

  /** Returns records that were read but not sent: the next read of the lane starts with them. */
  putBack(lane: Lane, records: readonly SpoolRecord[]): void {
    const first = records[0];
    if (first === undefined) return;
    this.#upTo[lane] = first.id - 1;
    this.#mayHave[lane] = true;
  }
}
