/** Keys in a real keyring: gnome-keyring over a real bus, by the real secret-tool. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemRuntime } from '../../../../agent/src/runtime.ts';
import { type KeyRing, openKeyRing } from '../../../../agent/src/spool/keys/index.ts';
import { type KeyringSession, openKeyringSession } from '../../../support/agent/gnome-keyring.ts';
import { tempDir } from '../../../support/process/temp-dir.ts';
import { TestRuntime } from '../../../support/time/test-runtime.ts';

const open = (dir: string, { host }: KeyringSession): Promise<KeyRing> =>
  openKeyRing({ dir, preference: 'auto', runtime: systemRuntime, host });
const keysJson = (dir: string) => readFile(join(dir, 'keys.json'), 'utf8');
const hex = (secret: Uint8Array | undefined) => Buffer.from(secret ?? []).toString('hex');

test('keeps the key in the keyring, through a restart of the keyring', async () => {
  const dir = await tempDir();
  const session = await openKeyringSession();
  await session.start('unlocked');
  const first = await open(dir, session);
  assert.equal(first.keptIn, 'the login keyring');
  assert.ok(!(await keysJson(dir)).includes(Buffer.from(first.current.secret).toString('base64')));
  const text = await keysJson(dir);
  await session.stop();
  await session.start('unlocked');
  const second = await open(dir, session);
  assert.equal(hex(second.current.secret), hex(first.current.secret));
  assert.equal(second.problem, null);
  assert.equal(await keysJson(dir), text);
});

test('uses the file while the keyring is missing or locked, and returns to the keyring later', async () => {
  const dir = await tempDir();
  const session = await openKeyringSession();
  await session.start('unlocked');
  const before = await open(dir, session);
  await session.stop();

  const gone = await open(dir, session);
  assert.match(gone.keptIn, /^the file /);
  assert.equal(gone.find(before.current.id), undefined);
  assert.match(
    gone.problem ?? '',
    /the login keyring does not release .*: unlock it .* and start again; until then events/,
  );

  await session.start('locked');
  const locked = await open(dir, session);
  assert.equal(locked.current.id, gone.current.id);
  assert.equal(locked.problem, gone.problem);
  assert.equal(JSON.parse(await keysJson(dir)).length, 2);

  await session.stop();
  await session.start('unlocked');
  const back = await open(dir, session);
  assert.equal(hex(back.current.secret), hex(before.current.secret));
  assert.equal(hex(back.find(gone.current.id)?.secret), hex(gone.current.secret));
  assert.equal(back.problem, null);
});

test('waits five seconds for a keyring that does not answer, and ends the program', async () => {
  const dir = await tempDir();
  const session = await openKeyringSession();
  await session.start('unlocked');
  const before = await open(dir, session);
  session.freeze();
  const runtime = new TestRuntime();
  const startMs = runtime.monotonic();
  const { host } = session;
  const ring = await runtime.advanceUntil(openKeyRing({ dir, preference: 'auto', runtime, host }));
  assert.match(ring.keptIn, /^the file /);
  assert.match(ring.problem ?? '', new RegExp(before.current.id));
  assert.ok(runtime.monotonic() - startMs >= 5000);
  assert.equal(runtime.timers, 0);
  session.thaw();
  assert.equal((await open(dir, session)).current.id, before.current.id);
});

test('starts with a key in the file if the keyring is locked or missing', async () => {
  const session = await openKeyringSession();
  const unanswered = await open(await tempDir(), session);
  assert.match(unanswered.keptIn, /^the file /);
  assert.equal(unanswered.problem, null);
  await session.start('unlocked');
  await session.stop();
  await session.start('locked');
  const locked = await open(await tempDir(), session);
  assert.match(locked.keptIn, /^the file /);
  assert.equal(locked.problem, null);
});

test('keeps the keys of two data folders of one user apart', async () => {
  const session = await openKeyringSession();
  await session.start('unlocked');
  const dirs = [await tempDir(), await tempDir()] as const;
  const made = [await open(dirs[0], session), await open(dirs[1], session)] as const;
  const found = [await open(dirs[0], session), await open(dirs[1], session)] as const;
  assert.notEqual(made[0].current.id, made[1].current.id);
  assert.deepEqual(
    found.map(({ current }) => hex(current.secret)),
    made.map(({ current }) => hex(current.secret)),
  );
});
