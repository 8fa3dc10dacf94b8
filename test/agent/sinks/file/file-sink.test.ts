import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSinkOptions, fileSink, type RecordOutcome } from '../../../../agent/src/sinks/index.ts';
import { systemDisk } from '../../../../agent/src/spool/system-disk.ts';
import { sinkContract } from '../../../contract/sink-contract.ts';
import { afterTest } from '../../../runner/running-test.ts';
import { eventFiles, linesInFolder } from '../../../support/agent/event-files.ts';
import { eventLines } from '../../../support/lake/event-lines.ts';
import { tempDir } from '../../../support/process/temp-dir.ts';
import { sorted } from '../../../support/sorted.ts';
import { diskError, FaultyDisk } from '../../../support/spool/faulty-disk.ts';
import { TestRuntime } from '../../../support/time/test-runtime.ts';
import { until } from '../../../support/time/until.ts';

const HOUR_MS = 3_600_000;

sinkContract('file', async () => {
  const dir = await tempDir();
  const sink = fileSink({ dir, runtime: new TestRuntime(), rotateBytes: 20_000 });
  return { sink, arrived: () => linesInFolder(dir) };
});

async function opened(options: Partial<FileSinkOptions> = {}) {
  const dir = options.dir ?? (await tempDir());
  const runtime = new TestRuntime();
  // Plain files unless a test is about compression: they can be looked at while nothing waits for gzip.
  const sink = fileSink({ dir, runtime, compress: false, ...options });
  afterTest(() => sink.close());
  return { dir, runtime, sink };
}

const statusesOf = (outcomes: readonly RecordOutcome[]) => outcomes.map(({ status }) => status);
const hourOf = (name: string) => /T(\d\d)-/.exec(name)?.[1];
const numbered = (name: string) => /T\d\d-(\d+)-/.exec(name)?.[1];

test('finishes the file of an hour with the first event of the next', async () => {
  const { dir, runtime, sink } = await opened();
  await sink.send(eventLines(2));
  runtime.sleep(HOUR_MS);
  await sink.send(eventLines(1, { from: 3 }));
  const [first, second, ...rest] = await eventFiles(dir);
  assert.ok(first && second);
  assert.deepEqual(rest, []);
  assert.match(first, /^events-2026-11-20T09-00000001-[0-9a-f-]{36}\.jsonl$/);
  assert.match(second, /^events-2026-11-20T10-00000002-[0-9a-f-]{36}\.jsonl\.part$/);
});

test('finishes the file of an hour even if no event follows, and leaves no timer', async () => {
  const { dir, runtime, sink } = await opened();
  await sink.send(eventLines(1));
  runtime.pass(HOUR_MS);
  await waitFor(async () => (await eventFiles(dir)).join().endsWith('.jsonl'));
  assert.match((await eventFiles(dir)).join(), /^events-2026-11-20T09-\S+\.jsonl$/);
  await until('no check is planned', () => runtime.timers === 0);
  await sink.send(eventLines(1, { from: 2 }));
  assert.equal(runtime.timers, 1);
  await sink.close();
  assert.equal(runtime.timers, 0);
});

test('never reopens a finished file when the clock jumps back', async () => {
  const { dir, runtime, sink } = await opened();
  let from = 1;
  // Years in either direction, and the same hour again and again.
  for (const jump of [0, HOUR_MS, -HOUR_MS, -10 * 365.25 * 24 * HOUR_MS, 20 * 365.25 * 24 * HOUR_MS, 0]) {
    runtime.sleep(jump);
    assert.deepEqual(await sink.send(eventLines(1, { from })), [{ status: 'delivered' }]);
    from += 1;
  }
  const names = await eventFiles(dir);
  assert.deepEqual(names.map(numbered).sort(), ['00000001', '00000002', '00000003', '00000004', '00000005']);
  assert.deepEqual(names.map(hourOf).filter((hour) => hour === '09').length, 2);
  assert.deepEqual(sorted(await linesInFolder(dir)), sorted(eventLines(6).map(({ line }) => line)));
});

test('begins a new file before one grows beyond its size, and never divides an event', async () => {
  const { dir, sink } = await opened({ rotateBytes: 1000 });
  const events = [
    ...eventLines(10, { bytes: 300 }),
    ...eventLines(1, { from: 11, bytes: 5000 }),
    ...eventLines(2, { from: 12 }),
  ];
  await sink.send(events);
  const sizes: number[] = [];
  for (const name of await eventFiles(dir)) sizes.push((await stat(join(dir, name))).size);
  assert.deepEqual(
    sizes.map((size) => (size > 1000 ? 'one' : 'several')).join(' '),
    'several several several several one several',
  );
  assert.deepEqual(
    await linesInFolder(dir),
    events.map(({ line }) => line),
  );
});

