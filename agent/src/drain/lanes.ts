/**
 * The order in which a spool is read. After an outage there are two lanes, divided by an id: what waited through
 * it goes oldest first as the backlog, and what is captured from then on does not queue behind it.
 *
 * The divide moves only while nothing is under way, so no record is ever in both lanes.
 */
import type { Spool, SpoolRecord } from '../spool/spool.ts';

export type Lane = 'live' | 'backlog';

export interface LaneRead {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

export class Lanes {
  readonly #spool: Spool;
  /** Up to this id it is backlog, above it live. */
  #divide: number;
  /** Read so far, by lane. */
  #upTo: Record<Lane, number>;
  /** Counts the restarts: a read that was under way then has to begin again. */
  #restarts = 0;
  /** Something may be there that was not read yet. */
  readonly #mayHave: Record<Lane, boolean> = { live: true, backlog: true };

  constructor(spool: Spool) {
    this.#spool = spool;
    this.#divide = spool.lastSeq;
    this.#upTo = { live: this.#divide, backlog: 0 };
  }

  mayHave(lane: Lane): boolean {
    return this.#mayHave[lane];
  }

  /** Something new was accepted, and it is time to send it. */
  wakeLive(): void {
    this.#mayHave.live = true;
  }

  /** From the oldest again: what was read and not settled is read once more. Only while nothing is under way. */
  restart(): void {
    this.#restarts += 1;
    this.#upTo = { live: this.#divide, backlog: 0 };
    this.#mayHave.live = true;
    this.#mayHave.backlog = true;
  }

  /** Everything that was accepted so far becomes backlog. Only while nothing is under way. */
  makeAllBacklog(): void {
    this.#divide = this.#spool.lastSeq;
    this.restart();
  }

  /** The next records of a lane, marked as read; none at its end, and undefined where reading began anew meanwhile. */
  async next(lane: Lane, limits: LaneRead): Promise<readonly SpoolRecord[] | undefined> {
    const restarts = this.#restarts;
    // A record accepted during this read may come too late for it.
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

  /** These were read but are not sent: the next read of their lane begins with them. */
  putBack(lane: Lane, records: readonly SpoolRecord[]): void {
    const first = records[0];
    if (first === undefined) return;
    this.#upTo[lane] = first.id - 1;
    this.#mayHave[lane] = true;
  }
}
