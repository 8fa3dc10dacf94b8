/** kill -9 at every file system call during a short use of a spool, and failing calls. Needs strace. */
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
import { assertLedger, DurabilityModel } from '../../support/spool/durability-model.ts';
import { everything } from '../../support/spool/opened-spool.ts';
import { recordStatements, statementsIn } from '../../support/spool/reporting-spool.ts';
import { testKeys } from '../../support/spool/test-keys.ts';

/** Calls that change the disk. `write` also writes to pipes, so some kills fall between the other calls. */
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
/** Not called in an undisturbed cycle by every version of Node.js. */
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
/** Far more than one cycle makes: a cycle that never ends is a defect of the test. */
const MOST_CALLS = 500;

interface Fixture {
  readonly root: string;
  readonly script: string;
  /** Files of a killed spool with three pending records. */
  readonly before: string;
  readonly known: DurabilityModel;
}

async function fixtureOf(): Promise<Fixture> {
  const root = await tempDir();
  const script = await bundled(root, 'spool/spool-cycle');
  const open = join(root, 'open');
  const before = join(root, 'before');
  const spool = await openSegmentSpool({ dir: open, keys: testKeys() });
  const records = [1, 2, 3].map((id) => ({ id, line: secondSampleLine(id) }));
  await spool.append(records);
  await cp(open, before, { recursive: true });
  await spool.close();
  const known = new DurabilityModel();
  known.offer(records);
  for (const { id } of records) known.accepted.add(id);
  return { root, script, before, known };
}

/** One cycle with one injection. Returns false if the call never happens. */
async function cycle(fixture: Fixture, inject: string): Promise<boolean> {
  const dir = await mkdtemp(join(fixture.root, 'cycle-'));
  await cp(fixture.before, dir, { recursive: true });
  const { wasKilled, wasInjected, exitCode, output } = await runInjected(fixture.script, [dir], inject);
  if (!wasKilled) assert.equal(exitCode, 0, `${inject}: the process did not survive`);
  const durability = fixture.known.clone();
  const delivered = recordStatements(statementsIn(output), durability);

  const spool = await openSegmentSpool({ dir, keys: testKeys() });
  await durability.assertKeptBy(spool, inject);
  await durability.adopt(spool);
  const next = { id: spool.lastSeq + 1, line: secondSampleLine(spool.lastSeq + 1) };
  durability.offer([next]);
  await spool.append([next]);
  durability.accepted.add(next.id);
  const rest = (await spool.read(everything)).map(({ line }) => line);
  await spool.close();

  const again = await openSegmentSpool({ dir, keys: testKeys() });
  await durability.assertKeptBy(again, `${inject}, opened again`);
  const lost = Object.values(again.status().dropped).reduce((sum, count) => sum + count, 0);
  const { samples, seconds } = await rollUpSeconds([delivered, rest]);
  assert.equal(samples, again.lastSeq - lost, `${inject}: samples in the rollup`);
  assert.equal(seconds, samples, `${inject}: seconds in the rollup`);
  assertLedger(again, inject);
  await again.close();
  return wasInjected;
}

/** Injects at the first call, the second, and so on, until the cycle has no further one. Returns how many. */
async function atEach(fixture: Fixture, call: string, what: string): Promise<number> {
  // Most writes go to the pipe or wake a thread: every third of them is enough for every day.
  const step = call === 'write' ? sized(3, 1) : 1;
  for (let n = 1; n <= MOST_CALLS; n += step) {
    if (!(await cycle(fixture, `${call}:${what}:when=${n}`))) return (n - 1) / step;
    // From here on and for good, as a disk does that died.
    if (isEndurance && what.startsWith('error')) await cycle(fixture, `${call}:${what}:when=${n}+`);
  }
  throw new Error(`${call} was called more than ${MOST_CALLS} times`);
}

async function atEachOf(injections: readonly (readonly [call: string, what: string])[]) {
  const fixture = await fixtureOf();
  const counts = new Map<string, number>();
  const queue = [...injections];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      counts.set(next.join(' '), await atEach(fixture, ...next));
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
