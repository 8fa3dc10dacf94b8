/** Options that several commands share. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { RuleSet } from '@kinetrack/schema';
import { readConfig, rulesOf } from '../local/config-file.ts';
import { UsageError } from './cli-error.ts';

/** Reading must not create the folder that somebody mistyped. */
export function requireLake(lakeDir: string): string {
  if (!existsSync(lakeDir)) {
    throw new UsageError(
      `--lake ${lakeDir}: there is no such folder. Fill one with \`kinetrack demo --lake DIR\` or ` +
        "`kinetrack ingest --lake DIR FILE`; the agent's own lake is the folder lake in its data directory.",
    );
  }
  return resolve(lakeDir);
}

/** The rules that apply to a lake: those of the config.json beside it (an agent's own lake), else the defaults. */
export const rulesForLake = (lakeDir: string): RuleSet => rulesOf(readConfig(dirname(resolve(lakeDir))));
