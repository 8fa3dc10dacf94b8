/** Installs or checks the programs that tests use. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs, and their Debian packages. */
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

/** Hides the system keystore of the developer from the tests by removing its address. */
export function hideKeystore() {
  delete process.env.DBUS_SESSION_BUS_ADDRESS;
  delete process.env.XDG_RUNTIME_DIR;
}

/**
 * Exits with the install command if a program is missing. With `--install` and in continuous integration
 * (`CI=true`), installs the packages if possible.
 */
export function ensurePrograms() {
  const missing = REQUIRED.filter(([program]) => !onPath(program)).map(([, name]) => name);
  if (missing.length === 0) return;
  const names = [...new Set(missing)];
  const mayInstall = process.env.CI === 'true' || process.argv.includes('--install');
  const isRoot = process.getuid?.() === 0;
  if (!mayInstall || !isRoot || !onPath('apt-get')) {
    stop(
      'The tests require programs that are not installed. Install them with:\n\n' +
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

/** Runs a command; exits if it fails. */
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
