/** The steps of a deletion. Each can be repeated from its start. */
import { type DeletionStep, LAKE_PREFIXES } from '@kinetrack/schema';
import { parseKey, screenshotsPrefix, tableOf } from '../lake/keys.ts';
import type { ObjectInfo, ObjectStore, SummaryWriter, VersionedStore } from '../lake/ports.ts';
import { EventLines, editErrorLine, editRawLine } from './event-lines.ts';
import type { RemovalCounter } from './removal-counter.ts';
import { mustLosePerson, scrubObject, scrubRollup } from './scrub.ts';
import { walkObjects } from './walk-objects.ts';

export interface StepContext {
  readonly userId: string;
  readonly deletedBeforeMs: number;
  readonly store: ObjectStore;
  readonly history?: Pick<VersionedStore, 'deleteHistory'> | undefined;
  readonly summaries?: Pick<SummaryWriter, 'deletePerson'> | undefined;
  readonly counter: RemovalCounter;
  /** Reads only objects written since the start of the deletion. */
  readonly isSecondPass: boolean;
  readonly after: string;
  readonly parallel: number;
  readonly hasTime: () => boolean;
  readonly onProgress: (after: string) => Promise<void>;
}

/** Resolves to false if time has run out. */
export function runStep(step: DeletionStep, context: StepContext): Promise<boolean> {
  return STEPS[step](context);
}

const STEPS: Readonly<Record<DeletionStep, (context: StepContext) => Promise<boolean>>> = {
  raw: (context) => scrubLines(LAKE_PREFIXES.raw, context),
  errors: (context) => scrubLines(LAKE_PREFIXES.errors, context),

  async rollups(context) {
    const { store, userId, deletedBeforeMs, counter } = context;
    return eachObject(LAKE_PREFIXES.rollup, context, async (object) => {
      const table = tableOf(object.key);
      if (table === undefined || !mustLosePerson(object, deletedBeforeMs)) return;
      const { change, rows } = await scrubRollup(store, object.key, table, userId);
      if (change === 'unreadable') {
        counter.addObject(object.key, { change: 'none', damaged: false });
        counter.addNotDone(object.key, 'not a Parquet file; recompute its hour, or delete it');
        return;
      }
      counter.addObject(object.key, { change, damaged: false });
      counter.add(table === 'minutes' ? 'minute_rows' : 'hour_rows', rows);
    });
  },

  async summaries({ summaries, userId, counter }) {
    if (summaries !== undefined) counter.add('summary_items', await summaries.deletePerson(userId));
    return true;
  },

  async screenshots({ store, userId, counter, hasTime }) {
    for await (const { key } of screenshotsOf(store, userId)) {
      if (!hasTime()) return false;
      await store.delete(key);
      counter.add('screenshots');
    }
    return true;
  },

  async history({ history, userId, counter, after, hasTime, onProgress }) {
    if (history === undefined) return true;
    const { raw, rollup, errors, screenshots } = LAKE_PREFIXES;
    const prefixes = [raw, rollup, errors, `${screenshots}${userId}/`];
    // The index is saved, not the prefix: the last prefix contains the user ID.
    for (let index = Number(after); index < prefixes.length; index += 1) {
      if (!hasTime()) return false;
      counter.add('versions', await history.deleteHistory(prefixes[index] ?? ''));
      await onProgress(String(index + 1));
    }
    return true;
  },
};

async function scrubLines(prefix: string, context: StepContext): Promise<boolean> {
  const { store, userId, deletedBeforeMs, counter } = context;
  const mayDelete = (id: string) => id === userId;
  const ofOld = new EventLines({ mayDelete, mustDelete: (id) => id === userId });
  const ofNew = new EventLines({
    mayDelete,
    // An event without a valid time counts as old.
    mustDelete: (id, tsMs) => id === userId && !(tsMs >= deletedBeforeMs),
  });
  const isRaw = prefix === LAKE_PREFIXES.raw;
  return eachObject(prefix, context, async ({ key, modifiedMs }) => {
    const lines = modifiedMs === undefined || modifiedMs < deletedBeforeMs ? ofOld : ofNew;
    const outcome = await scrubObject(store, key, {
      edit: isRaw ? editRawLine(lines) : editErrorLine(lines),
      onChange(line) {
        if (isRaw) counter.addEvent(lines.kindToDelete(line) ?? 'unreadable');
        else counter.add('error_records');
      },
    });
    counter.addObject(key, outcome);
  });
}

/** Calls `work` for each object of a prefix. The second pass skips objects older than the deletion. */
function eachObject(
  prefix: string,
  { store, after, parallel, hasTime, onProgress, counter, isSecondPass, deletedBeforeMs }: StepContext,
  work: (object: ObjectInfo) => Promise<void>,
): Promise<boolean> {
  return walkObjects(store, prefix, {
    ...{ after, parallel, hasTime, work },
    wants: ({ modifiedMs }) => !isSecondPass || modifiedMs === undefined || modifiedMs >= deletedBeforeMs,
    changes: () => counter.changes,
    save: onProgress,
  });
}

async function* screenshotsOf(store: ObjectStore, userId: string): AsyncGenerator<ObjectInfo> {
  try {
    for await (const object of store.list(screenshotsPrefix(userId))) {
      const parsed = parseKey(object.key);
      if (parsed?.kind === 'screenshot' && parsed.userId === userId) yield object;
    }
  } catch (error) {
    // A file store rejects such a key (`..`, a backslash), so there are no screenshots.
    if (!isInvalidKey(error)) throw error;
  }
}

const isInvalidKey = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'invalid_key';
