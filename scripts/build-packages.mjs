/**
 * Builds the published packages: `node scripts/build-packages.mjs agent`, or all of them.
 *
 * `import` and `require` load one implementation, `index.cjs`; `index.js` re-exports it. With two builds,
 * an app could load both and get two versions of each class (`instanceof`), construct and schema registry,
 * and use twice the memory. Declarations work the same way: `index.d.ts` re-exports `index.d.cts`, so types
 * are identical.
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
  // Ignores the paths of tsconfig.json, which would bundle our packages into each other. Each package stays
  // in its folder, next to its capture process.
  tsconfigRaw: {},
};

/** For builds that run without the schema package. */
const withSchema = {
  tsconfigRaw: { compilerOptions: { paths: { '@kinetrack/schema': ['./schema/src/index.ts'] } } },
};

/** The build function per package folder. */
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

/** Builds only the packages that the command line loads. */
export const buildForStart = () => Promise.all([buildSchema(), buildAgent()]);

/**
 * Installed dependencies of these packages. zod is bundled instead: loaded from its own folder, with the
 * messages of all languages, it needs 9 MB of memory.
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
    // The capture process: a separate program, forked by path.
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
    // Bundles the schema and the delivery specification. The CDK must be the one of the importing app.
    buildBoth('lib', 'lib/index.ts', { ...withSchema, external: ['aws-cdk-lib', 'constructs'] }),
    ...lambdaNames().map(buildLambda),
    buildDashboard(`${root}lib/dist/dashboard`),
  ]);
}

/** All folders in lambdas/ with a handler. */
const lambdaNames = () =>
  readdirSync(`${root}lambdas`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(`${root}lambdas/${entry.name}/handler.ts`))
    .map(({ name }) => name);

/**
 * Bundles a function with all its dependencies, including the SDK: the tested version runs, regardless of
 * the version in the Lambda runtime.
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
 * Builds the implementation and the ES module that re-exports it.
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
    // CommonJS has no import.meta.url, which locates the capture process and the assets.
    define: { 'import.meta.url': '__kinetrackModuleUrl' },
    banner: { js: "const __kinetrackModuleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  const names = await exportsOf(entry, options);
  writeFileSync(
    `${dist}/index.js`,
    `import implementation from './index.cjs';\n\nexport const {\n${names.map((name) => `  ${name},\n`).join('')}} = implementation;\n`,
  );
  // Left by previous builds; it maps another file.
  rmSync(`${dist}/index.js.map`, { force: true });
}

/**
 * Names of the values that an entry exports.
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
    throw new Error(`${unknown}: unknown package; choose from ${folders.join(', ')}`);
  }
  await buildPackages(asked.length === 0 ? folders : folders.filter((folder) => asked.includes(folder)));
}
