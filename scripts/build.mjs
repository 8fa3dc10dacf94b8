/**
 * Builds what runs: packages, command line and dashboard. npm calls it after installing (`prepare`),
 * so `npx kinetrack` works right after `npm ci`. Types are checked by `npm run typecheck`, not here.
 * `--for-start` builds only what `kinetrack start` loads, for `npm run dev`.
 */
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { markBuilt } from './build-age.mjs';
import { buildDashboard } from './build-dashboard.mjs';
import { buildDeclarations } from './build-declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const startedAt = new Date();
const forStart = process.argv.includes('--for-start');

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

/**
 * Every folder of lambdas/ with a handler, with all that it needs inside: with the SDK in the bundle, what was tested
 * is what runs, whatever Lambda ships that day.
 */
const buildLambdas = () =>
  readdirSync(`${root}lambdas`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(`${root}lambdas/${entry.name}/handler.ts`))
    .map(({ name }) =>
      build({
        ...forNode,
        ...withSchema,
        entryPoints: [`lambdas/${name}/handler.ts`],
        outfile: `lib/dist/lambdas/${name}/index.mjs`,
        target: 'node24',
        mainFields: ['module', 'main'],
        minify: true,
        sourcesContent: false,
      }),
    );

await Promise.all([
  build({ ...forNode, entryPoints: ['schema/src/index.ts'], outdir: 'schema/dist' }),
  build({
    ...forNode,
    entryPoints: ['agent/src/index.ts', 'agent/src/sources/native/input-child.ts'],
    outbase: 'agent/src',
    outdir: 'agent/dist',
    external: externals,
  }),
  buildCommandLine(),
  buildDashboard(`${root}dist/dashboard`),
  ...(forStart ? [] : [buildCdk(), ...buildLambdas(), buildDeclarations()]),
]).catch((error) => {
  // esbuild has printed its errors with their place in the source; a stack trace adds nothing.
  if (Array.isArray(error.errors)) process.exit(1);
  throw error;
});
if (!forStart) cpSync(`${root}dist/dashboard`, `${root}lib/dist/dashboard`, { recursive: true });

/** The schema and the delivery specification come along; the CDK must be the one of the app that imports it. */
function buildCdk() {
  return build({
    ...forNode,
    ...withSchema,
    entryPoints: ['lib/index.ts'],
    outfile: 'lib/dist/index.js',
    external: ['aws-cdk-lib', 'constructs'],
  });
}

/**
 * In parts: what is imported only once it is needed brings the AWS SDK with it, and in one file the imports of that
 * part would be those of every command: 10 MB and 100 ms of a start that sends nothing to AWS.
 */
async function buildCommandLine() {
  const { metafile } = await build({
    ...forNode,
    entryPoints: ['bin/kinetrack.ts'],
    outdir: 'dist',
    // Beside the entry, as the code of bin/paths.ts counts from where it is.
    chunkNames: 'part-[name]-[hash]',
    splitting: true,
    metafile: true,
    external: externals,
  });
  // The process that npm run dev replaces may still load one of the old parts.
  if (forStart) return;
  for (const name of readdirSync(`${root}dist`)) {
    if (name.startsWith('part-') && !(`dist/${name}` in metafile.outputs)) {
      rmSync(`${root}dist/${name}`, { force: true });
    }
  }
}

chmodSync(`${root}dist/kinetrack.js`, 0o755);
// npm links the commands of dependencies, not of the project itself: without this `npx kinetrack` would look on the network.
const link = `${root}node_modules/.bin/kinetrack`;
if (existsSync(`${root}node_modules/.bin`) && process.platform !== 'win32') {
  rmSync(link, { force: true });
  symlinkSync('../../dist/kinetrack.js', link);
}
markBuilt(startedAt);
