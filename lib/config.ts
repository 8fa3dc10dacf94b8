/**
 * Everything that a deployment can choose, in one place. The values stand in `cdk.json` under
 * `kinetrack:*` and can be overridden with `-c kinetrack:NAME=VALUE`; the rules stand here.
 * A wrong or unknown value stops synthesis before anything is built from it.
 */
import type { IConstruct } from 'constructs';
import * as z from 'zod';

const PREFIX = 'kinetrack:';

/** Values from the command line are text, those from cdk.json are numbers: both are taken. */
const whole = (min: number, max: number) =>
  z.coerce
    .string()
    .regex(/^-?\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);
const flag = z.coerce
  .string()
  .regex(/^(true|false)$/, 'must be true or false')
  .transform((text) => text === 'true');
const named = (pattern: RegExp, rule: string) => z.string(rule).regex(pattern, rule);

export const deploymentConfig = z.strictObject({
  streamName: named(/^[\w.-]{1,128}$/, 'must be 1 to 128 letters, digits, _, - and .').meta({
    description: 'Name of the Kinesis stream: what agents send to.',
  }),
  streamMode: z.enum(['on-demand', 'provisioned']).meta({
    description: 'on-demand scales by itself; provisioned costs less for one small team.',
  }),
  shards: whole(1, 500).meta({ description: 'Shards of a provisioned stream; on-demand ignores it.' }),
  streamRetentionHours: whole(24, 8760).meta({
    description: 'How long the stream keeps records that Firehose could not deliver yet.',
  }),
  // Late data makes an hour be recomputed from its raw objects. Were those gone, the recomputed rows
  // would lose what they held; so raw data must outlive anything that an offline laptop still holds.
  rawRetentionDays: whole(30, 3650).meta({ description: 'Raw events are deleted after so many days.' }),
  rollupRetentionDays: whole(30, 3650).meta({ description: 'Rollup rows are deleted after so many days.' }),
  errorRetentionDays: whole(7, 3650).meta({
    description: 'Records that could not be delivered are kept for so many days.',
  }),
  databaseName: named(/^[a-z][a-z0-9_]{0,127}$/, 'must be lower-case letters, digits and _').meta({
    description: 'Name of the Glue database: what queries say before the dot.',
  }),
  firstDate: z.iso.date('must be a date in the form 2026-01-01').meta({
    description: 'First date that queries look for. Earlier events stay in the lake, unseen.',
  }),
  scanLimitMiB: whole(10, 7_000_000).meta({
    description: 'Athena cancels a query that scans more. Athena allows nothing below 10.',
  }),
  resultRetentionDays: whole(1, 365).meta({ description: 'Query results are deleted after so many days.' }),
  rollupConcurrency: whole(2, 1000).meta({
    description: 'Rollup invocations at the same time, reserved from the quota of the account.',
  }),
  retainData: flag.meta({
    description: 'true: bucket and keys survive `cdk destroy`. false: they are emptied and deleted.',
  }),
});
export type DeploymentConfig = z.infer<typeof deploymentConfig>;

export class InvalidDeploymentConfig extends Error {
  readonly code = 'invalid_deployment_config';
  constructor(readonly problems: readonly string[]) {
    super(
      `${problems.join('\n')}\nChange it in cdk.json under "context", or pass -c ${PREFIX}NAME=VALUE. docs/deploy.md lists all parameters.`,
    );
    this.name = 'InvalidDeploymentConfig';
  }
}

/** Reads and checks every `kinetrack:*` context value; throws InvalidDeploymentConfig naming all that are wrong. */
export function readConfig(scope: IConstruct): DeploymentConfig {
  const context: Record<string, unknown> = scope.node.getAllContext();
  const given = Object.fromEntries(
    Object.entries(context)
      .filter(([key]) => key.startsWith(PREFIX))
      .map(([key, value]) => [key.slice(PREFIX.length), value]),
  );
  const result = deploymentConfig.safeParse(given, { reportInput: true });
  if (result.success) return result.data;
  throw new InvalidDeploymentConfig(result.error.issues.map((issue) => explain(issue, given)));
}

function explain(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(deploymentConfig.shape).join(', ');
    return `${issue.keys.map((key) => PREFIX + key).join(', ')}: is no parameter; known are ${known}`;
  }
  const name = String(issue.path[0]);
  const value = given[name] === undefined ? 'nothing' : JSON.stringify(given[name]);
  const rule = issue.code === 'invalid_value' ? `must be ${issue.values.join(' or ')}` : issue.message;
  return `${PREFIX}${name}: ${rule}; got ${value}`;
}