test('starts a new file after a restart, and continues the count', async () => {
  const { dir, sink } = await opened();
  await sink.send(eventLines(1));
  await sink.close();
  const again = await opened({ dir });
  await again.sink.send(eventLines(1, { from: 2 }));
  assert.deepEqual((await eventFiles(dir)).map(numbered), ['00000001', '00000002']);
  assert.deepEqual(
    await linesInFolder(dir),
    eventLines(2).map(({ line }) => line),
  );
});

/** A part file as a killed process leaves it. */
async function leftPart(content: string | Buffer): Promise<string> {
  const dir = join(await tempDir(), 'files');
  await mkdir(dir);
  await writeFile(join(dir, `${STEM}.jsonl.part`), content);
  return dir;
}
const STEM = 'events-2026-11-20T08-00000041-0a1b2c3d-0000-4000-8000-000000000001';

test('cuts a torn last line off, wherever it was torn, and finishes the file', async () => {
  const whole = '{"seq":1}\n{"seq":2}\n';
  for (let length = 0; length <= whole.length; length++) {
    const dir = await leftPart(whole.slice(0, length));
    const { sink } = await opened({ dir });
    await sink.send([{ id: 3, line: '{"seq":3}' }]);
    await sink.close();
    const lines = [
      length >= 10 ? ['{"seq":1}'] : [],
      length >= 20 ? ['{"seq":2}'] : [],
      ['{"seq":3}'],
    ].flat();
    assert.deepEqual(await linesInFolder(dir), lines, `torn after ${length} bytes`);
    assert.ok((await eventFiles(dir)).every((name) => name.endsWith('.jsonl')));
  }
});

test('leaves out what a power cut has emptied in the middle of an unfinished write', async () => {
  const hole = Buffer.alloc(40);
  const dir = await leftPart(
    Buffer.concat([Buffer.from('{"seq":1}\n{"seq"'), hole, Buffer.from('2}\n{"seq":3}\n{"s')]),
  );
  const { sink } = await opened({ dir });
  await sink.send([{ id: 4, line: '{"seq":4}' }]);
  assert.deepEqual(await linesInFolder(dir), ['{"seq":1}', '{"seq":3}', '{"seq":4}']);
  assert.equal((await readdir(dir)).filter((name) => name.startsWith(STEM)).join(), `${STEM}.jsonl`);
});

test('compresses finished files, and restarts interrupted compressions', async () => {
  const dir = await leftPart('');
  const lines = eventLines(3000, { bytes: 300 }).map(({ line }) => line);
  await writeFile(join(dir, `${STEM}.jsonl`), lines.map((line) => `${line}\n`).join(''));
  await writeFile(join(dir, `${STEM}.jsonl.gz.part`), 'half a fi');
  await opened({ dir, compress: true });
  await waitFor(async () => (await eventFiles(dir)).join() === `${STEM}.jsonl.gz`);
  assert.deepEqual(await linesInFolder(dir), lines);
  const { size } = await stat(join(dir, `${STEM}.jsonl.gz`));
  assert.ok(size < 100_000, `900 KB of events became ${size} bytes`);
});

test('keeps one form of a file that was compressed and not yet removed', async () => {
  const { dir, sink } = await opened({ compress: true });
  await sink.send(eventLines(5));
  await sink.close();
  const again = await opened({ dir, compress: true });
  await waitFor(async () => (await eventFiles(dir)).join().endsWith('.gz'));
  await again.sink.close();
  const [name = ''] = await eventFiles(dir);
  await writeFile(join(dir, name.replace(/\.gz$/, '')), 'the plain form\n');
  const last = await opened({ dir, compress: true });
  await last.sink.send(eventLines(1, { from: 6 }));
  assert.deepEqual(
    await linesInFolder(dir),
    eventLines(6).map(({ line }) => line),
  );
});

test('is alone in its folder, and leaves what is not its own', async () => {
  const { dir, sink } = await opened();
  await writeFile(join(dir, 'notes.jsonl'), 'somebody else wrote this');
  await sink.send(eventLines(1));
  const other = await opened({ dir });
  const [outcome] = await other.sink.send(eventLines(1));
  assert.equal(outcome?.status, 'retryable');
  assert.match(outcome.reason, /is in use by another process: stop it or choose another folder/);
  await sink.close();
  assert.deepEqual(await other.sink.send(eventLines(1, { from: 2 })), [{ status: 'delivered' }]);
  await other.sink.close();
  assert.equal(await readFile(join(dir, 'notes.jsonl'), 'utf8'), 'somebody else wrote this');
});

test('keeps folder and files from other users', async () => {
  const { dir, sink } = await opened({ dir: join(await tempDir(), 'files') });
  await sink.send(eventLines(1));
  await sink.close();
  assert.equal((await stat(dir)).mode & 0o777, 0o700);
  const [name = ''] = await eventFiles(dir);
  assert.equal((await stat(join(dir, name))).mode & 0o777, 0o600);
});

