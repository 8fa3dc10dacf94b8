import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileObjectStore, InvalidObjectKey } from '../../../local/stores/object-store.ts';
import { objectStoreContract } from '../../contract/object-store-contract.ts';
import { collect } from '../../support/collect.ts';
import { MemoryObjectStore } from '../../support/lake/memory-object-store.ts';
import { tempDir } from '../../support/process/temp-dir.ts';

objectStoreContract('FileObjectStore', async () => new FileObjectStore(join(await tempDir(), 'lake')));
objectStoreContract('MemoryObjectStore', () => new MemoryObjectStore());

describe('FileObjectStore', () => {
  it('stores an object at the path of its key', async () => {
    const dir = await tempDir();

    await new FileObjectStore(dir).put('raw/dt=2026-11-20/hour=09/a.json', Buffer.from('{}'));

    assert.equal(await readFile(join(dir, 'raw/dt=2026-11-20/hour=09/a.json'), 'utf8'), '{}');
  });

  for (const [key, rule] of [
    ['', /empty part/],
    ['/etc/passwd', /absolute/],
    ['a//b', /empty part/],
    ['a/', /empty part/],
    ['../a', /contains \.\.; use names only/],
    ['a/../../b', /contains \.\.; use names only/],
    ['a/./b', /contains \.; use names only/],
    ['a\\..\\b', /backslash/],
    ['a\0b', /null byte/],
    ['x'.repeat(221), /longer than 220 bytes/],
    ['x/'.repeat(600), /longer than 1024 bytes/],
    ['a.writing', /temporary files/],
  ] as const) {
    it(`refuses the key ${JSON.stringify(key.slice(0, 20))} and names it, the rule and the remedy`, async () => {
      const store = new FileObjectStore(await tempDir());
      const isClear = (error: unknown) => {
        assert.ok(error instanceof InvalidObjectKey);
        assert.equal(error.code, 'invalid_key');
        assert.match(error.message, rule);
        assert.ok(error.message.includes(JSON.stringify(key)));
        return true;
      };

      await assert.rejects(store.put(key, Buffer.from('x')), isClear);
      await assert.rejects(collect(store.read(key)), isClear);
      await assert.rejects(store.delete(key), isClear);
    });
  }

  it('refuses to list above its folder', async () => {
    const store = new FileObjectStore(await tempDir());

    await assert.rejects(collect(store.list('../')), InvalidObjectKey);
  });

  it('refuses a key that is a folder or is below an object, and leaves no partial file', async () => {
    const dir = await tempDir();
    const store = new FileObjectStore(dir);
    await store.put('a/b', Buffer.from('x'));

    await assert.rejects(store.put('a', Buffer.from('y')), InvalidObjectKey);
    await assert.rejects(store.put('a/b/c', Buffer.from('y')), InvalidObjectKey);

    assert.deepEqual(await readdir(dir, { recursive: true }), ['a', 'a/b']);
  });

  it('neither lists nor needs what a killed writer left behind', async () => {
    const dir = await tempDir();
    const store = new FileObjectStore(dir);
    await mkdir(join(dir, 'raw'));
    await writeFile(join(dir, 'raw', 'a.json.gz.4711-1.writing'), 'half of an ob');

    await store.put('raw/a.json.gz', Buffer.from('whole'));

    assert.deepEqual(
      (await collect(store.list(''))).map(({ key, bytes }) => [key, bytes]),
      [['raw/a.json.gz', 5]],
    );
  });

  it('continues when its folder was removed', async () => {
    const dir = join(await tempDir(), 'lake');
    const store = new FileObjectStore(dir);
    await store.put('raw/a', Buffer.from('x'));
    await rm(dir, { recursive: true });

    await store.put('raw/b', Buffer.from('y'));

    assert.deepEqual(
      (await collect(store.list(''))).map(({ key, bytes }) => [key, bytes]),
      [['raw/b', 1]],
    );
  });

  it('shows a reader in another process the old or the new object, never a part, while it is killed', async () => {
    const dir = await tempDir();
    const writer = spawn(process.execPath, ['--import', 'tsx', '-e', ENDLESS_WRITER, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const seen = new Set<string>();
    const store = new FileObjectStore(dir);
    const look = async () => {
      const body = Buffer.concat(await collect(store.read('raw/a'))).toString();
      assert.equal(body.length, 200_000);
      seen.add([...new Set(body)].join(''));
    };

    await once(writer.stdout, 'data');
    while (seen.size < 2) await look();
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    await look();

    for (const letters of seen) assert.equal(letters.length, 1);
    assert.equal((await collect(store.list(''))).length, 1);
  });
});

const ENDLESS_WRITER = `
import(${JSON.stringify(new URL('../../../local/stores/object-store.ts', import.meta.url).href)}).then(async ({ FileObjectStore }) => {
  const store = new FileObjectStore(process.argv[1]);
  for (let turn = 0; ; turn++) {
    await store.put('raw/a', Buffer.alloc(200000, 'abc'[turn % 3]));
    if (turn === 0) console.log('first');
  }
});
`;
