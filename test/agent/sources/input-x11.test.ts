/** Input of X servers as they differ: guarded, without RECORD, ending, flooded, and without anybody who listens. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { inputSource } from '../../../agent/src/sources/input-source.ts';
import type { InputSignal } from '../../../agent/src/sources/signals.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/x-session.ts';

const run = promisify(execFile);
const COOKIE = '0123456789abcdef0123456789abcdef';

interface BareServer {
  readonly process: ChildProcess;
  readonly env: NodeJS.ProcessEnv;
}

/** Xvfb and nothing else: no window manager, so no client that events would be sent to. */
async function bareServer(t: TestContext, ...args: readonly string[]): Promise<BareServer> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-nolisten', 'tcp', '-noreset', ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  t.after(async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    await exited;
  });
  const [line] = await once(server.stdio[3] as Readable, 'data');
  const { WAYLAND_DISPLAY: _, XAUTHORITY: __, ...inherited } = process.env;
  const env = { ...inherited, DISPLAY: `:${String(line).trim()}`, XDG_SESSION_TYPE: 'x11' };
  return { process: server, env };
}

async function capture(t: TestContext, env: NodeJS.ProcessEnv) {
  const signals: InputSignal[] = [];
  const source = inputSource({ session: { platform: 'linux', env } });
  t.after(() => source.close());
  const capability = await source.start((signal) => signals.push(signal));
  const tallies = () => signals.flatMap((signal) => signal.tallies);
  const sum = (name: 'keys' | 'distancePx') => tallies().reduce((total, tally) => total + tally[name], 0);
  return { source, capability, tallies, sum };
}

/** Moves there and back along a line of 5 px, as fast as xdotool can. */
const moves = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => [
    'mousemove',
    ...(index % 2 ? ['13', '14'] : ['10', '10']),
  ]).flat();

test('of 2,000 moves in a burst none is lost', async (t) => {
  const { env } = await bareServer(t);
  await run('xdotool', ['mousemove', '13', '14'], { env });
  const { source, sum } = await capture(t, env);
  await run('xdotool', ['mousemove', '13', '15', ...moves(2000)], { env });
  await source.close();
  // The first only says where the pointer stands; from 13,15 to 10,10 it is not 5 px.
  assert.equal(sum('distancePx'), Math.floor(Math.sqrt(34) + 1999 * 5));
});

test('a burst of more than one read can take arrives whole while capture goes on', async (t) => {
  const { env } = await bareServer(t);
  const { source, sum } = await capture(t, env);
  for (let burst = 0; burst < 3; burst += 1) await run('xdotool', moves(2000), { env });
  await until(() => sum('distancePx') === 5999 * 5);
  await source.close();
});

/** A move of 20 px after which the server says nothing to anybody: xdotool stays connected and asks nothing. */
function quietMove(t: TestContext, env: NodeJS.ProcessEnv): void {
  const mover = spawn('xdotool', ['mousemove', '13', '14', 'mousemove', '13', '34', 'sleep', '30'], {
    env,
    stdio: 'ignore',
  });
  t.after(() => mover.kill());
}

test('a single move arrives although the server says nothing to anybody else', async (t) => {
  const { env } = await bareServer(t);
  const { source, sum } = await capture(t, env);
  quietMove(t, env);
  await until(() => sum('distancePx') === 20, 5000);
  await source.close();
});

test('closing takes over what the server still kept to itself', async (t) => {
  const { env } = await bareServer(t);
  const { source, sum } = await capture(t, env);
  quietMove(t, env);
  // Long enough for the move, too short for the next fetch.
  await new Promise((resolve) => setTimeout(resolve, 400));
  await source.close();
  assert.equal(sum('distancePx'), 20);
});

test('what is read late keeps the times at which it happened', async (t) => {
  const { env } = await bareServer(t);
  const { source, tallies } = await capture(t, env);
  await run('xdotool', ['key', 'a', 'sleep', '0.3', 'key', 'b', 'sleep', '0.3', 'key', 'c'], { env });
  await source.close();
  const [first, second, third, ...more] = tallies();
  assert.ok(first && second && third);
  assert.deepEqual(more, []);
  // xdotool sleeps at least that long; a tally begins with its key.
  assert.ok(second.atMs - first.atMs >= 295, `${second.atMs - first.atMs} ms between the keys`);
  assert.ok(third.atMs - second.atMs >= 295, `${third.atMs - second.atMs} ms between the keys`);
});

test('a server that wants a cookie gets it from the XAUTHORITY file, and says no without', async (t) => {
  const dir = await tempDir(t);
  const authority = join(dir, 'authority');
  await writeFile(authority, '');
  // For a display that is not known yet: an entry for every display of this machine.
  await run('xauth', ['-f', authority, 'add', `${hostname()}/unix:0`, 'MIT-MAGIC-COOKIE-1', COOKIE]);
  const { env } = await bareServer(t, '-auth', authority);
  const number = env.DISPLAY?.slice(1) ?? '';
  await run('xauth', ['-f', authority, 'add', `${hostname()}/unix:${number}`, 'MIT-MAGIC-COOKIE-1', COOKIE]);

  const stranger = await capture(t, { ...env, HOME: dir });
  assert.deepEqual(stranger.capability, {
    status: 'unavailable',
    reason: `The X display ":${number}" cannot be opened; check that it runs and that DISPLAY and XAUTHORITY are right.`,
  });
  const friend = await capture(t, { ...env, XAUTHORITY: authority });
  assert.deepEqual(friend.capability, { status: 'available' });
  await friend.source.close();
});

test('a server without the RECORD extension is said so', async (t) => {
  const { env } = await bareServer(t, '-extension', 'RECORD');
  const { capability, source } = await capture(t, env);
  assert.deepEqual(capability, {
    status: 'unavailable',
    reason: `The X display ${JSON.stringify(env.DISPLAY)} does not offer the RECORD extension; turn it on in the X server.`,
  });
  await source.close();
});

test('when the server ends, the capture process ends, and the display is said to be gone', async (t) => {
  const { env, process: server } = await bareServer(t);
  const { source, capability } = await capture(t, env);
  assert.equal(capability.status, 'available');
  server.kill('SIGKILL');
  await until(() => source.capability().status === 'unavailable');
  const now = source.capability();
  assert.match(now.status === 'unavailable' ? now.reason : '', /cannot be opened; check that it runs/);
  await source.close();
});
