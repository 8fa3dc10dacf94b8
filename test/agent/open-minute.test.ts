/** The draft of the open minute: there after a kill, and gone in every case of doubt. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Draft, OpenMinute } from '@kinetrack/agent';
import { type LogFields, silentLogger } from '../../agent/src/logger.ts';
import {
  type Boot,
  currentBoot,
  isSameBoot,
  type OpenMinuteOptions,
  openMinuteFile,
} from '../../agent/src/open-minute.ts';
import { findIn } from '../support/process/find-text.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { diskError, FaultyDisk } from '../support/spool/faulty-disk.ts';
import { testKey, testKeys } from '../support/spool/test-keys.ts';

const TITLE = 'Kummerkasten der Abteilung';
const NOW_MS = Date.UTC(2026, 10, 20, 9, 10);

function draftOf(seconds: number): Draft {
  const zeros = new Array<number>(seconds).fill(0);
  return {
    atMs: NOW_MS,
    utc_offset_min: 60,
    time_zone: 'Europe/Berlin',
    session_id: '0b6c5f3e-43b4-4f0a-9c3a-2f5a6e1d7c88',
    user_id: 'jane',
    body: {
      activity_type: 'sample',
      from_s: 0,
      to_s: seconds,
      ...{ keys: zeros, clicks: zeros, scrolls: zeros, distance_px: zeros },
      segments: [{ app: 'Code', site: null, title: TITLE, from_s: 0, to_s: seconds }],
      distraction_s: null,
      idle_at_start_s: 0,
      flags: [],
    },
  };
}

interface Setup {
  readonly dir: string;
  readonly path: string;
  readonly disk: FaultyDisk;
  readonly logged: (readonly [string, LogFields | undefined])[];
  /** Another process on the same folder. */
  readonly open: (options?: Partial<OpenMinuteOptions>) => OpenMinute;
}

async function setup(): Promise<Setup> {
  const dir = await tempDir();
  const disk = new FaultyDisk();
  const logged: [string, LogFields | undefined][] = [];
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: LogFields) => void logged.push([message, fields]),
  };
  const runtime = { now: () => NOW_MS };
  const open = (options?: Partial<OpenMinuteOptions>) =>
    openMinuteFile({ dir, keys: testKeys(), runtime, logger, disk, bootOf: () => 'this boot', ...options });
  return { dir, path: join(dir, 'open-minute'), disk, logged, open };
}

test('returns the last draft to the next process until it is cleared', async () => {
  const { dir, path, open } = await setup();
  const first = open();
  assert.equal(await first.recover(), null);
  await first.write(draftOf(5));
  await first.write(draftOf(10));
  assert.deepEqual(await open().recover(), draftOf(10));
  const third = open();
  assert.deepEqual(await third.recover(), draftOf(10));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(dir), ['open-minute']);
  await third.clear();
  assert.deepEqual(await readdir(dir), []);
  assert.equal(await open().recover(), null);
  await third.clear();
});

test('leaves nothing readable on the disk', async () => {
  const { path, open } = await setup();
  await open().write(draftOf(7));
  const texts = [TITLE, 'Code', 'jane', 'Berlin', 'sample', testKey().secret.toString()];
  assert.deepEqual(findIn('the draft', await readFile(path), texts), []);
});

test('knows nothing of a draft under a key that is missing or another, and removes it', async () => {
  const { dir, open } = await setup();
  for (const keys of [
    testKeys(testKey('0badcafe')),
    testKeys({ ...testKey('0badcafe'), id: testKey().id }),
  ]) {
    await open().write(draftOf(7));
    assert.equal(await open({ keys }).recover(), null);
    assert.deepEqual(await readdir(dir), []);
  }
  await open().write(draftOf(7));
  assert.deepEqual(await open({ keys: testKeys(testKey(), testKey('0badcafe')) }).recover(), draftOf(7));
});

test('knows nothing of a draft with damage at any byte, of any length, and removes it', async () => {
  const { dir, path, open, logged } = await setup();
  await open().write(draftOf(3));
  const whole = await readFile(path);
  const damaged = [
    ...Array.from({ length: whole.length }, (_, at) => flipped(whole, at)),
    ...Array.from({ length: whole.length }, (_, length) => whole.subarray(0, length)),
    Buffer.concat([whole, Buffer.of(0)]),
    Buffer.alloc(whole.length),
    Buffer.alloc(2 * 1024 * 1024),
  ];
  for (const [index, bytes] of damaged.entries()) {
    await writeFile(path, bytes);
    assert.equal(await open().recover(), null, `damage ${index}`);
    assert.deepEqual(await readdir(dir), [], `damage ${index}`);
  }
  await writeFile(path, whole);
  assert.deepEqual(await open().recover(), draftOf(3));
  assert.deepEqual(logged, []);
});

