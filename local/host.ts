/**
 * `kinetrack start`: the agent and the embedded pipeline in one process, and the page on loopback.
 * Wiring only; the order matters and is explained where it does.
 */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import {
  ActivityTracker,
  inProcessSink,
  type Logger,
  openKeyRing,
  openSegmentSpool,
  type Runtime,
  SpoolError,
} from '@kinetrack/agent';
import type { KinetrackConfig, UtcHour } from '@kinetrack/schema';
import { createApi } from '../pipeline/api/index.ts';
import { readConfig, rulesOf } from './config-file.ts';
import { openLake } from './duckdb/index.ts';
import { hoursWithSamples, openEmbeddedPipeline } from './embedded-pipeline.ts';
import { AlreadyRunning, announce, findRunning, withdraw } from './instance.ts';
import { ownFolder } from './own-folder.ts';
import { startServer } from './server/index.ts';
import { statusReportOf } from './status-report.ts';

/** Short, so that a minute is on the page seconds after it ended; in AWS it is 300 s for larger objects. */
const BUFFER_INTERVAL_MS = 5_000;
/** What a kill can have left without a rollup lies in the last hours; older ones were recomputed by earlier starts. */
const CATCH_UP_MS = 48 * 3_600_000;

export interface HostOptions {
  readonly dataDir: string;
  /** Port on loopback; 0 takes a free one. */
  readonly port: number;
  /** Folder of the built page. */
  readonly assetsDir: string;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

export interface Host {
  /** Address of the page, without the launch token. */
  readonly url: string;
  /** Address that opens the page: with the launch token. */
  readonly launchUrl: string;
  readonly tracker: ActivityTracker;
  /** Stops capture, delivers what is accepted, ends the server. May be called twice. */
  close(): Promise<void>;
}

/** Rejects with AlreadyRunning, FolderError, ConfigError or PortUnavailable. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { dataDir, runtime, logger } = options;
  const lakeDir = join(dataDir, 'lake');
  await ownFolder(dataDir, 'the data directory', '--data');
  const config = readConfig(dataDir);
  const rules = rulesOf(config);
  // First: the spool's lock decides which process owns the directory.
  const spool = await openSpool(dataDir, runtime);
  try {
    const pipeline = await openEmbeddedPipeline({
      lakeDir,
      rules,
      runtime,
      bufferIntervalMs: BUFFER_INTERVAL_MS,
      onRollupError: ({ dt, hour }, error) =>
        logger.error('rollup failed', { dt, hour, error: String(error) }),
    });
    const userId = config.user_id ?? userInfo().username;
    const tracker = new ActivityTracker({
      ...trackerOptionsOf(config),
      userId,
      dataDir,
      spool,
      runtime,
      logger,
      sink: inProcessSink({
        name: 'local',
        deliver: (records) => pipeline.firehose.putRecords(records),
        flush: () => pipeline.firehose.flush(),
      }),
    });
    const lake = await openLake({ lakeDir });
    const api = createApi({
      store: lake,
      now: () => runtime.now(),
      status: async () => statusReportOf(tracker.status()),
      rules,
      defaultUser: userId,
      utcOffsetMin: (epochMs) => runtime.utcOffsetMin(epochMs),
      onDefect: (error) => logger.error('a question to the API failed', { error: String(error) }),
    });
    const server = await startServer({
      api,
      assetsDir: options.assetsDir,
      dataDir,
      port: options.port,
      runtime,
    });
    await tracker.start();
    announce(dataDir, {
      pid: process.pid,
      url: server.url,
      launch_url: server.launchUrl,
      started_at: new Date(runtime.now()).toISOString(),
    });
    void catchUp(pipeline, runtime, logger);
    const close = once(async () => {
      // The page goes last: it shows the delivery of the last events while they are on their way.
      await tracker.close();
      await pipeline.close();
      await server.close();
      await lake.close();
      withdraw(dataDir);
    });
    return { url: server.url, launchUrl: server.launchUrl, tracker, close };
  } catch (error) {
    await spool.close();
    throw error;
  }
}

async function openSpool(dataDir: string, runtime: Runtime) {
  try {
    const keys = await openKeyRing({ dir: dataDir, preference: 'auto', runtime });
    return await openSegmentSpool({ dir: join(dataDir, 'spool'), keys, runtime });
  } catch (error) {
    if (error instanceof SpoolError && error.code === 'locked') {
      throw new AlreadyRunning(dataDir, findRunning(dataDir), { cause: error });
    }
    throw error;
  }
}

const trackerOptionsOf = (config: KinetrackConfig) => ({
  ...(config.detail === undefined ? {} : { detail: config.detail }),
  ...(config.title_mode === undefined ? {} : { titleMode: config.title_mode }),
  ...(config.idle_threshold_s === undefined ? {} : { idleThresholdMs: config.idle_threshold_s * 1000 }),
  ...(config.mouse_move_interval_ms === undefined
    ? {}
    : { mouseMoveIntervalMs: config.mouse_move_interval_ms }),
});

/** Raw objects that a killed process stored without getting to their rollup. */
async function catchUp(
  pipeline: Awaited<ReturnType<typeof openEmbeddedPipeline>>,
  runtime: Runtime,
  logger: Logger,
): Promise<void> {
  try {
    const hours: readonly UtcHour[] = await hoursWithSamples(pipeline.store, {
      fromMs: runtime.now() - CATCH_UP_MS,
    });
    await pipeline.recompute(hours);
  } catch (error) {
    logger.error('catching up with rollups failed', { error: String(error) });
  }
}

function once(call: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= call();
    return running;
  };
}
