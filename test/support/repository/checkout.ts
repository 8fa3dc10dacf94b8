/** A copy of this repository that a test may change: the files that git does not ignore, and its packages. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryPaths, repositoryRoot } from './source-tree.ts';

/** The folder of the copy; the caller removes it. */
export function copyRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kinetrack-checkout-'));
  for (const path of repositoryPaths()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(repositoryRoot, path), join(folder, path));
  }
  linkPackages(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
  // Workspaces are links to the folders of the copy.
  mkdirSync(join(folder, 'node_modules/@kinetrack'));
  for (const [name, workspace] of [
    ['agent', 'agent'],
    ['cdk', 'lib'],
    ['schema', 'schema'],
  ] as const) {
    symlinkSync(`../../${workspace}`, join(folder, 'node_modules/@kinetrack', name));
  }
  return folder;
}

/** Links each package, so that a build can add its own links to node_modules. */
function linkPackages(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name === '.bin') mkdirSync(join(to, name));
    else if (name !== '@kinetrack') symlinkSync(join(from, name), join(to, name));
  }
}
