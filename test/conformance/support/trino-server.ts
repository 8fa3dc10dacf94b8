/**
 * Trino, the engine behind Athena, over a lake in a folder. Its Hive connector reads the catalog of a Hive metastore
 * in files: the tables are put there as the CloudFormation template describes them to Glue, see glue-metastore.ts.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { listening, portOf } from '../../support/network/loopback.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { java, trinoFolder } from './tools.ts';

/** Athena's name for its own catalog: the view that CloudFormation stores refers to it. */
export const CATALOG = 'awsdatacatalog';
/** Below the folder that Trino may read. */
export const METASTORE = 'metastore';
export const LAKE = 'lake';

/** As bin/launcher of Trino starts it, without the limits that only a cluster needs. */
const JVM = [
  '-Xmx3G',
  '-XX:+UseG1GC',
  '-Dfile.encoding=UTF-8',
  // The server reads and writes moments without a zone: they must not depend on where the machine stands.
  '-Duser.timezone=UTC',
  '-Djdk.attach.allowAttachSelf=true',
  '--add-modules=jdk.incubator.vector',
];

export interface TrinoServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** @param root a folder with `metastore/` and `lake/`; nothing outside of it can be read */
export async function startTrino(root: string): Promise<TrinoServer> {
  const port = await freePort();
  const catalogs = join(root, 'etc/catalog');
  await mkdir(catalogs, { recursive: true });
  await writeProperties(join(root, 'etc/config.properties'), {
    coordinator: 'true',
    'node-scheduler.include-coordinator': 'true',
    'http-server.http.port': String(port),
    // On loopback, like everything here.
    'node.internal-address': '127.0.0.1',
    'discovery.uri': `http://127.0.0.1:${port}`,
    'catalog.management': 'static',
    'catalog.config-dir': catalogs,
    'plugin.dir': join(trinoFolder(), 'plugin'),
  });
  await writeProperties(join(catalogs, `${CATALOG}.properties`), {
    'connector.name': 'hive',
    'hive.metastore': 'file',
    'hive.metastore.catalog.dir': `local:///${METASTORE}`,
    'fs.native-local.enabled': 'true',
    'local.location': root,
    'hive.partition-projection-enabled': 'true',
    // A computed partition without objects is no rows: S3 has no folders that could be missing.
    'hive.ignore-absent-partitions': 'true',
  });
  await writeProperties(join(root, 'etc/log.properties'), { 'io.trino': 'WARN', 'io.trino.server': 'INFO' });
  const server: ServerProcess = await startServer({
    command: java(),
    args: [
      ...JVM,
      ...['-cp', join(trinoFolder(), 'lib/*')],
      ...['-Dnode.environment=conformance', '-Dnode.id=conformance', `-Dnode.data-dir=${join(root, 'data')}`],
      ...['-Dconfig=etc/config.properties', '-Dlog.levels-file=etc/log.properties'],
      'io.trino.server.TrinoServer',
    ],
    cwd: root,
    ready: /SERVER STARTED/,
    timeoutMs: 180_000,
  });
  const endpoint = `http://127.0.0.1:${port}`;
  return { endpoint, close: () => server.close() };
}

const writeProperties = (path: string, properties: Readonly<Record<string, string>>) =>
  writeFile(
    path,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );

/** Trino must be told its port before it starts. */
async function freePort(): Promise<number> {
  const server = await listening(createServer());
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
