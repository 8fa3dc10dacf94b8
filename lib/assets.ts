/**
 * Folders built by `npm run build`: one per Lambda function, and the dashboard. Constructs use them as they
 * are, so an app that imports the package needs neither sources nor a bundler.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** This file is next to `dist/` as a source, and inside it in the package. */
const BUILT = new URL(import.meta.url.endsWith('.ts') ? './dist/' : './', import.meta.url);

export class AssetNotBuilt extends Error {
  readonly code = 'asset_not_built';
  constructor(folder: string) {
    super(`${folder}: not found; run \`npm run build\` before the synthesis`);
    this.name = 'AssetNotBuilt';
  }
}

/** The folder of a built asset: `lambdas/rollup`, `dashboard`. Throws AssetNotBuilt. */
export function builtAsset(name: string): string {
  const folder = fileURLToPath(new URL(name, BUILT));
  if (!existsSync(folder)) throw new AssetNotBuilt(folder);
  return folder;
}
