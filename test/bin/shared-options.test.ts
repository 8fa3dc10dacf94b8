import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../bin/cli-error.ts';
import { requireLake } from '../../bin/shared-options.ts';
import { runCli } from '../support/process/cli.ts';
import { tempDir } from '../support/process/temp-dir.ts';

const says = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UsageError);
  assert.match(error.message, message);
  return true;
};

describe('the folder of a lake', () => {
  it('is one with a folder of a lake in it, or an empty one', async () => {
    const dir = await tempDir();
    assert.equal(requireLake(dir), dir);
    await writeFile(join(dir, '.DS_Store'), '');
    assert.equal(requireLake(`${dir}/`), dir);
    await mkdir(join(dir, 'raw'));
    await writeFile(join(dir, 'notes.txt'), '');
    assert.equal(requireLake(dir), dir);
  });

  it('is not the data directory above it, and the message names the lake', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'config.json'), '{}');
    assert.throws(
      () => requireLake(dir),
      says(/is not a lake folder\. A lake folder has subfolders such as raw,/),
    );
    await mkdir(join(dir, 'lake', 'rollup'), { recursive: true });
    assert.throws(
      () => requireLake(dir),
      says(new RegExp(`is not a lake folder\\. Pass --lake ${join(dir, 'lake')}\\.$`)),
    );
  });

  it('is no file, and not one that is not there', async () => {
    const file = join(await tempDir(), 'lake');
    assert.throws(() => requireLake(file), says(/no such folder/));
    await writeFile(file, '');
    assert.throws(() => requireLake(file), says(/is a file\. Pass a lake folder/));
    assert.throws(() => requireLake(join(file, 'below')), says(/no such folder/));
  });

  it('gets no tombstone if it holds something else', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'config.json'), '{}');
    const { code, stderr } = await runCli(['delete', 'ada', '--lake', dir, '--yes']);
    assert.equal(code, 2, stderr);
    assert.deepEqual(await readdir(dir), ['config.json']);
  });
});
