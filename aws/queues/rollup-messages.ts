import { DAY_MS, type RuleSet, type UtcHour } from '@kinetrack/schema';
import type { SQSBatchResponse } from 'aws-lambda';
import type { ObjectStore, SummaryWriter } from '../../pipeline/lake/ports.ts';
import { type Slice, WHOLE } from '../../pipeline/lake/slices.ts';
import { settledRollup } from '../../pipeline/rollup/settled-rollup.ts';
import type { Log } from '../log.ts';
import { parseMessage, type QueueMessage, type RollupCommand, sliceMessage } from './rollup-queue.ts';

export interface RollupDependencies {
  readonly store: ObjectStore;
  /** Undefined where nobody reads summaries. */
  readonly summaries: SummaryWriter | undefined;
  readonly rules: RuleSet;
  readonly log: Log;
  /** Number of slices of an hour. With one, an hour is computed here; with more, each slice by an invocation of its own. */
  readonly slices: number;
  /** Hands messages to the queue of slices; rejects where not all of them are in it. */
  readonly sendSlices: (bodies: readonly string[]) => Promise<void>;
  /** Until the invocation is cut off. */
  readonly timeLeftMs: () => number;
  /** ms since 1970. */
  readonly now: () => number;
  /** Age in days at which S3 deletes raw objects. */
  readonly rawRetentionDays: number;
}

/** Objects of one hour are deleted days apart: S3 looks once a day, and counts from the next midnight. */
const EXPIRY_MARGIN_DAYS = 3;

/** An hour is not begun with less: an invocation that is cut off fails all of its messages. */
const MIN_TIME_LEFT_MS = 60_000;

/** One thing to do, for all messages that ask for it. */
interface RollupTask {
  readonly hour: UtcHour;
  /** Undefined: hand the hour out in slices. */
  readonly slice: Slice | undefined;
  readonly messageIds: string[];
}

/**
 * Does what the messages ask for, each thing once. A message fails, and comes again, when it cannot be read or when
 * something failed that it asks for; the others are done. Doing an hour twice gives the same rows.
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
 * A slice that was sent before the number of slices changed would write over a part of the new layout: one of them has
 * the hour handed out anew, for the others there is nothing to do.
 */
function tasksOf(command: RollupCommand, slices: number): readonly Omit<RollupTask, 'messageIds'>[] {
  const whole = slices === 1 ? WHOLE : undefined;
  if (command.kind === 'hours') return command.hours.map((hour) => ({ hour, slice: whole }));
  const { hour, slice } = command;
  if (slice.of === slices) return [{ hour, slice }];
  return slice.index === 0 ? [{ hour, slice: whole }] : [];
}

/**
 * Whether the raw objects of an hour may be gone already. Recomputed from what is left, a single event with a wrong
 * clock would take the place of everybody's rows.
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
