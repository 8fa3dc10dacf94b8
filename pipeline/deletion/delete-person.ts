/**
 * Deletes one person from a lake.
 *
 * Order: first the tombstone, so that later rollups exclude the person; then raw and error objects,
 * rollups, summaries and screenshots; last the earlier versions of all objects.
 *
 * Invariants:
 * 1. Each step finds its work by listing. A killed run can be repeated, from its last progress or from
 *    the start, with the same result. An object is replaced as a whole or not at all.
 * 2. All data in the lake at the start of the deletion is deleted, whatever its time (clocks may run
 *    ahead). Of later arrivals, events from before the start are deleted. Later events belong to a
 *    person who is recorded again.
 * 3. Only objects with data of the person change. The lines of other people in them stay the same, byte
 *    for byte.
 * 4. One deletion or sweep runs on a lake at a time: two that rewrite the same object would undo each
 *    other.
 *
 * With `settleMs`, a second pass runs that long after the first. It deletes data that a rollup or
 * Firehose had read before the tombstone existed and stored after the first pass.
 */
import {
  DELETION_STEPS,
  type DeletionProgress,
  type DeletionReceipt,
  type DeletionRequest,
  type DeletionStep,
  type ExpiringCopy,
  formatUtc,
} from '@kinetrack/schema';
import type { ObjectStore, SummaryWriter, VersionedStore } from '../lake/ports.ts';
import { addTombstone, personHash } from '../lake/tombstones.ts';
import { deleteProgress, loadProgress, loadReceipt, saveProgress, saveReceipt } from './records.ts';
import { NOTHING_REMOVED, RemovalCounter } from './removal-counter.ts';
import { runStep } from './steps.ts';

export interface DeletionDependencies {
  readonly store: ObjectStore;
  /** Earlier versions of objects. @defaultValue none: the store is not versioned */
  readonly history?: Pick<VersionedStore, 'deleteHistory'>;
  /** @defaultValue none: readers use the lake */
  readonly summaries?: Pick<SummaryWriter, 'deletePerson'>;
  /** ms since 1970. */
  readonly now: () => number;
  /** A random string that cannot be guessed. */
  readonly newSalt: () => string;
  /** Remaining time of this run. @defaultValue unlimited */
  readonly timeLeftMs?: () => number;
  /** Objects processed concurrently; each is in memory. @defaultValue 8 */
  readonly parallel?: number;
  /**
   * Time from the first pass to the second. @defaultValue no second pass: nothing else writes to the
   * lake
   */
  readonly settleMs?: number;
  /** Copies that the deletion does not reach. */
  readonly expires: (deletedBeforeMs: number) => readonly ExpiringCopy[];
}

export type DeletionOutcome =
  | { readonly status: 'done'; readonly receipt: DeletionReceipt }
  /** Out of time. The next call continues. */
  | { readonly status: 'unfinished'; readonly progress: DeletionProgress }
  /** The first pass is done. The next call, after at least `waitMs`, runs the second. */
  | { readonly status: 'settling'; readonly waitMs: number; readonly progress: DeletionProgress };

/** Reserve for saving the progress. */
const MIN_TIME_LEFT_MS = 30_000;
const DEFAULT_PARALLEL = 8;

