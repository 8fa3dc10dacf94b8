/** The dashboard on a lake that somebody else filled: `kinetrack demo`. Nothing is captured here. */
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
  /** Where the launch token and the cookie key lie; not inside the lake. */
  readonly dataDir: string;
  readonly port: number;
  readonly assetsDir: string;
  readonly defaultUser: string;
  /** One sentence about what is shown. */
  readonly note: string;
  /** Hears of every question that could not be answered; the answer itself hides the cause. */
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
