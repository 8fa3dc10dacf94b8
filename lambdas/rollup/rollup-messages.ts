import type { RuleSet, UtcHour } from '@kinetrack/schema';
import type { SQSBatchResponse } from 'aws-lambda';
import type { ObjectStore } from '../../pipeline/ports.ts';
import { touchedHours } from '../../pipeline/rollup/index.ts';
import { announcedKeys, type QueueMessage } from './notification.ts';
import { settledRollup } from './settled-rollup.ts';

/** What of a logger is used here. Figures, keys and hours only: never what was captured. */
export interface Log {
  info(message: string, details: Record<string, unknown>): void;
  warn(message: string, details: Record<string, unknown>): void;
  error(message: string, details: Record<string, unknown>): void;
}

export interface RollupDependencies {
  readonly store: ObjectStore;
  readonly rules: RuleSet;
  readonly log: Log;
  /** Until the invocation is cut off. */
  readonly timeLeftMs: () => number;
  /** ms since 1970. */
  readonly now: () => number;
  /** Age in days at which S3 deletes raw objects. */
  readonly rawRetentionDays: number;
}

const DAY_MS = 86_400_000;
/** Objects of one hour are deleted days apart: S3 looks once a day, and counts from the next midnight. */
const EXPIRY_MARGIN_DAYS = 3;

/** An hour is not begun with less: an invocation that is cut off fails all of its messages. */
const MIN_TIME_LEFT_MS = 60_000;

/**
 * Recomputes every hour that the messages touch, each once. A message fails, and comes again, when it cannot
 * be read or when one of its hours failed; the others are done. Doing an hour twice gives the same rows.
 */
export async function rollupMessages(
  messages: readonly QueueMessage[],
  dependencies: RollupDependencies,
): Promise<SQSBatchResponse> {
  const { log } = dependencies;
  const failed = new Set<string>();
  const hoursOf = new Map<string, readonly UtcHour[]>();
  const keys: string[] = [];
  for (const { messageId, body } of messages) {
    try {
      const announced = announcedKeys(body);
      hoursOf.set(messageId, touchedHours(announced));
      keys.push(...announced);
    } catch (error) {
      log.error('message not understood', { messageId, error });
      failed.add(messageId);
    }
  }
  for (const hour of touchedHours(keys)) {
    if (await rolledUp(hour, dependencies)) continue;
    for (const [messageId, hours] of hoursOf) {
      if (hours.some(({ dt, hour: h }) => dt === hour.dt && h === hour.hour)) failed.add(messageId);
    }
  }
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
}

/**
 * Whether the raw objects of an hour may be gone already. Recomputed from what is left, a single event with a wrong
 * clock would take the place of everybody's rows.
 */
function mayHaveExpired({ dt, hour }: UtcHour, { now, rawRetentionDays }: RollupDependencies): boolean {
  const keptMs = (rawRetentionDays - EXPIRY_MARGIN_DAYS) * DAY_MS;
  return Date.parse(`${dt}T${hour}:00:00.000Z`) < now() - keptMs;
}

async function rolledUp(hour: UtcHour, dependencies: RollupDependencies): Promise<boolean> {
  const { store, rules, log, timeLeftMs } = dependencies;
  if (mayHaveExpired(hour, dependencies)) {
    log.warn('hour left as it is: its raw events have expired, or are about to', { ...hour });
    return true;
  }
  if (timeLeftMs() < MIN_TIME_LEFT_MS) {
    log.warn('hour left for the next invocation', { ...hour, timeLeftMs: timeLeftMs() });
    return false;
  }
  try {
    const { hour: _, ...report } = await settledRollup({ store, hour, rules });
    const damaged = report.damagedObjects.length > 0 || Object.keys(report.malformed).length > 0;
    log[damaged ? 'warn' : 'info']('hour recomputed', { ...hour, ...report });
    return true;
  } catch (error) {
    log.error('hour failed', { ...hour, error });
    return false;
  }
}
