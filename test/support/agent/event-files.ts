/** What a folder of the file sink, and a bucket that it uploads to, hold. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { hasCode } from '@kinetrack/schema';
import type { S3Server } from '../aws/s3-server.ts';

function linesOf(name: string, bytes: Buffer): readonly string[] {
  const lines = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n');
  assert.equal(lines.pop(), '', `${name} ends in the middle of a line`);
  return lines;
}

/** Every file of events, being written or finished. */
export const eventFiles = async (dir: string): Promise<readonly string[]> =>
  (await readdir(dir)).filter((name) => /\.jsonl(?:\.part|\.gz)?$/.test(name)).sort();

/** Each file once, also while it is being compressed. */
export async function linesInFolder(dir: string): Promise<readonly string[]> {
  for (;;) {
    const names = await eventFiles(dir);
    try {
      const lines = names
        .filter((name) => !names.includes(`${name}.gz`))
        .map(async (name) => linesOf(name, await readFile(join(dir, name))));
      return (await Promise.all(lines)).flat();
    } catch (error) {
      // Compressed or finished between the two looks.
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
}

export const linesInBucket = (server: S3Server): readonly string[] =>
  [...server.objects].flatMap(([key, body]) => linesOf(key, body));
