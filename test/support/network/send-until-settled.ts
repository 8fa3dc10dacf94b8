/** Sends records as the drain does: again what is retryable, until nothing is or after 5 attempts. */
import type { RecordOutcome, Sink } from '../../../agent/src/sinks/index.ts';
import type { SpoolRecord } from '../../../agent/src/spool/index.ts';

const MAX_ATTEMPTS = 5;

/** Resolves with the last outcome of each record, in their order. */
export async function sendUntilSettled(
  sink: Sink,
  records: readonly SpoolRecord[],
): Promise<readonly (RecordOutcome | undefined)[]> {
  const outcomes = new Map<SpoolRecord, RecordOutcome | undefined>();
  let open = records;
  for (let attempt = 1; open.length > 0 && attempt <= MAX_ATTEMPTS; attempt += 1) {
    const results = await sink.send(open);
    for (const [i, record] of open.entries()) outcomes.set(record, results[i]);
    open = open.filter((record) => outcomes.get(record)?.status === 'retryable');
  }
  return records.map((record) => outcomes.get(record));
}
