/** The data of an installation on disk: the spool, the dead letters, the open minute, and their keys. */
import { join } from 'node:path';
import type { KeyStore } from '@kinetrack/schema';
import {
  type DeadLetter,
  type DeadLetters,
  isThere,
  openDeadLetters,
  readDeadLetters,
} from './dead-letters.ts';
import { type Logger, silentLogger } from './logger.ts';
import { type OpenMinute, openMinuteFile } from './open-minute.ts';
import type { Runtime } from './runtime.ts';
import { openSegmentSpool, type SegmentSpool } from './spool/index.ts';
import { inspectSpool, type SpoolReport } from './spool/inspect.ts';
import { openKeyRing } from './spool/keys/index.ts';
import { DEFAULT_MAX_BYTES } from './spool/segment-spool.ts';

export interface QueueOptions {
  readonly dataDir: string;
  readonly keyStore: KeyStore;
  /** Disk space of the queue. @defaultValue that of `queueMaxBytes` */
  readonly maxBytes?: number;
  readonly runtime: Runtime;
  /** @defaultValue no logging */
  readonly logger?: Logger;
}

export interface Queue {
  readonly spool: SegmentSpool;
  readonly deadLetters: DeadLetters;
  /** Protected by the lock of the spool, which covers the whole folder. */
  readonly openMinute: OpenMinute;
}

const SPOOL_DIR = 'spool';
const DEAD_LETTERS_DIR = 'dead-letters';

/** Rejects with SpoolError: `locked` while another process has the queue open, `io` for disk errors. */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { dataDir, keyStore, runtime, logger = silentLogger } = options;
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  const keys = await openKeyRing({ dir: dataDir, preference: keyStore, runtime });
  // Without the runtime: disks sync in real time, even if a test simulates time.
  const spool = await openSegmentSpool({ dir: join(dataDir, SPOOL_DIR), keys, maxBytes });
  try {
    const deadLetters = await openDeadLetters({ dir: join(dataDir, DEAD_LETTERS_DIR), keys });
    return { spool, deadLetters, openMinute: openMinuteFile({ dir: dataDir, keys, runtime, logger }) };
  } catch (error) {
    await spool.close();
    throw error;
  }
}

/** The ledger of a stopped installation; null if there is none. */
export const inspectQueue = (dataDir: string): Promise<SpoolReport | null> =>
  inspectSpool(join(dataDir, SPOOL_DIR));

/** The dead letters of an installation, oldest first; it may be running. */
export async function listDeadLetters(
  options: Pick<QueueOptions, 'dataDir' | 'keyStore' | 'runtime'>,
): Promise<readonly DeadLetter[]> {
  const { dataDir, keyStore, runtime } = options;
  const dir = join(dataDir, DEAD_LETTERS_DIR);
  // Reading must not create a folder or a key.
  if (!(await isThere(dir))) return [];
  return readDeadLetters(dir, await openKeyRing({ dir: dataDir, preference: keyStore, runtime }));
}
