/**
 * Recovers a folder of event files after any end of the previous process. Finishes each unfinished
 * file: acknowledged lines are kept, others are removed as far as they can be recognized.
 */

import { createReadStream } from 'node:fs';
import { open, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@kinetrack/schema';
import { systemDisk } from '../../spool/system-disk.ts';
import { cutTo } from './event-writer.ts';
import { FILE_MODE, isFinished, JOURNAL, PART, parseFileName } from './file-name.ts';

export interface RecoveredFolder {
  /** Names and sizes of the finished files. */
  readonly finished: ReadonlyMap<string, number>;
  /** The highest counter in any name. */
  readonly lastCounter: number;
}

/** Folder of uploaded files that are kept. */
export const UPLOADED = 'uploaded';

export async function recoverFolder(dir: string): Promise<RecoveredFolder> {
  const names = new Set(await readdir(dir));
  for (const name of names) {
    if (isLeftOver(name, names)) await systemDisk.remove(join(dir, name));
    else if (parseFileName(name)?.kind === 'jsonl.part') await finishPart(dir, name);
  }
  await systemDisk.syncFolder(dir);

  const finished = new Map<string, number>();
  let lastCounter = 0;
  for (const name of [...(await readdir(dir)), ...(await namesOf(join(dir, UPLOADED)))]) {
    lastCounter = Math.max(lastCounter, parseFileName(name)?.counter ?? 0);
  }
  for (const name of await readdir(dir)) {
    const kind = parseFileName(name)?.kind;
    if (kind !== undefined && isFinished(kind)) finished.set(name, (await stat(join(dir, name))).size);
  }
  return { finished, lastCounter };
}

/** Results of interrupted steps, which run again, or of completed steps without cleanup. */
function isLeftOver(name: string, names: ReadonlySet<string>): boolean {
  if (name.endsWith(JOURNAL)) return !names.has(name.slice(0, -JOURNAL.length));
  if (name.endsWith(JOURNAL + PART))
    return parseFileName(name.slice(0, -(JOURNAL + PART).length)) !== undefined;
  const kind = parseFileName(name)?.kind;
  if (kind === 'jsonl.gz.part' || kind === 'jsonl.repair') return true;
  // A compressed file gets its name only once it is complete and durable.
  return kind === 'jsonl' && names.has(`${name}.gz`);
}

async function namesOf(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function finishPart(dir: string, part: string): Promise<void> {
  const path = join(dir, part);
  const target = path.slice(0, -PART.length);
  const { bytes, total, hasDamage } = await scan(path);
  if (hasDamage) {
    await copyWhole(path, `${target}.repair`);
    await rename(`${target}.repair`, target);
    await systemDisk.syncFolder(dir);
    await systemDisk.remove(path);
  } else if (bytes === 0) {
    await systemDisk.remove(path);
  } else {
    if (bytes < total) await cutTo(path, bytes);
    await rename(path, target);
  }
}

/** The end of the last whole line, and whether an earlier line is not JSON. */
async function scan(path: string): Promise<{ bytes: number; total: number; hasDamage: boolean }> {
  let bytes = 0;
  let hasDamage = false;
  for await (const line of wholeLines(path)) {
    bytes += line.length;
    hasDamage ||= !isJson(line);
  }
  return { bytes, total: (await stat(path)).size, hasDamage };
}

/**
 * After a power cut, blocks of the last write may be missing (zeros) while later ones exist: these
 * lines were never acknowledged and are not JSON.
 */
async function copyWhole(from: string, to: string): Promise<void> {
  await systemDisk.remove(to);
  const handle = await open(to, 'wx', FILE_MODE);
  try {
    for await (const line of wholeLines(from)) if (isJson(line)) await handle.appendFile(line);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Lines with their newlines, without the bytes after the last newline. */
async function* wholeLines(path: string): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  for await (const chunk of createReadStream(path)) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      yield Buffer.concat([...pending, chunk.subarray(from, end + 1)]);
      pending = [];
      from = end + 1;
    }
    pending.push(chunk.subarray(from));
  }
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
