/** A spool on a disk in memory, with small segments and, so that opening takes no time, a small reserve. */
import {
  openSegmentSpool,
  type SegmentSpool,
  type SegmentSpoolOptions,
} from '../../../agent/src/spool/index.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { testKeys } from './test-keys.ts';

export const LAB_DIR = '/spool';

export const openLabSpool = (
  disk: MemoryDisk,
  options: Partial<SegmentSpoolOptions> = {},
): Promise<SegmentSpool> =>
  openSegmentSpool({
    dir: LAB_DIR,
    disk,
    keys: testKeys(),
    maxBytes: 64 * 1024,
    segmentBytes: 1024,
    groupMs: 0,
    ...options,
  });
