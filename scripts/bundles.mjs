/** All bundles by name: options for esbuild. `npm run dev` builds those in START_BUNDLES. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dashboardBundle } from './build-dashboard.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** @type {import('esbuild').BuildOptions} */
const shared = { absWorkingDir: root, bundle: true, sourcemap: true, logLevel: 'warning' };
/** @type {import('esbuild').BuildOptions} */
const forNode = {
  ...shared,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // The paths of tsconfig.json would bundle our own packages into each other; each stays where users find it,
  // beside its capture process.
  tsconfigRaw: {},
};

/** For what runs or is installed without the package of the schema beside it. */
const withSchema = {
  tsconfigRaw: { compilerOptions: { paths: { '@kinetrack/schema': ['./schema/src/index.ts'] } } },
};

/**
 * zod comes along in what is built: loaded from its own folder, with the messages of every language, it costs a
 * process 9 MB. Everything else stays where npm put it.
 */
const externals = ['package.json', 'agent/package.json']
  .map((path) => JSON.parse(readFileSync(`${root}${path}`, 'utf8')))
  .flatMap(({ dependencies = {}, optionalDependencies = {} }) => [
    ...Object.keys(dependencies),
    ...Object.keys(optionalDependencies),
  ])
  .concat('@kinetrack/agent')
  .filter((name) => name !== 'zod');

/** @type {Readonly<Record<string, import('esbuild').BuildOptions>>} */
export const bundles = {
  schema: { ...forNode, entryPoints: ['schema/src/index.ts'], outdir: 'schema/dist' },
  agent: {
    ...forNode,
    entryPoints: ['agent/src/index.ts', 'agent/src/sources/native/input-child.ts'],
    outbase: 'agent/src',
    outdir: 'agent/dist',
    external: externals,
  },
  /**
   * In parts: what is imported only once it is needed brings the AWS SDK with it, and in one file the imports of that
   * part would be those of every command: 10 MB and 100 ms of a start that sends nothing to AWS.
   */
  commandLine: {
    ...forNode,
    entryPoints: ['bin/kinetrack.ts'],
    outdir: 'dist',
    // Beside the entry, as the code of bin/paths.ts counts from where it is.
    chunkNames: 'part-[name]-[hash]',
    splitting: true,
    external: externals,
  },
  dashboard: dashboardBundle(`${root}dist/dashboard`),
  // The schema and the delivery specification come along; the CDK must be the one of the app that imports it.
  cdk: {
    ...forNode,
    ...withSchema,
    entryPoints: ['lib/index.ts'],
    outfile: 'lib/dist/index.js',
    external: ['aws-cdk-lib', 'constructs'],
  },
  /**
   * Every folder of lambdas/ with a handler, with all that it needs inside: with the SDK in the bundle, what was
   * tested is what runs, whatever Lambda ships that day.
   */
  ...Object.fromEntries(
    readdirSync(`${root}lambdas`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(`${root}lambdas/${entry.name}/handler.ts`))
      .map(({ name }) => [
        `lambdas/${name}`,
        {
          ...forNode,
          ...withSchema,
          entryPoints: [`lambdas/${name}/handler.ts`],
          outfile: `lib/dist/lambdas/${name}/index.mjs`,
          target: 'node24',
          mainFields: ['module', 'main'],
          minify: true,
          sourcesContent: false,
        },
      ]),
  ),
};

/** The bundles that `kinetrack start` loads or serves. */
export const START_BUNDLES = ['schema', 'agent', 'commandLine', 'dashboard'];

/**
 * Removes parts of earlier builds.
 * @param {import('esbuild').Metafile} metafile of the command line
 */
export function removeOldParts(metafile) {
  for (const name of readdirSync(`${root}dist`)) {
    if (name.startsWith('part-') && !(`dist/${name}` in metafile.outputs)) {
      rmSync(`${root}dist/${name}`, { force: true });
    }
  }
}
