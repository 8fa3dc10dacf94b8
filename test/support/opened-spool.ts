import type { TestContext } from 'node:test';
import {
  openSegmentSpool,
  type SegmentSpool,
  type SegmentSpoolOptions,
} from '../../agent/src/spool/index.ts';

/** A segment spool that is closed when the test ends, however it ends: an open one keeps its lock. */
export async function openedSpool(t: TestContext, options: SegmentSpoolOptions): Promise<SegmentSpool> {
  const spool = await openSegmentSpool(options);
  t.after(() => spool.close());
  return spool;
}

/** Everything that a test can have appended. */
export const everything = { maxRecords: 100_000, maxBytes: 1_000_000_000 };

export const idsOf = (records: readonly { readonly id: number }[]): readonly number[] =>
  records.map(({ id }) => id);
