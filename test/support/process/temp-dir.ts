import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testSignal } from '../../runner/running-test.ts';

/**
 * A folder for one test, removed after the cleanups of the test: what they close may still write, and holds the lock
 * of a folder whose inode could be given to another test.
 */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kinetrack-test-'));
  testSignal().addEventListener('abort', () => rmSync(dir, { recursive: true, force: true }), { once: true });
  return dir;
}
