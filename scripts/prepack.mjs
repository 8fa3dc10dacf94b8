/**
 * Runs before npm packs the package of the current folder: builds it, so that a package never holds an older build than
 * its sources, and brings the licence.
 */
import { copyFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPackages } from './build-packages.mjs';

const folder = /** @type {import('./build-packages.mjs').PackageFolder} */ (basename(process.cwd()));
copyFileSync(fileURLToPath(new URL('../LICENSE', import.meta.url)), 'LICENSE');
await buildPackages([folder]);
