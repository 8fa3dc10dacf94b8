/** Real files whose writes and syncs can be made to fail, come up short or wait. */
import { type AppendHandle, createFile } from '../../agent/src/spool/append-file.ts';

export class FaultyDisk {
  /** Called before each operation on a file; throws to make it fail. */
  before: (operation: 'create' | 'write' | 'datasync' | 'truncate', path: string) => void | Promise<void> =
    () => {};
  /** At most so many bytes of one write get through. */
  maxWriteBytes = Infinity;
  syncs = 0;

  readonly createFile = async (path: string): Promise<AppendHandle> => {
    await this.before('create', path);
    const handle = await createFile(path);
    return {
      write: async (bytes, offset, length, position) => {
        await this.before('write', path);
        return handle.write(bytes, offset, Math.min(length, this.maxWriteBytes), position);
      },
      datasync: async () => {
        await this.before('datasync', path);
        this.syncs++;
        await handle.datasync();
      },
      truncate: async (length) => {
        await this.before('truncate', path);
        await handle.truncate(length);
      },
      close: () => handle.close(),
    };
  };
}

/** An error as the file system gives it. */
export const diskError = (code: string): Error => Object.assign(new Error(`${code}: by the test`), { code });
