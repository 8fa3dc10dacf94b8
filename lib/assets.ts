/**
 * What `npm run build` made for the cloud: a folder for every Lambda function and the dashboard. Constructs take these
 * folders as they are, so that an app which imports them needs neither our sources nor a bundler.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** This file lies beside `dist/` as a source, and within it as part of the package. */
const BUILT = new URL(import.meta.url.endsWith('.ts') ? './dist/' : './', import.meta.url);

export class AssetNotBuilt extends Error {
  readonly code = 'asset_not_built';
  constructor(folder: string) {
    super(`${folder}: not found; run \`npm run build\` before the synthesis`);
    this.name = 'AssetNotBuilt';
  }
}

/** Folder of a built asset: `lambdas/rollup`, `dashboard`. Throws AssetNotBuilt. */
export function builtAsset(name: string): string {
  const folder = fileURLToPath(new URL(name, BUILT));
  if (!existsSync(folder)) throw new AssetNotBuilt(folder);
  return folder;
}
