/** Real programs: how the ones before keystores are run. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemRuntime } from '../../../../agent/src/runtime.ts';
import { type ExecOutcome, systemExec } from '../../../../agent/src/spool/keys/exec.ts';
import { afterTest } from '../../../runner/running-test.ts';
import { until } from '../../../support/agent/x-session.ts';
import { tempDir } from '../../../support/process/temp-dir.ts';
import { TestRuntime } from '../../../support/time/test-runtime.ts';

const LIMIT_MS = 5000;
const shell = (script: string, stdin = '', env: NodeJS.ProcessEnv = process.env): Promise<ExecOutcome> =>
  systemExec(systemRuntime, env)({ program: 'sh', args: ['-c', script], stdin, limitMs: LIMIT_MS });

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('hands over stdin as it is, and answers what came out', async () => {
  assert.deepEqual(await shell('cat; echo aside >&2; exit 3', 'no line break'), {
    kind: 'exited',
    code: 3,
    stdout: 'no line break',
    stderr: 'aside\n',
  });
});

test('leaves no timer when the program ends on its own', async () => {
  const runtime = new TestRuntime();
  await systemExec(runtime, process.env)({ program: 'true', args: [], stdin: '', limitMs: LIMIT_MS });
  assert.equal(runtime.timers, 0);
});

test('reports a missing program', async () => {
  const exec = systemExec(systemRuntime, process.env);
  const outcome = await exec({ program: '/nowhere/secret-tool', args: [], stdin: 'x', limitMs: LIMIT_MS });
  assert.deepEqual(outcome, { kind: 'missing' });
});

test('returns the exit code of a program that never reads', async () => {
  const outcome = await shell('exit 1', 'x'.repeat(1024 * 1024));
  assert.equal(outcome.kind === 'exited' && outcome.code, 1);
});

test('ends a program that never stops talking', async () => {
  assert.deepEqual(await shell('yes'), { kind: 'killed' });
});

test('ends a program at its time limit, even if its child holds the pipes, and leaves no timer', async () => {
  const runtime = new TestRuntime();
  const exec = systemExec(runtime, process.env);
  const pids: number[] = [];
  afterTest(() => {
    for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  });
  const noted = join(await tempDir(), 'pids');
  const script = `sleep 60 & echo "$$ $!" > "$0.part"; mv "$0.part" "$0"; wait`;
  const pending = exec({ program: 'sh', args: ['-c', script, noted], stdin: '', limitMs: LIMIT_MS });
  await until(async () => {
    const text = await readFile(noted, 'utf8').catch(() => '');
    if (text !== '') pids.push(...text.split(' ').map(Number));
    return text !== '';
  });
  runtime.pass(LIMIT_MS);
  assert.deepEqual(await pending, { kind: 'killed' });
  assert.equal(runtime.timers, 0);
  await until(() => !isRunning(pids[0] ?? 0));
});

test('keeps the debug messages of GLib out of the answer', async () => {
  const outcome = await shell('printf "$G_MESSAGES_DEBUG$KEPT"', '', {
    ...process.env,
    G_MESSAGES_DEBUG: 'all',
    KEPT: 'yes',
  });
  assert.equal(outcome.kind === 'exited' && outcome.stdout, 'yes');
});
