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
    return ['streamMode: provisioned needs a stream, which source=direct has not; leave it at on-demand'];
  }
  if (streamMode === 'on-demand' && shards !== undefined && shards > 1) {
    return [
      `shards: an on-demand stream has none of its own; set streamMode=provisioned or shards=1; got ${shards}`,
    ];
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
    `rollupConcurrency: must be at least 4 where people=${people} makes ${slices} slices (Lambda wants 2 for each of two queues); got ${rollupConcurrency}`,
  ];
}

function signInProblems(config: Partial<DeploymentConfig>): readonly string[] {
  const { signIn, signInDomain, oidcIssuer, oidcClientId } = config;
  const problems: string[] = [];
  if (signIn === 'oidc') {
    if (oidcIssuer === '') problems.push('oidcIssuer: signIn=oidc needs the URL of the issuer; got ""');
    if (oidcClientId === '') problems.push('oidcClientId: signIn=oidc needs the id of the client; got ""');
  } else if (signIn !== undefined) {
    if (oidcIssuer)
      problems.push(
        `oidcIssuer: is for signIn=oidc alone, this is signIn=${signIn}; got ${JSON.stringify(oidcIssuer)}`,
      );
    if (oidcClientId)
      problems.push(
        `oidcClientId: is for signIn=oidc alone, this is signIn=${signIn}; got ${JSON.stringify(oidcClientId)}`,
      );
  }
  if (signIn !== undefined && signIn !== 'cognito' && signInDomain) {
    problems.push(
      `signInDomain: is for signIn=cognito alone, this is signIn=${signIn}; got ${JSON.stringify(signInDomain)}`,
    );
  }
  return problems;
}
