/** A spool in files of a process that tells its parent what it asks of it and what it is promised. */
import {
  openSegmentSpool,
  type SegmentSpoolOptions,
  type Spool,
  type SpoolRecord,
} from '../../../agent/src/spool/index.ts';
import { say } from './reported-appends.ts';
import { testKeys } from './test-keys.ts';

export interface WitnessedSpool extends Pick<Spool, 'lastSeq' | 'append' | 'read' | 'close'> {
  /** The destination has the records, and then they are acknowledged. */
  deliver(records: readonly SpoolRecord[]): Promise<void>;
  /** Reports all losses. */
  reportLosses(): Promise<void>;
}

export async function openWitnessedSpool(
  dir: string,
  options: Omit<SegmentSpoolOptions, 'dir' | 'keys'>,
): Promise<WitnessedSpool> {
  const spool = await openSegmentSpool({ ...options, dir, keys: testKeys() });
  say({ say: 'opened', lastSeq: spool.lastSeq });
  return {
    get lastSeq() {
      return spool.lastSeq;
    },
    async append(records) {
      const ids = records.map(({ id }) => id);
      say({ say: 'offered', ids });
      await spool.append(records);
      say({ say: 'accepted', ids });
      say({ say: 'lost', losses: spool.losses() });
    },
    read: (limits) => spool.read(limits),
    async deliver(records) {
      const ids = records.map(({ id }) => id);
      say({ say: 'delivered', lines: records.map(({ line }) => line) });
      say({ say: 'acking', ids });
      await spool.ack(ids);
      say({ say: 'acked', ids });
    },
    async reportLosses() {
      const losses = spool.losses();
      say({ say: 'reporting', losses });
      await spool.lossesReported(losses);
      say({ say: 'reported', losses });
    },
    close: () => spool.close(),
  };
}
