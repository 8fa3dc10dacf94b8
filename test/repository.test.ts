import assert from 'node:assert/strict';
import { homedir, userInfo } from 'node:os';
import { posix } from 'node:path';
import * as z from 'zod';
import {
  isTypeScript,
  repositoryPaths,
  repositoryRoot,
  type SourceFile,
  sourceFile,
} from './support/repository/source-tree.ts';

const paths = repositoryPaths();
const texts = paths.filter((path) => !/\.(png|jpe?g|gif|ico|woff2?|gz|parquet)$/.test(path)).map(sourceFile);
const sources = texts.filter(({ path }) => isTypeScript(path) || path.endsWith('.mjs'));

/** Tests may be longer: they are read case by case. */
const maxLinesOf = (path: string): number => (path.startsWith('test/') ? 400 : 300);
/** Longer ones, each with its reason. */
const LONGER: Readonly<Record<string, string>> = {
  'agent/src/activity-tracker.ts': 'the public face of the agent: a third of it documents it',
  'test/local/firehose/local-firehose.test.ts': 'one case for each promise that Firehose makes',
  'test/agent/activity-tracker.test.ts': 'the whole life of a tracker, against one set of fakes',
};

test('no source file is longer than 300 lines, no test longer than 400', () => {
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > maxLinesOf(path) && !Object.hasOwn(LONGER, path));
  assert.deepEqual(long, []);
});

test('every exception to the length is still needed', () => {
  for (const path of Object.keys(LONGER)) {
    assert.ok(
      sourceFile(path).text.split('\n').length - 1 > maxLinesOf(path),
      `${path} is short enough: remove it`,
    );
  }
});

test('no file names a place on the machine that it was written on', () => {
  assert.deepEqual(linesWith(texts, namesThisMachine), []);
});

test('no file names a package registry', () => {
  assert.deepEqual(linesWith(withoutThis(texts), namesRegistry), []);
});

test('the lock file holds integrity and no address', () => {
  const { packages } = lockShape.parse(JSON.parse(sourceFile('package-lock.json').text));
  for (const [path, entry] of Object.entries(packages)) {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) continue;
    // What a package brings along inside its own archive is covered by that archive's integrity.
    if (entry.link === true || entry.inBundle === true) continue;
    assert.equal(
      entry.resolved,
      undefined,
      `${path} is resolved from ${entry.resolved}: npm would ask that address`,
    );
    assert.match(entry.integrity ?? '', /^sha512-/, `${path} has no integrity`);
  }
});

test('all packages of the AWS SDK have one version, and share one copy of their core', () => {
  const named = texts
    .filter(({ path }) => posix.basename(path) === 'package.json')
    .flatMap(({ path, text }) => {
      const { dependencies, devDependencies } = manifestShape.parse(JSON.parse(text));
      return Object.entries({ ...dependencies, ...devDependencies })
        .filter(([name]) => name.startsWith('@aws-sdk/'))
        .map(([name, version]) => ({ path, name, version }));
    });
  const versions = new Set(named.map(({ version }) => version));
  assert.equal(
    versions.size,
    1,
    named.map(({ path, name, version }) => `${path}: ${name} ${version}`).join('\n'),
  );

  const { packages } = lockShape.parse(JSON.parse(sourceFile('package-lock.json').text));
  const copies = Object.keys(packages).filter((path) => path.endsWith('node_modules/@aws-sdk/core'));
  assert.deepEqual(copies, ['node_modules/@aws-sdk/core']);
});

test('no source file silences the compiler, but to prove in a test that it refuses', () => {
  assert.deepEqual(
    withoutThis(sources).flatMap((file) =>
      linesWith(
        [file],
        (line) => silencesCompiler(line) && !(file.path.startsWith('test/') && provesTypeError(line)),
      ),
    ),
    [],
  );
});

test('every lint exception has its reason', () => {
  const unexplained = linesWith(sources, (line) =>
    /biome-ignore(?!-\w+)? [\w/]+: *(?:<explanation>)?$/.test(line),
  );
  assert.deepEqual(unexplained, []);
});

test('every local link of the documentation leads to a file', () => {
  const known = new Set(paths);
  const folders = new Set(paths.flatMap((path) => ancestors(path)));
  const lost = texts
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      localLinks(text).map((link) => ({ path, link, target: resolveLink(path, link) })),
    )
    .filter(({ target }) => !known.has(target) && !folders.has(target))
    .map(({ path, link }) => `${path} links to ${link}`);
  assert.deepEqual(lost, []);
});