test('knows nothing of a draft that a power cut may have brought back', async () => {
  const boots: readonly (readonly [Boot, Boot, boolean])[] = [
    ['one', 'one', true],
    ['one', 'other', false],
    [NOW_MS, NOW_MS + 5000, true],
    [NOW_MS, NOW_MS - 5000, true],
    [NOW_MS, NOW_MS + 5001, false],
    [NOW_MS, String(NOW_MS), false],
  ];
  const { dir, open } = await setup();
  for (const [before, now, isKept] of boots) {
    await open({ bootOf: () => before }).write(draftOf(7));
    const draft = await open({ bootOf: () => now }).recover();
    assert.deepEqual(draft, isKept ? draftOf(7) : null, `${before} and ${now}`);
    assert.equal((await readdir(dir)).length, isKept ? 1 : 0);
  }
});

test('identifies a boot by the identity from the kernel, or by its start', () => {
  const at = (nowMs: number, file?: string) => currentBoot({ now: () => nowMs }, file);
  if (process.platform === 'linux') assert.match(String(at(NOW_MS)), /^[0-9a-f-]{36}$/);
  const began = at(NOW_MS, '/nowhere');
  assert.equal(typeof began, 'number');
  assert.ok(isSameBoot(began, at(NOW_MS, '/nowhere')));
  assert.ok(!isSameBoot(began, at(NOW_MS + 60_000, '/nowhere')), 'the clock, but not the uptime went on');
});

test('has no draft after a clear that was handed in before it, and has one that came after', async () => {
  const { dir, disk, open } = await setup();
  const order: string[] = [];
  disk.before = async (operation, path) => {
    order.push(operation);
    // The later, the faster: only a queue keeps them in their order.
    if (path.endsWith('.tmp') && operation === 'rename')
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const minute = open();
  await minute.write(draftOf(1));
  order.length = 0;
  await Promise.all([minute.write(draftOf(7)), minute.clear()]);
  assert.deepEqual(order, ['remove', 'create', 'write', 'rename', 'remove']);
  assert.deepEqual(await readdir(dir), []);
  await Promise.all([minute.clear(), minute.write(draftOf(8))]);
  assert.deepEqual(await open().recover(), draftOf(8));
});

test('reports once that the disk refuses drafts, keeps the last one, and resumes later', async () => {
  const { disk, open, logged } = await setup();
  const minute = open();
  await minute.write(draftOf(1));
  for (const failing of ['create', 'write', 'rename', 'remove'] as const) {
    disk.before = (operation) => {
      if (operation === failing) throw diskError('ENOSPC');
    };
    await minute.write(draftOf(2));
    disk.before = () => {};
    assert.deepEqual(await open().recover(), draftOf(1), failing);
  }
  disk.maxWriteBytes = 100;
  await minute.write(draftOf(2));
  assert.deepEqual(await open().recover(), draftOf(1), 'a short write');
  assert.equal(logged.length, 1);
  assert.match(String(logged[0]?.[1]?.error), /ENOSPC/);
  disk.maxWriteBytes = Infinity;
  await minute.write(draftOf(3));
  assert.deepEqual(await open().recover(), draftOf(3));
});

test('does not report a draft as cleared while the disk may still have it', async () => {
  const { disk, open } = await setup();
  const minute = open();
  await minute.write(draftOf(7));
  disk.before = (operation) => {
    if (operation === 'remove') throw diskError('EACCES');
  };
  await assert.rejects(minute.clear(), {
    code: 'io',
    message: /cannot remove .*open-minute: this user has no permission/,
  });
  disk.before = () => {};
  await minute.clear();
  assert.equal(await open().recover(), null);
  disk.before = () => assert.fail('nothing is there: the disk need not be asked');
  await minute.clear();
});

test('continues recording whatever is in the place of its file', async () => {
  const { path, dir, open, logged } = await setup();
  await mkdir(path);
  const minute = open();
  assert.equal(await minute.recover(), null);
  await minute.write(draftOf(7));
  await minute.clear();
  assert.deepEqual(await readdir(dir), ['open-minute', 'open-minute.tmp']);
  assert.equal(logged.length, 1);
});

test('ignores a write that was cut off by a kill', async () => {
  const { dir, path, open } = await setup();
  await writeFile(`${path}.tmp`, 'half');
  assert.equal(await open().recover(), null);
  assert.deepEqual(await readdir(dir), []);
  const minute = open();
  await writeFile(`${path}.tmp`, 'half');
  await minute.write(draftOf(7));
  assert.deepEqual(await open().recover(), draftOf(7));
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 0x10, at);
  return copy;
}
