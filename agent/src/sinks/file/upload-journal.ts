/**
 * What has to be known to go on with a multipart upload after a kill: a line beside the data file. Which parts have
 * arrived is not in it: S3 knows, and knows it also where its answer was lost.
 *
 * A journal that is damaged is none: the upload begins anew, and the bucket's lifecycle rule
 * AbortIncompleteMultipartUpload clears the old one away.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from '../../crc32.ts';
import { errorCode } from '../../spool/disk.ts';
import { systemDisk } from '../../spool/system-disk.ts';
import { FILE_MODE, PART } from './file-name.ts';

export interface UploadJournal {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly partBytes: number;
  /** Of the data file, when the upload began. */
  readonly bytes: number;
  readonly crc32: string;
}

/** Undefined where there is none, or none that can be trusted. */
export async function readJournal(path: string): Promise<UploadJournal | undefined> {
  let line: string;
  try {
    line = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const [check, json] = [line.slice(0, 8), line.slice(9)];
  return check === checkOf(json) ? parse(json) : undefined;
}

/** Whole or not at all, also after a power cut. */
export async function writeJournal(path: string, journal: UploadJournal): Promise<void> {
  const json = JSON.stringify(journal);
  const temporary = path + PART;
  await systemDisk.remove(temporary);
  const handle = await open(temporary, 'wx', FILE_MODE);
  try {
    await handle.writeFile(`${checkOf(json)} ${json}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await systemDisk.syncFolder(dirname(path));
}

const checkOf = (json: string): string => crc32(Buffer.from(json)).toString(16).padStart(8, '0');

function parse(json: string): UploadJournal | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  return isJournal(value) ? value : undefined;
}

const isJournal = (value: unknown): value is UploadJournal =>
  typeof value === 'object' &&
  value !== null &&
  ['bucket', 'key', 'uploadId', 'crc32'].every((name) => typeof Reflect.get(value, name) === 'string') &&
  ['partBytes', 'bytes'].every((name) => Number.isSafeInteger(Reflect.get(value, name)));