test('every link to a heading leads to one', () => {
  const lost = texts
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      anchorLinks(text).map((link) => ({
        path,
        link,
        target: resolveLink(path, link.split('#')[0] ?? '') || path,
      })),
    )
    .filter(({ link, target }) => {
      const page = texts.find(({ path }) => path === target);
      return page !== undefined && !headings(page.text).has(link.split('#')[1] ?? '');
    })
    .map(({ path, link }) => `${path} links to ${link}`);
  assert.deepEqual(lost, []);
});

test('sees what it is there to see', () => {
  assert.ok(namesThisMachine(`see ${repositoryRoot}README.md`));
  assert.ok(namesThisMachine(`/home/${userInfo().username}/notes`));
  assert.ok(!namesThisMachine('await mkdir(join(homedir(), "notes"))'));
  assert.ok(namesRegistry('"resolved": "https://packages.example/zod/-/zod-4.6.7.tgz"'));
  assert.ok(!namesRegistry('Device health is in the registry of devices.'));
  assert.ok(silencesCompiler('// @ts-ignore'));
  assert.ok(silencesCompiler('const x = y as unknown as Event;'));
  assert.ok(silencesCompiler('const x: any = 1;'));
  assert.ok(!silencesCompiler("  { keyboard: 1, any: 2 } // 'any' input"));
  assert.deepEqual(localLinks('[a](b.md) ![c](d/e.png "title") [f](https://x.y) [g](#h) [i](j.md#k)'), [
    'b.md',
    'd/e.png',
    'j.md',
  ]);
  assert.deepEqual(localLinks('```\n[a](b.md)\n```\n`[c](d.md)`'), []);
  assert.deepEqual(anchorLinks('[g](#h) [i](j.md#k)'), ['#h', 'j.md#k']);
  assert.deepEqual(
    [...headings('# One two\n## `kinetrack start` & more\n')],
    ['one-two', 'kinetrack-start--more'],
  );
});

const lockShape = z.object({
  packages: z.record(
    z.string(),
    z.object({
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      inBundle: z.boolean().optional(),
    }),
  ),
});

const manifestShape = z.object({
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
});

/** The home folder and the checkout. A root folder that is the home of nobody in particular says nothing. */
function namesThisMachine(line: string): boolean {
  const places = [
    repositoryRoot,
    `${homedir()}/`,
    `/home/${userInfo().username}/`,
    `/Users/${userInfo().username}/`,
  ];
  return places.some((place) => place.length > 2 && line.includes(place));
}

function namesRegistry(line: string): boolean {
  return /registry\.(?:npmjs|yarnpkg)\.|https?:\/\/[^\s"'/]*(?:artifactory|nexus|verdaccio)|\/-\/[\w.@-]+\.tgz|_authToken/.test(
    line,
  );
}

function silencesCompiler(line: string): boolean {
  return /@ts-(?:ignore|nocheck|expect-error)|\bas unknown\s+as\b|(?:\bas|[:<|&])\s*any\b\s*(?:[;,=)>\]|&]|$)/.test(
    line.replace(/(['"`]).*?\1/g, "''"),
  );
}

/** The compiler fails where the next line is not wrong: a test of types, with the reason beside it. */
const provesTypeError = (line: string): boolean => /^\s*\/\/ @ts-expect-error \w+ \w+/.test(line);

/** This file spells out what it looks for. */
const withoutThis = (files: readonly SourceFile[]): readonly SourceFile[] =>
  files.filter(({ path }) => path !== 'test/repository.test.ts');

function linesWith(files: readonly SourceFile[], isBad: (line: string) => boolean): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (isBad(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}

const prose = (markdown: string): string =>
  markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');

const links = (markdown: string): readonly string[] =>
  [...prose(markdown).matchAll(/\]\(\s*<?([^\s)>]+)>?[^)]*\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z][a-z+.-]*:/i.test(link));

const localLinks = (markdown: string): readonly string[] =>
  links(markdown)
    .map((link) => link.split('#')[0] ?? '')
    .filter((link) => link !== '');

const anchorLinks = (markdown: string): readonly string[] =>
  links(markdown).filter((link) => link.includes('#'));

/** From the file that holds the link, or from the root where it begins with a slash. */
function resolveLink(from: string, link: string): string {
  if (link === '') return '';
  const decoded = decodeURIComponent(link);
  const path = decoded.startsWith('/') ? decoded.slice(1) : posix.join(posix.dirname(from), decoded);
  return path.replace(/\/$/, '');
}

const ancestors = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'));

/** Anchors as GitHub makes them: lower case, punctuation gone, a hyphen for every space. */
const headings = (markdown: string): ReadonlySet<string> =>
  new Set(
    [...markdown.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
