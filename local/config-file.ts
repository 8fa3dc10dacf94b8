/** `config.json` in the data directory, validated; a missing file means the defaults. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_RULES, type KinetrackConfig, kinetrackConfig, type RuleSet } from '@kinetrack/schema';

export const CONFIG_FILE = 'config.json';

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
      `${path} is not JSON: ${messageOf(error)}. Correct it, or remove it to use the defaults.`,
      {
        cause: error,
      },
    );
  }
  const result = kinetrackConfig.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const got = issue.input === undefined ? 'nothing' : JSON.stringify(issue.input);
    return `  ${issue.path.join('.') || 'the file'}: ${issue.message}; got ${got.slice(0, 80)}`;
  });
  throw new ConfigError(
    `${path} is not valid:\n${problems.join('\n')}\nCorrect it, or remove it to use the defaults.`,
  );
}

/** The default rule set with the parts that the configuration replaces. */
export const rulesOf = (config: KinetrackConfig): RuleSet =>
  ({ ...DEFAULT_RULES, ...withoutUndefined(config.rules ?? {}) }) satisfies RuleSet;

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ConfigError(`${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
