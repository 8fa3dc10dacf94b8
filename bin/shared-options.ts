/** Options of several commands. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { defaultDataDir } from '@kinetrack/agent';
import { LAKE_PREFIXES, type RuleSet } from '@kinetrack/schema';
import { Option } from 'commander';
import { readConfig, rulesOf } from '../local/config-file.ts';
import { UsageError } from './cli-error.ts';
import { wholeNumber } from './option-parsers.ts';

/** Not a registered port. Always the same, so that a bookmark works. */
const DEFAULT_PORT = 4747;

export const dataOption = (): Option =>
  new Option('--data <dir>', 'Data directory of the agent').default(defaultDataDir());

export const portOption = (): Option =>
  new Option('--port <n>', 'Dashboard port on 127.0.0.1 (0: any free port)')
    .argParser(wholeNumber(0, 65_535))
    .default(DEFAULT_PORT);

export const noOpenOption = (): Option => new Option('--no-open', 'Do not open the dashboard in a browser');

export const lakeOption = (): Option => new Option('--lake <dir>', 'Lake folder on this computer');

export const newLakeOption = (): Option =>
  new Option('--lake <dir>', 'Lake folder on this computer (created if missing)');

export const stackOption = (): Option =>
  new Option('--stack <name>', 'Deployment name: the prefix of its stack names, such as Kinetrack');

export const regionOption = (): Option =>
  new Option('--region <region>', 'AWS region of the deployment (default: AWS_REGION or the AWS profile)');

export const jsonOption = (description = 'Print JSON'): Option => new Option('--json', description);

export const dryRunOption = (): Option => new Option('--dry-run', 'Show the changes without making them');

export const ONE_PLACE = 'pass exactly one of --lake DIR (a local lake) and --stack NAME (a deployment).';

/**
 * A command that reads must not create a mistyped folder. A deletion must not report "no data" for
 * a folder that is not a lake. An empty folder is an empty lake.
 */
export function requireLake(lakeDir: string | undefined): string {
  if (lakeDir === undefined) throw new UsageError('--lake DIR is required.');
  if (!existsSync(lakeDir)) {
    throw new UsageError(
      `--lake ${lakeDir}: no such folder. Create a lake with \`kinetrack demo --lake DIR\` or ` +
        '`kinetrack ingest --lake DIR FILE`. The lake of the agent is the folder "lake" in its data directory.',
    );
  }
  if (!isFolder(lakeDir)) throw new UsageError(`--lake ${lakeDir} is a file. Pass a lake folder.`);
  if (containsLake(lakeDir) || namesIn(lakeDir).length === 0) return resolve(lakeDir);
  const inside = join(lakeDir, 'lake');
  throw new UsageError(
    `--lake ${lakeDir} is not a lake folder. ` +
      (containsLake(inside)
        ? `Pass --lake ${inside}.`
        : `A lake folder has subfolders such as ${FOLDERS.join(', ')}.`),
  );
}

const FOLDERS = Object.values(LAKE_PREFIXES).map((prefix) => prefix.replace(/\/$/, ''));

const containsLake = (folder: string): boolean => namesIn(folder).some((name) => FOLDERS.includes(name));

/** Hidden files of file managers do not count. Empty if the folder does not exist. */
function namesIn(folder: string): readonly string[] {
  return isFolder(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** The rules in config.json of the parent folder (the data directory of an agent), or the defaults. */
export const rulesForLake = (lakeDir: string): RuleSet => rulesOf(readConfig(dirname(resolve(lakeDir))));
