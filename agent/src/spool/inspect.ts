/**
 * Reads the folder of a spool without opening it, even while another process writes to it. Changes nothing.
 */

import { join } from 'node:path';
import { hasCode } from '@kinetrack/schema';
import type { Disk } from './disk.ts';
import type { KeyRing } from './keys/spool-key.ts';
import { LOG_NAME, readLog } from './ledger.ts';
import { recover } from './recovery.ts';
import { segmentsIn } from './segment-list.ts';
import type { SpoolRecord, SpoolStatus } from './spool.ts';
import { systemDisk } from './system-disk.ts';

export interface SpoolReport extends Pick<SpoolStatus, 'pendingRecords' | 'delivered' | 'dropped'> {
  /** captured = delivered + pendingRecords + the sum of dropped. */
  readonly captured: number;
  /** Bytes of all files. */
  readonly bytes: number;
}

/**
 * The ledger as opening the spool would find it, without a key; null if there is no such folder.
 * Rejects with disk errors.
 */
export async function inspectSpool(dir: string, disk: Disk = systemDisk): Promise<SpoolReport | null> {
  const files = await disk.list(dir).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
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

/**
 * Every intact record of the segments, oldest first, delivered or not. Omits records that cannot be
 * decrypted now, and those removed or half written during the read.
 */
export async function readSegments(
  dir: string,
  keys: KeyRing,
  disk: Disk = systemDisk,
): Promise<readonly SpoolRecord[]> {
  const records: SpoolRecord[] = [];
  for (const segment of segmentsIn(dir, await disk.list(dir))) {
    const key = keys.find(segment.keyId);
    if (key === undefined) continue;
    const buffer = Buffer.alloc(segment.bytes);
    const length = await disk.readInto(segment.path, buffer, 0);
    segment.scan(buffer.subarray(0, length), Number.MAX_SAFE_INTEGER, () => false);
    const ids = segment.pendingRanges().flatMap(([from, to]) => idsBetween(from, to));
    records.push(...(await segment.read(disk, key, ids)));
  }
  return records;
}

const idsBetween = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
