/** The ledger of a spool that nobody has open: needs no key and changes nothing. */
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { errorCode } from './io-error.ts';
import { LOG_NAME, readLog } from './ledger-log.ts';
import { recover } from './recovery.ts';
import { segmentsIn } from './segment.ts';
import type { SpoolStatus } from './spool.ts';
import { systemDisk } from './system-disk.ts';

export interface SpoolReport extends Pick<SpoolStatus, 'pendingRecords' | 'delivered' | 'dropped'> {
  /** captured = delivered + pendingRecords + the sum of dropped. */
  readonly captured: number;
  /** Of all files. */
  readonly bytes: number;
}

/** What opening the spool would find; null where there is no such folder. Rejects with what the disk refuses. */
export async function inspectSpool(dir: string, disk: Disk = systemDisk): Promise<SpoolReport | null> {
  const files = await disk.list(dir).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (files === null) return null;
  const segments = segmentsIn(dir, files);
  const logBytes = files.find(({ name }) => name === LOG_NAME)?.bytes ?? 0;
  const buffer = Buffer.alloc(logBytes);
  const length = logBytes === 0 ? 0 : await disk.readInto(join(dir, LOG_NAME), buffer, 0);
  const { lastSeq, ledger } = await recover(disk, segments, readLog(buffer.subarray(0, length)));
  return {
    captured: lastSeq,
    pendingRecords: segments.reduce((sum, segment) => sum + segment.pendingRecords, 0),
    ...ledger.totals,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
