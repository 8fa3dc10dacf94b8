import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AGENT_VERSION, createLogger, defaultDataDir, silentLogger } from '@kinetrack/agent';
import { writeFileAtomically } from '../../agent/src/data-dir.ts';
import { loadDeviceId } from '../../agent/src/device-identity.ts';
import { tempDir } from '../support/process/temp-dir.ts';
import { TestRuntime } from '../support/time/test-runtime.ts';

test('stamps events with the version of the package', async () => {
  const text = await readFile(new URL('../../agent/package.json', import.meta.url), 'utf8');
  assert.equal(AGENT_VERSION, JSON.parse(text).version);
});

test('keeps data in the directory of the platform', () => {
  const home = '/home/jane';
  assert.equal(defaultDataDir({ platform: 'linux', env: {}, home }), '/home/jane/.local/share/kinetrack');
  assert.equal(defaultDataDir({ platform: 'linux', env: { XDG_DATA_HOME: '/x' }, home }), '/x/kinetrack');
  assert.equal(
    defaultDataDir({ platform: 'darwin', env: {}, home }),
    '/home/jane/Library/Application Support/Kinetrack',
  );
  assert.match(defaultDataDir({ platform: 'win32', env: { LOCALAPPDATA: 'L' }, home }), /^L.Kinetrack$/);
});

test('assigns an installation a permanent identity', async () => {
  const dataDir = await tempDir();
  const context = { dataDir, runtime: new TestRuntime(), logger: silentLogger };
  const first = await loadDeviceId({ ...context, lastSeq: 0 });
  assert.equal(await loadDeviceId({ ...context, lastSeq: 12 }), first);
  assert.equal((await stat(join(dataDir, 'device.json'))).mode & 0o777, 0o600);
});

test('starts a new identity with a new queue: no device uses a number twice', async () => {
  const dataDir = await tempDir();
  const context = { dataDir, runtime: new TestRuntime(), logger: silentLogger };
  const first = await loadDeviceId({ ...context, lastSeq: 0 });
  const second = await loadDeviceId({ ...context, lastSeq: 0 });
  assert.notEqual(second, first);
  assert.equal(await loadDeviceId({ ...context, lastSeq: 3 }), second);
  assert.deepEqual(await readdir(dataDir), ['device.json']);
});

for (const damage of ['', '{"device_id":', '{"device_id":"my-laptop"}', '[]', 'null']) {
  test(`begins a new identity if the file says ${JSON.stringify(damage)}, and keeps what was there`, async () => {
    const dataDir = await tempDir();
    const warnings: string[] = [];
    const runtime = new TestRuntime();
    const logger = createLogger({ runtime, write: (line) => warnings.push(line) });
    await writeFile(join(dataDir, 'device.json'), damage);
    const id = await loadDeviceId({ dataDir, runtime, logger, lastSeq: 7 });
    assert.equal(await loadDeviceId({ dataDir, runtime, logger, lastSeq: 7 }), id);
    assert.equal(warnings.length, 1);
    const aside = (await readdir(dataDir)).find((name) => name.includes('unreadable')) ?? '';
    assert.equal(await readFile(join(dataDir, aside), 'utf8'), damage);
  });
}

test('replaces a file atomically and leaves no other file', async () => {
  const dataDir = await tempDir();
  const path = join(dataDir, 'file.json');
  await writeFileAtomically(path, 'one');
  await writeFileAtomically(path, 'two');
  assert.equal(await readFile(path, 'utf8'), 'two');
  await assert.rejects(writeFileAtomically(join(dataDir, 'missing', 'file.json'), 'x'), { code: 'ENOENT' });
  assert.deepEqual(await readdir(dataDir), ['file.json']);
});

test('logs JSON lines of the level that was asked for', () => {
  const lines: string[] = [];
  const logger = createLogger({
    runtime: new TestRuntime(),
    level: 'warn',
    write: (line) => lines.push(line),
  });
  logger.info('left out');
  logger.warn('kept', { waiting: 3 });
  assert.deepEqual(lines, ['{"ts":"2026-11-20T09:00:00.000Z","level":"warn","message":"kept","waiting":3}']);
});
