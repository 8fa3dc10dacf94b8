/**
 * One object of lines without those of somebody who is deleted. It is read once; where it holds nothing of theirs, that
 * is all. What stays of it is the same bytes in the same order, and an object without a line that stays is deleted.
 *
 * A damaged object (its compression breaks off) that names the person is written anew with the lines that can be read:
 * what lies behind the damage can be used by nobody, and may be theirs. One that does not name them stays as it is. The
 * receipt lists both.
 */

import { DamagedObject, gzipBlocks, isGzip, lineBlocks, linesOf, readObject } from '../lake/lines.ts';
import type { ObjectStore } from '../lake/ports.ts';

/** The line as it came, another one in its place, or undefined where it goes. */
export type EditLine = (line: Buffer) => Buffer | undefined;

export interface ScrubOutcome {
  readonly change: 'none' | 'rewritten' | 'deleted' | 'gone';
  readonly damaged: boolean;
  /** As stored. */
  readonly bytes: number;
}

/** `edit` is called for every line once, and for those of an object that changes once more: it must not count. */
export async function scrubObject(
  store: ObjectStore,
  key: string,
  { edit, onChange }: { readonly edit: EditLine; readonly onChange: (line: Buffer) => void },
): Promise<ScrubOutcome> {
  const body = await readObject(store, key);
  if (body === undefined) return { change: 'gone', damaged: false, bytes: 0 };
  let changed = 0;
  let left = false;
  let damaged = false;
  try {
    for await (const block of lineBlocks(body)) {
      for (const line of linesOf(block)) {
        const edited = edit(line);
        if (edited !== line) {
          changed += 1;
          onChange(line);
        }
        left ||= edited !== undefined && !isBlank(edited);
      }
    }
  } catch (error) {
    if (!(error instanceof DamagedObject)) throw error;
    damaged = true;
  }
  const outcome = { damaged, bytes: body.length };
  if (changed === 0) return { ...outcome, change: 'none' };
  if (!left) {
    await store.delete(key);
    return { ...outcome, change: 'deleted' };
  }
  const blocks = editedBlocks(body, edit);
  await store.put(key, isGzip(body) ? await gzipBlocks(blocks) : await concatenated(blocks));
  return { ...outcome, change: 'rewritten' };
}

async function* editedBlocks(body: Buffer, edit: EditLine): AsyncGenerator<Buffer> {
  try {
    for await (const block of lineBlocks(body)) {
      const lines = [...linesOf(block)];
      const edited = lines.map(edit);
      if (edited.every((line, index) => line === lines[index])) yield block;
      else yield Buffer.concat(edited.filter((line) => line !== undefined));
    }
  } catch (error) {
    if (!(error instanceof DamagedObject)) throw error;
  }
}

async function concatenated(blocks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const block of blocks) all.push(block);
  return Buffer.concat(all);
}

const isBlank = (line: Buffer): boolean => line.length < 3 && line.toString().trim() === '';
