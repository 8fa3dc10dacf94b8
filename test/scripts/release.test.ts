/** The release script up to its build, in a copy of this repository with its own history. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { releaseNotes, unreleasedNotes } from '../../scripts/release/changelog.ts';
import { compareVersions, currentVersion, isVersion, setVersion } from '../../scripts/release/version.ts';
import { copyRepository } from '../support/repository/checkout.ts';
import { runCli } from '../support/process/cli.ts';
import { repositoryPaths, repositoryRoot, sourceFile } from '../support/repository/source-tree.ts';

const CHANGELOG = `# Changelog

## Unreleased

### Added

- A command.

## 0.1.0 - 2026-01-31

- The first version.
`;

describe('the changelog of a release', () => {
  it('moves unreleased changes to a section with version and date', () => {
    assert.equal(
      releaseNotes(CHANGELOG, '0.2.0', '2026-11-29'),
      CHANGELOG.replace('## Unreleased\n', '## Unreleased\n\n## 0.2.0 - 2026-11-29\n'),
    );
  });

  it('reads only unreleased changes', () => {
    assert.equal(unreleasedNotes(CHANGELOG), '### Added\n\n- A command.');
    assert.equal(
      unreleasedNotes(CHANGELOG.replace('Unreleased', '[Unreleased]')),
      '### Added\n\n- A command.',
    );
  });

  it('finds no changes under headings alone', () => {
    assert.equal(unreleasedNotes(CHANGELOG.replace('- A command.\n', '')), undefined);
    assert.equal(unreleasedNotes(CHANGELOG.replace('## Unreleased', '## Soon')), undefined);
  });

  it('has a section for the next release in this repository', () => {
    assert.match(sourceFile('CHANGELOG.md').text, /^## \[?Unreleased\]?$/m);
  });
});

describe('the version of a release', () => {
  it('is three numbers, ordered numerically', () => {
    assert.deepEqual(['1.2.3', '10.0.0', '1.2', '01.2.3', 'v1.2.3', '1.2.3-beta'].filter(isVersion), [
      '1.2.3',
      '10.0.0',
    ]);
    assert.deepEqual(['0.10.0', '0.9.1', '0.9.10', '1.0.0'].sort(compareVersions), [
      '0.9.1',
      '0.9.10',
      '0.10.0',
      '1.0.0',
    ]);
    assert.equal(compareVersions('1.2.3', '1.2.3'), 0);
  });
});

describe('npm run release', () => {
  let checkout: string;
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
      cwd: checkout,
      encoding: 'utf8',
    });
  const refusalOf = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await runCli([join(checkout, 'scripts/release.ts'), ...args], {
      script: join(repositoryRoot, 'node_modules/tsx/dist/cli.mjs'),
      cwd: checkout,
    });
    assert.equal(code, 1);
    return stderr;
  };
  beforeAll(() => {
    checkout = copyRepository();
    git('init', '--quiet', '--initial-branch', 'main');
    writeFileSync(join(checkout, 'CHANGELOG.md'), CHANGELOG);
    git('add', '--all');
    git('commit', '--quiet', '--message', 'a commit');
    git('tag', '--annotate', 'v0.1.0', '--message', 'the first version');
  });
  afterAll(() => rmSync(checkout, { recursive: true, force: true }));

  it('refuses an invalid, a released and a lower version', async () => {
    assert.match(await refusalOf('0.2'), /0\.2 is not a version: pass three numbers, such as 0\.2\.0/);
    assert.match(await refusalOf('0.1.0'), /0\.1\.0 is already released: pass a higher version/);
    assert.match(
      await refusalOf('0.0.9'),
      new RegExp(`package\\.json is at ${currentVersion(checkout)}: pass that version or a higher one`),
    );
  });

  it('names every obstacle at once', async () => {
    git('switch', '--quiet', '--create', 'feature');
    writeFileSync(join(checkout, 'CHANGELOG.md'), CHANGELOG.replace('- A command.\n', ''));
    try {
      const refusal = await refusalOf('99.0.0', '--dry-run');
      assert.match(refusal, /^- the branch is feature: switch to main$/m);
      assert.match(refusal, /^- the tree has changes: commit or remove them\n {3}M CHANGELOG\.md$/m);
      assert.match(refusal, /^- CHANGELOG\.md has no entries under "## Unreleased"/m);
    } finally {
      git('checkout', '--quiet', '--force', 'main');
    }
  });

  it('sets the version in every file that contains it, and changes nothing else', () => {
    const before = currentVersion(checkout);
    const changed = setVersion(checkout, '98.76.54');
    const changes = git('diff', '--unified=0', '--no-color')
      .split('\n')
      .filter((line) => /^[-+](?![-+])/.test(line));
    git('checkout', '--quiet', '--force', 'main');

    const added = changes.filter((line) => line.startsWith('+')).map((line) => line.slice(1));
    const removed = changes.filter((line) => line.startsWith('-')).map((line) => line.slice(1));
    assert.deepEqual(
      added.map((line) => line.replace('98.76.54', before)),
      removed,
    );
    const manifests = repositoryPaths().filter((path) =>
      /^(?:schema|agent|lib)?\/?package\.json$/.test(path),
    );
    assert.deepEqual(
      [...manifests, 'package-lock.json', 'agent/src/version.ts', 'analytics/dbt_project.yml'].sort(),
      [...changed].sort(),
    );
    for (const path of manifests) {
      const { dependencies = {} }: { dependencies?: Record<string, string> } = JSON.parse(
        readFileSync(join(repositoryRoot, path), 'utf8'),
      );
      for (const [name, version] of Object.entries(dependencies)) {
        if (name.startsWith('@kinetrack/')) assert.equal(version, before, `${path}: ${name}`);
      }
    }
  });
});
