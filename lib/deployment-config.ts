import * as z from 'zod';

/** Values from the command line are text, those from cdk.json are numbers: both are taken. */
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

/** Every parameter, in the order of docs/deploy.md, which says what each means and costs. */
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
    // Queries would begin in the future, and find nothing without a word.
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
