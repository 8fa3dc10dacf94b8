/** Rules between parameters: what does not go together, a sentence each. */
import type { DeploymentConfig } from './deployment-config.ts';
import { contradictionsOf } from './retention.ts';
import { slicesFor } from './slices.ts';

/** @param config whatever is right by itself; a rule whose parameters are not all there is not judged */
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

/** A value that would be ignored was meant for something. */
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
