/**
 * Space put by for the day when the disk is full: whoever gives up or acknowledges records has to write that down
 * before their file may go, and a full disk takes not a byte. The reserve is removed then, and made again once
 * there is space.
 */
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { AppendFile } from './append-file.ts';
import type { Disk } from './disk.ts';
import { isOutOfSpace } from './io-error.ts';

export const RESERVE_NAME = 'spool.reserve';

export class Reserve {
  readonly #path: string;
  #isThere: boolean = false;

  constructor(
    private readonly disk: Disk,
    private readonly dir: string,
    private readonly size: number,
  ) {
    this.#path = join(dir, RESERVE_NAME);
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#isThere ? this.size : 0;
  }

  /** Takes over what an earlier process left, where it is whole. */
  adopt(bytes: number): void {
    this.#isThere = bytes === this.size && bytes > 0;
  }

  /** Does what needs space; where there is none, once more after the reserve was given up. */
  async lend<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!isOutOfSpace(error) || !this.#isThere) throw error;
    }
    this.#isThere = false;
    await this.disk.remove(this.#path);
    // Some file systems free blocks only once the removal is on the disk.
    await this.disk.syncFolder(this.dir);
    return await action();
  }

  /** Makes it where it is missing and there is space; never rejects. */
  async refill(): Promise<void> {
    if (this.#isThere || this.size === 0) return;
    try {
      await this.disk.remove(this.#path);
      const file = new AppendFile(await this.disk.create(this.#path));
      try {
        // Random bytes: zeros are not allocated by file systems that compress.
        await file.append(randomFillSync(Buffer.allocUnsafe(this.size)));
      } finally {
        await file.close();
      }
      this.#isThere = true;
    } catch {
      await this.disk.remove(this.#path).catch(() => undefined);
    }
  }
}
