/**
 * Runs before `npm pack` in a package folder: builds the package, so it is never older than its sources,
 * and copies the licence.
 */
import { copyFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPackages } from './build-packages.mjs';

const folder = /** @type {import('./build-packages.mjs').PackageFolder} */ (basename(process.cwd()));
copyFileSync(fileURLToPath(new URL('../LICENSE', import.meta.url)), 'LICENSE');
await buildPackages([folder]);
