/**
 * The identity of this installation: a random UUID, never the host name, in the data directory. If
 * the file is unreadable, it is renamed and a new identity is created: an unattended agent must not
 * stop.
 *
 * A lost queue also gets a new identity: its seqs start at 1 again, and a seq used twice by one
 * device would be indistinguishable from a duplicate.
 */
import { join } from 'node:path';
import { envelopeShape } from '@kinetrack/schema';
import { readIfExists, setAside, writeFileAtomically } from './data-dir.ts';
import type { Logger } from './logger.ts';
import type { Runtime } from './runtime.ts';

const FILE = 'device.json';

export interface IdentityContext {
  readonly dataDir: string;
  readonly runtime: Runtime;
  readonly logger: Logger;
  /** Highest seq used with the identity; 0 for a new queue. */
  readonly lastSeq: number;
}

export async function loadDeviceId(context: IdentityContext): Promise<string> {
  const { dataDir, runtime, logger, lastSeq } = context;
  const path = join(dataDir, FILE);
  const text = await readIfExists(path);
  if (text !== null) {
    const known = deviceIdIn(text);
    if (known !== null && lastSeq > 0) return known;
    if (known === null) {
      const aside = await setAside(path, runtime.now());
      logger.warn('the device identity is unreadable; creating a new one', { path, aside });
    } else {
      logger.warn('the queue is new; creating a new device identity', { previous: known });
    }
  }
  const deviceId = runtime.uuid();
  await writeFileAtomically(path, `${JSON.stringify({ device_id: deviceId })}\n`);
  return deviceId;
}

function deviceIdIn(text: string): string | null {
  try {
    const file: unknown = JSON.parse(text);
    if (typeof file !== 'object' || file === null || !('device_id' in file)) return null;
    return envelopeShape.device_id.safeParse(file.device_id).data ?? null;
  } catch {
    return null;
  }
}
