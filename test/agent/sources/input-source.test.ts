import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type InputSource, inputSource } from '../../../agent/src/sources/input-source.ts';
import type { InputSignal } from '../../../agent/src/sources/signals.ts';
import { openXSession, until, type XSession } from '../../support/agent/x-session.ts';

let session: XSession;
beforeAll(async () => {
  session = await openXSession();
});
afterAll(async () => {
  await session.close();
});

async function capture(options: { detail?: 'events' | 'counts'; mouseMoveIntervalMs?: number } = {}) {
  const signals: InputSignal[] = [];
  const source = inputSource({ ...options, session: { platform: process.platform, env: session.env } });
  const capability = await source.start((signal) => signals.push(signal));
  assert.deepEqual(capability, { status: 'available' });
  return { source, signals };
}

const sum = (signals: readonly InputSignal[]) => {
  const total = { keys: 0, clicks: 0, scrolls: 0, distancePx: 0 };
  for (const { counts } of signals) {
    for (const interval of counts) {
      for (const name of ['keys', 'clicks', 'scrolls', 'distancePx'] as const) total[name] += interval[name];
    }
  }
  return total;
};
const bodies = (signals: readonly InputSignal[]) =>
  signals.flatMap(({ moments }) => moments.map(({ body }) => body));

/** A process that is gone, or only waits for its parent to notice. */
function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

async function pidOf(source: InputSource, other?: number): Promise<number> {
  await until(
    () => source.pid !== undefined && source.pid !== other && source.capability().status === 'available',
  );
  assert.ok(source.pid);
  return source.pid;
}

test('counts of real typing, clicking, scrolling and moving are exact', async () => {
  await session.xdotool('mousemove', '100', '100');
  const { source, signals } = await capture();
  await session.xdotool('mousemove', '100', '101', 'mousemove', '400', '501', 'mousemove', '400', '401');
  await session.xdotool('type', '--delay', '4', 'three small words');
  await session.xdotool('key', 'Return');
  await session.xdotool('click', '--repeat', '5', '--delay', '10', '1', 'click', '3');
  await session.xdotool('click', '--repeat', '4', '--delay', '10', '5', 'click', '6');
  await source.close();

  assert.deepEqual(sum(signals), { keys: 18, clicks: 6, scrolls: 5, distancePx: 600 });
  const words = bodies(signals).filter((body) => body.activity_type === 'word');
  assert.deepEqual(
    words.map(({ length }) => length),
    [5, 5, 5],
  );
  const pressed = bodies(signals).flatMap((body) => (body.activity_type === 'mouse_click' ? [body] : []));
  assert.deepEqual(
    pressed.filter(({ action }) => action === 'press').map(({ button, x, y }) => [button, x, y]),
    [...Array.from({ length: 5 }, () => ['left', 400, 401]), ['right', 400, 401]],
  );
  assert.equal(pressed.filter(({ action }) => action === 'release').length, 6);
  const scrolled = new Map<string, number>();
  for (const body of bodies(signals)) {
    if (body.activity_type !== 'mouse_scroll') continue;
    scrolled.set(body.direction, (scrolled.get(body.direction) ?? 0) + body.amount);
  }
  assert.deepEqual(Object.fromEntries(scrolled), { down: 4, left: 1 });
  const moved = bodies(signals).flatMap((body) =>
    body.activity_type === 'mouse_move' ? [body.distance_px] : [],
  );
  assert.equal(
    moved.reduce((one, other) => one + other, 0),
    600,
  );
});

test('a key that is held repeats on the display and counts once', async () => {
  const { source, signals } = await capture();
  await session.xdotool('keydown', 'x', 'sleep', '1.2', 'keyup', 'x');
  await source.close();
  assert.equal(sum(signals).keys, 1);
});

