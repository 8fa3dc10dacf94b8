/**
 * Deployment parameters: values from `cdk.json` (`kinetrack:*`), overridden with `-c kinetrack:NAME=VALUE`.
 * deployment-config.ts has the rules. An invalid or unknown value stops the synthesis.
 */
import { existsSync, readFileSync } from 'node:fs';
import { withoutBom } from '@kinetrack/schema';
import type { IConstruct } from 'constructs';
import type * as z from 'zod';
import { crossFieldProblems, type DeploymentConfig, deploymentConfig } from './deployment-config.ts';

export type { DeploymentConfig } from './deployment-config.ts';

const PREFIX = 'kinetrack:';
const RETENTION = 'retentionDays';

export class InvalidDeploymentConfig extends Error {
  readonly code = 'invalid_deployment_config';
  constructor(readonly problems: readonly string[]) {
    super(
      `${problems.join('\n')}\nChange it in cdk.json under "context", or pass -c ${PREFIX}NAME=VALUE. docs/deploy.md lists all parameters.`,
    );
    this.name = 'InvalidDeploymentConfig';
  }
}

type Values = Readonly<Record<string, unknown>>;

/**
 * Reads and validates all `kinetrack:*` context values. Throws InvalidDeploymentConfig with all problems.
 *
 * @param inFile context of cdk.json. Retention from the command line is merged into it, because the CDK
 *   passes only the value of the command line
 */
export function readConfig(scope: IConstruct, inFile: Values = contextOfCdkJson()): DeploymentConfig {
  const given = parametersOf(scope.node.getAllContext());
  const values = { ...given, [RETENTION]: mergedAges(given[RETENTION], parametersOf(inFile)[RETENTION]) };
  const result = deploymentConfig.safeParse(values, { reportInput: true });
  const problems = [
    ...(result.error?.issues ?? []).flatMap((issue) => explain(issue, values)),
    ...crossFieldProblems(validPart(values)).map((problem) => `${PREFIX}${problem}`),
  ];
  if (result.success && problems.length === 0) return result.data;
  throw new InvalidDeploymentConfig(problems);
}

/** The CDK starts the app in the folder of cdk.json. */
function contextOfCdkJson(): Values {
  if (!existsSync('cdk.json')) return {};
  const file: { context?: Values } = JSON.parse(withoutBom(readFileSync('cdk.json', 'utf8')));
  return file.context ?? {};
}

const parametersOf = (context: Values): Values =>
  Object.fromEntries(
    Object.entries(context)
      .filter(([key]) => key.startsWith(PREFIX))
      .map(([key, value]) => [key.slice(PREFIX.length), value]),
  );

/**
 * `raw=400,errors=30` changes two values of the file. Any other value is returned unchanged, for
 * validation.
 */
function mergedAges(given: unknown, inFile: unknown): unknown {
  if (typeof given !== 'string') return given;
  const ages = given.split(',').map((pair) => /^\s*(\w+)\s*=\s*(\S+)\s*$/.exec(pair));
  if (!ages.every((match) => match !== null)) return given;
  const base = typeof inFile === 'object' ? inFile : {};
  return { ...base, ...Object.fromEntries(ages.map(([, name, days]) => [name, days])) };
}

/** The valid parameters. Rules between parameters also apply if other parameters are invalid. */
function validPart(values: Values): Partial<DeploymentConfig> {
  const right = Object.entries(deploymentConfig.shape).flatMap(([name, schema]) => {
    const result = schema.safeParse(values[name]);
    return result.success ? [[name, result.data]] : [];
  });
  return Object.fromEntries(right);
}

function explain(issue: z.core.$ZodIssue, values: Values): readonly string[] {
  const path = issue.path.map(String);
  const name = path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const schema = path.length === 0 ? deploymentConfig.shape : deploymentConfig.shape.retentionDays.shape;
    const prefix = path.length === 0 ? PREFIX : `${PREFIX}${name}.`;
    const known = Object.keys(schema).join(', ');
    return issue.keys.map((key) => `${prefix}${key}: unknown parameter; the parameters are ${known}`);
  }
  const value = path.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined),
    values,
  );
  const rule = issue.code === 'invalid_value' ? `must be ${issue.values.join(' or ')}` : issue.message;
  return [`${PREFIX}${name}: ${rule}; got ${value === undefined ? 'nothing' : JSON.stringify(value)}`];
}
