/** kill -9 in the middle of writing, compressing and uploading; a new process then finishes it. Needs strace. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diagnostic } from '../../../runner/running-test.ts';
import { linesInBucket } from '../../../support/agent/event-files.ts';
import { MiB, STEM, type UploadSetup, uploaded, uploadSetup } from '../../../support/agent/upload-setup.ts';
import { eventLines } from '../../../support/lake/event-lines.ts';
import { bundled } from '../../../support/process/bundled.ts';
import { runInjected } from '../../../support/process/injected-calls.ts';
import { tempDir } from '../../../support/process/temp-dir.ts';
import { isEndurance, sized } from '../../../support/sizes.ts';

const KILLS = sized(6, 100);

/** A process with the sink; `said` grows with what it says. */
function started({ server, dir }: UploadSetup, script: string, mode: 'write' | 'upload', firstId = 1) {
  const args = [script, dir, server.endpoint, String(firstId), mode];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const running = { child, said: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    running.said += text;
  });
  return running;
}

async function killed(child: ChildProcess): Promise<void> {
  const end = once(child, 'close');
  child.kill('SIGKILL');
  const [, signal] = await end;
  assert.equal(signal, 'SIGKILL', 'the process ended by itself');
}

/** Of whole lines: what was said last may be torn. */
const deliveredIn = (said: string): readonly number[] =>
  said
    .slice(0, said.lastIndexOf('\n'))
    .split('\n')
    .flatMap((line) =>
      line.startsWith('ok ') && line.length > 3 ? line.slice(3).split(',').map(Number) : [],
    );

const idsIn = (lines: readonly string[]): readonly number[] => lines.map((line) => JSON.parse(line).seq);

test('brings every delivered event to S3 exactly once, through kills at any moment', async () => {
  const here = await uploadSetup();
  const script = await bundled(await tempDir(), 'agent/file-sink-writer');
  const delivered: number[] = [];
  for (let round = 1; round <= KILLS; round++) {
    const running = started(here, script, 'write', round * 1_000_000);
    await once(running.child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 200 + ((round * 337) % 800)));
    await killed(running.child);
    delivered.push(...deliveredIn(running.said));
  }
  const byChildren = here.server.objects.size;
  await uploaded(here, here.open());

  const arrived = idsIn(linesInBucket(here.server));
  const there = new Set(arrived);
  assert.equal(there.size, arrived.length, 'no event is in two objects');
  assert.deepEqual(
    delivered.filter((id) => !there.has(id)),
    [],
    'delivered, and not in S3',
  );
  diagnostic(
    `${KILLS} kills, ${delivered.length} delivered, ${arrived.length} arrived in ${here.server.objects.size} objects, ${byChildren} of them before the last process`,
  );
  assert.ok(delivered.length > KILLS && byChildren > 0, 'the processes hardly ran');
});

/** Before S3 acts on the n-th request of a kind, and after it has acted but before it answers. */
const POSITIONS = (
  [
    'CreateMultipartUpload 1',
    'UploadPart 1',
    'UploadPart 2',
    'UploadPart 3',
    'CompleteMultipartUpload 1',
    'HeadObject 1',
  ] as const
).flatMap((at) => [`before ${at}`, `after ${at}`]);

test('finishes a multipart upload whose process was killed, wherever it was', async () => {
  const script = await bundled(await tempDir(), 'agent/file-sink-writer');
  const lines = eventLines(6000, { bytes: 2000 }).map(({ line }) => line);
  const content = lines.map((line) => `${line}\n`).join('');
  assert.ok(content.length > 10 * MiB && content.length < 15 * MiB);
  for (const position of POSITIONS) {
    const here = await uploadSetup();
    await writeFile(join(here.dir, `${STEM}.jsonl`), content);
    const [when, operation, n] = position.split(' ');
    const running = started(here, script, 'upload');
    await new Promise<void>((resolve) => {
      let seen = 0;
      const killAt = (now: string, of: string): boolean => {
        if (of !== operation || now !== when || ++seen !== Number(n)) return false;
        running.child.kill('SIGKILL');
        resolve();
        return true;
      };
      here.server.intercept = (request) =>
        killAt('before', request.operation) ? { status: 500, code: 'InternalError' } : undefined;
      here.server.committed = (request) => (killAt('after', request.operation) ? 'drop' : undefined);
    });
    await once(running.child, 'close');
    here.server.intercept = undefined;
    here.server.committed = undefined;
    const before = here.server.requests.length;
    await uploaded(here, here.open({}, { compress: false }));

    const [body, ...others] = here.server.objects.values();
    assert.deepEqual(others, [], position);
    assert.ok(body?.equals(Buffer.from(content)), `${position}: the object is not the file`);
    // Whoever dies between the answer and the journal leaves an upload that nobody knows: the bucket's rule ends it.
    assert.equal(
      here.server.uploads.open.length,
      position === 'after CreateMultipartUpload 1' ? 1 : 0,
      position,
    );
    const sentAgain = here.server.requests.slice(before).filter((each) => each.operation === 'UploadPart');
    const missing = { CreateMultipartUpload: 3, UploadPart: 3 - Number(n) + (when === 'before' ? 1 : 0) };
    const expected =
      operation === 'CreateMultipartUpload' || operation === 'UploadPart' ? missing[operation] : 0;
    assert.equal(sentAgain.length, expected, `${position}: parts sent by the second process`);
  }
});

