import { SpoolError, type SpoolRecord } from './spool.ts';

/** The last id of the records; throws SpoolError `out_of_order` unless they ascend from above `last`. */
export function lastIdAbove(last: number, records: readonly SpoolRecord[]): number {
  for (const { id } of records) {
    if (!Number.isSafeInteger(id) || id <= last) {
      throw new SpoolError(
        'out_of_order',
        `cannot append record ${id}: ids ascend, and ${last} was given out already; continue above it`,
      );
    }
    last = id;
  }
  return last;
}
