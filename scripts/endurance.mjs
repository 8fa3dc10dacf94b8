/**
 * `npm run test:endurance`: tests of the durable path in their full sizes. With arguments, it runs only the
 * files whose path contains one of them. The last line counts the tests.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { finishSuite, matching, runJest, testFiles, userArguments } from './jest.mjs';
import { ensurePrograms, stop } from './programs.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Files without time measurements: two in parallel, the longest first. */
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
/** Files that measure time or wait: sequential, afterwards. */
const ALONE = [
  'test/e2e/throttling.test.ts',
  'test/e2e/secrets.test.ts',
  'test/agent/spool/disk-full.test.ts',
  ...testFiles('test/agent/connection'),
];
const FILES = [...TOGETHER, ...ALONE];
/** Three times the longest file. */
const TEST_TIMEOUT_MS = 600_000;

const words = userArguments();
const chosen = matching(FILES, words);
if (chosen.length === 0) {
  stop(`${words.join(' ')}: no endurance test matches; the tests are\n  ${FILES.join('\n  ')}`);
}
checkList();
ensurePrograms();

const began = performance.now();
const results = [...run(TOGETHER, 2), ...run(ALONE, 1)];
report(results);
finishSuite(results);

/** An unlisted file with a full size would never run in that size. */
function checkList() {
  const missing = chosen.filter((file) => !existsSync(file));
  const unlisted = testFiles('test').filter(
    (file) => !FILES.includes(file) && readFileSync(file, 'utf8').includes('support/sizes.ts'),
  );
  if (missing.length > 0) stop(`scripts/endurance.mjs lists missing files: ${missing.join(', ')}`);
  if (unlisted.length > 0) {
    stop(`add these files with a full size to scripts/endurance.mjs: ${unlisted.join(', ')}`);
  }
}

/** Runs the selected files in order, with a number of workers. */
function run(files, workers) {
  const paths = files.filter((file) => chosen.includes(file));
  if (paths.length === 0) return [];
  return runJest(
    [
      ...[`--maxWorkers=${workers}`, `--testTimeout=${TEST_TIMEOUT_MS}`],
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
  console.log(`duration: ${((performance.now() - began) / 60_000).toFixed(1)} min`);
}
