/** The steps of a deletion, each of which can be done again from its beginning. */

import { type DeletionStep, LAKE_PREFIXES } from '@kinetrack/schema';
import { parseKey, screenshotsPrefix, tableOf } from '../lake/keys.ts';
import type { ObjectInfo, ObjectStore, SummaryWriter, VersionedStore } from '../lake/ports.ts';
import { EventLines, editErrorLine, editRawLine } from './event-lines.ts';
import type { Tally } from './removal-counter.ts';
import { mustLose, scrubObject, scrubRollup } from './scrub.ts';
import { walk } from './walk-objects.ts';

export interface StepWorld {
  readonly userId: string;
  readonly deletedBeforeMs: number;
  readonly store: ObjectStore;
  readonly history?: Pick<VersionedStore, 'deleteHistory'> | undefined;
  readonly summaries?: Pick<SummaryWriter, 'deletePerson'> | undefined;
  readonly tally: Tally;
  /** Looks only into what was written since the deletion began. */
  readonly isSecondPass: boolean;
  readonly after: string;
  readonly parallel: number;
  readonly hasTime: () => boolean;
  readonly onProgress: (after: string) => Promise<void>;
}

/** How many objects may pass without a note of it: reading them again is what a kill costs. */
const OBJECTS_PER_NOTE = 1000;

/** Whether the step has come to its end. */
export function runStep(step: DeletionStep, world: StepWorld): Promise<boolean> {
  return STEPS[step](world);
}

const STEPS: Readonly<Record<DeletionStep, (world: StepWorld) => Promise<boolean>>> = {
  raw: (world) => scrubLines(LAKE_PREFIXES.raw, world),
  errors: (world) => scrubLines(LAKE_PREFIXES.errors, world),

  async rollups(world) {
    const { store, userId, deletedBeforeMs, tally } = world;
    return each(LAKE_PREFIXES.rollup, world, async (object) => {
      const table = tableOf(object.key);
      if (table === undefined || !mustLose(object, deletedBeforeMs)) return;
      const { change, rows } = await scrubRollup(store, object.key, table, userId);
      if (change === 'unreadable') {
        tally.addObject(object.key, { change: 'none', damaged: false });
        tally.leave(object.key, 'not a Parquet file; recompute its hour, or delete it');
        return;
      }
      tally.addObject(object.key, { change, damaged: false });
      tally.add(table === 'minutes' ? 'minute_rows' : 'hour_rows', rows);
    });
  },

  async summaries({ summaries, userId, tally }) {
    if (summaries !== undefined) tally.add('summary_items', await summaries.deletePerson(userId));
    return true;
  },

  async screenshots({ store, userId, tally, hasTime }) {
    for await (const { key } of screenshotsOf(store, userId)) {
      if (!hasTime()) return false;
      await store.delete(key);
      tally.add('screenshots');
    }
    return true;
  },

  async history({ history, userId, tally, after, hasTime, onProgress }) {
    if (history === undefined) return true;
    const { raw, rollup, errors, screenshots } = LAKE_PREFIXES;
    const prefixes = [raw, rollup, errors, `${screenshots}${userId}/`];
    // Its place in the list, since the last one names the person.
    for (let index = Number(after); index < prefixes.length; index += 1) {
      if (!hasTime()) return false;
      tally.add('versions', await history.deleteHistory(prefixes[index] ?? ''));
      await onProgress(String(index + 1));
    }
    return true;
  },
};

async function scrubLines(prefix: string, world: StepWorld): Promise<boolean> {
  const { store, userId, deletedBeforeMs, tally } = world;
  const mayDelete = (id: string) => id === userId;
  const ofOld = new EventLines({ mayDelete, mustDelete: (id) => id === userId });
  const ofNew = new EventLines({
    mayDelete,
    // An event without a moment cannot be told to be new.
    mustDelete: (id, tsMs) => id === userId && !(tsMs >= deletedBeforeMs),
  });
  const isRaw = prefix === LAKE_PREFIXES.raw;
  return each(prefix, world, async ({ key, modifiedMs }) => {
    const lines = modifiedMs === undefined || modifiedMs < deletedBeforeMs ? ofOld : ofNew;
    const outcome = await scrubObject(store, key, {
      edit: isRaw ? editRawLine(lines) : editErrorLine(lines),
      onChange(line) {
        if (isRaw) tally.addEvent(lines.kindToDelete(line) ?? 'unreadable');
        else tally.add('error_records');
      },
    });
    tally.addObject(key, outcome);
  });
}

/** Every object of a prefix, with a note of where it is after each that changed and now and then in between. */
async function each(
  prefix: string,
  { store, after, parallel, hasTime, onProgress, tally, isSecondPass, deletedBeforeMs }: StepWorld,
  work: (object: ObjectInfo) => Promise<void>,
): Promise<boolean> {
  let changes = tally.changes;
  let unnoted = 0;
  let noted = after;
  let last = after;
  const isDone = await walk(store, prefix, {
    after,
    parallel,
    hasTime,
    wants: ({ modifiedMs }) => !isSecondPass || modifiedMs === undefined || modifiedMs >= deletedBeforeMs,
    work,
    async onBatch(lastKey) {
      last = lastKey;
      unnoted += parallel;
      if (tally.changes === changes && unnoted < OBJECTS_PER_NOTE) return;
      changes = tally.changes;
      unnoted = 0;
      noted = lastKey;
      await onProgress(lastKey);
    },
  });
  if (!isDone && last !== noted) await onProgress(last);
  return isDone;
}

export async function* screenshotsOf(store: ObjectStore, userId: string): AsyncGenerator<ObjectInfo> {
  try {
    for await (const object of store.list(screenshotsPrefix(userId))) {
      const parsed = parseKey(object.key);
      if (parsed?.kind === 'screenshot' && parsed.userId === userId) yield object;
    }
  } catch (error) {
    // A folder cannot hold such a key (`..`, a backslash), so there are none.
    if (!isInvalidKey(error)) throw error;
  }
}

const isInvalidKey = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'invalid_key';
