/** Options that several commands share. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LAKE_PREFIXES, type RuleSet } from '@kinetrack/schema';
import { readConfig, rulesOf } from '../local/config-file.ts';
import { UsageError } from './cli-error.ts';

/**
 * Reading must not create the folder that somebody mistyped, and a deletion must not find "nothing" in one that holds
 * something else. An empty folder is an empty lake.
 */
export function requireLake(lakeDir: string): string {
  if (!existsSync(lakeDir)) {
    throw new UsageError(
      `--lake ${lakeDir}: there is no such folder. Fill one with \`kinetrack demo --lake DIR\` or ` +
        "`kinetrack ingest --lake DIR FILE`; the agent's own lake is the folder lake in its data directory.",
    );
  }
  if (!isFolder(lakeDir)) throw new UsageError(`--lake ${lakeDir}: it is a file; name the folder of a lake.`);
  if (holdsALake(lakeDir) || namesIn(lakeDir).length === 0) return resolve(lakeDir);
  const inside = join(lakeDir, 'lake');
  throw new UsageError(
    `--lake ${lakeDir}: it holds other things than a lake; ` +
      (holdsALake(inside) ? `the lake is ${inside}.` : `a lake has folders such as ${FOLDERS.join(', ')}.`),
  );
}

const FOLDERS = Object.values(LAKE_PREFIXES).map((prefix) => prefix.replace(/\/$/, ''));

const holdsALake = (folder: string): boolean => namesIn(folder).some((name) => FOLDERS.includes(name));

/** What file managers leave everywhere does not count. Empty where there is no such folder. */
function namesIn(folder: string): readonly string[] {
  return isFolder(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** The rules that apply to a lake: those of the config.json beside it (an agent's own lake), else the defaults. */
export const rulesForLake = (lakeDir: string): RuleSet => rulesOf(readConfig(dirname(resolve(lakeDir))));
