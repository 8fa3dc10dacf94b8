import { type FramePosition, lineBytes, type Segment } from './segment.ts';
import type { ReadOptions } from './spool.ts';

export interface PlannedRead {
  readonly segment: Segment;
  readonly positions: readonly FramePosition[];
}

/** Where the oldest pending records stand, within the limits, but at least one. */
export function planRead(segments: readonly Segment[], options: ReadOptions): readonly PlannedRead[] {
  const { afterId = 0, maxRecords, maxBytes } = options;
  const plan: PlannedRead[] = [];
  let records = 0;
  let bytes = 0;
  for (const [i, segment] of segments.entries()) {
    // The next segment's base is at or above every id of this one.
    if ((segments[i + 1]?.base ?? Infinity) <= afterId) continue;
    const positions: FramePosition[] = [];
    let full = false;
    for (const position of segment.pending.values()) {
      if (position.id <= afterId) continue;
      const more = lineBytes(position);
      full = records > 0 && (records >= maxRecords || bytes + more > maxBytes);
      if (full) break;
      positions.push(position);
      records++;
      bytes += more;
    }
    if (positions.length > 0) plan.push({ segment, positions });
    if (full) break;
  }
  return plan;
}
