/**
 * Settings of an installation. The command line overrides environment variables, which override `config.json`
 * in the data directory. A missing file means the defaults.
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

/** An invalid setting. The message has the source, the value, the rule and the remedy. */
export class ConfigError extends Error {
  readonly code = 'invalid_config';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigError';
  }
}

export interface SettingSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Settings from the command line. */
  readonly given?: GivenSettings;
}

/** @throws ConfigError for the first source with an invalid setting */
export function readSettings(dataDir: string, { env, given = {} }: SettingSources): KinetrackConfig {
  return { ...readConfig(dataDir), ...settingsFromEnv(env), ...withoutUndefined(given) };
}

/** Only the file. @throws ConfigError with all invalid fields */
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

/** An empty variable is unset. @throws ConfigError for the first invalid variable */
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

/** Parses the value of a variable or option. Undefined if the value is invalid. */
export function settingFromText(key: keyof GivenSettings, text: string): string | number | undefined {
  const { kind } = limitsOfSetting(key);
  const isNumber = kind === 'number' || kind === 'integer';
  // Number() also accepts '', ' 5' and '0x10'.
  if (isNumber && !/^\d{1,15}(\.\d{1,15})?$/.test(text)) return undefined;
  const value = isNumber ? Number(text) : text;
  return givenSettings.shape[key].safeParse(value).success ? value : undefined;
}

/**
 * The effective rules. Changed rules without a version get one from a hash of their content: equal rules have
 * the same version, different rules have different ones.
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
