/**
 * The durable path in its full sizes: `npm run test:endurance`. With arguments it runs only the files whose path
 * contains one of them. The last line counts the tests.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bringPrograms, forgetKeystore, stop } from './programs.mjs';
import { NODE_TEST, testFiles } from './test-files.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Files that measure no time: two at once, the longest first. */
const TOGETHER = [
  'test/agent/open-minute-kill.test.ts',
  'test/agent/sinks/file/kill.test.ts',
  'test/agent/spool/kill.test.ts',
  'test/e2e/offline-72h.test.ts',
  'test/agent/spool/kill-calls.test.ts',
  'test/e2e/clock.test.ts',
  'test/agent/spool/power-loss.test.ts',
  'test/agent/spool/spool-model.test.ts',
  'test/agent/spool/corruption.test.ts',
];
/** Files that measure or wait: one after the other, then. */
const ALONE = [
  'test/e2e/throttling.test.ts',
  'test/e2e/secrets.test.ts',
  'test/agent/spool/disk-full.test.ts',
  ...testFiles('test/agent/connection'),
];
const FILES = [...TOGETHER, ...ALONE];
/** The longest file takes a third of it. */
const TEST_TIMEOUT = '--test-timeout=600000';

const filters = process.argv.slice(2);
const chosen = FILES.filter(
  (file) => filters.length === 0 || filters.some((filter) => file.includes(filter)),
);
if (chosen.length === 0)
  stop(`no endurance test matches ${filters.join(' ')}; they are\n  ${FILES.join('\n  ')}`);
checkList();
bringPrograms();
forgetKeystore();

const isOneOf = (files) => (file) => files.includes(file);
const began = performance.now();
const results = [];
const taken = new Set();
await Promise.all([1, 2].map(() => runAll(chosen.filter(isOneOf(TOGETHER)))));
await runAll(chosen.filter(isOneOf(ALONE)));
report(results);

/** A file with a full size that is not listed would run in its quick size alone, for ever. */
function checkList() {
  const missing = chosen.filter((file) => !existsSync(file));
  const forgotten = testFiles('test').filter(
    (file) => !FILES.includes(file) && readFileSync(file, 'utf8').includes('support/sizes.ts'),
  );
  if (missing.length > 0) stop(`scripts/endurance.mjs lists files that are not there: ${missing.join(', ')}`);
  if (forgotten.length > 0) {
    stop(
      `these files have a full size, and scripts/endurance.mjs does not list them: ${forgotten.join(', ')}`,
    );
  }
}

/** Takes the next file that nobody has taken yet, until there is none. */
async function runAll(files) {
  for (const file of files) {
    if (taken.has(file)) continue;
    taken.add(file);
    results.push(await run(file));
  }
}

/** Runs one file, shows what it printed once it is over, and counts its tests. */
async function run(file) {
  const fileBegan = performance.now();
  const child = spawn(
    process.execPath,
    [...NODE_TEST, TEST_TIMEOUT, '--test-reporter=spec', '--test-reporter-destination=stdout', file],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, KINETRACK_ENDURANCE: '1' } },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  console.log(`\n> ${file}\n${output}`);
  return { file, seconds: (performance.now() - fileBegan) / 1000, ...countsOf(output, code === 0) };
}

/** Whatever did not pass has failed: also what was cancelled or skipped, and a file that ended without a word. */
function countsOf(output, isOk) {
  const figure = (name) =>
    Number([...output.matchAll(new RegExp(`^\\W*${name} (\\d+)\\s*$`, 'gm'))].at(-1)?.[1] ?? 0);
  const passed = figure('pass');
  const failed = figure('tests') - passed;
  return { passed, failed: failed === 0 && (!isOk || passed === 0) ? 1 : failed };
}

function report(files) {
  const width = Math.max(...files.map(({ file }) => file.length));
  console.log();
  for (const { file, seconds, passed, failed } of files) {
    console.log(
      `${file.padEnd(width)} ${`${seconds.toFixed(0)} s`.padStart(6)}  ${passed} passed, ${failed} failed`,
    );
  }
  const sum = (name) => files.reduce((total, each) => total + each[name], 0);
  console.log(`it took ${((performance.now() - began) / 60_000).toFixed(1)} min`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  process.exitCode = sum('failed') === 0 ? 0 : 1;
}
