/** kill -9 at every call of the file system in a short life of a spool, and calls that fail. Needs strace. */
import assert from 'node:assert/strict';
import { cp, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { openSegmentSpool } from '../../../agent/src/spool/index.ts';
import { diagnostic } from '../../runner/running-test.ts';
import { rollUpSeconds, secondSampleLine } from '../../support/lake/second-samples.ts';
import { bundled } from '../../support/process/bundled.ts';
import { runInjected } from '../../support/process/injected-calls.ts';
import { tempDir } from '../../support/process/temp-dir.ts';
import { isEndurance, sized } from '../../support/sizes.ts';
import { assertLedger, Promises } from '../../support/spool/durability-model.ts';
import { everything } from '../../support/spool/opened-spool.ts';
import { statementsIn, takeDown } from '../../support/spool/reported-appends.ts';
import { testKeys } from '../../support/spool/test-keys.ts';

/** How calls change the disk; `write` goes to pipes as well, so that kills come between the calls too. */
const CHANGES = [
  'write',
  'openat',
  'pwrite64',
  'fdatasync',
  'fsync',
  'rename',
  'renameat2',
  'unlink',
  'ftruncate',
];
/** Not every version of Node.js and of the spool comes to these in an undisturbed cycle. */
const OPTIONAL = ['renameat2', 'ftruncate'];
const FAULTS = [
  ['fdatasync', 'EIO'],
  ['fsync', 'EIO'],
  ['pwrite64', 'EIO'],
  ['pwrite64', 'ENOSPC'],
  ['unlink', 'EIO'],
  ['rename', 'EIO'],
  ['ftruncate', 'EIO'],
] as const;
/** Far above what one cycle needs: a cycle that never ends by itself is an error of the test. */
const MOST_CALLS = 500;

interface Lab {
  readonly root: string;
  readonly script: string;
  /** A spool as a kill left it, with three records that nobody has acknowledged. */
  readonly before: string;
  readonly known: Promises;
}

async function labOf(): Promise<Lab> {
  const root = await tempDir();
  const script = await bundled(root, 'spool/spool-cycle');
  const live = join(root, 'live');
  const before = join(root, 'before');
  const spool = await openSegmentSpool({ dir: live, keys: testKeys() });
  const records = [1, 2, 3].map((id) => ({ id, line: secondSampleLine(id) }));
  await spool.append(records);
  await cp(live, before, { recursive: true });
  await spool.close();
  const known = new Promises();
  known.offer(records);
  for (const { id } of records) known.accepted.add(id);
  return { root, script, before, known };
}

/** One cycle with one injection; false where it never came to pass. */
async function cycle(lab: Lab, inject: string): Promise<boolean> {
  const dir = await mkdtemp(join(lab.root, 'cycle-'));
  await cp(lab.before, dir, { recursive: true });
  const { wasKilled, wasInjected, exitCode, output } = await runInjected(lab.script, [dir], inject);
  if (!wasKilled) assert.equal(exitCode, 0, `${inject}: the process did not survive`);
  const promises = lab.known.clone();
  const delivered = takeDown(statementsIn(output), promises);

  const spool = await openSegmentSpool({ dir, keys: testKeys() });
  await promises.assertKeptBy(spool, inject);
  await promises.adopt(spool);
  const next = { id: spool.lastSeq + 1, line: secondSampleLine(spool.lastSeq + 1) };
  promises.offer([next]);
  await spool.append([next]);
  promises.accepted.add(next.id);
  const rest = (await spool.read(everything)).map(({ line }) => line);
  await spool.close();

  const again = await openSegmentSpool({ dir, keys: testKeys() });
  await promises.assertKeptBy(again, `${inject}, opened again`);
  const lost = Object.values(again.status().dropped).reduce((sum, count) => sum + count, 0);
  const { samples, seconds } = await rollUpSeconds([delivered, rest]);
  assert.equal(samples, again.lastSeq - lost, `${inject}: samples in the rollup`);
  assert.equal(seconds, samples, `${inject}: seconds in the rollup`);
  assertLedger(again, inject);
  await again.close();
  return wasInjected;
}

/** Injects at the first call, the second, and so on, until the cycle has no more of them; how often. */
async function atEach(lab: Lab, call: string, what: string): Promise<number> {
  // Most writes go to the pipe or wake a thread: every third of them is enough for every day.
  const step = call === 'write' ? sized(3, 1) : 1;
  for (let n = 1; n <= MOST_CALLS; n += step) {
    if (!(await cycle(lab, `${call}:${what}:when=${n}`))) return (n - 1) / step;
    // From here on and for good, as a disk does that died.
    if (isEndurance && what.startsWith('error')) await cycle(lab, `${call}:${what}:when=${n}+`);
  }
  throw new Error(`${call} was called more than ${MOST_CALLS} times`);
}

async function atEachOf(injections: readonly (readonly [call: string, what: string])[]) {
  const lab = await labOf();
  const counts = new Map<string, number>();
  const queue = [...injections];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      counts.set(next.join(' '), await atEach(lab, ...next));
    }
  };
  await Promise.all([work(), work()]);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  diagnostic(`${total} injections: ${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}`);
  for (const [name, count] of counts) {
    if (OPTIONAL.some((call) => name.startsWith(call))) continue;
    assert.ok(count > 0, `the cycle never came to ${name}: it shows nothing about it`);
  }
}

test('keeps every accepted record through a kill at each call that changes the disk', async () => {
  await atEachOf(CHANGES.map((call) => [call, 'signal=KILL']));
});

test('survives a call that fails, each in turn, and loses nothing that it accepted', async () => {
  await atEachOf(FAULTS.map(([call, error]) => [call, `error=${error}`]));
});
