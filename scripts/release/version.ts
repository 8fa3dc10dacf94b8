/** Release versions, and the files that contain the version. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** The folders of the packages that are published, in the order of their dependencies. */
export const PACKAGES = ['schema', 'agent', 'lib'] as const;

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

export const isVersion = (text: string): boolean => VERSION.test(text);

/** Negative if `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (const [index, number] of (left ?? []).entries()) {
    const difference = number - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** z.record keeps the order of the keys; z.object would move declared keys to the front. */
const manifestShape = z.record(z.string(), z.unknown());
type Manifest = z.infer<typeof manifestShape>;
const rangesShape = z.record(z.string(), z.string());
const lockEntriesShape = z.record(z.string(), manifestShape);

export const currentVersion = (root: string): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    .version;

/**
 * Writes the version to the manifests, the lock file and the sources that contain it.
 * @returns the changed files, relative to the root
 */
export function setVersion(root: string, version: string): readonly string[] {
  const changed = new Set<string>();
  const edit = (path: string, change: (text: string) => string): void => {
    const before = readFileSync(join(root, path), 'utf8');
    const after = change(before);
    if (after === before) return;
    writeFileSync(join(root, path), after);
    changed.add(path);
  };
  for (const folder of ['', ...PACKAGES]) {
    edit(join(folder, 'package.json'), (text) =>
      printed(withVersion(manifestShape.parse(JSON.parse(text)), version)),
    );
  }
  edit('package-lock.json', (text) => {
    const lock = manifestShape.parse(JSON.parse(text));
    const packages = lockEntriesShape.parse(lock.packages);
    for (const folder of ['', ...PACKAGES]) {
      const entry = packages[folder];
      if (entry === undefined) throw new Error(`package-lock.json has no entry for ${folder || 'the root'}`);
      packages[folder] = withVersion(entry, version);
    }
    return printed({ ...lock, version, packages });
  });
  edit('agent/src/version.ts', replaceOnce(/(AGENT_VERSION = ')[^']*(')/, version));
  edit('analytics/dbt_project.yml', replaceOnce(/^(version: ')[^']*(')$/m, version));
  return [...changed];
}

/** Packages depend on each other's exact version, because they are released together. */
function withVersion(manifest: Manifest, version: string): Manifest {
  const renewed: Manifest = { ...manifest, version };
  for (const kind of ['dependencies', 'peerDependencies']) {
    if (manifest[kind] === undefined) continue;
    renewed[kind] = Object.fromEntries(
      Object.entries(rangesShape.parse(manifest[kind])).map(([name, range]) => [
        name,
        name.startsWith('@kinetrack/') ? version : range,
      ]),
    );
  }
  return renewed;
}

const replaceOnce = (pattern: RegExp, version: string) => (text: string) => {
  if (!pattern.test(text))
    throw new Error(`no version matches ${pattern}: update scripts/release/version.ts`);
  return text.replace(pattern, `$1${version}$2`);
};

/** In npm's format. */
const printed = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
