/** A spool on a disk in memory, with small segments. */
import {
  openSegmentSpool,
  type SegmentSpool,
  type SegmentSpoolOptions,
} from '../../agent/src/spool/index.ts';
import { labKeys } from './lab-keys.ts';
import type { MemoryDisk } from './memory-disk.ts';

export const LAB_DIR = '/spool';

export const openLabSpool = (
  disk: MemoryDisk,
  options: Partial<SegmentSpoolOptions> = {},
): Promise<SegmentSpool> =>
  openSegmentSpool({ dir: LAB_DIR, disk, keys: labKeys, segmentBytes: 1024, groupMs: 0, ...options });