test('times are those of the runtime: after the input began and before now', async () => {
  const { source, signals } = await capture();
  const beforeMs = performance.now();
  await session.xdotool('key', 'a');
  await until(() => signals.length > 0);
  const afterMs = performance.now();
  await source.close();
  const [interval] = signals.flatMap(({ counts }) => counts);
  assert.ok(
    interval && interval.atMs >= beforeMs - 50 && interval.atMs <= afterMs,
    JSON.stringify({ interval, beforeMs, afterMs }),
  );
});

test('reports no single event with counts', async () => {
  const { source, signals } = await capture({ detail: 'counts' });
  await session.xdotool('type', '--delay', '4', 'no events');
  await session.xdotool('click', '1');
  await source.close();
  assert.deepEqual(bodies(signals), []);
  assert.deepEqual([sum(signals).keys, sum(signals).clicks], [9, 1]);
});

test('replaces a capture process that dies, and continues capturing', async () => {
  const { source, signals } = await capture();
  const first = await pidOf(source);
  process.kill(first, 'SIGKILL');
  const second = await pidOf(source, first);
  await session.xdotool('type', '--delay', '4', 'back');
  await until(() => sum(signals).keys > 0);
  await source.close();
  assert.equal(sum(signals).keys, 4);
  assert.ok(isGone(first) && isGone(second));
});

test('deaths in a row are reported with a reason, and tried on', async () => {
  const { source } = await capture();
  let pid: number | undefined;
  for (let death = 0; death < 3; death += 1) {
    pid = await pidOf(source, pid);
    process.kill(pid, 'SIGABRT');
    await until(() => source.pid !== pid);
  }
  const capability = source.capability();
  assert.ok(capability.status === 'unavailable');
  assert.match(capability.reason, /^The capture process ended repeatedly; .+\.$/);
  await pidOf(source, pid);
  await source.close();
});

test('signals of a terminal do not end capture: the parent decides', async () => {
  const { source, signals } = await capture();
  const pid = await pidOf(source);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
  await session.xdotool('key', 'a');
  await until(() => sum(signals).keys === 1);
  assert.equal(source.pid, pid);
  await source.close();
  assert.ok(isGone(pid));
});

test('the capture process ends by itself when its parent is killed', async () => {
  const host = fileURLToPath(new URL('../../support/agent/input-source-host.ts', import.meta.url));
  const parent = spawn(process.execPath, ['--import', 'tsx', host], {
    env: session.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = await once(parent.stdout, 'data');
  const pid = Number(printed);
  assert.ok(existsSync(`/proc/${pid}`));
  parent.kill('SIGKILL');
  await until(() => isGone(pid));
});

test('close may be called twice and before start', async () => {
  const { source } = await capture();
  await Promise.all([source.close(), source.close()]);
  await source.close();
  await inputSource().close();
});

test('without a display it says so in one sentence, at once', async () => {
  const { DISPLAY: _, ...env } = session.env;
  const source = inputSource({ session: { platform: 'linux', env } });
  assert.deepEqual(await source.start(() => assert.fail('said something')), {
    status: 'unavailable',
    reason: 'There is no display (DISPLAY is not set); start Kinetrack in a desktop session.',
  });
  await source.close();
});

test('in a Wayland session it says so instead of counting only some windows', async () => {
  const env = { ...session.env, XDG_SESSION_TYPE: 'wayland', WAYLAND_DISPLAY: 'wayland-0' };
  const source = inputSource({ session: { platform: 'linux', env } });
  const capability = await source.start(() => assert.fail('said something'));
  assert.match(
    capability.status === 'unavailable' ? capability.reason : '',
    /Wayland session .+ choose an X11/,
  );
  await source.close();
});

test('a display that cannot be opened is named', async () => {
  const source = inputSource({ session: { platform: 'linux', env: { ...session.env, DISPLAY: ':9999' } } });
  assert.deepEqual(await source.start(() => assert.fail('said something')), {
    status: 'unavailable',
    reason:
      'The X display ":9999" cannot be opened; check that it is running and that DISPLAY and XAUTHORITY are correct.',
  });
  await source.close();
});
