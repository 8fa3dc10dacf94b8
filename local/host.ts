/** `kinetrack start`: agent, embedded pipeline and dashboard server in one process. */
import { join } from 'node:path';
import {
  ActivityTracker,
  inProcessSink,
  type Logger,
  openQueue,
  type Queue,
  type Runtime,
  type Sink,
  SpoolError,
} from '@kinetrack/agent';
import {
  type DestinationConfig,
  type GivenSettings,
  type RuleSet,
  type TrackerSettings,
  trackerSettingsOf,
} from '@kinetrack/schema';
import { createApi } from '../pipeline/api/index.ts';
import { readSettings, rulesOf } from './config-file.ts';
import { localDeletions } from './deletions.ts';
import { type OpenDestination, openRemote } from './destination.ts';
import { type EmbeddedPipeline, openEmbeddedPipeline, recentHours } from './embedded-pipeline.ts';
import { prepareFolder } from './prepare-folder.ts';
import { AlreadyRunning, findRunning, registerInstance, unregisterInstance } from './running-instance.ts';
import { startServer } from './server/index.ts';
import { statusReportOf } from './status-report.ts';
import { openLake } from './stores/query-engine.ts';

/** Short, so that a minute appears on the page within seconds. In AWS 300 s, for larger objects. */
const BUFFER_INTERVAL_MS = 5_000;

export interface HostOptions {
  readonly dataDir: string;
  /** Port on 127.0.0.1. 0: any free port. */
  readonly port: number;
  /** Folder of the built dashboard. */
  readonly assetsDir: string;
  /** Settings from the command line. @defaultValue the environment and config.json */
  readonly settings?: GivenSettings;
  readonly runtime: Runtime;
  readonly logger: Logger;
}

export interface Host {
  /** Address of the dashboard, without the launch token. */
  readonly url: string;
  /** Address with the launch token. */
  readonly launchUrl: string;
  readonly tracker: ActivityTracker;
  /** Stops capture, delivers accepted events, closes the server. Can be called twice. */
  close(): Promise<void>;
}

/** @throws AlreadyRunning, FolderError, ConfigError or PortUnavailable */
export async function startHost(options: HostOptions): Promise<Host> {
  const { dataDir, runtime, logger } = options;
  const lakeDir = join(dataDir, 'lake');
  await prepareFolder(dataDir, 'the data directory', '--data');
  const config = readSettings(dataDir, { env: process.env, given: options.settings ?? {} });
  const { destination = { kind: 'local' } } = config;
  const rules = rulesOf(config);
  const trackerOptions = { ...trackerSettingsOf(config), dataDir };
  // First, because the lock of the queue decides which process owns the directory.
  const queue = await openOwnQueue(trackerOptions, options);
  try {
    const { sink, problem, pipeline } = await openDestination(destination, { options, rules });
    const tracker = new ActivityTracker({ ...trackerOptions, ...queue, runtime, logger, sink });
    const { userId } = tracker.status();
    const lake = await openLake({ lakeDir });
    const api = createApi({
      store: lake,
      now: () => runtime.now(),
      status: async () => statusReportOf(tracker.status(), { note: noteOf(destination), problem: problem() }),
      rules,
      callerOf: () => ({ userId, roles: ['admin'] }),
      utcOffsetMin: (epochMs) => runtime.utcOffsetMin(epochMs),
      deletions: localDeletions({ lakeDir, runtime, pipeline }),
      onDefect: (error) => logger.error('API request failed', { error: String(error) }),
    });
    const server = await startServer({
      api,
      assetsDir: options.assetsDir,
      dataDir,
      port: options.port,
      runtime,
    });
    await tracker.start();
    await registerInstance(dataDir, {
      pid: process.pid,
      url: server.url,
      launch_url: server.launchUrl,
      started_at: new Date(runtime.now()).toISOString(),
    });
    if (pipeline !== null) void catchUp(pipeline, runtime, logger);
    const close = once(async () => {
      await tracker.close();
      await pipeline?.close();
      // After the pipeline, because the page shows the delivery of the last events.
      await server.close();
      await lake.close();
      unregisterInstance(dataDir);
    });
    return { url: server.url, launchUrl: server.launchUrl, tracker, close };
  } catch (error) {
    await queue.deadLetters.close();
    await queue.spool.close();
    throw error;
  }
}

async function openOwnQueue(
  { keyStore, queueMaxBytes: maxBytes }: TrackerSettings,
  { dataDir, runtime, logger }: HostOptions,
): Promise<Queue> {
  try {
    return await openQueue({ dataDir, keyStore, maxBytes, runtime, logger });
  } catch (error) {
    if (error instanceof SpoolError && error.code === 'locked') {
      throw new AlreadyRunning(dataDir, findRunning(dataDir), { cause: error });
    }
    throw error;
  }
}

/** The local lake or a remote sink. With a remote sink, an existing lake stays unchanged. */
async function openDestination(
  destination: DestinationConfig,
  { options, rules }: { readonly options: HostOptions; readonly rules: RuleSet },
): Promise<OpenDestination & { readonly pipeline: EmbeddedPipeline | null }> {
  const { dataDir, runtime, logger } = options;
  if (destination.kind !== 'local') {
    return { ...openRemote(destination, { dataDir, runtime, env: process.env }), pipeline: null };
  }
  const pipeline = await openEmbeddedPipeline({
    lakeDir: join(dataDir, 'lake'),
    rules,
    runtime,
    bufferIntervalMs: BUFFER_INTERVAL_MS,
    onRollupError: ({ dt, hour }, error) => logger.error('rollup failed', { dt, hour, error: String(error) }),
  });
  return { sink: localSink(pipeline), problem: () => null, pipeline };
}

function localSink({ firehose }: EmbeddedPipeline): Sink {
  return inProcessSink({
    name: 'local',
    deliver: async (records) =>
      (await firehose.putRecords(records)).map((outcome) =>
        outcome.status === 'retryable' ? { ...outcome, fault: 'storage_fault' } : outcome,
      ),
    flush: () => firehose.flush(),
  });
}

/** Explains why the page has no current data. */
const noteOf = ({ kind }: DestinationConfig): string | null =>
  kind === 'local'
    ? null
    : 'Events are sent to another destination. This page shows only data recorded on this computer before that.';

/** Recomputes hours whose rollup a killed process did not finish. */
async function catchUp(pipeline: EmbeddedPipeline, runtime: Runtime, logger: Logger): Promise<void> {
  try {
    await pipeline.recompute(await recentHours(pipeline.store, runtime.now()));
  } catch (error) {
    logger.error('rollups of earlier events failed', { error: String(error) });
  }
}

function once(call: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= call();
    return running;
  };
}
