/**
 * Files of the page, read once at start. Requests are looked up by exact name and never become a path on
 * disk, so path traversal is impossible.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface Asset {
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
};

/** By URL path; `/` is index.html. @throws Error if the folder has no page */
export async function loadAssets(assetsDir: string): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  const entries = await readdir(assetsDir, { withFileTypes: true }).catch((error: unknown) => {
    throw missing(assetsDir, error);
  });
  for (const entry of entries) {
    const contentType = CONTENT_TYPES[extname(entry.name)];
    if (!entry.isFile() || contentType === undefined) continue;
    const body = new Uint8Array(await readFile(join(assetsDir, entry.name)));
    assets.set(entry.name === 'index.html' ? '/' : `/${entry.name}`, { contentType, body });
  }
  if (!assets.has('/')) throw missing(assetsDir, undefined);
  return assets;
}

const missing = (assetsDir: string, cause: unknown): Error =>
  new Error(`${assetsDir}: the built dashboard (index.html) is missing; run \`npm run build\``, { cause });
