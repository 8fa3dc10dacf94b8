/**
 * Builds what runs: packages, command line and dashboard. npm calls it after installing (`prepare`),
 * so `npx kinetrack` works right after `npm ci`. Types are checked by `npm run typecheck`, not here.
 */
import { chmodSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildDashboard } from './build-dashboard.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @type {import('esbuild').BuildOptions} */
const shared = { absWorkingDir: root, bundle: true, sourcemap: true, logLevel: 'warning' };
/** @type {import('esbuild').BuildOptions} */
const forNode = {
  ...shared,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  // The paths of tsconfig.json would bundle our own packages into each other; each stays where users find it,
  // beside its capture process.
  tsconfigRaw: {},
};

await Promise.all([
  build({ ...forNode, entryPoints: ['schema/src/index.ts'], outdir: 'schema/dist' }),
  build({
    ...forNode,
    entryPoints: ['agent/src/index.ts', 'agent/src/sources/native/input-child.ts'],
    outbase: 'agent/src',
    outdir: 'agent/dist',
  }),
  build({ ...forNode, entryPoints: ['bin/kinetrack.ts'], outfile: 'dist/kinetrack.js' }),
  buildDashboard(`${root}dist/dashboard`),
]);

chmodSync(`${root}dist/kinetrack.js`, 0o755);
// npm links the commands of dependencies, not of the project itself: without this `npx kinetrack` would look on the network.
const link = `${root}node_modules/.bin/kinetrack`;
if (existsSync(`${root}node_modules/.bin`) && process.platform !== 'win32') {
  rmSync(link, { force: true });
  symlinkSync('../../dist/kinetrack.js', link);
}
