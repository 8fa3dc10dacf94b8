/**
 * Whether the build that `npm start` runs is older than its sources. A build records the files that
 * it read; this compares their times with the time at which that build began.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const RECORD = `${root}dist/start-inputs.json`;
/** Copied beside the page's bundle, not read by esbuild. */
const COPIED = 'dashboard/public';

/**
 * The repository's own files that went into these bundles, from the root.
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
 * @param {Date} startedAt when the build began: what is saved meanwhile is not in it
 */
export function recordStartInputs(metafiles, startedAt) {
  mkdirSync(`${root}dist`, { recursive: true });
  writeFileSync(RECORD, JSON.stringify(inputsOf(metafiles)));
  utimesSync(RECORD, startedAt, startedAt);
}

/**
 * The sources that changed since they were built, or undefined where nothing was built.
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
