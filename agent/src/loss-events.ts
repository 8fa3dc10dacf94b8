/** Losses as events: an event explains the gap that they leave in the seqs of a device. */
import type { ActivityBody } from '@kinetrack/schema';
import { countOf, type IdRange } from './spool/id-ranges.ts';
import type { Loss } from './spool/spool.ts';

export interface LossEvent {
  readonly body: ActivityBody<'system'>;
  /** The part of the losses that the event reports. */
  readonly loss: Loss;
}

/** What a detail may hold: see the schema of `system`. */
const MAX_TEXT = 1024;

/** `{reason, events: '29', ranges: '12-40,57'}` for each reason, several where the ranges fill more than one. */
export function lossEvents(losses: readonly Loss[]): readonly LossEvent[] {
  return losses.flatMap(({ reason, ranges }) =>
    inPortions(ranges).map((portion): LossEvent => {
      const detail = { reason, events: String(countOf(portion)), ranges: portion.map(rangeText).join(',') };
      return {
        body: { activity_type: 'system', kind: 'dropped', detail },
        loss: { reason, ranges: portion },
      };
    }),
  );
}

function inPortions(ranges: readonly IdRange[]): readonly (readonly IdRange[])[] {
  const portions: IdRange[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const range of ranges) {
    const more = rangeText(range).length + 1;
    if (length + more > MAX_TEXT) {
      portions.push([]);
      length = 0;
    }
    portions.at(-1)?.push(range);
    length += more;
  }
  return portions;
}

const rangeText = ([from, to]: IdRange): string => (from === to ? String(from) : `${from}-${to}`);
