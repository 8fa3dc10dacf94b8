import * as z from 'zod';
import { contradictionsOf } from './retention.ts';
import { slicesFor } from './rollup-limits.ts';

/** Accepts strings from the command line and numbers from cdk.json. */
const whole = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.coerce
    .string()
    .regex(/^-?\d{1,9}$/, rule)
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule);
};
const flag = z.coerce
  .string()
  .regex(/^(true|false)$/, 'must be true or false')
  .transform((text) => text === 'true');
const named = (pattern: RegExp, rule: string) => z.string(rule).regex(pattern, rule);

const retentionDays = z.strictObject(
  {
    raw: whole(30, 3650),
    rollups: whole(30, 3650),
    summaries: whole(30, 3650),
    screenshots: whole(1, 3650),
    errors: whole(7, 3650),
    queryResults: whole(1, 365),
    accessLogs: whole(1, 3650),
  },
  'must be numbers of days, such as {"raw": 400, "errors": 90}, or raw=400,errors=90 on the command line',
);

/** All parameters, in the order of docs/deploy.md, which explains meaning and cost. */
export const deploymentConfig = z.strictObject({
  name: named(/^[A-Za-z][A-Za-z0-9-]{0,39}$/, 'must be a letter and up to 39 letters, digits and -'),
  people: whole(1, 1_000_000),
  source: z.enum(['stream', 'direct', 'both']),
  streamName: named(/^[\w.-]{1,128}$/, 'must be 1 to 128 letters, digits, _, - and .'),
  streamMode: z.enum(['on-demand', 'provisioned']),
  shards: whole(1, 500),
  streamRetentionHours: whole(24, 8760),
  retentionDays,
  databaseName: named(/^[a-z][a-z0-9_]{0,127}$/, 'must be lower-case letters, digits and _'),
  firstDate: z.iso
    .date('must be a date in the form 2026-01-01')
    // With a future date, queries return no rows and no error.
    .refine((date) => date <= new Date().toISOString().slice(0, 10), 'must not be after today'),
  scanLimitMiB: whole(10, 7_000_000),
  rollupConcurrency: whole(2, 1000),
  signIn: z.enum(['cognito', 'oidc', 'none']),
  signInDomain: named(
    /^$|^(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be empty or 1 to 63 lower-case letters, digits and -, without the words aws, amazon and cognito',
  ),
  oidcIssuer: named(/^$|^https:\/\/[^\s?#]+$/, 'must be empty or an https URL, exactly as in the iss claim'),
  oidcClientId: named(/^\S{0,255}$/, 'must be empty or up to 255 characters without spaces'),
  userClaim: named(/^[\w:./-]{1,128}$/, 'must be the name of a claim of the ID token'),
  rolesClaim: named(/^[\w:./-]{1,128}$/, 'must be the name of a claim of the ID token'),
  apiRateLimit: whole(1, 10_000),
  apiBurst: whole(1, 5000),
  alarmEmail: named(/^$|^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'must be empty or an e-mail address'),
  silenceAlarmHours: whole(0, 168),
  partitionQuota: whole(500, 5000),
  retainData: flag,
});
export type DeploymentConfig = z.infer<typeof deploymentConfig>;

/**
 * Violated rules between parameters, one sentence each.
 *
 * @param config the valid parameters; a rule with a missing parameter does not apply
 */
export function crossFieldProblems(config: Partial<DeploymentConfig>): readonly string[] {
  return [
    ...streamProblems(config),
    ...ageProblems(config),
    ...rollupProblems(config),
    ...signInProblems(config),
  ];
}

function streamProblems({ source, streamMode, shards }: Partial<DeploymentConfig>): readonly string[] {
  if (source === 'direct' && streamMode === 'provisioned') {
    return ['streamMode: provisioned requires a stream, but source=direct has none; use on-demand'];
  }
  if (streamMode === 'on-demand' && shards !== undefined && shards > 1) {
    return [`shards: only for provisioned streams; set streamMode=provisioned or shards=1; got ${shards}`];
  }
  return [];
}

const ageProblems = ({ retentionDays }: Partial<DeploymentConfig>): readonly string[] =>
  retentionDays === undefined
    ? []
    : contradictionsOf(retentionDays).map((problem) => `retentionDays: ${problem}`);

function rollupProblems({ people, rollupConcurrency }: Partial<DeploymentConfig>): readonly string[] {
  if (people === undefined || rollupConcurrency === undefined) return [];
  const slices = slicesFor(people);
  if (slices === 1 || rollupConcurrency >= 4) return [];
  return [
    `rollupConcurrency: must be at least 4 because people=${people} requires ${slices} slices (Lambda requires 2 for each of two queues); got ${rollupConcurrency}`,
  ];
}

function signInProblems(config: Partial<DeploymentConfig>): readonly string[] {
  switch (config.signIn) {
    case 'cognito':
      return [
        ...onlyFor('oidc', 'oidcIssuer', config),
        ...onlyFor('oidc', 'oidcClientId', config),
        ...groups(config),
      ];
    case 'oidc':
      return [...issuerProblems(config), ...onlyFor('cognito', 'signInDomain', config)];
    case 'none':
      return (['oidcIssuer', 'oidcClientId', 'signInDomain'] as const).flatMap((name) =>
        onlyFor(name === 'signInDomain' ? 'cognito' : 'oidc', name, config),
      );
    default:
      return [];
  }
}

/** Rejects a value that would have no effect. */
function onlyFor(
  signIn: string,
  name: 'oidcIssuer' | 'oidcClientId' | 'signInDomain',
  config: Partial<DeploymentConfig>,
): readonly string[] {
  const value = config[name];
  return value === undefined || value === ''
    ? []
    : [`${name}: only for signIn=${signIn}, but signIn=${config.signIn}; got ${JSON.stringify(value)}`];
}

const groups = ({ rolesClaim }: Partial<DeploymentConfig>): readonly string[] =>
  rolesClaim === undefined || rolesClaim === 'cognito:groups'
    ? []
    : [`rolesClaim: must be cognito:groups with signIn=cognito; got ${JSON.stringify(rolesClaim)}`];

function issuerProblems(config: Partial<DeploymentConfig>): readonly string[] {
  const { oidcIssuer, oidcClientId } = config;
  const claims = (['userClaim', 'rolesClaim'] as const).filter((name) =>
    config[name]?.startsWith('cognito:'),
  );
  return [
    ...(oidcIssuer === '' ? ['oidcIssuer: signIn=oidc requires the URL of the issuer; got ""'] : []),
    ...(oidcClientId === '' ? ['oidcClientId: signIn=oidc requires the ID of a public client; got ""'] : []),
    ...claims.map(
      (name) =>
        `${name}: only Cognito has this claim; signIn=oidc requires a claim of the issuer, such as email or roles; got ${JSON.stringify(config[name])}`,
    ),
  ];
}
