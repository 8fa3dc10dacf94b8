/** Deployments that differ in what they are made of. Whoever adds a parameter that adds a resource adds a variant. */

/** Values of `kinetrack:*` in place of those of cdk.json. */
export type Parameters = Readonly<Record<string, unknown>>;

const OIDC = {
  signIn: 'oidc',
  oidcIssuer: 'https://login.example.com/tenant',
  oidcClientId: 'kinetrack',
  userClaim: 'preferred_username',
  rolesClaim: 'roles',
};

export const VARIANTS: Readonly<Record<string, Parameters>> = {
  'as in cdk.json': {},
  'a small team: one shard, nothing kept': {
    streamMode: 'provisioned',
    shards: 1,
    people: 10,
    retainData: false,
  },
  'Firehose alone, the company signs in': { source: 'direct', ...OIDC },
  'stream and Firehose, alarms by mail': {
    source: 'both',
    alarmEmail: 'operations@example.com',
    signInDomain: 'activity-example',
  },
  'a large fleet in slices, no dashboard': {
    people: 100_000,
    rollupConcurrency: 40,
    signIn: 'none',
    silenceAlarmHours: 0,
  },
  'another name and database': { name: 'Acme-Work', databaseName: 'acme_work', streamName: 'acme.work' },
};

/** As the CDK reads them. */
export const contextOf = (parameters: Parameters): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`kinetrack:${name}`, value]));
