import { SpoolError, type SpoolRecord } from './spool.ts';

/** The last id of the records; throws SpoolError `out_of_order` unless they go on from `last` without a gap. */
export function lastIdAfter(last: number, records: readonly SpoolRecord[]): number {
  for (const { id } of records) {
    if (id !== last + 1) {
      throw new SpoolError(
        'out_of_order',
        `cannot append record ${id}: ids are contiguous, and the last one given out is ${last}; continue with ${last + 1}`,
      );
    }
    last = id;
  }
  return last;
}
