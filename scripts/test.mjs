/**
 * Everything that has to hold before a change lands: `npm test`. With arguments it runs only the test files
 * whose path contains one of them: `npm test -- spool firehose`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

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
];

/** The default is one less than there are cores: on a machine with two, one file after the other. */
const CONCURRENCY = `--test-concurrency=${Math.max(2, availableParallelism())}`;

bringPrograms();
const filters = process.argv.slice(2);
if (filters.length === 0) {
  step('build', [process.execPath, 'scripts/build.mjs']);
  step('types', [process.execPath, 'node_modules/typescript/bin/tsc', '--noEmit']);
  step('lint', [process.execPath, 'node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings']);
}
const files = testFiles('test').filter(
  (file) => filters.length === 0 || filters.some((filter) => file.includes(filter)),
);
if (files.length === 0)
  stop(`no test file matches ${filters.join(' ')}; they lie under test/ and end in .test.ts`);
step('test', [
  process.execPath,
  '--import',
  'tsx',
  '--import',
  new URL('../test/support/seed.ts', import.meta.url).href,
  '--test',
  CONCURRENCY,
  '--test-timeout=300000',
  ...files,
]);

function bringPrograms() {
  const missing = REQUIRED.filter(([program]) => !onPath(program)).map(([, name]) => name);
  if (missing.length === 0) return;
  const names = [...new Set(missing)];
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !onPath('apt-get')) {
    stop(
      `the tests need programs that are missing here. Install them with:\n\n` +
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

function testFiles(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return testFiles(path);
      return name.endsWith('.test.ts') ? [path] : [];
    });
}

function step(title, [command, ...args]) {
  console.log(`\n> ${title}`);
  const { status, signal, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) stop(`${title}: ${command} could not be started: ${error.message}`);
  if (status !== 0) {
    console.error(`\n${title} failed${signal ? ` (${signal})` : ''}`);
    process.exit(status ?? 1);
  }
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
