/**
 * A file that only grows, each growth durable once append() has resolved.
 *
 * A descriptor whose fdatasync failed is never trusted again: Linux reports the error once, marks the pages
 * clean, and the next fdatasync succeeds without the data (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
/** What is used of a FileHandle: narrow, so that a test can stand a failing disk in its place. */
export interface AppendHandle {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export class AppendFile {
  #size = 0;
  #trusted: boolean = true;

  constructor(private readonly handle: AppendHandle) {}

  /** Bytes that are durable. */
  get size(): number {
    return this.#size;
  }

  /** False once what lies behind `size` is unknown: the file must not be appended to any more. */
  get trusted(): boolean {
    return this.#trusted;
  }

  /**
   * Where the bytes begin, once all of them are durable; where it rejects, none of them as far as the disk
   * allows. One call at a time.
   */
  async append(bytes: Uint8Array): Promise<number> {
    if (!this.#trusted)
      throw new Error('what lies behind the end of the file is unknown: write to another one');
    try {
      await this.#write(bytes);
    } catch (error) {
      // A full disk takes a part of a write before it says ENOSPC.
      this.#trusted = await this.#cutBack();
      throw error;
    }
    try {
      await this.handle.datasync();
    } catch (error) {
      this.#trusted = false;
      await this.#cutBack();
      throw error;
    }
    const at = this.#size;
    this.#size += bytes.length;
    return at;
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.handle.write(
        bytes,
        written,
        bytes.length - written,
        this.#size + written,
      );
      if (bytesWritten === 0)
        throw new Error(`the disk took ${written} of ${bytes.length} bytes and no more`);
      written += bytesWritten;
    }
  }

  async #cutBack(): Promise<boolean> {
    try {
      await this.handle.truncate(this.#size);
      return true;
    } catch {
      return false;
    }
  }
}
