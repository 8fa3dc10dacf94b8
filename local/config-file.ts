/** `config.json` in the data directory, validated; a missing file means the defaults. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_RULES,
  describeIssue,
  type KinetrackConfig,
  kinetrackConfig,
  type RuleSet,
  ruleOf,
} from '@kinetrack/schema';
import { hasCode, messageOf } from './errors.ts';

const CONFIG_FILE = 'config.json';

export class ConfigError extends Error {
  readonly code = 'invalid_config';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigError';
  }
}

/** Throws ConfigError with the file, the field, the rule that it broke and what to do. */
export function readConfig(dataDir: string): KinetrackConfig {
  const path = join(dataDir, CONFIG_FILE);
  const text = readText(path);
  if (text === undefined) return {};
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(
      `${path} is not JSON: ${messageOf(error)}. Fix it, or delete it to use the defaults.`,
      {
        cause: error,
      },
    );
  }
  const result = kinetrackConfig.safeParse(input, { reportInput: true, error: ruleOf });
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${describeIssue(issue, 'the file')}`);
  throw new ConfigError(
    `${path} is not valid:\n${problems.join('\n')}\nFix it, or delete it to use the defaults.`,
  );
}

/**
 * The default rule set with the parts that the configuration replaces. Changed rules without a version of their
 * own get one from their content: verdicts of different rules must never carry the same version.
 */
export function rulesOf({ rules }: KinetrackConfig): RuleSet {
  if (rules === undefined) return DEFAULT_RULES;
  const { version, ...parts } = withoutUndefined(rules);
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
  return { ...DEFAULT_RULES, ...parts, version: version ?? `custom-${digest}` };
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new ConfigError(`${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
