/** The ring with keys in its file alone: what happens to keys.json. */
import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Runtime, systemRuntime } from '../../../../agent/src/runtime.ts';
import { type KeyRing, openKeyRing } from '../../../../agent/src/spool/keys/index.ts';
import { lockFolder } from '../../../../agent/src/spool/system-disk.ts';
import { afterTest } from '../../../runner/running-test.ts';
import { tempDir } from '../../../support/process/temp-dir.ts';
import { TestRuntime } from '../../../support/time/test-runtime.ts';

const open = (dir: string, runtime: Runtime = new TestRuntime()): Promise<KeyRing> =>
  openKeyRing({ dir, preference: 'file', runtime });
const keysJson = (dir: string) => readFile(join(dir, 'keys.json'), 'utf8');

test('makes one key, for this user alone, and finds it again', async () => {
  const dir = join(await tempDir(), 'not', 'there', 'yet');
  const first = await open(dir);
  const text = await keysJson(dir);
  const second = await open(dir);
  assert.match(first.current.id, /^[0-9a-f]{8}$/);
  assert.equal(first.current.secret.length, 32);
  assert.deepEqual(second.current, first.current);
  assert.equal(second.keptIn, `the file ${join(dir, 'keys.json')}`);
  assert.equal(second.problem, null);
  assert.equal(second.find('00000000'), undefined);
  assert.equal((await stat(join(dir, 'keys.json'))).mode & 0o777, 0o600);
  assert.equal(await keysJson(dir), text);
  assert.deepEqual(await readdir(dir), ['keys.json']);
});

test('creates a different key for each installation', async () => {
  const rings = await Promise.all([1, 2, 3].map(async () => open(await tempDir())));
  assert.equal(new Set(rings.map(({ current }) => Buffer.from(current.secret).toString('hex'))).size, 3);
});

test('returns the same key to processes that start together', async () => {
  const dir = await tempDir();
  const rings = await Promise.all([1, 2, 3, 4].map(() => open(dir, systemRuntime)));
  assert.equal(new Set(rings.map(({ current }) => current.id)).size, 1);
  assert.equal(JSON.parse(await keysJson(dir)).length, 1);
});

test('gives up after half a minute if another process keeps the lock', async () => {
  const dir = await tempDir();
  const runtime = new TestRuntime();
  const lock = await lockFolder(dir);
  afterTest(() => lock.release());
  const startMs = runtime.monotonic();
  await assert.rejects(runtime.advanceUntil(open(dir, runtime)), { code: 'locked' });
  assert.ok(runtime.monotonic() - startMs >= 30_000);
});

const DAMAGES: Readonly<Record<string, (text: string) => string>> = {
  'is empty': () => '',
  'is cut in the middle': (text) => text.slice(0, text.length / 2),
  'is no list': () => '{"keys":[]}',
  'is an empty list': () => '[]',
  'holds zeros': (text) => '\0'.repeat(text.length),
  'holds a key without its id': (text) => text.replace(/"id".*,/, ''),
  'holds a key of another kind': (text) => text.replace('"file"', '"pocket"'),
};
for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`puts a file aside that ${what}, and begins anew`, async () => {
    const dir = await tempDir();
    const before = await open(dir);
    const damaged = damage(await keysJson(dir));
    await writeFile(join(dir, 'keys.json'), damaged);
    const ring = await open(dir);
    assert.notEqual(ring.current.id, before.current.id);
    assert.match(ring.problem ?? '', /keys\.json was unreadable .*keys\.json\.unreadable-\d+: .*restore it/);
    const aside = (await readdir(dir)).find((name) => name.includes('unreadable')) ?? '';
    assert.equal(await readFile(join(dir, aside), 'utf8'), damaged);
    const next = await open(dir);
    assert.deepEqual(next.current, ring.current);
    assert.equal(next.problem, null);
  });
}

test('keeps the keys that can be read of a file that cannot as a whole', async () => {
  const dir = await tempDir();
  const { current } = await open(dir);
  const entries: unknown[] = JSON.parse(await keysJson(dir));
  await writeFile(join(dir, 'keys.json'), JSON.stringify([{ id: 'what' }, ...entries]));
  const ring = await open(dir);
  assert.deepEqual(ring.current, current);
  assert.match(ring.problem ?? '', /unreadable/);
  assert.deepEqual(JSON.parse(await keysJson(dir)), entries);
});

test('never accepts a secret with one wrong bit: every event would look damaged', async () => {
  const dir = await tempDir();
  const { current } = await open(dir);
  const wrong = Buffer.from(current.secret);
  wrong[31] = (wrong[31] ?? 0) ^ 1;
  const right = Buffer.from(current.secret).toString('base64');
  await writeFile(join(dir, 'keys.json'), (await keysJson(dir)).replace(right, wrong.toString('base64')));
  const ring = await open(dir);
  assert.notEqual(ring.current.id, current.id);
  assert.equal(ring.find(current.id), undefined);
  assert.match(
    ring.problem ?? '',
    new RegExp(`keys\\.json no longer has .*${current.id}: restore it from a backup`),
  );
  assert.equal((await open(dir)).current.id, ring.current.id);
  assert.equal(JSON.parse(await keysJson(dir)).length, 2);
});

test('says nothing secret in its problem', async () => {
  const dir = await tempDir();
  const { current } = await open(dir);
  const secret = Buffer.from(current.secret).toString('base64');
  await writeFile(join(dir, 'keys.json'), (await keysJson(dir)).replace('"file"', '"pocket"'));
  const { problem } = await open(dir);
  assert.ok(problem !== null && !problem.includes(secret.slice(0, 8)));
});

test('hands on what the disk refuses', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, 'file'), '');
  await assert.rejects(open(join(dir, 'file')));
});
