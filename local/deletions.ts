/** The deletion routes of a local server. Deletions run one at a time, before the response. */
import type { Runtime } from '@kinetrack/agent';
import { loadReceipt } from '../pipeline/deletion/index.ts';
import type { Deletions } from '../pipeline/lake/ports.ts';
import { deletePersonLocally } from './delete-person.ts';
import { type EmbeddedPipeline, recentHours } from './embedded-pipeline.ts';
import { FileObjectStore } from './stores/object-store.ts';

export function localDeletions(options: {
  readonly lakeDir: string;
  readonly runtime: Pick<Runtime, 'now' | 'uuid'>;
  /** The pipeline that writes to this lake; null if there is none. */
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
            recentHours: () => recentHours(store, runtime.now()),
          }),
        }),
      );
      // A failed deletion does not block the next one.
      last = turn.catch(() => {});
      await turn;
      return { id };
    },
    find: (id) => loadReceipt(store, id),
  };
}
