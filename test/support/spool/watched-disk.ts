/** Real files that report pending operations, so that fake time waits for a real disk. */
import { join } from 'node:path';
import {
  type Disk,
  openKeyRing,
  openSegmentSpool,
  type Runtime,
  type SegmentSpool,
  systemDisk,
} from '@kinetrack/agent';

export class WatchedDisk implements Disk {
  #open = 0;

  /** An operation is pending. */
  get isBusy(): boolean {
    return this.#open > 0;
  }

  readonly prepare: Disk['prepare'] = (dir) => this.#counted(systemDisk.prepare(dir));
  readonly lock: Disk['lock'] = async (dir) => {
    const lock = await this.#counted(systemDisk.lock(dir));
    return { release: () => this.#counted(lock.release()) };
  };
  readonly list: Disk['list'] = (dir) => this.#counted(systemDisk.list(dir));
  readonly create: Disk['create'] = async (path) => {
    const handle = await this.#counted(systemDisk.create(path));
    return {
      write: (...write) => this.#counted(handle.write(...write)),
      datasync: () => this.#counted(handle.datasync()),
      truncate: (length) => this.#counted(handle.truncate(length)),
      close: () => this.#counted(handle.close()),
    };
  };
  readonly readInto: Disk['readInto'] = (...read) => this.#counted(systemDisk.readInto(...read));
  readonly rename: Disk['rename'] = (from, to) => this.#counted(systemDisk.rename(from, to));
  readonly remove: Disk['remove'] = (path) => this.#counted(systemDisk.remove(path));
  readonly syncFolder: Disk['syncFolder'] = (dir) => this.#counted(systemDisk.syncFolder(dir));

  #counted<T>(operation: Promise<T>): Promise<T> {
    this.#open += 1;
    return operation.finally(() => {
      this.#open -= 1;
    });
  }
}

/** The default queue of a tracker in its data directory, on a watched disk. */
export async function openWatchedSpool(
  dataDir: string,
  runtime: Runtime,
): Promise<{ readonly spool: SegmentSpool; readonly disk: WatchedDisk }> {
  const disk = new WatchedDisk();
  const keys = await openKeyRing({ dir: dataDir, preference: 'file', runtime });
  return { spool: await openSegmentSpool({ dir: join(dataDir, 'spool'), keys, disk, runtime }), disk };
}
