/**
 * Builds what runs: packages, command line and dashboard. npm calls it after installing (`prepare`),
 * so `npx kinetrack` works right after `npm ci`. Types are checked by `npm run typecheck`, not here.
 * `--for-start` builds only what `kinetrack start` loads, for `npm run dev`.
 */
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { markBuilt } from './build-age.mjs';
import { buildDashboard } from './build-dashboard.mjs';
import { buildForStart, buildPackages, exportsOf, forNode, installedWith } from './build-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const startedAt = new Date();
const forStart = process.argv.includes('--for-start');

/**
 * Our own packages stay where they are, and are required: an `import` of CommonJS makes Node.js search a megabyte of
 * code for the names that it exports, which costs each start 80 ms and 8 MB.
 *
 * @type {import('esbuild').Plugin}
 */
const requireOwnPackages = {
  name: 'require-own-packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@kinetrack\/(?:agent|schema)$/ }, ({ path }) => ({ path, namespace: 'own' }));
    onLoad({ filter: /./, namespace: 'own' }, async ({ path }) => {
      const folder = path.slice('@kinetrack/'.length);
      const names = await exportsOf(`${folder}/src/index.ts`, { packages: 'external' });
      const contents = `import { createRequire } from 'node:module';
        const implementation = createRequire(import.meta.url)('${path}');
        export const { ${names.join(', ')} } = implementation;`;
      return { contents };
    });
  },
};

await Promise.all([
  buildCommandLine(),
  ...(forStart
    ? [buildForStart(), buildDashboard(`${root}dist/dashboard`)]
    : [buildPackages(['schema', 'agent', 'lib'])]),
]).catch((error) => {
  // esbuild has printed its errors with their place in the source; a stack trace adds nothing.
  if (Array.isArray(error.errors)) process.exit(1);
  throw error;
});
if (!forStart) cpSync(`${root}lib/dist/dashboard`, `${root}dist/dashboard`, { recursive: true });

/**
 * In parts: what is imported only once it is needed brings the AWS SDK with it, and in one file the imports of that
 * part would be those of every command: 10 MB and 100 ms of a start that sends nothing to AWS.
 */
async function buildCommandLine() {
  const { metafile } = await build({
    ...forNode,
    entryPoints: ['bin/kinetrack.ts'],
    outdir: 'dist',
    // In the same folder as the entry: bin/dashboard-page.ts finds the dashboard relative to it.
    chunkNames: 'part-[name]-[hash]',
    splitting: true,
    metafile: true,
    external: [...installedWith('.', 'agent')],
    plugins: [requireOwnPackages],
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
