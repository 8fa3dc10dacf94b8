/**
 * Builds what runs: packages, command line and dashboard. npm calls it after installing (`prepare`),
 * so `npx kinetrack` works right after `npm ci`. Types are checked by `npm run typecheck`, not here.
 */
import { chmodSync, cpSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { build } from 'esbuild';
import { copyDashboardFiles } from './build-dashboard.mjs';
import { buildDeclarations } from './build-declarations.mjs';
import { bundles, removeOldParts, root, START_BUNDLES } from './bundles.mjs';
import { recordStartInputs } from './start-inputs.mjs';

const startedAt = new Date();
/** @type {Map<string, import('esbuild').Metafile>} */
const metafiles = new Map();
await Promise.all([
  ...Object.entries(bundles).map(async ([name, options]) => {
    const { metafile } = await build({ ...options, metafile: true });
    metafiles.set(name, metafile);
  }),
  buildDeclarations(),
]);
removeOldParts(metafileOf('commandLine'));
copyDashboardFiles(`${root}dist/dashboard`);
cpSync(`${root}dist/dashboard`, `${root}lib/dist/dashboard`, { recursive: true });
recordStartInputs(START_BUNDLES.map(metafileOf), startedAt);

/** @param {string} name */
function metafileOf(name) {
  const metafile = metafiles.get(name);
  if (metafile === undefined) throw new Error(`bundles.mjs has no bundle ${name}`);
  return metafile;
}

chmodSync(`${root}dist/kinetrack.js`, 0o755);
// npm links the commands of dependencies, not of the project itself: without this `npx kinetrack` would look on the network.
const link = `${root}node_modules/.bin/kinetrack`;
if (existsSync(`${root}node_modules/.bin`) && process.platform !== 'win32') {
  rmSync(link, { force: true });
  symlinkSync('../../dist/kinetrack.js', link);
}
