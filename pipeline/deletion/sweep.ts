/**
 * Daily sweep: deletes late events of deleted people. A device that was off for weeks can still send
 * their events. Rollups exclude them at once by the tombstone; the sweep removes them from storage.
 *
 * Without tombstones, the sweep is one listing. Otherwise it reads the raw and error objects written
 * since the last sweep, or all objects if the store has no times.
 */
import { formatUtc, LAKE_PREFIXES } from '@kinetrack/schema';
import type { ObjectInfo, ObjectStore, VersionedStore } from '../lake/ports.ts';
import { loadTombstones, NO_TOMBSTONES } from '../lake/tombstones.ts';
import { EventLines, editErrorLine, editRawLine } from './event-lines.ts';
import { expireByDate, type RetentionDays } from './expire.ts';
import { loadSweepState, type SweepState, saveSweepState } from './records.ts';
import { scrubObject } from './scrub.ts';
import { walkObjects } from './walk-objects.ts';

export interface SweepDependencies {
  readonly store: ObjectStore;
  readonly history?: Pick<VersionedStore, 'deleteHistory'>;
  readonly now: () => number;
  /** Remaining time of this run. @defaultValue unlimited */
  readonly timeLeftMs?: () => number;
  /** @defaultValue 8 */
  readonly parallel?: number;
  /** Retention of objects. @defaultValue nothing expires */
  readonly retention?: RetentionDays;
}

export interface SweepReport {
  readonly status: 'done' | 'unfinished';
  readonly objectsRead: number;
  readonly objectsChanged: number;
  /** Removed events of raw objects and records of error objects. */
  readonly removed: number;
  readonly damagedObjects: readonly string[];
  /** Objects deleted after their retention. */
  readonly expired: number;
}

const MIN_TIME_LEFT_MS = 30_000;
/** The clocks of the store and of the sweep can differ. Reading an object twice is harmless. */
const MARGIN_MS = 3_600_000;
const DEFAULT_PARALLEL = 8;

export async function sweepLake(deps: SweepDependencies): Promise<SweepReport> {
  const { store, now, retention } = deps;
  const startedMs = now();
  const hasTime = () => (deps.timeLeftMs?.() ?? Number.POSITIVE_INFINITY) > MIN_TIME_LEFT_MS;
  const tombstones = await loadTombstones(store);
  const counts = { objectsRead: 0, objectsChanged: 0, removed: 0 };
  const damagedObjects: string[] = [];
  let isDone = true;
  if (tombstones !== NO_TOMBSTONES) {
    const lines = new EventLines({
      mustDelete: (userId, tsMs) => tombstones.excludes(userId, tsMs),
      // Each tombstone is later than 1970.
      mayDelete: (userId) => tombstones.excludes(userId, 0),
    });
    isDone = await scrubSince(await loadSweepState(store, startedMs), deps, hasTime, async ({ key }) => {
      const isRaw = key.startsWith(LAKE_PREFIXES.raw);
      const { change, damaged } = await scrubObject(store, key, {
        edit: isRaw ? editRawLine(lines) : editErrorLine(lines),
        onChange: () => {
          counts.removed += 1;
        },
      });
      counts.objectsRead += 1;
      if (damaged) damagedObjects.push(key);
      if (change !== 'rewritten' && change !== 'deleted') return;
      counts.objectsChanged += 1;
      await deps.history?.deleteHistory(key);
    });
  }
  const expired =
    retention === undefined ? 0 : await expireByDate(store, { retention, nowMs: startedMs, hasTime });
  return { status: isDone && hasTime() ? 'done' : 'unfinished', ...counts, damagedObjects, expired };
}

/** Calls `work` for each raw and error object written since the last sweep. False if time has run out. */
async function scrubSince(
  state: SweepState,
  { store, now, parallel = DEFAULT_PARALLEL }: SweepDependencies,
  hasTime: () => boolean,
  work: (object: ObjectInfo) => Promise<void>,
): Promise<boolean> {
  const sinceMs = Date.parse(state.swept_before) - MARGIN_MS;
  for (const step of ['raw', 'errors'] as const) {
    if (state.step === 'errors' && step === 'raw') continue;
    const isComplete = await walkObjects(store, LAKE_PREFIXES[step], {
      ...{ parallel, hasTime, work },
      after: state.step === step ? state.after : '',
      wants: ({ modifiedMs }) => modifiedMs === undefined || modifiedMs >= sinceMs,
      save: (after) => saveSweepState(store, { ...state, step, after }),
    });
    if (!isComplete) return false;
  }
  await saveSweepState(store, {
    schema_version: 1,
    swept_before: state.started_at,
    started_at: formatUtc(now()),
    step: null,
    after: '',
  });
  return true;
}
