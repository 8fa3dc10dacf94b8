/** macOS and Windows by results in the shape that active-win documents: these systems were not at hand to run it on. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActiveWindow } from '../../../../agent/src/sources/native/window-probe-active-win.ts';
import {
  MacosWindowProbe,
  WindowsWindowProbe,
} from '../../../../agent/src/sources/native/window-probe-active-win.ts';
import { X11WindowProbe } from '../../../../agent/src/sources/native/window-probe-x11.ts';
import { tempDir } from '../../../support/process/temp-dir.ts';

type Options = NonNullable<Parameters<ActiveWindow>[0]>;
type Result = NonNullable<Awaited<ReturnType<ActiveWindow>>>;

const bounds = { x: 0, y: 25, width: 1440, height: 875 };
const macos: Result = {
  platform: 'macos',
  title: 'Quarterly plan – Google Docs',
  id: 5762,
  bounds,
  owner: {
    name: 'Google Chrome',
    processId: 310,
    bundleId: 'com.google.Chrome',
    path: '/Applications/Google Chrome.app',
  },
  memoryUsage: 11_015_432,
};
const windows: Result = {
  platform: 'windows',
  title: 'Mail - Outlook',
  id: 132_456,
  bounds,
  contentBounds: bounds,
  owner: {
    name: 'Microsoft Outlook',
    processId: 4321,
    path: 'C:\\Program Files\\Microsoft Office\\OUTLOOK.EXE',
  },
  memoryUsage: 90_112_000,
};

test('macOS: reads application and title without asking for permission', async () => {
  const asked: (Options | undefined)[] = [];
  const load = async () => async (options?: Options) => {
    asked.push(options);
    return macos;
  };
  const probe = new MacosWindowProbe({ titles: false, load });
  assert.equal(await probe.problem(), null);
  assert.deepEqual(await probe.read(), {
    status: 'window',
    window: { app: 'Google Chrome', title: 'Quarterly plan – Google Docs' },
  });
  assert.deepEqual(asked, [{ accessibilityPermission: false, screenRecordingPermission: false }]);
  assert.match(
    probe.limitation ?? '',
    /^On macOS, window titles.+captured only once they are enabled.+Screen Recording/,
  );
});

test('macOS: asks for the permission for titles only on request', async () => {
  const asked: (Options | undefined)[] = [];
  const load = async () => async (options?: Options) => {
    asked.push(options);
    return macos;
  };
  const probe = new MacosWindowProbe({ titles: true, load });
  await probe.problem();
  await probe.read();
  assert.equal(asked[0]?.screenRecordingPermission, true);
  assert.equal(probe.limitation, null);
});

test('macOS: names the setting after a refusal', async () => {
  const load = async () => async () => {
    throw new Error('Command failed: main');
  };
  const probe = new MacosWindowProbe({ titles: true, load });
  await probe.problem();
  const front = await probe.read();
  assert.match(front.status === 'failed' ? front.reason : '', /allow Screen Recording/);
});

test('Windows: reads application and title, and null without a window', async () => {
  const packageDir = await tempDir();
  await mkdir(join(packageDir, 'lib', 'binding', 'napi-9-win32-unknown-x64'), { recursive: true });
  const answers: (Result | undefined)[] = [windows, undefined];
  const probe = new WindowsWindowProbe({ packageDir, load: async () => async () => answers.shift() });
  assert.equal(await probe.problem(), null);
  assert.deepEqual(await probe.read(), {
    status: 'window',
    window: { app: 'Microsoft Outlook', title: 'Mail - Outlook' },
  });
  assert.deepEqual(await probe.read(), { status: 'none' });
});

test('Windows: without its native module it is unavailable, not for ever without a window', async () => {
  const packageDir = await tempDir();
  const probe = new WindowsWindowProbe({ packageDir, load: async () => async () => undefined });
  assert.match((await probe.problem()) ?? '', /native module of active-win is not installed; reinstall/);
});

test('a package that does not load is named with the remedy', async () => {
  const load = async () => null;
  for (const probe of [new MacosWindowProbe({ titles: false, load }), new WindowsWindowProbe({ load })]) {
    assert.match((await probe.problem()) ?? '', /active-win does not load; reinstall/);
  }
});

test('Linux: a missing xprop is named with the package that brings it', async () => {
  const PATH = await tempDir();
  const probe = new X11WindowProbe({
    platform: 'linux',
    env: { PATH, DISPLAY: ':0', XDG_SESSION_TYPE: 'x11' },
  });
  assert.equal(
    await probe.problem(),
    'The program xprop is not found; install x11-utils (Debian, Ubuntu: apt install x11-utils).',
  );
});

test('Linux: without a display and under Wayland it says so in one sentence', async () => {
  const none = await new X11WindowProbe({ platform: 'linux', env: {} }).problem();
  assert.match(none ?? '', /^There is no display/);
  const env = { DISPLAY: ':0', WAYLAND_DISPLAY: 'wayland-0' };
  const wayland = await new X11WindowProbe({ platform: 'linux', env }).problem();
  assert.match(wayland ?? '', /^A Wayland session/);
});
