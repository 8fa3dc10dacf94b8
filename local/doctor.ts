/** Checks whether Kinetrack can run on this computer, by trying each part. */
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { captureReport, type Runtime } from '@kinetrack/agent';
import { messageOf } from '@kinetrack/schema';
import { deliveryConfiguration } from '../pipeline/delivery.ts';
import { readConfig, settingsFromEnv } from './config-file.ts';
import { LocalFirehose } from './firehose/index.ts';
import { prepareFolder } from './prepare-folder.ts';
import { findRunning } from './running-instance.ts';
import { FileObjectStore } from './stores/object-store.ts';
import { openLake } from './stores/query-engine.ts';

export interface Check {
  readonly name: string;
  /** `limited`: Kinetrack runs without this feature. `failed`: it cannot run. */
  readonly result: 'ok' | 'limited' | 'failed';
  /** The result, or the problem and its remedy. */
  readonly detail: string;
}

export interface DoctorOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly runtime: Runtime;
}

const NODE_FLOOR = 20;

/** Never rejects for a failed check. Leaves nothing behind except the data directory. */
export async function runChecks({ dataDir, port, runtime }: DoctorOptions): Promise<readonly Check[]> {
  const running = findRunning(dataDir);
  return [
    nodeVersion(),
    await check('data directory', async () => {
      await prepareFolder(dataDir, 'the data directory', '--data');
      const probe = join(dataDir, `.doctor-${process.pid}`);
      await writeFile(probe, '', { flag: 'wx' });
      await rm(probe);
      return `${dataDir} is writable`;
    }),
    await check('configuration', async () => {
      const sources = {
        'config.json sets': readConfig(dataDir),
        'variables set': settingsFromEnv(process.env),
      };
      const found = Object.entries(sources)
        .map(([source, settings]) => [source, Object.keys(settings).join(', ')] as const)
        .filter(([, names]) => names !== '');
      return found.length === 0 ? 'defaults' : found.map((words) => words.join(' ')).join('; ');
    }),
    running
      ? ({ name: 'port', result: 'ok', detail: `process ${running.pid} serves ${running.url}` } as const)
      : await check('port', async () => {
          await bind(port);
          return port === 0 ? 'any free port' : `${port} is free`;
        }),
    await check('delivery', async () => {
      const firehose = await LocalFirehose.open({
        configuration: deliveryConfiguration({ bucketArn: 'local', roleArn: 'local' }),
        streamName: 'doctor',
        store: new FileObjectStore(join(dataDir, 'lake')),
        runtime,
      });
      await firehose.close();
      return 'the local Firehose accepts the delivery configuration';
    }),
    await check('queries', async () => {
      const lake = await openLake({ lakeDir: join(dataDir, 'lake') });
      try {
        const { rows } = await lake.query('SELECT count(*) FROM hours');
        return `DuckDB works; the hours table has ${String(rows[0]?.[0])} rows`;
      } finally {
        await lake.close();
      }
    }),
    ...(await capture(runtime)),
  ];
}

function nodeVersion(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  const detail = `${process.version}${major < NODE_FLOOR ? `: version ${NODE_FLOOR} or later is required. Install it from nodejs.org.` : ''}`;
  return { name: 'Node.js', result: major < NODE_FLOOR ? 'failed' : 'ok', detail };
}

async function capture(runtime: Runtime): Promise<readonly Check[]> {
  const lines = await captureReport({ runtime });
  return lines.map(({ name, capability }) =>
    capability.status === 'unavailable'
      ? { name: `capture of ${name}`, result: 'limited', detail: capability.reason }
      : { name: `capture of ${name}`, result: 'ok', detail: 'available' },
  );
}

async function check(name: string, probe: () => Promise<string>): Promise<Check> {
  try {
    return { name, result: 'ok', detail: await probe() };
  } catch (error) {
    return { name, result: 'failed', detail: messageOf(error) };
  }
}

function bind(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) =>
      reject(new Error(`port ${port} cannot be used (${error.message}). Choose another port with --port N.`)),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}
