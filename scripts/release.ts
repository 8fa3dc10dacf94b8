/**
 * `npm run release -- 0.2.0`: sets the version, dates the changelog, builds and packs the three
 * packages, checks the packed files, then commits and tags. It pushes and publishes nothing.
 *
 * All of that happens in a worktree of its own. The packages therefore contain what is committed and
 * nothing else, and until every check has passed the branch stays as it was.
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
  .description('Release the three packages: version, changelog, packed files, commit and tag.')
  .argument('<version>', 'the new version, such as 0.2.0')
  .option('--dry-run', `do everything but commit and tag; the packed files are in ${PACKED}/`)
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

/** Every reason at once, each with its remedy. */
function obstaclesTo(version: string): readonly string[] {
  if (!isVersion(version)) return [`${version} is not a version: pass three numbers, such as 0.2.0`];
  const obstacles: string[] = [];
  const branch = git('rev-parse', '--abbrev-ref', 'HEAD');
  if (branch !== BRANCH) obstacles.push(`the branch is ${branch}: releases are made on ${BRANCH}`);
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
    obstacles.push(`${newest} is released: pass a higher version`);
  }
  const current = currentVersion(root);
  if (compareVersions(version, current) < 0) {
    obstacles.push(`package.json is at ${current}: pass that version or a higher one`);
  }
  if (unreleasedNotes(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')) === undefined) {
    obstacles.push('CHANGELOG.md lists nothing under "## Unreleased": write what changes for users');
  }
  return obstacles;
}

function release(version: string, dryRun: boolean): void {
  const folder = mkdtempSync(join(tmpdir(), 'kinetrack-release-'));
  const tree = join(folder, 'tree');
  // What an interrupted release has left in git's list.
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
    // In the order of their dependencies.
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

/** The packed files in the order in which they are to be published, from the root. */
function pack(tree: string, version: string): readonly string[] {
  mkdirSync(join(tree, PACKED), { recursive: true });
  const workspaces = PACKAGES.flatMap((folder) => ['--workspace', folder]);
  run(tree, 'npm', 'pack', '--silent', ...workspaces, '--pack-destination', PACKED);
  const files = readdirSync(join(tree, PACKED));
  return PACKAGES.map((folder) => {
    const { name }: { name: string } = JSON.parse(readFileSync(join(tree, folder, 'package.json'), 'utf8'));
    const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
    if (!files.includes(file)) throw new Error(`npm pack wrote ${files.join(', ')}, and not ${file}`);
    return `${PACKED}/${file}`;
  });
}

/** What a user's Node.js, bundler and compiler find in a packed file. */
function check(tree: string, file: string): void {
  run(tree, 'npx', '--no-install', 'publint', 'run', file, '--strict');
  // From node16 on: TypeScript's resolution `node10` ignores `exports`, and ends with TypeScript 6.
  run(tree, 'npx', '--no-install', 'attw', file, '--profile', 'node16', '--no-definitely-typed');
}

function keepPacked(tree: string): void {
  rmSync(join(root, PACKED), { recursive: true, force: true });
  cpSync(join(tree, PACKED), join(root, PACKED), { recursive: true });
}

/** The branch moves first: a tag without its commit on the branch would be a release that nobody has. */
function commit(tree: string, version: string): void {
  gitIn(tree, 'commit', '--quiet', '--all', '--message', `chore(release): ${version}`);
  git('merge', '--quiet', '--ff-only', gitIn(tree, 'rev-parse', 'HEAD'));
  git('tag', '--annotate', `v${version}`, '--message', `Kinetrack ${version}`);
}

function run(folder: string, command: string, ...args: readonly string[]): void {
  console.log(`> ${command === process.execPath ? 'node' : command} ${args.join(' ')}`);
  const { status, signal, error } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? status}`);
}
