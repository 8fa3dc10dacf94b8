import {
  openSegmentSpool,
  type SegmentSpool,
  type SegmentSpoolOptions,
} from '../../../agent/src/spool/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { testKeys } from './test-keys.ts';

export type TestSpoolOptions = Omit<SegmentSpoolOptions, 'keys'> & Partial<Pick<SegmentSpoolOptions, 'keys'>>;

/** A segment spool with keys of its own, which commits at once. */
export const openTestSpool = (options: TestSpoolOptions): Promise<SegmentSpool> =>
  openSegmentSpool({ keys: testKeys(), groupMs: 0, ...options });

/** As openTestSpool, closed when the test ends, however it ends: an open one keeps its lock. */
export async function openedSpool(options: TestSpoolOptions): Promise<SegmentSpool> {
  const spool = await openTestSpool(options);
  afterTest(() => spool.close());
  return spool;
}

/** Everything that a test can have appended. */
export const everything = { maxRecords: 100_000, maxBytes: 1_000_000_000 };

export const idsOf = (records: readonly { readonly id: number }[]): readonly number[] =>
  records.map(({ id }) => id);
