/**
 * The durable path in its full sizes: `npm run test:endurance`. With arguments it runs only the files whose path
 * contains one of them. The last line counts the tests.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { conclude, matching, passedOn, runJest } from './jest.mjs';
import { bringPrograms, stop } from './programs.mjs';
import { testFiles } from './test-files.mjs';

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
const TEST_TIMEOUT_MS = 600_000;

const words = passedOn();
const chosen = matching(FILES, words);
if (chosen.length === 0) {
  stop(`no endurance test matches ${words.join(' ')}; they are\n  ${FILES.join('\n  ')}`);
}
checkList();
bringPrograms();

const began = performance.now();
const results = [...run(TOGETHER, 2), ...run(ALONE, 1)];
report(results);
conclude(results);

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

/** Runs those of the files that are chosen, in their order, so many at once. */
function run(files, atOnce) {
  const paths = files.filter((file) => chosen.includes(file));
  if (paths.length === 0) return [];
  return runJest(
    [
      ...[`--maxWorkers=${atOnce}`, `--testTimeout=${TEST_TIMEOUT_MS}`],
      ...['--testSequencer=./test/runner/given-order.mjs', '--runTestsByPath', ...paths],
    ],
    { KINETRACK_ENDURANCE: '1' },
  );
}

function report(files) {
  const width = Math.max(...files.map(({ file }) => file.length));
  console.log();
  for (const { file, seconds, passed, failed } of files) {
    console.log(
      `${file.padEnd(width)} ${`${seconds.toFixed(0)} s`.padStart(6)}  ${passed} passed, ${failed} failed`,
    );
  }
  console.log(`it took ${((performance.now() - began) / 60_000).toFixed(1)} min`);
}
