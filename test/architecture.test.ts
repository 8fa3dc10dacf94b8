import assert from 'node:assert/strict';
import { transform } from 'esbuild';
import * as z from 'zod';
import {
  cycleIn,
  importsOf,
  LAYERS,
  targetOf,
  UNRESTRICTED,
  violationsOf,
} from './support/repository/import-rules.ts';
import { isTypeScript, repositoryPaths, sourceFile } from './support/repository/source-tree.ts';

/** This file itself is left out: the imports in its examples are none. */
const sources = repositoryPaths()
  .filter((path) => isTypeScript(path) && path !== 'test/architecture.test.ts')
  .map(sourceFile);

/** setImmediate is allowed: it yields one turn of the event loop and measures no time. */
const AMBIENT =
  /\bDate\.now\b|\bnew Date(?:\(\s*\)|(?!\s*\())|\bDate\(\s*\)|\bset(?:Timeout|Interval)\b|\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bperformance\b|\bhrtime\b|node:timers/g;

/** Modules that use ambient time, identities or randomness, with the reason. */
const MAY_USE_AMBIENT: Readonly<Record<string, string>> = {
  'agent/src/runtime.ts': 'the Runtime that everything else takes',
  'agent/src/spool/keys/spool-key.ts': 'secrets come from the system and from nothing that can be replaced',
  'agent/src/sources/native/': 'runs in a process of its own, with a clock of its own',
  'local/server/credentials.ts': 'secrets come from the system and from nothing that can be replaced',
};

test('every folder imports only what it may', () => {
  assert.deepEqual(
    sources.flatMap(({ path, text }) => violationsOf(path, importsOf(text))),
    [],
  );
});

test('every relative import leads to a file', () => {
  const known = new Set(repositoryPaths());
  const lost = sources.flatMap(({ path, text }) =>
    importsOf(text)
      .filter(({ specifier }) => specifier.startsWith('.') && !known.has(targetOf(path, specifier)))
      .map(({ specifier }) => `${path}: ${specifier}`),
  );
  assert.deepEqual(lost, []);
});

test('every package is a dependency of the package that imports it', () => {
  const undeclared = sources.flatMap(({ path, text }) => {
    const home = ['schema/', 'agent/'].find((folder) => path.startsWith(folder)) ?? '';
    const { name, devDependencies, ...atRunTime } = manifest(`${home}package.json`);
    const dependencies = installedWith(atRunTime);
    // Tests and benchmarks look into the packages of this workspace, and may use what those use.
    const inside = /^(?:test|bench)\//.test(path) ? installedWith(manifest('agent/package.json')) : {};
    const declared = runs(path) ? dependencies : { ...dependencies, ...devDependencies, ...inside };
    return importsOf(text)
      .map(({ specifier }) => targetOf(path, specifier))
      .filter(
        (target) => /^@|^[^/:]+$/.test(target) && !isTypesOnly(target) && !Object.hasOwn(declared, target),
      )
      .map((target) => `${path} imports ${target}, which ${name} does not declare`);
  });
  assert.deepEqual(undeclared, []);
});

test('no top-level folders import each other in a circle', () => {
  const edges = edgesBy((path) => path.slice(0, path.indexOf('/')));
  assert.ok(edges.get('local')?.has('pipeline'), 'no edge from local to pipeline: the imports were not read');
  assert.equal(cycleIn(edges), undefined);
});

test('no files import each other in a circle, tests and their support included', () => {
  const edges = edgesBy((path) => path);
  assert.ok(
    edges.get('local/stores/object-store.ts')?.has('pipeline/lake/ports.ts'),
    'no edge from the local object store to its port: the imports were not read',
  );
  assert.equal(cycleIn(edges), undefined);
});

test('agent, pipeline and local take time, timers, identities and randomness from a Runtime', async () => {
  const checked = sources.filter(
    ({ path }) =>
      /^(agent\/src|pipeline|local)\//.test(path) &&
      !Object.keys(MAY_USE_AMBIENT).some((exception) => path.startsWith(exception)),
  );
  const found: string[] = [];
  for (const { path, text } of checked) {
    for (const call of await ambientCallsOf(path, text)) found.push(`${path} calls ${call}`);
  }
  assert.ok(checked.length > 0);
  assert.deepEqual(found, []);
});

test('every rule is about a folder that exists', () => {
  for (const folder of [
    ...LAYERS.map((layer) => layer.folder),
    ...UNRESTRICTED,
    ...Object.keys(MAY_USE_AMBIENT),
  ]) {
    assert.ok(
      sources.some(({ path }) => path.startsWith(folder)) ||
        repositoryPaths().some((path) => path.startsWith(folder)),
      `${folder} holds no file: remove its rule`,
    );
  }
});

test('finds imports of every kind', () => {
  const text = `
    // import 'comment';
    /* import 'block'; */
    import 'effect';
    import one, { two } from "static";
    import type { Three } from 'type';
    import {
      four,
    } from 'lines';
    import * as five from 'star';
    export * from 'all';
    export { six } from 'some';
    const seven = await import('dynamic');
    const eight = await import(where);
    const important = 'from "text"';
  `;
  assert.deepEqual(
    importsOf(text).map(({ specifier }) => specifier),
    ['effect', 'static', 'type', 'lines', 'star', 'all', 'some', 'dynamic', 'computed: where'],
  );
});

const FORBIDDEN: readonly (readonly [path: string, specifier: string])[] = [
  ['schema/src/event.ts', 'node:crypto'],
  ['schema/src/event.ts', '../../agent/src/runtime.ts'],
  ['agent/src/activity-tracker.ts', '../../pipeline/delivery.ts'],
  ['agent/src/activity-tracker.ts', '@aws-sdk/client-kinesis'],
  ['agent/src/spool/spool.ts', '../../../local/file-object-store.ts'],
  ['pipeline/rollup/index.ts', 'node:fs'],
  ['pipeline/rollup/index.ts', '@duckdb/node-api'],
  ['pipeline/api/index.ts', '@kinetrack/agent'],
  ['lambdas/rollup/handler.ts', '../../local/file-object-store.ts'],
  ['local/server.ts', '@aws-sdk/client-s3'],
  ['local/server.ts', '../lib/ingestion-stack.ts'],
  ['pipeline/replay/replay.ts', '../deletion/index.ts'],
  ['pipeline/lake/keys.ts', '../rollup/index.ts'],
  ['pipeline/lake/keys.ts', '@aws-sdk/client-s3'],
  ['lambdas/rollup/handler.ts', '@aws-sdk/client-s3'],
  ['lib/ingestion-stack.ts', '../pipeline/rollup/index.ts'],
  ['lib/ingestion-stack.ts', '../lambdas/rollup/handler.ts'],
  ['dashboard/app.tsx', '../pipeline/api/index.ts'],
  ['bin/kinetrack.ts', '../pipeline/delivery.ts'],
  ['bin/cdk.ts', '../local/server.ts'],
  ['examples/track.ts', '../agent/src/spool/spool.ts'],
  ['somewhere/new.ts', '@kinetrack/schema'],
  ['local/server.ts', 'computed: where'],
];
for (const [path, specifier] of FORBIDDEN) {
  test(`refuses ${specifier} in ${path}`, () => {
    assert.equal(violationsOf(path, [{ specifier }]).length, 1);
  });
}

const ALLOWED: readonly (readonly [path: string, specifier: string])[] = [
  ['agent/src/sinks/kinesis-sink.ts', '@aws-sdk/client-kinesis'],
  ['pipeline/rollup/index.ts', '@kinetrack/schema'],
  ['pipeline/rollup/index.ts', '../lake/ports.ts'],
  ['aws/stores/object-store.ts', '@aws-sdk/client-s3'],
  ['lambdas/rollup/handler.ts', '../../aws/functions/rollup.ts'],
  ['lib/ingestion-stack.ts', '../pipeline/delivery.ts'],
  ['lib/ingestion-stack.ts', 'aws-cdk-lib/aws-s3'],
  ['local/firehose/index.ts', '../../pipeline/delivery.ts'],
  ['local/duckdb.ts', '@duckdb/node-api'],
  ['bin/cdk.ts', '../lib/ingestion-stack.ts'],
];
for (const [path, specifier] of ALLOWED) {
  test(`allows ${specifier} in ${path}`, () => {
    assert.deepEqual(violationsOf(path, [{ specifier }]), []);
  });
}

test('names a circle of imports', () => {
  const edges = (pairs: readonly (readonly [string, string[]])[]) =>
    new Map(pairs.map(([from, to]) => [from, new Set(to)]));
  assert.equal(
    cycleIn(
      edges([
        ['bin', ['local']],
        ['local', ['agent']],
        ['agent', ['schema', 'local']],
      ]),
    ),
    'local -> agent -> local',
  );
  assert.equal(
    cycleIn(
      edges([
        ['bin', ['local', 'agent']],
        ['local', ['agent']],
      ]),
    ),
    undefined,
  );
});

test('finds what reaches for time or randomness, and leaves comments and given moments alone', async () => {
  const calls = (text: string) => ambientCallsOf('pipeline/example.ts', text);
  assert.deepEqual(await calls('export const at = Date.now();'), ['Date.now']);
  assert.deepEqual(await calls('export const at = new Date();'), ['new Date()']);
  assert.deepEqual(await calls('setTimeout(() => Math.random(), 1);'), ['setTimeout', 'Math.random']);
  assert.deepEqual(await calls("import { randomUUID } from 'node:crypto';"), ['randomUUID']);
  assert.deepEqual(await calls('// Date.now()\n/** new Date() */\nexport const at = new Date(7);'), []);
});

/** What runs at the user's: development dependencies are not there. Lambdas are bundled before. */
const runs = (path: string): boolean =>
  /^(schema|agent|pipeline|local|dashboard|bin)\//.test(path) && path !== 'bin/cdk.ts';
const isTypesOnly = (target: string): boolean => target === 'aws-lambda' || target.endsWith('.json');

const manifestShape = z.object({
  name: z.string(),
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
});
const installedWith = ({
  dependencies,
  optionalDependencies,
}: Pick<z.infer<typeof manifestShape>, 'dependencies' | 'optionalDependencies'>) => ({
  ...dependencies,
  ...optionalDependencies,
});
const manifest = (path: string) => manifestShape.parse(JSON.parse(sourceFile(path).text));

/** Imports between files of the repository, both ends named by `nameOf`; files in the root are left out. */
function edgesBy(nameOf: (path: string) => string): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Set(repositoryPaths());
  const edges = new Map<string, Set<string>>();
  for (const { path, text } of sources.filter((source) => source.path.includes('/'))) {
    const from = nameOf(path);
    for (const { specifier } of importsOf(text)) {
      const target = targetOf(path, specifier);
      if (!known.has(target) || !target.includes('/') || nameOf(target) === from) continue;
      edges.set(from, (edges.get(from) ?? new Set()).add(nameOf(target)));
    }
  }
  return edges;
}

/** Calls of ambient time, timers, identities and randomness in a module, without comments and types. */
async function ambientCallsOf(path: string, text: string): Promise<readonly string[]> {
  const { code } = await transform(text, {
    loader: path.endsWith('x') ? 'tsx' : 'ts',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    sourcefile: path,
    legalComments: 'none',
  });
  return [...code.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(AMBIENT)].map(([call]) => call);
}
