/** The runner on files that are red in every way that a file can be. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { tempDir } from '../support/process/temp-dir.ts';
import { afterTest } from './running-test.ts';

const FIXTURES = ['--testMatch', '<rootDir>/test/runner/fixtures/*.fixture.ts'];

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ title: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

/** Starts jest on the fixtures, as a developer does in a terminal. */
function startJest(args: readonly string[], testTimeoutMs = 1000) {
  const limit = ['--testTimeout', String(testTimeoutMs)];
  const command = ['node_modules/jest/bin/jest.js', ...FIXTURES, ...limit, ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  afterTest(() => child.kill('SIGKILL'));
  return { child, printed: text(child.stderr), ended: once(child, 'close') };
}

async function jest(...args: readonly string[]) {
  const outputFile = join(await tempDir(), 'report.json');
  const { child, printed, ended } = startJest(['--json', '--outputFile', outputFile, ...args]);
  child.stdout.resume();
  const [exitCode] = await ended;
  const { testResults, ...counts } = report.parse(JSON.parse(await readFile(outputFile, 'utf8')));
  const files = new Map(testResults.map((file) => [basename(file.name, '.fixture.ts'), file]));
  const statusesOf = (name: string) =>
    (files.get(name)?.assertionResults ?? []).map(({ title, status }) => `${status}: ${title}`);
  const messageOf = (name: string) => files.get(name)?.message ?? '';
  return { exitCode, printed: await printed, counts, files, statusesOf, messageOf };
}

describe('a run with every kind of red file', () => {
  let run: Awaited<ReturnType<typeof jest>>;
  beforeAll(async () => {
    run = await jest();
  });

  it('fails, and still reports every file and a summary', () => {
    assert.equal(run.exitCode, 1);
    const green = [...run.files.values()].filter(({ status }) => status === 'passed');
    assert.deepEqual(
      green.map(({ name }) => basename(name)),
      ['good.fixture.ts'],
    );
    assert.equal(run.files.size, 10);
    assert.match(run.printed, /Test Suites: 9 failed, 1 passed, 10 total/);
    assert.match(run.printed, /Tests: +6 failed, 11 passed, 17 total/);
  });

  it('ends a hung test at its limit and runs the next', () => {
    assert.deepEqual(run.statusesOf('hung'), [
      'failed: never ends',
      'passed: still runs after the hung test',
    ]);
    assert.match(run.messageOf('hung'), /Exceeded timeout of 1000 ms/);
  });

  it('kills a process that a test blocks, and names the test', () => {
    assert.deepEqual(run.statusesOf('sync-loop'), [
      'passed: ends before the loop',
      'failed: never returns',
      'failed: waits behind the loop',
    ]);
    assert.match(
      run.messageOf('sync-loop'),
      /the test "never returns" exceeded its limit and blocked the process/,
    );
  });

  it('fails the file of a promise that was rejected and not awaited', () => {
    assert.match(run.messageOf('floating-rejection'), /rejected and nothing awaited it.*nobody awaits this/);
    assert.equal(run.files.get('floating-rejection')?.status, 'failed');
  });

  it('fails the file of an error that was thrown after its test had ended', () => {
    const message = run.messageOf('late-throw');
    assert.match(message, /after the test "ends before its timer fires" had ended: thrown after the end/);
    assert.match(message, /late-throw\.fixture\.ts:3/);
  });

  it('fails a file that throws when it is imported', () => {
    assert.match(run.messageOf('import-error'), /could not be loaded: this file cannot be imported/);
    assert.match(run.messageOf('import-error'), /import-error\.fixture\.ts:1/);
  });

  it('fails what had not ended when the process ended itself', () => {
    assert.match(run.messageOf('process-exit'), /ended with exit code 0 before the end of its tests/);
    assert.deepEqual(run.statusesOf('process-exit'), [
      'failed: ends the process',
      'failed: waits behind the exit',
    ]);
  });

  it('fails a file without tests', () => {
    assert.match(run.messageOf('no-tests'), /the file has no test/);
  });

  it('fails a file whose process does not end after its tests', () => {
    assert.match(run.messageOf('open-handle'), /did not end after its tests: open are .*Timeout/);
    assert.deepEqual(run.statusesOf('open-handle'), ['passed: leaves a timer behind']);
  });

  it('runs cleanups after the hooks of their own test, and fails a test with its cleanup', () => {
    const steps = /steps: (.*)/.exec(run.printed)?.[1]?.split(', ');
    assert.deepEqual(steps, [
      ...['afterEach', 'first', 'second', 'abort'],
      ...['next', 'afterEach'],
      ...['afterEach', 'after the failure'],
      ...['body of b', 'end of b', 'body of a', 'end of a'],
      ...['afterAll', 'file'],
    ]);
    assert.match(run.messageOf('cleanup'), /the cleanup failed/);
  });
});

it('runs only the tests whose names match -t', async () => {
  const run = await jest('-t', 'still runs', 'hung');

  assert.equal(run.exitCode, 0);
  assert.deepEqual(run.statusesOf('hung'), ['pending: never ends', 'passed: still runs after the hung test']);
});

it('stops after the first red file with --bail', async () => {
  const run = startJest(['--bail', '-i', 'good', 'hung', 'sync-loop']);
  const [exitCode] = await run.ended;

  assert.equal(exitCode, 1);
  assert.match(await run.printed, /Test Suites: 1 failed, .*3 total|Test Suites: 1 failed, 1 of 3 total/);
});

for (const [signal, file] of [
  ['SIGTERM', 'sync-loop'],
  ['SIGINT', 'hung'],
  ['SIGKILL', 'hung'],
] as const) {
  it(`leaves no process behind after ${signal}`, async () => {
    const { child, ended } = startJest([file], 60_000);
    const path = resolve(`test/runner/fixtures/${file}.fixture.ts`);
    while (!isRunning(path)) await setTimeout(100);

    child.kill(signal);

    assert.deepEqual(await ended, [null, signal]);
    while (isRunning(path)) await setTimeout(100);
  }, 60_000);
}

function isRunning(file: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`"file":"${file}"`);
      } catch {
        return false; // It has just ended.
      }
    });
}
