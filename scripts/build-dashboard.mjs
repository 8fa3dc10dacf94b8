/** Builds the dashboard: `node scripts/build-dashboard.mjs [FOLDER]`, by default in dist/dashboard. */
import { cpSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} folder destination of index.html and the other files */
export async function buildDashboard(folder) {
  await build({
    absWorkingDir: root,
    entryPoints: ['dashboard/app.tsx'],
    outfile: resolve(folder, 'app.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // ECharts reads it, but browsers have no `process`.
    define: { 'process.env.NODE_ENV': '"production"' },
    minify: true,
    legalComments: 'eof',
    logLevel: 'warning',
  });
  cpSync(resolve(root, 'dashboard/public'), folder, { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildDashboard(resolve(process.argv[2] ?? `${root}dist/dashboard`));
}
