/**
 * The current minute as if it ended now, in one encrypted file, so that a kill does not lose it.
 *
 * Invariants:
 *  1. A sample is appended to the spool only after every draft of its seconds is removed: the
 *     recorder awaits clear() first, and waits longer if the disk cannot remove. A kill in between
 *     loses that minute; nothing is counted twice.
 *  2. A draft counts only within the boot in which it was written. Nothing here is synced, so a
 *     power cut may restore a removed file although its sample is durable.
 *  3. A draft passed in before a clear() is not on the disk after it: operations run one at a time, in
 *     order.
 *  4. A file that cannot be read, decrypted or parsed counts as no draft and is removed.
 *
 *   0  key id   8 bytes, as in the name of a segment
 *   8  frame    see spool/frame.ts, with a segment index that no segment has
 */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { type ActivityBody, activityShapes, envelopeShape, messageOf } from '@kinetrack/schema';
import * as z from 'zod';
import type { Logger } from './logger.ts';
import type { Runtime } from './runtime.ts';
import { type Disk, type DiskFile, ioError } from './spool/disk.ts';
import { frameAt, payloadOf, SEALED_FRAME_BYTES, SegmentCipher } from './spool/frame.ts';
import type { KeyRing } from './spool/keys/spool-key.ts';
import { systemDisk } from './spool/system-disk.ts';
import { TaskQueue } from './task-queue.ts';

/** An unfinished sample, with the fields of its event that only its session knows. */
export interface Draft {
  readonly body: ActivityBody<'sample'>;
  /** UTC ms. */
  readonly atMs: number;
  readonly utc_offset_min: number;
  readonly time_zone: string;
  readonly session_id: string;
  readonly user_id: string;
}

export interface OpenMinute {
  /** Replaces the draft. Never rejects: without a draft, a kill only loses more. */
  write(draft: Draft): Promise<void>;
  /** Removes all earlier drafts. Rejects with SpoolError `io` if one may be left. */
  clear(): Promise<void>;
  /** The draft of a killed process, or null. It stays until clear(), in case this process is killed too. */
  recover(): Promise<Draft | null>;
}

export interface OpenMinuteOptions {
  /** The data directory. It must exist, and only one process at a time may use it. */
  readonly dir: string;
  readonly keys: KeyRing;
  readonly runtime: Pick<Runtime, 'now'>;
  readonly logger: Logger;
  /** @defaultValue the file system */
  readonly disk?: Disk;
  /** @defaultValue the boot id on Linux, elsewhere when the machine started */
  readonly bootOf?: () => Boot;
}

const FILE = 'open-minute';
const KEY_ID_BYTES = 8;
/** Segment indexes start at 1. */
const NO_SEGMENT = 0xffff_ffff;
const NO_SEQ = 0;
/** Several times the size of sixty windows with the longest titles. */
const MAX_BYTES = 1024 * 1024;

const stored = z.object({
  boot: z.union([z.string(), z.number()]),
  atMs: z.int().min(0),
  utc_offset_min: envelopeShape.utc_offset_min,
  time_zone: envelopeShape.time_zone,
  session_id: envelopeShape.session_id,
  user_id: envelopeShape.user_id,
  body: z.strictObject({ activity_type: z.literal('sample'), ...activityShapes.sample }),
});

export function openMinuteFile(options: OpenMinuteOptions): OpenMinute {
  const { runtime } = options;
  return new OpenMinuteFile({ disk: systemDisk, bootOf: () => currentBoot(runtime), ...options });
}

class OpenMinuteFile implements OpenMinute {
  readonly #path: string;
  readonly #temporary: string;
  readonly #tasks = new TaskQueue();
  #isWriting: boolean = false;
  /** False only if certain. */
  #mayBeThere: boolean = true;
  #hasComplained: boolean = false;

  constructor(private readonly options: Required<OpenMinuteOptions>) {
    this.#path = join(options.dir, FILE);
    this.#temporary = `${this.#path}.tmp`;
  }

