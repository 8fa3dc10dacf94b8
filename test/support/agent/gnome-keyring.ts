/**
 * A Secret Service of its own: dbus-daemon and gnome-keyring-daemon (Debian packages dbus-daemon, gnome-keyring,
 * libsecret-tools), with nothing of the session that the tests run in. Nothing on its bus can ask for a password.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemRuntime } from '../../../agent/src/runtime.ts';
import { systemExec } from '../../../agent/src/spool/keys/exec.ts';
import type { KeyHost } from '../../../agent/src/spool/keys/index.ts';
import { afterTest } from '../../runner/running-test.ts';
import { tempDir } from '../process/temp-dir.ts';
import { until } from './x-session.ts';

const PASSWORD = 'of this test alone';

export interface KeyringSession {
  readonly host: KeyHost;
  /** Starts the daemon with the keyring open, or locked as after a login without a password. */
  start(state: 'unlocked' | 'locked'): Promise<void>;
  /** Suspends the daemon: it does not answer. */
  freeze(): void;
  thaw(): void;
  /** Ends the daemon; the keyring stays on the disk. */
  stop(): Promise<void>;
}

export async function openKeyringSession(): Promise<KeyringSession> {
  const home = await tempDir();
  const runtimeDir = join(home, 'run');
  await mkdir(runtimeDir, { mode: 0o700 });
  // Found by its path, like under systemd. Without a folder of services the bus starts no daemon.
  const socket = join(runtimeDir, 'bus');
  await writeFile(
    join(home, 'bus.conf'),
    `<busconfig><type>session</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth>
     <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
  );
  const { DBUS_SESSION_BUS_ADDRESS: _, DISPLAY: __, WAYLAND_DISPLAY: ___, ...inherited } = process.env;
  const env = {
    ...inherited,
    HOME: home,
    XDG_RUNTIME_DIR: runtimeDir,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
  };
  const bus = spawn(
    'dbus-daemon',
    [`--config-file=${join(home, 'bus.conf')}`, '--nofork', '--print-address=1'],
    {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let daemon: ChildProcess | undefined;
  const stop = async () => {
    await end(daemon);
    daemon = undefined;
  };
  afterTest(async () => {
    await stop();
    await end(bus);
  });
  await Promise.race([once(bus.stdout, 'data'), failure(bus, 'dbus-daemon')]);

  /** A daemon answers: without one, secret-tool reports that on stderr. */
  const answers = async () => {
    const outcome = await systemExec(
      systemRuntime,
      env,
    )({
      program: 'secret-tool',
      args: ['search', 'no', 'such'],
      stdin: '',
      limitMs: 5000,
    });
    return outcome.kind === 'exited' && outcome.stderr === '';
  };
  return {
    host: { platform: 'linux', env },
    stop,
    freeze: () => void daemon?.kill('SIGSTOP'),
    thaw: () => void daemon?.kill('SIGCONT'),
    async start(state) {
      const how = state === 'unlocked' ? ['--unlock'] : ['--start'];
      daemon = spawn('gnome-keyring-daemon', [...how, '--foreground', '--components=secrets'], {
        env,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const failed = failure(daemon, 'gnome-keyring-daemon');
      daemon.stdin?.on('error', () => undefined).end(state === 'unlocked' ? PASSWORD : '');
      await Promise.race([until(answers), failed]);
    },
  };
}

/** Rejects if the process ends early. A later rejection has no effect. */
function failure(child: ChildProcess, name: string): Promise<never> {
  const failed = Promise.race([once(child, 'error'), once(child, 'exit')]).then(([why]) => {
    throw why instanceof Error ? why : new Error(`${name} ended with ${String(why)}`);
  });
  failed.catch(() => undefined);
  return failed;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  // Where it was frozen.
  child.kill('SIGCONT');
  await exited;
}