test('leaves events to the queue above its limit, and resumes once files are removed', async () => {
  const { dir, sink } = await opened({ maxBytes: 3000, rotateBytes: 1000 });
  const outcomes = await sink.send(eventLines(12, { bytes: 300 }));
  assert.deepEqual(statusesOf(outcomes).join(' '), `${'delivered '.repeat(9)}retryable retryable retryable`);
  const last = outcomes.at(-1);
  assert.ok(last?.status === 'retryable');
  assert.equal(last.fault, 'storage_fault');
  assert.match(last.reason, /have reached 3000 bytes.*move or delete finished files, or raise maxBytes/);
  const [oldest = ''] = await eventFiles(dir);
  await systemDisk.remove(join(dir, oldest));
  assert.deepEqual(await sink.send(eventLines(1, { from: 13 })), [{ status: 'delivered' }]);
});

test('never writes again to a file whose sync has failed, and keeps what was synced before', async () => {
  let broken = '';
  let syncs = 0;
  const disk = new FaultyDisk();
  disk.before = (operation, path) => {
    if (operation === 'datasync' && ++syncs === 2) {
      broken = path;
      throw diskError('EIO');
    }
    assert.ok(path !== broken || ['truncate', 'rename'].includes(operation), `${operation} again`);
  };
  const { dir, sink } = await opened({ disk });
  await sink.send(eventLines(2));
  const [failed] = await sink.send(eventLines(1, { from: 3 }));
  assert.ok(failed?.status === 'retryable');
  assert.equal(failed.fault, 'storage_fault');
  assert.match(failed.reason, /the disk reports an error; check the disk \(EIO\)/);
  await sink.send(eventLines(1, { from: 3 }));
  assert.equal((await eventFiles(dir)).length, 2);
  assert.deepEqual(
    await linesInFolder(dir),
    eventLines(3).map(({ line }) => line),
  );
});

test('cuts off by another descriptor what a failed sync and a failed truncate have left', async () => {
  let isBroken: boolean = false;
  const disk = new FaultyDisk();
  disk.before = (operation) => {
    if (isBroken && (operation === 'datasync' || operation === 'truncate')) throw diskError('EIO');
  };
  const { dir, sink } = await opened({ disk });
  await sink.send(eventLines(1));
  isBroken = true;
  assert.deepEqual(statusesOf(await sink.send(eventLines(1, { from: 2 }))), ['retryable']);
  isBroken = false;
  assert.deepEqual(
    await linesInFolder(dir),
    eventLines(1).map(({ line }) => line),
  );
});

test('keeps no partial record after a failed write, and continues in the same file', async () => {
  let writes = 0;
  const disk = new FaultyDisk();
  disk.before = (operation) => {
    if (operation === 'write' && ++writes === 2) throw diskError('ENOSPC');
  };
  const { dir, sink } = await opened({ disk });
  await sink.send(eventLines(1));
  const [full] = await sink.send(eventLines(1, { from: 2 }));
  assert.ok(full?.status === 'retryable');
  assert.match(full.reason, /the disk is full; free up space \(ENOSPC\)/);
  assert.equal(full.fault, 'storage_fault');
  await sink.send(eventLines(1, { from: 2 }));
  assert.deepEqual(
    await linesInFolder(dir),
    eventLines(2).map(({ line }) => line),
  );
  assert.equal((await eventFiles(dir)).length, 1);
});

test('says that its folder cannot be made, and works once it can', async () => {
  const root = await tempDir();
  await writeFile(join(root, 'file'), '');
  const { sink } = await opened({ dir: join(root, 'file', 'files') });
  const [outcome] = await sink.send(eventLines(1));
  assert.ok(outcome?.status === 'retryable');
  assert.equal(outcome.fault, 'storage_fault');
  await systemDisk.remove(join(root, 'file'));
  assert.deepEqual(await sink.send(eventLines(1)), [{ status: 'delivered' }]);
});

test('refuses options that cannot work', () => {
  const runtime = new TestRuntime();
  const bad: readonly (readonly [Partial<FileSinkOptions>, RegExp])[] = [
    [{ rotateBytes: 0 }, /rotateBytes is 0/],
    [{ maxBytes: 1.5 }, /maxBytes is 1.5/],
    [{ upload: { bucket: 'arn:aws:s3:::lake' } }, /bucket is "arn:aws:s3:::lake".*not its ARN/],
    [{ upload: { bucket: 'lake', partBytes: 1000 } }, /partBytes is 1000: S3 accepts parts from 5242880/],
  ];
  for (const [options, message] of bad) {
    assert.throws(() => fileSink({ dir: '/nowhere', runtime, ...options }), {
      code: 'invalid_option',
      message,
    });
  }
});

async function waitFor(holds: () => Promise<boolean>): Promise<void> {
  let isTrue = false;
  await until(
    'what the test waits for',
    () => isTrue,
    () => void holds().then((now) => (isTrue ||= now)),
  );
}
