/** Deletion by the routes of one machine: done when it is answered, one after the other. */
import type { Runtime } from '@kinetrack/agent';
import { loadReceipt } from '../pipeline/deletion/index.ts';
import type { Deletions } from '../pipeline/lake/ports.ts';
import { deletePersonLocally } from './delete-person.ts';
import { type EmbeddedPipeline, hoursWithSamples } from './embedded-pipeline.ts';
import { FileObjectStore } from './stores/object-store.ts';

/** Rollups that a delivery can have begun before are those of these last hours: older ones are not recomputed by themselves. */
const RECENT_MS = 48 * 3_600_000;

export function localDeletions(options: {
  readonly lakeDir: string;
  readonly runtime: Pick<Runtime, 'now' | 'uuid'>;
  /** What writes to this lake in this process; null where nothing does. */
  readonly pipeline: EmbeddedPipeline | null;
}): Deletions {
  const { runtime, pipeline } = options;
  const store = pipeline?.store ?? new FileObjectStore(options.lakeDir);
  let last: Promise<unknown> = Promise.resolve();
  return {
    async request(userId, requestedBy) {
      const id = runtime.uuid();
      const request = { id, user_id: userId, requested_by: requestedBy };
      const turn = last.then(() =>
        deletePersonLocally({
          ...{ lakeDir: options.lakeDir, store, request, runtime },
          ...(pipeline !== null && {
            recompute: (hours) => pipeline.recompute(hours),
            recentHours: () => hoursWithSamples(store, { fromMs: runtime.now() - RECENT_MS }),
          }),
        }),
      );
      // The next one has its turn also after one that failed.
      last = turn.catch(() => {});
      await turn;
      return { id };
    },
    find: (id) => loadReceipt(store, id),
  };
}
