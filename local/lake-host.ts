/** Serves the dashboard on an existing lake, without capture: `kinetrack demo`. */
import type { Runtime } from '@kinetrack/agent';
import { DEFAULT_RULES } from '@kinetrack/schema';
import { createApi } from '../pipeline/api/index.ts';
import { localDeletions } from './deletions.ts';
import { startServer } from './server/index.ts';
import { openLake } from './stores/query-engine.ts';

export interface LakeHost {
  readonly url: string;
  readonly launchUrl: string;
  close(): Promise<void>;
}

export async function serveLake(options: {
  readonly lakeDir: string;
  /** Folder for the launch token and the cookie key. Not inside the lake. */
  readonly dataDir: string;
  readonly port: number;
  readonly assetsDir: string;
  readonly defaultUser: string;
  /** A sentence about the data, shown on the page. */
  readonly note: string;
  /** Called with the error of each failed request. The response does not contain it. */
  readonly onDefect: (error: unknown) => void;
  readonly runtime: Runtime;
}): Promise<LakeHost> {
  const { runtime, note } = options;
  const lake = await openLake({ lakeDir: options.lakeDir });
  const api = createApi({
    store: lake,
    now: () => runtime.now(),
    status: async () => ({ recording: 'off', note, captures: [], delivery: null }),
    rules: DEFAULT_RULES,
    callerOf: () => ({ userId: options.defaultUser, roles: ['admin'] }),
    utcOffsetMin: (epochMs) => runtime.utcOffsetMin(epochMs),
    deletions: localDeletions({ lakeDir: options.lakeDir, runtime, pipeline: null }),
    onDefect: options.onDefect,
  });
  const server = await startServer({ ...options, api });
  return {
    url: server.url,
    launchUrl: server.launchUrl,
    async close() {
      await server.close();
      await lake.close();
    },
  };
}
