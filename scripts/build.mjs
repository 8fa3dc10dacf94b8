/**
 * Builds the packages, the command line and the dashboard. npm runs it after an install (`prepare`), so
 * `npx kinetrack` works after `npm ci`. `npm run typecheck` checks the types. `--for-start` builds only
 * what `kinetrack start` loads, for `npm run dev`.
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
 * Loads our packages with `require` instead of bundling them. With an `import` of CommonJS, Node.js
 * searches a megabyte of code for export names, which costs 80 ms and 8 MB per start.
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
  // esbuild has already printed its errors.
  if (Array.isArray(error.errors)) process.exit(1);
  throw error;
});
if (!forStart) cpSync(`${root}lib/dist/dashboard`, `${root}dist/dashboard`, { recursive: true });

/**
 * Splits the bundle. Dynamically imported parts import the AWS SDK; in a single file, those imports would
 * run for every command and cost 10 MB and 100 ms.
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
  // The process that `npm run dev` replaces may still load an old part.
  if (forStart) return;
  for (const name of readdirSync(`${root}dist`)) {
    if (name.startsWith('part-') && !(`dist/${name}` in metafile.outputs)) {
      rmSync(`${root}dist/${name}`, { force: true });
    }
  }
}

chmodSync(`${root}dist/kinetrack.js`, 0o755);
// npm does not link commands of the project itself. Without this link, `npx kinetrack` would search the
// registry.
const link = `${root}node_modules/.bin/kinetrack`;
if (existsSync(`${root}node_modules/.bin`) && process.platform !== 'win32') {
  rmSync(link, { force: true });
  symlinkSync('../../dist/kinetrack.js', link);
}
markBuilt(startedAt);
