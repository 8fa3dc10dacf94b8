/** Deletion in a lake of this machine, and its sweep. */
import { join } from 'node:path';
import type { Runtime } from '@kinetrack/agent';
import type { DeletionReceipt, DeletionRequest, UtcHour } from '@kinetrack/schema';
import {
  deletePerson,
  localCopies,
  type SweepReport,
  sweepLake,
  readOnlyStore,
} from '../pipeline/deletion/index.ts';
import type { ObjectStore } from '../pipeline/lake/ports.ts';
import { findRunning } from './instance.ts';
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
  /** Of the pipeline that writes to this lake in the same process: what it had begun before is done again. */
  readonly recompute?: (hours: readonly UtcHour[]) => Promise<void>;
  /** Hours that it may be computing: those of the last days. */
  readonly recentHours?: () => Promise<readonly UtcHour[]>;
}

/**
 * Deletes a person from a lake in a folder, in one go. A process that writes to the lake at the same time must be this
 * one, and say how its rollups are done again; `deleteInFolder` looks for others.
 */
export async function deletePersonLocally(options: LocalDeletionOptions): Promise<DeletionReceipt> {
  const { lakeDir, request, runtime, recompute, recentHours } = options;
  const isDryRun = request.dry_run === true;
  // A dry run leaves nothing behind, not even its receipt.
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

/** The same for the command line. @throws LakeInUse */
export async function deleteInFolder(options: {
  readonly lakeDir: string;
  readonly request: DeletionRequest;
  readonly runtime: Pick<Runtime, 'now' | 'uuid'>;
}): Promise<DeletionReceipt> {
  const { lakeDir, request, runtime } = options;
  if (request.dry_run !== true) refuseWhileWritten(lakeDir);
  return deletePersonLocally({ lakeDir, store: new FileObjectStore(lakeDir), request, runtime });
}

/** Removes what came late of people who are deleted. @throws LakeInUse */
export async function sweepFolder(options: {
  readonly lakeDir: string;
  readonly runtime: Pick<Runtime, 'now'>;
}): Promise<SweepReport> {
  const { lakeDir, runtime } = options;
  refuseWhileWritten(lakeDir);
  await removeAbandonedWrites(lakeDir, runtime.now());
  return sweepLake({ store: new FileObjectStore(lakeDir), now: () => runtime.now() });
}

/** An agent's own lake is the folder lake in its data directory. */
function refuseWhileWritten(lakeDir: string): void {
  const running = findRunning(join(lakeDir, '..'));
  if (running !== undefined) throw new LakeInUse(lakeDir, running.pid, running.url);
}
