/** The files of the repository: what is tracked, and what would be with the next commit. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** With a slash at the end. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));

export interface SourceFile {
  /** From the root, with slashes: `agent/src/runtime.ts`. */
  readonly path: string;
  readonly text: string;
}

/** Paths that git does not ignore, ascending. */
export const repositoryPaths = (): readonly string[] =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((path) => path !== '' && existsSync(repositoryRoot + path));

export const sourceFile = (path: string): SourceFile => ({
  path,
  text: readFileSync(repositoryRoot + path, 'utf8'),
});

export const isTypeScript = (path: string): boolean => /\.tsx?$/.test(path) && !path.endsWith('.d.ts');
