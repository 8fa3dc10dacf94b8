/**
 * Compresses a finished file into another one, before the upload and not during it: only bytes that lie still can
 * be sent again from the middle, be counted beforehand and be compared with what arrived.
 */
import { createReadStream } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { systemDisk } from '../../spool/system-disk.ts';
import { FILE_MODE, PART } from './file-name.ts';

/**
 * Replaces `NAME.jsonl` by `NAME.jsonl.gz`; resolves with the new file once that is durable and the old one gone.
 * Can be interrupted anywhere and called again. In memory: one window of gzip.
 */
export async function compressFile(
  dir: string,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly bytes: number }> {
  const source = join(dir, name);
  const target = `${source}.gz`;
  const temporary = target + PART;
  await systemDisk.remove(temporary);
  try {
    const handle = await open(temporary, 'wx', FILE_MODE);
    try {
      const gzip = createGzip();
      let refusal: unknown;
      const write = async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          await handle.appendFile(chunk).catch((error: unknown) => {
            refusal = error;
            throw error;
          });
        }
      };
      // Where the disk refuses, the pipeline tells only that it was aborted.
      await pipeline(createReadStream(source), gzip, write, { signal }).catch((error: unknown) => {
        throw refusal ?? error;
      });
      const { size } = await stat(source);
      if (gzip.bytesWritten !== size) {
        throw new Error(`${gzip.bytesWritten} of ${size} bytes could be read from ${source}`);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
    await systemDisk.syncFolder(dir);
  } catch (error) {
    // Gives the space back, which is what may have been missing.
    await systemDisk.remove(temporary).catch(() => undefined);
    throw error;
  }
  await systemDisk.remove(source);
  await systemDisk.syncFolder(dir);
  return { name: `${name}.gz`, bytes: (await stat(target)).size };
}
