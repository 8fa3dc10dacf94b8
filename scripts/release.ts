/**
 * `npm run release -- 0.2.0`: sets the version, dates the changelog, builds and packs the three
 * packages, checks the packed files, then commits and tags. It pushes and publishes nothing.
 *
 * It works in a temporary worktree. The packages therefore contain only committed files, and the
 * branch changes only after every check has passed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { releaseNotes, unreleasedNotes } from './release/changelog.ts';
import { compareVersions, currentVersion, isVersion, PACKAGES, setVersion } from './release/version.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const BRANCH = 'main';
const PACKED = 'dist/packages';

const git = (...args: readonly string[]): string => gitIn(root, ...args);
const gitIn = (folder: string, ...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trimEnd();

await new Command('release')
  .description('Set the version, pack and check the three packages, commit and tag')
  .argument('<version>', 'New version, such as 0.2.0')
  .option('--dry-run', `Do everything except the commit and the tag; the packed files are in ${PACKED}/`)
  .action((version: string, { dryRun = false }: { dryRun?: boolean }) => {
    const obstacles = obstaclesTo(version);
    if (obstacles.length > 0) {
      console.error(`Cannot release ${version}:\n${obstacles.map((each) => `- ${each}`).join('\n')}`);
      process.exitCode = 1;
      return;
    }
    try {
      release(version, dryRun);
    } catch (error) {
      console.error(`\nNot released: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
  })
  .parseAsync();

/** All reasons against a release, each with its remedy. */
function obstaclesTo(version: string): readonly string[] {
  if (!isVersion(version)) return [`${version} is not a version: pass three numbers, such as 0.2.0`];
  const obstacles: string[] = [];
  const branch = git('rev-parse', '--abbrev-ref', 'HEAD');
  if (branch !== BRANCH) obstacles.push(`the branch is ${branch}: switch to ${BRANCH}`);
  const dirty = git('status', '--porcelain');
  if (dirty !== '')
    obstacles.push(`the tree has changes: commit or remove them\n  ${dirty.replaceAll('\n', '\n  ')}`);
  const newest = git('tag', '--list', 'v*')
    .split('\n')
    .map((tag) => tag.slice(1))
    .filter(isVersion)
    .sort(compareVersions)
    .at(-1);
  if (newest !== undefined && compareVersions(version, newest) <= 0) {
    obstacles.push(`${newest} is already released: pass a higher version`);
  }
  const current = currentVersion(root);
  if (compareVersions(version, current) < 0) {
    obstacles.push(`package.json is at ${current}: pass that version or a higher one`);
  }
  if (unreleasedNotes(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')) === undefined) {
    obstacles.push('CHANGELOG.md has no entries under "## Unreleased": add the changes');
  }
  return obstacles;
}

function release(version: string, dryRun: boolean): void {
  const folder = mkdtempSync(join(tmpdir(), 'kinetrack-release-'));
  const tree = join(folder, 'tree');
  // Removes the entry of an interrupted release.
  git('worktree', 'prune');
  git('worktree', 'add', '--quiet', '--detach', tree, 'HEAD');
  try {
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction');
    const changed = writeVersion(tree, version);
    run(tree, process.execPath, 'scripts/build.mjs');
    const packed = pack(tree, version);
    for (const file of packed) check(tree, file);
    keepPacked(tree);
    if (dryRun) {
      console.log(`\nDry run of ${version}: would commit ${changed.join(', ')} and tag v${version}.`);
    } else {
      commit(tree, version);
      console.log(`\nReleased ${version} on ${BRANCH}. To publish it:\n  git push --follow-tags`);
    }
    for (const file of packed) console.log(`  ${dryRun ? '' : 'npm publish --access public '}${file}`);
  } finally {
    git('worktree', 'remove', '--force', tree);
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeVersion(tree: string, version: string): readonly string[] {
  const path = join(tree, 'CHANGELOG.md');
  writeFileSync(
    path,
    releaseNotes(readFileSync(path, 'utf8'), version, new Date().toISOString().slice(0, 10)),
  );
  return ['CHANGELOG.md', ...setVersion(tree, version)];
}

/** The packed files in publishing order, relative to the root. */
function pack(tree: string, version: string): readonly string[] {
  mkdirSync(join(tree, PACKED), { recursive: true });
  const workspaces = PACKAGES.flatMap((folder) => ['--workspace', folder]);
  run(tree, 'npm', 'pack', '--silent', ...workspaces, '--pack-destination', PACKED);
  const files = readdirSync(join(tree, PACKED));
  return PACKAGES.map((folder) => {
    const { name }: { name: string } = JSON.parse(readFileSync(join(tree, folder, 'package.json'), 'utf8'));
    const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
    if (!files.includes(file)) throw new Error(`npm pack wrote ${files.join(', ')}; expected ${file}`);
    return `${PACKED}/${file}`;
  });
}

/** Checks how Node.js, bundlers and the compiler resolve a packed file. */
function check(tree: string, file: string): void {
  run(tree, 'npx', '--no-install', 'publint', 'run', file, '--strict');
  run(tree, 'npx', '--no-install', 'attw', file, '--no-definitely-typed');
}

function keepPacked(tree: string): void {
  rmSync(join(root, PACKED), { recursive: true, force: true });
  cpSync(join(tree, PACKED), join(root, PACKED), { recursive: true });
}

/** Moves the branch before it tags: a failed merge must not leave a tag. */
function commit(tree: string, version: string): void {
  gitIn(tree, 'commit', '--quiet', '--all', '--message', `chore(release): ${version}`);
  git('merge', '--quiet', '--ff-only', gitIn(tree, 'rev-parse', 'HEAD'));
  git('tag', '--annotate', `v${version}`, '--message', `Kinetrack ${version}`);
}

function run(folder: string, command: string, ...args: readonly string[]): void {
  console.log(`> ${command === process.execPath ? 'node' : command} ${args.join(' ')}`);
  const { status, signal, error } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${signal ?? status}`);
}