  async write(draft: Draft): Promise<void> {
    // The disk is slower than the drafts: skip this one, the next one is newer.
    if (this.#isWriting) return;
    this.#isWriting = true;
    const { keys, bootOf } = this.options;
    const bytes = sealed(keys, JSON.stringify({ ...draft, boot: bootOf() }));
    await this.#tasks.run(() => this.#replace(bytes)).catch((error) => this.#complain(error));
    this.#isWriting = false;
  }

  clear(): Promise<void> {
    return this.#tasks.run(() => this.#remove());
  }

  recover(): Promise<Draft | null> {
    return this.#tasks.run(async () => {
      const { disk, bootOf } = this.options;
      try {
        const draft = draftIn(await this.#read(), this.options.keys, bootOf());
        if (draft === null) await this.#remove();
        await disk.remove(this.#temporary);
        return draft;
      } catch (error) {
        this.#complain(error);
        return null;
      }
    });
  }

  async #replace(bytes: Buffer): Promise<void> {
    const { disk } = this.options;
    // Left by a kill during a write.
    await disk.remove(this.#temporary);
    const handle = await disk.create(this.#temporary);
    try {
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length, 0);
      // Happens on nearly full disks.
      if (bytesWritten < bytes.length) throw new Error(`wrote only ${bytesWritten} of ${bytes.length} bytes`);
    } finally {
      await handle.close();
    }
    this.#mayBeThere = true;
    await disk.rename(this.#temporary, this.#path);
  }

  async #remove(): Promise<void> {
    if (!this.#mayBeThere) return;
    try {
      await this.options.disk.remove(this.#path);
    } catch (error) {
      // A folder of that name cannot be removed and is no draft.
      if ((await this.#find()) !== undefined) throw ioError('remove', this.#path, error);
    }
    this.#mayBeThere = false;
  }

  async #read(): Promise<Buffer> {
    const file = await this.#find();
    if (file === undefined || file.bytes > MAX_BYTES) return Buffer.alloc(0);
    const bytes = Buffer.alloc(file.bytes);
    return bytes.subarray(0, await this.options.disk.readInto(this.#path, bytes, 0));
  }

  async #find(): Promise<DiskFile | undefined> {
    return (await this.options.disk.list(this.options.dir)).find(({ name }) => name === FILE);
  }

  #complain(error: unknown): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.options.logger.warn('the current minute is in memory only: a kill would lose it', {
      error: messageOf(error),
    });
  }
}

function sealed({ current }: KeyRing, line: string): Buffer {
  const bytes = Buffer.alloc(KEY_ID_BYTES + SEALED_FRAME_BYTES + Buffer.byteLength(line));
  bytes.write(current.id, 'latin1');
  new SegmentCipher(current, NO_SEGMENT).seal(NO_SEQ, line, bytes.subarray(KEY_ID_BYTES));
  return bytes;
}

function draftIn(bytes: Buffer, keys: KeyRing, boot: Boot): Draft | null {
  const key = keys.find(bytes.toString('latin1', 0, KEY_ID_BYTES));
  const frame = frameAt(bytes, KEY_ID_BYTES);
  if (key === undefined || frame?.end !== bytes.length) return null;
  const line = new SegmentCipher(key, NO_SEGMENT).open(NO_SEQ, payloadOf(bytes, frame));
  if (line === undefined) return null;
  const { data } = stored.safeParse(JSON.parse(line));
  if (data === undefined || !isSameBoot(data.boot, boot)) return null;
  const { boot: _, ...draft } = data;
  return draft;
}

/**
 * Identity of one boot of the operating system. A power cut, which loses unsynced data, separates
 * two boots. The kernel's boot id, or the start time of the boot in UTC ms.
 */
export type Boot = string | number;

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
/** Uptime is rounded, and clocks are slewed. A reboot takes longer than this. */
const TOLERANCE_MS = 5000;

/** Linux has a boot id (man 4 random). Elsewhere: the wall clock minus the uptime. */
export function currentBoot(runtime: Pick<Runtime, 'now'>, bootIdFile = BOOT_ID): Boot {
  try {
    const id = readFileSync(bootIdFile, 'utf8').trim();
    if (id !== '') return id;
  } catch {
    // Not Linux, or a sandbox without it.
  }
  return Math.round(runtime.now() - uptime() * 1000);
}

export const isSameBoot = (one: Boot, other: Boot): boolean =>
  typeof one === 'number' && typeof other === 'number'
    ? Math.abs(one - other) <= TOLERANCE_MS
    : one === other;
