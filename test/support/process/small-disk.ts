import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterTest } from '../../runner/running-test.ts';

const run = promisify(execFile);

/** A folder on a file system of its own with so much room; needs the right to mount. */
export async function smallDisk(size: '1m'): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kinetrack-disk-'));
  let isMounted: boolean = false;
  afterTest(async () => {
    // Lazily: a process may still have a file open there.
    if (isMounted) await run('umount', ['--lazy', dir]);
    await rm(dir, { recursive: true, force: true });
  });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'kinetrack-test', dir]);
  } catch (cause) {
    assert.fail(
      `this test fills a small disk and may not mount one here: run it as root or with CAP_SYS_ADMIN (in a container, --cap-add SYS_ADMIN): ${String(cause)}`,
    );
  }
  isMounted = true;
  return dir;
}
