/**
 * What a sink's answer means for the spool.
 *
 * Invariants:
 *  1. A record leaves the spool only by its id, and only once the sink has delivered it or refused it for good.
 *  2. What is refused for good is kept as a dead letter before it leaves the spool; where that fails it leaves all
 *     the same and is counted: one record must not hold up all that come after it.
 */
import type { DeadLetters } from '../dead-letters.ts';
import { type Logger, messageOf } from '../logger.ts';
import type { RecordOutcome, RejectionCode } from '../sinks/sink.ts';
import type { Spool, SpoolRecord } from '../spool/spool.ts';

export interface SettlementContext {
  readonly spool: Spool;
  readonly deadLetters: DeadLetters | null;
  readonly logger: Logger;
}

export interface Settlement {
  readonly delivered: number;
  readonly rejected: number;
  /** Why something could not be delivered yet; null where everything was settled. */
  readonly failure: string | null;
}

/** Rejects where the spool does not take the acknowledgement: the records then come again. */
export async function settleRecords(
  { spool, deadLetters, logger }: SettlementContext,
  records: readonly SpoolRecord[],
  outcomes: readonly RecordOutcome[],
): Promise<Settlement> {
  const delivered: number[] = [];
  const rejected = new Map<RejectionCode, number[]>();
  const letters = [];
  let failure: string | null = null;
  for (const [index, { id, line }] of records.entries()) {
    const outcome = outcomes[index];
    switch (outcome?.status) {
      case 'delivered':
        delivered.push(id);
        break;
      case 'rejected':
        rejected.set(outcome.code, [...(rejected.get(outcome.code) ?? []), id]);
        letters.push({ seq: id, code: outcome.code, reason: outcome.reason, line });
        break;
      default:
        // An outcome that is missing says nothing: the record is kept.
        failure ??= outcome?.reason ?? 'the sink gave no outcome';
    }
  }
  if (delivered.length > 0) await spool.ack(delivered);
  if (letters.length > 0) {
    logger.error('the destination refused records for good', { records: letters.length });
    await deadLetters?.keep(letters).catch((error: unknown) => {
      logger.error('dead letters could not be kept', { records: letters.length, error: messageOf(error) });
    });
  }
  for (const [code, ids] of rejected) await spool.drop(code, ids);
  return { delivered: delivered.length, rejected: letters.length, failure };
}
