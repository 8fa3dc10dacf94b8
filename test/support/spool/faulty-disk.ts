/** Real files whose operations can be made to fail, come up short or wait. */
import type { AppendHandle, Disk } from '../../../agent/src/spool/disk.ts';
import { systemDisk } from '../../../agent/src/spool/system-disk.ts';

export type FaultyOperation =
  | 'create'
  | 'write'
  | 'datasync'
  | 'truncate'
  | 'rename'
  | 'remove'
  | 'syncFolder';

export class FaultyDisk implements Disk {
  /** Called before each operation; throws to make it fail. */
  before: (operation: FaultyOperation, path: string) => void | Promise<void> = () => {};
  /** Maximum number of bytes that one write stores. */
  maxWriteBytes = Infinity;
  syncs = 0;

  readonly prepare = systemDisk.prepare;
  readonly lock = systemDisk.lock;
  readonly list = systemDisk.list;
  readonly readInto = systemDisk.readInto;

  readonly create = async (path: string): Promise<AppendHandle> => {
    await this.before('create', path);
    const handle = await systemDisk.create(path);
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

  readonly rename = async (from: string, to: string): Promise<void> => {
    await this.before('rename', from);
    await systemDisk.rename(from, to);
  };

  readonly remove = async (path: string): Promise<void> => {
    await this.before('remove', path);
    await systemDisk.remove(path);
  };

  readonly syncFolder = async (dir: string): Promise<void> => {
    await this.before('syncFolder', dir);
    await systemDisk.syncFolder(dir);
  };
}

/** An error like those of the file system. */
export const diskError = (code: string): Error => Object.assign(new Error(`${code}: by the test`), { code });
