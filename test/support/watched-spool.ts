/** A spool that tells whether anybody waits for it: so that fake time does not run away from a real disk. */
import type { Spool } from '../../agent/src/spool/index.ts';

export interface WatchedSpool extends Spool {
  /** Calls that have not been answered yet. */
  readonly open: number;
}

export function watchedSpool(spool: Spool): WatchedSpool {
  let open = 0;
  const counted = <T>(call: Promise<T>): Promise<T> => {
    open += 1;
    return call.finally(() => {
      open -= 1;
    });
  };
  return {
    get open() {
      return open;
    },
    get lastSeq() {
      return spool.lastSeq;
    },
    append: (records) => counted(spool.append(records)),
    skip: (count, reason) => counted(spool.skip(count, reason)),
    read: (options) => counted(spool.read(options)),
    ack: (ids) => counted(spool.ack(ids)),
    drop: (reason, ids) => counted(spool.drop(reason, ids)),
    losses: () => spool.losses(),
    lossesReported: (losses) => counted(spool.lossesReported(losses)),
    status: () => spool.status(),
    close: () => counted(spool.close()),
  };
}
