/** The programs that tests drive. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that the tests drive, and the Debian packages that bring them. */
const REQUIRED = [
  ['Xvfb', 'xvfb'],
  ['xdotool', 'xdotool'],
  ['openbox', 'openbox'],
  ['xprop', 'x11-utils'],
  ['xwininfo', 'x11-utils'],
  ['xterm', 'xterm'],
  ['chromium', 'chromium'],
  ['jq', 'jq'],
  ['strace', 'strace'],
  ['openssl', 'openssl'],
  ['ip', 'iproute2'],
  ['python3', 'python3'],
  ['dbus-daemon', 'dbus-daemon'],
  ['gnome-keyring-daemon', 'gnome-keyring'],
  ['secret-tool', 'libsecret-tools'],
];

/** The keystore of whoever runs the tests is none of their business: without its address it is not asked. */
export function forgetKeystore() {
  delete process.env.DBUS_SESSION_BUS_ADDRESS;
  delete process.env.XDG_RUNTIME_DIR;
}

/**
 * Ends the process where a program is missing, and names the command that installs it. With `--install`, and in
 * continuous integration (`CI=true`), it installs the packages where that is possible.
 */
export function bringPrograms() {
  const missing = REQUIRED.filter(([program]) => !onPath(program)).map(([, name]) => name);
  if (missing.length === 0) return;
  const names = [...new Set(missing)];
  const isAsked = process.env.CI === 'true' || process.argv.includes('--install');
  const isRoot = process.getuid?.() === 0;
  if (!isAsked || !isRoot || !onPath('apt-get')) {
    stop(
      'the tests need programs that are not installed. Install them with:\n\n' +
        `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(' ')}\n`,
    );
  }
  process.env.DEBIAN_FRONTEND = 'noninteractive';
  step('apt-get update', ['apt-get', 'update', '-qq']);
  step('apt-get install', ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...names]);
}

function onPath(program) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder && existsSync(join(folder, program)));
}

/** Runs a command to its end; where it fails, so does this process. */
export function step(title, [command, ...args]) {
  console.log(`\n> ${title}`);
  const { status, signal, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) stop(`${title}: ${command} could not be started: ${error.message}`);
  if (status !== 0) {
    console.error(`\n${title} failed${signal ? ` (${signal})` : ''}`);
    process.exit(status ?? 1);
  }
}

export function stop(message) {
  console.error(message);
  process.exit(1);
}
