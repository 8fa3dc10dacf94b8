/**
 * Detects a build that is older than its sources. Each build records the files it read, in a file
 * whose modification time is the start of the build; later changes of those files make it outdated.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const RECORD = `${root}dist/start-inputs.json`;
/** esbuild does not read these: the build copies them. */
const COPIED = 'dashboard/public';

/**
 * The files of this repository in these bundles, relative to the root.
 * @param {Iterable<import('esbuild').Metafile>} metafiles
 */
export function inputsOf(metafiles) {
  const inputs = new Set(readdirSync(root + COPIED).map((name) => `${COPIED}/${name}`));
  for (const { inputs: read } of metafiles) {
    for (const path of Object.keys(read)) {
      if (!path.includes('node_modules/')) inputs.add(path);
    }
  }
  return [...inputs].sort();
}

/**
 * @param {Iterable<import('esbuild').Metafile>} metafiles
 * @param {Date} startedAt start of the build; a file saved during the build counts as newer
 */
export function recordStartInputs(metafiles, startedAt) {
  mkdirSync(`${root}dist`, { recursive: true });
  writeFileSync(RECORD, JSON.stringify(inputsOf(metafiles)));
  utimesSync(RECORD, startedAt, startedAt);
}

/**
 * Sources changed since the last build; undefined if there is no build.
 * @returns {readonly string[] | undefined}
 */
export function changedSinceBuild() {
  const built = statSync(RECORD, { throwIfNoEntry: false });
  if (built === undefined) return undefined;
  /** @type {string[]} */
  const inputs = JSON.parse(readFileSync(RECORD, 'utf8'));
  return inputs.filter((path) => {
    const source = statSync(root + path, { throwIfNoEntry: false });
    return source === undefined || source.mtimeMs > built.mtimeMs;
  });
}
