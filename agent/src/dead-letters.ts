/**
 * Permanently rejected events with their reason, for inspection: encrypted, in their own folder
 * next to the spool and in the spool's format. The oldest are deleted if there are too many. The
 * spool's ledger has already counted them as dropped, so nothing is counted here.
 */
import { access } from 'node:fs/promises';
import * as z from 'zod';
import { readSegments } from './spool/inspect.ts';
import type { KeyRing } from './spool/keys/spool-key.ts';
import { openSegmentSpool } from './spool/segment-spool.ts';
import type { Spool } from './spool/spool.ts';
import { TaskQueue } from './task-queue.ts';

export interface DeadLetter {
  readonly seq: number;
  readonly code: string;
  /** One sentence without captured content. */
  readonly reason: string;
  /** The event as one line of JSON. */
  readonly line: string;
}

export interface DeadLetters {
  /** Resolves once the letters are durable. */
  keep(letters: readonly DeadLetter[]): Promise<void>;
  readonly count: number;
  close(): Promise<void>;
}

export interface DeadLettersOptions {
  readonly dir: string;
  readonly keys: KeyRing;
}

const MAX_BYTES = 16 * 1024 * 1024;
const stored = z.object({ seq: z.int(), code: z.string(), reason: z.string(), line: z.string() });

/** Creates the folder with the first letter. */
export async function openDeadLetters(options: DeadLettersOptions): Promise<DeadLetters> {
  const letters = new StoredDeadLetters(options);
  if (await isThere(options.dir)) await letters.open();
  return letters;
}

/** All dead letters, oldest first. Works while another process has the folder open. */
export async function readDeadLetters(dir: string, keys: KeyRing): Promise<readonly DeadLetter[]> {
  const records = await readSegments(dir, keys);
  return records.map(({ line }) => stored.parse(JSON.parse(line)));
}

class StoredDeadLetters implements DeadLetters {
  #spool: Promise<Spool> | null = null;
  #count = 0;
  readonly #tasks = new TaskQueue();

  constructor(private readonly options: DeadLettersOptions) {}

  get count(): number {
    return this.#count;
  }

  async open(): Promise<Spool> {
    this.#spool ??= openSegmentSpool({ ...this.options, maxBytes: MAX_BYTES, groupMs: 0 });
    try {
      const spool = await this.#spool;
      this.#count = spool.status().pendingRecords;
      return spool;
    } catch (error) {
      this.#spool = null;
      throw error;
    }
  }

  keep(letters: readonly DeadLetter[]): Promise<void> {
    return this.#tasks.run(async () => {
      const spool = await this.open();
      const first = spool.lastSeq + 1;
      await spool.append(letters.map((letter, i) => ({ id: first + i, line: JSON.stringify(letter) })));
      this.#count = spool.status().pendingRecords;
    });
  }

  async close(): Promise<void> {
    const spool = await this.#spool?.catch(() => null);
    await spool?.close();
  }
}

export async function isThere(dir: string): Promise<boolean> {
  return access(dir).then(
    () => true,
    () => false,
  );
}
