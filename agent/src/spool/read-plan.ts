import type { Segment } from './segment.ts';
import type { ReadOptions } from './spool.ts';

export interface PlannedRead {
  readonly segment: Segment;
  readonly ids: readonly number[];
}

/** The oldest pending records of these segments, within the limits, but at least one. */
export function planRead(segments: readonly Segment[], options: ReadOptions): readonly PlannedRead[] {
  const { afterId = 0, maxRecords, maxBytes } = options;
  const plan: PlannedRead[] = [];
  let records = 0;
  let bytes = 0;
  for (const segment of segments) {
    const ids: number[] = [];
    let id = segment.pendingAfter(afterId);
    for (; id !== undefined; id = segment.pendingAfter(id)) {
      const more = segment.lineBytes(id);
      if (records > 0 && (records >= maxRecords || bytes + more > maxBytes)) break;
      ids.push(id);
      records++;
      bytes += more;
    }
    if (ids.length > 0) plan.push({ segment, ids });
    if (id !== undefined) break;
  }
  return plan;
}
