/**
 * Packs events into records and maps the outcomes of the records back to the events, for every packing
 * sink.
 */
import type { ConnectionFault } from '@kinetrack/schema';
import { type PackedRecord, packRecords } from '../pack.ts';
import type { SpoolRecord } from '../spool/spool.ts';
import type { RecordOutcome } from './sink.ts';

/** Delivers records; resolves with one outcome per record, in order. */
export type DeliverRecords = (records: readonly PackedRecord[]) => Promise<readonly RecordOutcome[]>;

export async function deliverPacked(
  name: string,
  events: readonly SpoolRecord[],
  deliver: DeliverRecords,
): Promise<readonly RecordOutcome[]> {
  const { packed, rejected } = packRecords(events);
  const outcomes = new Map<number, RecordOutcome>();
  for (const { index, reason } of rejected)
    outcomes.set(index, { status: 'rejected', reason, code: 'too_large' });
  if (packed.length > 0) {
    const delivered = await deliver(packed);
    for (const [i, { indexes }] of packed.entries()) {
      const outcome = delivered[i] ?? retryable(`${name} returned no outcome for record ${i + 1}`);
      for (const index of indexes) outcomes.set(index, outcome);
    }
  }
  return events.map(
    (_, index) => outcomes.get(index) ?? retryable(`${name} returned no outcome for event ${index + 1}`),
  );
}

export const retryable = (reason: string, fault?: ConnectionFault): RecordOutcome =>
  fault === undefined ? { status: 'retryable', reason } : { status: 'retryable', reason, fault };