/** How calls change the disk; `write` goes to pipes as well, so that kills come between the calls too. */
const CHANGES = ['openat', 'write', 'pwrite64', 'fdatasync', 'fsync', 'rename', 'unlink', 'ftruncate'];
const FAULTS = [
  ['pwrite64', 'ENOSPC'],
  ['fdatasync', 'EIO'],
  ['fsync', 'EIO'],
  ['rename', 'EIO'],
  ['unlink', 'EIO'],
] as const;
/** Far above what one life needs. */
const MOST_CALLS = 500;

/** A folder as a kill leaves it: a torn file, one that is to be compressed, one of which that was interrupted. */
async function folderBefore(root: string): Promise<string> {
  const dir = join(root, 'before');
  await mkdir(dir);
  const stem = (counter: number) => STEM.replace('00000041', String(counter).padStart(8, '0'));
  const text = (from: number) =>
    eventLines(2, { from })
      .map(({ line }) => `${line}\n`)
      .join('');
  await writeFile(join(dir, `${stem(1)}.jsonl`), text(1));
  await writeFile(join(dir, `${stem(2)}.jsonl`), text(3));
  await writeFile(join(dir, `${stem(2)}.jsonl.gz.part`), 'half');
  await writeFile(join(dir, `${stem(3)}.jsonl.part`), `${text(5)}{"seq":`);
  return dir;
}

async function atEach(injections: readonly (readonly [call: string, what: string])[]) {
  const root = await tempDir();
  const script = await bundled(root, 'agent/file-sink-cycle');
  const before = await folderBefore(root);
  const counts: string[] = [];
  const queue = [...injections];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [call, what] = next;
      // Most writes are Node.js waking its own threads.
      const step = isEndurance ? 1 : call === 'write' ? 24 : 5;
      let n = 1;
      while (await isInjected({ root, script, before }, `${call}:${what}:when=${n}`)) {
        assert.ok(n <= MOST_CALLS, `${call} was called more than ${MOST_CALLS} times`);
        n += step;
      }
      assert.ok(n > 1, `${call} was never called: this shows nothing about it`);
      counts.push(`${call} ${what} at ${Math.ceil(n / step)} places`);
    }
  };
  await Promise.all([work(), work()]);
  diagnostic(counts.join(', '));
}

interface Lab {
  readonly root: string;
  readonly script: string;
  readonly before: string;
}

/** One life with one injection; false where it never came to pass. */
async function isInjected({ root, script, before }: Lab, inject: string): Promise<boolean> {
  const dir = join(root, inject.replaceAll(/[^\w]/g, '-'));
  await cp(before, dir, { recursive: true });
  const { wasKilled, wasInjected, exitCode, output } = await runInjected(script, [dir], inject);
  if (!wasKilled) assert.equal(exitCode, 0, `${inject}: the process did not survive`);
  await assertWhole(dir, deliveredIn(`${output}\n`), inject, wasKilled);
  return wasInjected;
}

async function assertWhole(dir: string, delivered: readonly number[], context: string, wasKilled: boolean) {
  const here = await uploadSetup();
  await cp(dir, here.dir, { recursive: true });
  await uploaded(here, here.open());
  const arrived = idsIn(linesInBucket(here.server));
  const there = new Set(arrived);
  for (const id of [1, 2, 3, 4, 5, 6, ...delivered]) assert.ok(there.has(id), `${context}: ${id} is missing`);
  // What was refused is sent again by the cycle; a killed one sends nothing again.
  if (wasKilled) assert.equal(there.size, arrived.length, `${context}: an event came twice`);
  await here.server.close();
}

test('keeps every delivered event, each once, through a kill at calls that change the disk', async () => {
  await atEach(CHANGES.map((call) => [call, 'signal=KILL']));
});

test('survives a call that fails, each in turn, and keeps what was delivered', async () => {
  await atEach(FAULTS.map(([call, error]) => [call, `error=${error}`]));
});
