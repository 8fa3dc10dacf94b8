import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testSignal } from '../../runner/running-test.ts';

/**
 * A folder of its own for one test, removed when the test has ended: after all that it does in `after`, because what
 * is closed there may still write, and holds the lock of a folder whose inode another test would be given.
 */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kinetrack-test-'));
  testSignal().addEventListener('abort', () => rmSync(dir, { recursive: true, force: true }), { once: true });
  return dir;
}
