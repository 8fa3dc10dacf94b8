/**
 * Builds the published packages, each as npm shall pack it: `node scripts/build-packages.mjs agent`, or all of them.
 *
 * `import` and `require` lead to one implementation, `index.cjs`; `index.js` only hands its exports on. Two builds
 * would be two of everything that an app may hold against each other: classes for `instanceof`, constructs in one
 * tree, the registry of schemas, and every byte in memory twice. Declarations follow: `index.d.ts` exports what
 * `index.d.cts` declares, so that a type is the same on both ways.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildDashboard } from './build-dashboard.mjs';
import { buildDeclarations } from './build-declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @type {import('esbuild').BuildOptions} */
export const forNode = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: true,
  logLevel: 'warning',
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

/** The folders of the packages, and how each is built. */
const PACKAGES = {
  schema: buildSchema,
  agent: buildAgent,
  lib: buildCdk,
};

/** @typedef {keyof typeof PACKAGES} PackageFolder */

/** @param {readonly PackageFolder[]} folders */
export async function buildPackages(folders) {
  await Promise.all([...folders.map((folder) => PACKAGES[folder]()), buildDeclarations(folders)]);
}

/** What the command line loads of them. */
export const buildForStart = () => Promise.all([buildSchema(), buildAgent()]);

/**
 * What npm installs for these packages. zod is not among them, it is part of what is built: loaded from its own folder,
 * with the messages of every language, it costs a process 9 MB.
 *
 * @param {readonly string[]} folders
 * @returns {readonly string[]}
 */
export function installedWith(...folders) {
  return folders
    .map((folder) => JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')))
    .flatMap(({ dependencies = {}, optionalDependencies = {} }) => [
      ...Object.keys(dependencies),
      ...Object.keys(optionalDependencies),
    ])
    .filter((name) => name !== 'zod');
}

function buildSchema() {
  return buildBoth('schema', 'schema/src/index.ts', {});
}

async function buildAgent() {
  const external = [...installedWith('agent')];
  await Promise.all([
    buildBoth('agent', 'agent/src/index.ts', { external }),
    // The capture process: a program of its own, forked by path from either.
    build({
      ...forNode,
      entryPoints: ['agent/src/sources/native/input-child.ts'],
      outbase: 'agent/src',
      outdir: 'agent/dist',
      external,
    }),
  ]);
}

async function buildCdk() {
  await Promise.all([
    // The schema and the delivery specification come along; the CDK must be the one of the app that imports it.
    buildBoth('lib', 'lib/index.ts', { ...withSchema, external: ['aws-cdk-lib', 'constructs'] }),
    ...lambdaNames().map(buildLambda),
    buildDashboard(`${root}lib/dist/dashboard`),
  ]);
}

/** Every folder of lambdas/ with a handler. */
const lambdaNames = () =>
  readdirSync(`${root}lambdas`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(`${root}lambdas/${entry.name}/handler.ts`))
    .map(({ name }) => name);

/**
 * A function with all that it needs inside: with the SDK in the bundle, what was tested is what runs, whatever Lambda
 * ships that day.
 *
 * @param {string} name
 */
function buildLambda(name) {
  return build({
    ...forNode,
    ...withSchema,
    entryPoints: [`lambdas/${name}/handler.ts`],
    outfile: `lib/dist/lambdas/${name}/index.mjs`,
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    sourcesContent: false,
  });
}

/**
 * The implementation, and the ES module in front of it.
 *
 * @param {string} folder
 * @param {string} entry
 * @param {import('esbuild').BuildOptions} options
 */
async function buildBoth(folder, entry, options) {
  const dist = `${root}${folder}/dist`;
  await build({
    ...forNode,
    ...options,
    entryPoints: [entry],
    outfile: `${dist}/index.cjs`,
    format: 'cjs',
    // Where this file is, which a CommonJS module spells otherwise: the capture process and the assets lie beside it.
    define: { 'import.meta.url': '__kinetrackModuleUrl' },
    banner: { js: "const __kinetrackModuleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  const names = await exportsOf(entry, options);
  writeFileSync(
    `${dist}/index.js`,
    `import implementation from './index.cjs';\n\nexport const {\n${names.map((name) => `  ${name},\n`).join('')}} = implementation;\n`,
  );
  // Of builds before: it would map another file.
  rmSync(`${dist}/index.js.map`, { force: true });
}

/**
 * The names of the values that an entry exports.
 *
 * @param {string} entry
 * @param {import('esbuild').BuildOptions} options
 */
export async function exportsOf(entry, options) {
  const { metafile } = await build({
    ...forNode,
    ...options,
    entryPoints: [entry],
    outfile: 'index.js',
    write: false,
    metafile: true,
    sourcemap: false,
  });
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === entry);
  return (output?.exports ?? []).toSorted();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  const folders = /** @type {PackageFolder[]} */ (Object.keys(PACKAGES));
  const unknown = asked.find((folder) => !folders.some((known) => known === folder));
  if (unknown !== undefined) {
    throw new Error(`${unknown} is no package of this repository: choose from ${folders.join(', ')}`);
  }
  await buildPackages(asked.length === 0 ? folders : folders.filter((folder) => asked.includes(folder)));
}
