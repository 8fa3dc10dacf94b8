/** Looks into a spool's folder without opening it: also while another process writes there. Changes nothing. */
import type { Disk } from './disk.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { segmentsIn } from './segment.ts';
import type { SpoolRecord } from './spool.ts';
import { systemDisk } from './system-disk.ts';

/**
 * Every intact record that stands in a segment, oldest first, whether it was delivered or not. Left out is what
 * cannot be decrypted at the moment, and what is removed or half written while this reads.
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
