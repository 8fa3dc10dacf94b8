/** Finds test files, runs them with jest and counts the results. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** Arguments of the user, without the option of scripts/programs.mjs. */
export const userArguments = () => process.argv.slice(2).filter((argument) => argument !== '--install');

/** Test files in a folder and its subfolders, sorted. */
export function testFiles(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return testFiles(path);
      return name.endsWith('.test.ts') ? [path] : [];
    });
}

/** Files whose path contains one of the words; all files without words. */
export const matching = (files, words) =>
  files.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));

/** Runs jest. Returns one entry per test file: `{ file, seconds, passed, failed }`. */
export function runJest(args, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kinetrack-jest-'));
  const outputFile = join(folder, 'results.json');
  const command = ['node_modules/jest/bin/jest.js', '--json', '--outputFile', outputFile, ...args];
  try {
    const { status } = spawnSync(process.execPath, command, {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    const files = existsSync(outputFile) ? JSON.parse(readFileSync(outputFile, 'utf8')).testResults : [];
    const results = files.map(resultOf);
    const isRed = results.some(({ failed }) => failed > 0);
    return status === 0 || isRed ? results : [...results, { file: 'jest', seconds: 0, passed: 0, failed: 1 }];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A skipped test counts as failed, except with `-t`. A file can fail without a failed test. */
function resultOf({ name, status, startTime, endTime, assertionResults }) {
  const isFiltered = process.argv.some((argument) => /^(-t|--testNamePattern)\b/.test(argument));
  const counted = assertionResults.filter((test) => !(isFiltered && test.status === 'pending'));
  const passed = counted.filter((test) => test.status === 'passed').length;
  const failed = counted.length - passed;
  return {
    file: relative(process.cwd(), name),
    seconds: (endTime - startTime) / 1000,
    passed,
    failed: failed === 0 && status === 'failed' ? 1 : failed,
  };
}

/** Prints the last line of a suite, passes the counts to .ci/run and sets the exit code. */
export function finishSuite(results) {
  const sum = (name) => results.reduce((total, each) => total + each[name], 0);
  const counts = { passed: sum('passed'), failed: sum('failed') };
  const { KINETRACK_TEST_COUNTS } = process.env;
  if (KINETRACK_TEST_COUNTS) appendFileSync(KINETRACK_TEST_COUNTS, `${JSON.stringify(counts)}\n`);
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
}