export async function deletePerson(
  request: DeletionRequest,
  deps: DeletionDependencies,
): Promise<DeletionOutcome> {
  // Repeated message: the receipt exists, and nothing is counted again.
  const earlier = await loadReceipt(deps.store, request.id);
  const found = await loadProgress(deps.store, request.id);
  if (earlier !== undefined) {
    if (found !== undefined) await deleteProgress(deps.store, request.id, deps.history);
    return { status: 'done', receipt: earlier };
  }
  let progress: DeletionProgress =
    found === undefined ? begin(deps.now()) : { ...found, resumed: found.resumed + 1 };
  const deletedBeforeMs = Date.parse(progress.erased_before);
  const isDryRun = request.dry_run === true;
  const { userId, hash } = await addTombstoneOf(request, deletedBeforeMs, deps);

  if (progress.first_pass_ended_at !== null && progress.pass === 1) {
    const waitMs = Date.parse(progress.first_pass_ended_at) + (deps.settleMs ?? 0) - deps.now();
    if (waitMs > 0) return { status: 'settling', waitMs, progress };
    progress = { ...progress, pass: 2, step: 'raw', after: '', resumed: progress.resumed - 1 };
  }
  const save = (next: Partial<DeletionProgress>): Promise<void> => {
    progress = { ...progress, ...next };
    return saveProgress(deps.store, request.id, progress);
  };
  const counter = new RemovalCounter(progress);
  if (found === undefined) await save({});
  for (const step of stepsFrom(progress.step)) {
    const isDone = await runStep(step, {
      userId,
      deletedBeforeMs,
      counter,
      store: isDryRun ? readOnlyStore(deps.store) : deps.store,
      ...(isDryRun ? {} : { history: deps.history, summaries: deps.summaries }),
      isSecondPass: progress.pass === 2,
      after: step === progress.step ? progress.after : '',
      parallel: deps.parallel ?? DEFAULT_PARALLEL,
      hasTime: () => (deps.timeLeftMs?.() ?? Number.POSITIVE_INFINITY) > MIN_TIME_LEFT_MS,
      onProgress: (after) => save({ step, after, ...counter.counts }),
    });
    if (!isDone) {
      await save(counter.counts);
      return { status: 'unfinished', progress };
    }
    const next = DELETION_STEPS[DELETION_STEPS.indexOf(step) + 1];
    if (next !== undefined) await save({ step: next, after: '', ...counter.counts });
  }
  if (progress.pass === 1 && deps.settleMs !== undefined && !isDryRun) {
    await save({ first_pass_ended_at: formatUtc(deps.now()), ...counter.counts });
    return { status: 'settling', waitMs: deps.settleMs, progress };
  }
  const receipt: DeletionReceipt = {
    ...{ schema_version: 1, id: request.id, dry_run: isDryRun, person: hash },
    requested_by: request.requested_by === userId ? 'the person' : request.requested_by,
    erased_before: progress.erased_before,
    started_at: progress.started_at,
    finished_at: formatUtc(deps.now()),
    resumed: progress.resumed,
    ...counter.counts,
    expires: [...deps.expires(deletedBeforeMs)],
  };
  await saveReceipt(deps.store, receipt);
  await deleteProgress(deps.store, request.id, deps.history);
  return { status: 'done', receipt };
}

const begin = (nowMs: number): DeletionProgress => ({
  schema_version: 1,
  erased_before: formatUtc(nowMs),
  started_at: formatUtc(nowMs),
  pass: 1,
  first_pass_ended_at: null,
  step: 'raw',
  after: '',
  resumed: 0,
  removed: NOTHING_REMOVED,
  not_done: [],
  not_done_unlisted: 0,
});

/**
 * Adds the tombstone in each run: the first run may have been killed between saving its progress and
 * the tombstone.
 */
async function addTombstoneOf(
  { user_id: userId, dry_run: isDryRun }: DeletionRequest,
  deletedBeforeMs: number,
  { store, newSalt }: DeletionDependencies,
): Promise<{ readonly userId: string; readonly hash: string | null }> {
  if (isDryRun) return { userId, hash: (await personHash(store, userId)) ?? null };
  return { userId, hash: (await addTombstone(store, { userId, deletedBeforeMs, newSalt })).hash };
}

const stepsFrom = (step: DeletionStep): readonly DeletionStep[] =>
  DELETION_STEPS.slice(DELETION_STEPS.indexOf(step));

/** A store that reads and ignores all writes, for dry runs. */
export const readOnlyStore = (store: ObjectStore): ObjectStore => ({
  read: (key) => store.read(key),
  list: (prefix) => store.list(prefix),
  put: () => Promise.resolve(),
  delete: () => Promise.resolve(),
});
