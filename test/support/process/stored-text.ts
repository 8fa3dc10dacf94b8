/** Everything that a folder holds, as text to search in: gzip objects unpacked, the rest byte by byte. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface StoredText {
  readonly path: string;
  readonly text: string;
}

export async function storedText(dir: string): Promise<readonly StoredText[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const bytes = await readFile(path);
        return { path, text: (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1') };
      }),
  );
}
