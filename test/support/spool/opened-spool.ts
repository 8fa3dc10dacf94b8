import {
  openSegmentSpool,
  type SegmentSpool,
  type SegmentSpoolOptions,
} from '../../../agent/src/spool/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { testKeys } from './test-keys.ts';

export type TestSpoolOptions = Omit<SegmentSpoolOptions, 'keys'> & Partial<Pick<SegmentSpoolOptions, 'keys'>>;

/** A segment spool with keys of its own that commits at once. */
export const openTestSpool = (options: TestSpoolOptions): Promise<SegmentSpool> =>
  openSegmentSpool({ keys: testKeys(), groupMs: 0, ...options });

/** Like openTestSpool. It is closed after the test, even if the test fails: an open spool keeps its lock. */
export async function openedSpool(options: TestSpoolOptions): Promise<SegmentSpool> {
  const spool = await openTestSpool(options);
  afterTest(() => spool.close());
  return spool;
}

/** Folder of a spool on a disk in memory. */
export const SPOOL_DIR = '/spool';

/** A spool on a disk in memory with small segments and a small reserve, so that it opens fast. */
export const openSmallSpool = (
  disk: MemoryDisk,
  options: Partial<SegmentSpoolOptions> = {},
): Promise<SegmentSpool> =>
  openTestSpool({ dir: SPOOL_DIR, disk, maxBytes: 64 * 1024, segmentBytes: 1024, ...options });

/** Limits above everything that a test appends. */
export const everything = { maxRecords: 100_000, maxBytes: 1_000_000_000 };

export const idsOf = (records: readonly { readonly id: number }[]): readonly number[] =>
  records.map(({ id }) => id);
