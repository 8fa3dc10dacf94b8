import { DAY_MS, type RuleSet, type UtcHour } from '@kinetrack/schema';
import type { SQSBatchResponse } from 'aws-lambda';
import type { ObjectStore, SummaryWriter } from '../../pipeline/lake/ports.ts';
import { type Slice, WHOLE } from '../../pipeline/lake/slices.ts';
import { settledRollup } from '../../pipeline/rollup/settled-rollup.ts';
import type { Log } from '../log.ts';
import { parseMessage, type QueueMessage, type RollupCommand, sliceMessage } from './rollup-queue.ts';

export interface RollupDependencies {
  readonly store: ObjectStore;
  /** Undefined if there are no summaries. */
  readonly summaries: SummaryWriter | undefined;
  readonly rules: RuleSet;
  readonly log: Log;
  /**
   * Number of slices of an hour. With 1, this invocation computes the hour; with more, each slice has
   * its own invocation.
   */
  readonly slices: number;
  /** Sends messages to the queue of slices. Rejects unless all are accepted. */
  readonly sendSlices: (bodies: readonly string[]) => Promise<void>;
  /** Remaining time of the invocation. */
  readonly timeLeftMs: () => number;
  /** ms since 1970. */
  readonly now: () => number;
  /** Retention of raw objects in days. */
  readonly rawRetentionDays: number;
}

/** Objects of one hour expire days apart: S3 checks once a day and counts from the next midnight. */
const EXPIRY_MARGIN_DAYS = 3;

/** Minimum time to start an hour. A timeout would fail all messages of the invocation. */
const MIN_TIME_LEFT_MS = 60_000;

/** A rollup to compute, for all messages that request it. */
interface RollupTask {
  readonly hour: UtcHour;
  /** Undefined: split the hour into slices. */
  readonly slice: Slice | undefined;
  readonly messageIds: string[];
}

/**
 * Computes the requested rollups, each once. A message fails, and is delivered again, if it is invalid
 * or one of its rollups fails. Rollups are idempotent.
 */
export async function rollupMessages(
  messages: readonly QueueMessage[],
  dependencies: RollupDependencies,
): Promise<SQSBatchResponse> {
  const failed = new Set<string>();
  const tasks = new Map<string, RollupTask>();
  for (const { messageId, body } of messages) {
    try {
      for (const { hour, slice } of tasksOf(parseMessage(body), dependencies.slices)) {
        const key = `${hour.dt} ${hour.hour} ${slice?.index ?? 'all'}`;
        const known = tasks.get(key);
        if (known === undefined) tasks.set(key, { hour, slice, messageIds: [messageId] });
        else known.messageIds.push(messageId);
      }
    } catch (error) {
      dependencies.log.error('invalid message', { messageId, error });
      failed.add(messageId);
    }
  }
  for (const [, task] of [...tasks].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (await runTask(task, dependencies)) continue;
    for (const messageId of task.messageIds) failed.add(messageId);
  }
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
}

/**
 * A slice message from before a change of the number of slices would overwrite a part of the new
 * layout. Slice 0 then splits the hour again; the others are ignored.
 */
function tasksOf(command: RollupCommand, slices: number): readonly Omit<RollupTask, 'messageIds'>[] {
  const whole = slices === 1 ? WHOLE : undefined;
  if (command.kind === 'hours') return command.hours.map((hour) => ({ hour, slice: whole }));
  const { hour, slice } = command;
  if (slice.of === slices) return [{ hour, slice }];
  return slice.index === 0 ? [{ hour, slice: whole }] : [];
}

/**
 * Whether raw objects of an hour may have expired. A recomputation from incomplete input, for example
 * after one event with a wrong clock, would overwrite the rows of all people.
 */
function mayHaveExpired({ dt, hour }: UtcHour, { now, rawRetentionDays }: RollupDependencies): boolean {
  const keptMs = (rawRetentionDays - EXPIRY_MARGIN_DAYS) * DAY_MS;
  return Date.parse(`${dt}T${hour}:00:00.000Z`) < now() - keptMs;
}

async function runTask({ hour, slice }: RollupTask, dependencies: RollupDependencies): Promise<boolean> {
  const { store, summaries, rules, log, timeLeftMs, slices } = dependencies;
  if (mayHaveExpired(hour, dependencies)) {
    log.warn('hour skipped: its raw events have expired or expire soon', { ...hour });
    return true;
  }
  if (timeLeftMs() < MIN_TIME_LEFT_MS) {
    log.warn('hour deferred to the next invocation', { ...hour, timeLeftMs: timeLeftMs() });
    return false;
  }
  try {
    if (slice === undefined) {
      const all = Array.from({ length: slices }, (_, index) => sliceMessage(hour, { index, of: slices }));
      await dependencies.sendSlices(all);
      log.info('hour split into slices', { ...hour, slices });
      return true;
    }
    const { hour: _, ...report } = await settledRollup({
      ...{ store, hour, rules, slice },
      ...(summaries !== undefined && { summaries }),
    });
    const damaged = report.damagedObjects.length > 0 || Object.keys(report.malformed).length > 0;
    log[damaged ? 'warn' : 'info']('hour recomputed', {
      ...hour,
      slice: slice.index,
      of: slice.of,
      ...report,
    });
    return true;
  } catch (error) {
    log.error('hour failed', { ...hour, slice: slice?.index, error });
    return false;
  }
}
