/** Deletion of a person from a local lake, and the sweep. */
import { join } from 'node:path';
import type { Runtime } from '@kinetrack/agent';
import type { DeletionReceipt, DeletionRequest, UtcHour } from '@kinetrack/schema';
import {
  deletePerson,
  localCopies,
  readOnlyStore,
  type SweepReport,
  sweepLake,
} from '../pipeline/deletion/index.ts';
import type { ObjectStore } from '../pipeline/lake/ports.ts';
import { findRunning } from './running-instance.ts';
import { removeAbandonedWrites } from './stores/abandoned-writes.ts';
import { FileObjectStore } from './stores/object-store.ts';

export class LakeInUse extends Error {
  readonly code = 'lake_in_use';
  constructor(lakeDir: string, pid: number, url: string) {
    super(
      `${lakeDir} is in use by the agent with process ID ${pid}, which could write data of the person again. ` +
        `Stop the agent first, or send it the deletion: DELETE ${url}admin/user/USER (docs/deletion.md).`,
    );
    this.name = 'LakeInUse';
  }
}

export interface LocalDeletionOptions {
  readonly lakeDir: string;
  readonly store: ObjectStore;
  readonly request: DeletionRequest;
  readonly runtime: Pick<Runtime, 'now' | 'uuid'>;
  /** Recomputes rollups of the pipeline in this process: it may have started them before the deletion. */
  readonly recompute?: (hours: readonly UtcHour[]) => Promise<void>;
  /** Hours that the pipeline may be computing. */
  readonly recentHours?: () => Promise<readonly UtcHour[]>;
}

/**
 * Deletes a person without a deadline. No other process may write to the lake meanwhile (`deleteInFolder`
 * checks this); a pipeline in this process must pass `recompute` and `recentHours`.
 */
export async function deletePersonLocally(options: LocalDeletionOptions): Promise<DeletionReceipt> {
  const { lakeDir, request, runtime, recompute, recentHours } = options;
  const isDryRun = request.dry_run === true;
  // A dry run writes nothing, not even a receipt.
  const store = isDryRun ? readOnlyStore(options.store) : options.store;
  if (!isDryRun) await removeAbandonedWrites(lakeDir, runtime.now());
  const outcome = await deletePerson(request, {
    store,
    now: () => runtime.now(),
    newSalt: () => `${runtime.uuid()}${runtime.uuid()}`,
    expires: localCopies,
  });
  if (outcome.status !== 'done') throw new TypeError(`a deletion without a deadline ended ${outcome.status}`);
  if (!isDryRun && recompute !== undefined && recentHours !== undefined) await recompute(await recentHours());
  return outcome.receipt;
}

/** For the command line. @throws LakeInUse */
export async function deleteInFolder(options: {
  readonly lakeDir: string;
  readonly request: DeletionRequest;
  readonly runtime: Pick<Runtime, 'now' | 'uuid'>;
}): Promise<DeletionReceipt> {
  const { lakeDir, request, runtime } = options;
  if (request.dry_run !== true) requireNoWriter(lakeDir);
  return deletePersonLocally({ lakeDir, store: new FileObjectStore(lakeDir), request, runtime });
}

/** Deletes late events of people deleted earlier. @throws LakeInUse */
export async function sweepFolder(options: {
  readonly lakeDir: string;
  readonly runtime: Pick<Runtime, 'now'>;
}): Promise<SweepReport> {
  const { lakeDir, runtime } = options;
  requireNoWriter(lakeDir);
  await removeAbandonedWrites(lakeDir, runtime.now());
  return sweepLake({ store: new FileObjectStore(lakeDir), now: () => runtime.now() });
}

/** The lake of an agent is a folder in its data directory. */
function requireNoWriter(lakeDir: string): void {
  const running = findRunning(join(lakeDir, '..'));
  if (running !== undefined) throw new LakeInUse(lakeDir, running.pid, running.url);
}
