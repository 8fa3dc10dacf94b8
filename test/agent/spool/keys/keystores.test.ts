/** One suite for the keystores of all systems, against what their programs answer. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeyRing, openKeyRing } from '../../../../agent/src/spool/keys/index.ts';
import {
  type FakeKeystore,
  fakeDpapi,
  fakeKeychain,
  fakeSecretService,
} from '../../../support/agent/fake-keystores.ts';
import { tempDir } from '../../../support/process/temp-dir.ts';
import { TestRuntime } from '../../../support/time/test-runtime.ts';

const open = (
  dir: string,
  { exec, host }: FakeKeystore,
  preference: 'auto' | 'file' = 'auto',
): Promise<KeyRing> => openKeyRing({ dir, preference, runtime: new TestRuntime(), exec, host });

const secretOf = ({ current }: KeyRing) => Buffer.from(current.secret).toString('base64');
const keysJson = (dir: string) => readFile(join(dir, 'keys.json'), 'utf8');

for (const [system, create] of [
  ['Secret Service', fakeSecretService],
  ['Keychain', fakeKeychain],
  ['DPAPI', fakeDpapi],
] as const) {
  test(`${system}: keeps the key, and returns it at the next start`, async () => {
    const dir = await tempDir();
    const store = create();
    const first = await open(dir, store);
    const second = await open(dir, store);
    assert.deepEqual(Buffer.from(second.current.secret), Buffer.from(first.current.secret));
    assert.equal(second.current.id, first.current.id);
    assert.equal(second.find(first.current.id), second.current);
    assert.match(second.keptIn, store.name);
    assert.equal(second.problem, null);
    assert.equal(store.items.size, 1);
  });

  test(`${system}: passes the secret only on stdin, and writes none to keys.json`, async () => {
    const dir = await tempDir();
    const store = create();
    const ring = await open(dir, store);
    assert.ok(store.commands.some(({ stdin }) => stdin.includes(secretOf(ring))));
    assert.ok(
      store.commands.every(({ program, args }) => ![program, ...args].join(' ').includes(secretOf(ring))),
    );
    assert.ok(!(await keysJson(dir)).includes(secretOf(ring)));
    assert.match(await keysJson(dir), new RegExp(`"kept_in": "${store.keptIn}"`));
  });

  for (const condition of ['locked', 'silent', 'absent'] as const) {
    test(`${system}: starts with a key in the file if the keystore is ${condition}, and does not ask again`, async () => {
      const dir = await tempDir();
      const store = create();
      store.condition = condition;
      const ring = await open(dir, store);
      assert.equal(ring.keptIn, `the file ${join(dir, 'keys.json')}`);
      assert.equal(ring.problem, null);
      const asked = store.commands.length;
      store.condition = 'open';
      assert.equal((await open(dir, store)).current.id, ring.current.id);
      assert.equal(store.commands.length, asked);
    });

    test(`${system}: uses the same key in the file while it is ${condition}, and returns to the keystore later`, async () => {
      const dir = await tempDir();
      const store = create();
      const before = await open(dir, store);
      store.condition = condition;
      const during = await open(dir, store);
      const again = await open(dir, store);
      assert.equal(during.find(before.current.id), undefined);
      assert.match(
        during.problem ?? '',
        new RegExp(
          `does not release .*${before.current.id}: .*start again; until then .* stay in the queue$`,
        ),
      );
      assert.equal(again.current.id, during.current.id);
      assert.equal(JSON.parse(await keysJson(dir)).length, 2);
      store.condition = 'open';
      const after = await open(dir, store);
      assert.equal(after.current.id, before.current.id);
      assert.deepEqual(
        Buffer.from(after.find(during.current.id)?.secret ?? ''),
        Buffer.from(during.current.secret),
      );
      assert.equal(after.problem, null);
    });
  }

  test(`${system}: does not treat a key as kept that is returned differently`, async () => {
    const dir = await tempDir();
    const store = create();
    const forgetful: FakeKeystore = {
      ...store,
      exec: async (command) => {
        const outcome = await store.exec(command);
        for (const name of store.items.keys()) store.items.set(name, Buffer.alloc(32, 7).toString('base64'));
        return outcome;
      },
    };
    const ring = await open(dir, forgetful);
    assert.match(ring.keptIn, /^the file /);
    assert.deepEqual(
      JSON.parse(await keysJson(dir)).map(({ kept_in }: { kept_in: string }) => kept_in),
      ['file'],
    );
  });

  test(`${system}: reports what to restore if the keystore has lost the key`, async () => {
    const dir = await tempDir();
    const store = create();
    const { current } = await open(dir, store);
    store.items.clear();
    const ring = await open(dir, store);
    assert.equal(ring.find(current.id), undefined);
    assert.match(
      ring.problem ?? '',
      new RegExp(
        `${store.ofLost} .*${current.id}: .*start again; until then events encrypted with it stay in the queue$`,
      ),
    );
  });

  test(`${system}: does not store a key if the file is preferred, and still returns older ones`, async () => {
    const dir = await tempDir();
    const store = create();
    const kept = await open(dir, store);
    const ring = await open(dir, store, 'file');
    assert.match(ring.keptIn, /^the file /);
    assert.notEqual(ring.current.id, kept.current.id);
    assert.notEqual(ring.find(kept.current.id), undefined);
    assert.equal((await open(dir, store, 'file')).current.id, ring.current.id);
    assert.equal(store.items.size, 1);
  });
}

test('waits for a silent keystore once, however many keys it has', async () => {
  const dir = await tempDir();
  const store = fakeKeychain();
  await open(dir, store);
  const [entry] = JSON.parse(await keysJson(dir));
  await writeFile(join(dir, 'keys.json'), JSON.stringify([{ ...entry, id: '00000001' }, entry]));
  store.condition = 'silent';
  store.commands.length = 0;
  const ring = await open(dir, store);
  assert.equal(store.commands.length, 1);
  assert.match(ring.problem ?? '', new RegExp(`keys 00000001, ${entry.id}: .* them stay in the queue$`));
});

test('names the keys of another system, and continues', async () => {
  const dir = await tempDir();
  const mac = fakeKeychain();
  const { current } = await open(dir, mac);
  const ring = await open(dir, fakeSecretService());
  assert.match(ring.keptIn, /^the file /);
  assert.match(
    ring.problem ?? '',
    new RegExp(`another system \\(keychain\\) does not release .*${current.id}`),
  );
});

test('runs no program on Linux without a session bus', async () => {
  const dir = await tempDir();
  const store = fakeSecretService();
  const ring = await open(dir, { ...store, host: { platform: 'linux', env: { XDG_RUNTIME_DIR: dir } } });
  assert.match(ring.keptIn, /^the file /);
  assert.deepEqual(store.commands, []);
});

test('hands PowerShell a script that no shell in between can read otherwise', async () => {
  const store = fakeDpapi();
  await open(await tempDir(), store);
  for (const { program, args } of store.commands) {
    assert.equal(program, 'C:\\WINDOWS\\System32\\WindowsPowerShell\\v1.0\\powershell.exe');
    assert.deepEqual(args.slice(0, 4), ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command']);
    assert.equal(args.length, 5);
    assert.doesNotMatch(args.join(' '), /["%^\r\n]/);
  }
});
