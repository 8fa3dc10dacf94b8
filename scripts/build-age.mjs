/** Detects a build that is older than the sources of what `npm start` runs. */
import { closeSync, openSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Folders whose files are bundled into the command line, the agent and the page. */
export const SOURCE_FOLDERS = ['schema/src', 'agent/src', 'pipeline', 'local', 'aws', 'bin', 'dashboard'];
const SOURCE_NAME = /^[^.].*\.(?:ts|tsx|json|css|html|svg)$/;
/** Empty; its modification time is the start of the build, so a file saved during the build is newer. */
const STAMP = join(root, 'dist/.built');

/** @param {string} name of a file, without its folder */
export const isSource = (name) => SOURCE_NAME.test(name);

/** @param {Date} startedAt start of the build */
export function markBuilt(startedAt) {
  closeSync(openSync(STAMP, 'w'));
  utimesSync(STAMP, startedAt, startedAt);
}

/**
 * Source files that are newer than the last build, relative to the root; undefined if there is no build.
 * @returns {readonly string[] | undefined}
 */
export function changedSinceBuild() {
  const stamp = statSync(STAMP, { throwIfNoEntry: false });
  if (stamp === undefined) return undefined;
  return SOURCE_FOLDERS.flatMap(sourcesIn).filter(
    (path) => statSync(join(root, path)).mtimeMs > stamp.mtimeMs,
  );
}

/**
 * @param {string} folder relative to the root
 * @returns {readonly string[]}
 */
function sourcesIn(folder) {
  return entriesOf(folder).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesIn(path);
    return entry.isFile() && isSource(entry.name) ? [path] : [];
  });
}

/**
 * @param {string} folder relative to the root
 * @returns {readonly import('node:fs').Dirent[]} none if the folder does not exist
 */
export function entriesOf(folder) {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
