/**
 * The settings of an installation, from `config.json` in the data directory, the environment and the command line.
 * The later of the three wins; a missing file means the defaults.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  canonicalRules,
  changedRules,
  DEFAULT_RULES,
  describeIssue,
  type GivenSettings,
  givenSettings,
  hasCode,
  INSTALLATION_SETTINGS,
  innerIssues,
  isDefault,
  type KinetrackConfig,
  kinetrackConfig,
  messageOf,
  type RuleSet,
  ruleOf,
  show,
  withoutBom,
} from '@kinetrack/schema';
import type * as z from 'zod';

export const CONFIG_FILE = 'config.json';

/** A setting that cannot be used: its source, its value, the rule and the remedy. */
export class ConfigError extends Error {
  readonly code = 'invalid_config';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigError';
  }
}

export interface SettingSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From the command line. */
  readonly given?: GivenSettings;
}

/** Throws ConfigError for the first source with a wrong setting. */
export function readSettings(dataDir: string, { env, given = {} }: SettingSources): KinetrackConfig {
  return { ...readConfig(dataDir), ...settingsFromEnv(env), ...withoutUndefined(given) };
}

/** The file alone. Throws ConfigError with the file, each wrong field, its rule and the remedy. */
export function readConfig(dataDir: string): KinetrackConfig {
  const path = join(dataDir, CONFIG_FILE);
  const text = readText(path);
  if (text === undefined) return {};
  let input: unknown;
  try {
    input = JSON.parse(withoutBom(text));
  } catch (error) {
    throw new ConfigError(
      `${path} is not JSON: ${messageOf(error)}. Fix it, or delete it to use the defaults.`,
      { cause: error },
    );
  }
  const result = kinetrackConfig.safeParse(input, { reportInput: true, error: ruleOf });
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap(innerIssues).map((issue) => `  ${problemOf(issue)}`);
  throw new ConfigError(
    `${path} is not valid:\n${problems.join('\n')}\nFix it, or delete it to use the defaults.`,
  );
}

/** Throws ConfigError with the variable, its value, the rule and the remedy. An empty variable counts as unset. */
export function settingsFromEnv(env: SettingSources['env']): GivenSettings {
  const values: Record<string, unknown> = {};
  for (const { key, variable, inFile } of INSTALLATION_SETTINGS) {
    const text = env[variable];
    if (text === undefined || text === '') continue;
    const value = settingFromText(key, text);
    if (value === undefined) {
      throw new ConfigError(
        `the variable ${variable} is ${show(text)}: ${inFile.rule}. Correct it, or unset it.`,
      );
    }
    values[key] = value;
  }
  return givenSettings.parse(values);
}

/** The value that a variable or an option of the command line means; undefined where it breaks the rule. */
export function settingFromText(key: keyof GivenSettings, text: string): string | number | undefined {
  const { kind } = limitsOfSetting(key);
  const isNumber = kind === 'number' || kind === 'integer';
  // Number() would take '', ' 5' and '0x10' as well.
  if (isNumber && !/^\d{1,15}(\.\d{1,15})?$/.test(text)) return undefined;
  const value = isNumber ? Number(text) : text;
  return givenSettings.shape[key].safeParse(value).success ? value : undefined;
}

/**
 * The effective rules. Without a version of their own, changed rules get one from their content: the same rules have
 * the same version however they are written, and different rules never do.
 */
export function rulesOf({ rules = {} }: Pick<KinetrackConfig, 'rules'>): RuleSet {
  const { content, problems } = changedRules(rules);
  const [problem] = problems;
  if (problem !== undefined) {
    throw new ConfigError(`rules.${problem.path.join('.')}: ${problem.message}`);
  }
  if (rules.version !== undefined) return { ...content, version: rules.version };
  if (isDefault(content)) return DEFAULT_RULES;
  const digest = createHash('sha256').update(canonicalRules(content)).digest('hex').slice(0, 8);
  return { ...content, version: `custom-${digest}` };
}

function problemOf(issue: z.core.$ZodIssue): string {
  const setting = INSTALLATION_SETTINGS.find(({ key }) => key === issue.path[0]);
  if (setting === undefined) return describeIssue(issue, 'the file');
  const { rule, remedy } = setting.inFile;
  return `${describeIssue({ ...issue, message: rule }, 'the file')}; ${remedy}`;
}

function limitsOfSetting(name: keyof GivenSettings) {
  const setting = INSTALLATION_SETTINGS.find(({ key }) => key === name);
  if (setting === undefined) throw new TypeError(`${name} is not a setting`);
  return setting.inFile.limits;
}

function withoutUndefined(given: GivenSettings): GivenSettings {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new ConfigError(`${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
