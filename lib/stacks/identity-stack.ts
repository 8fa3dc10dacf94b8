import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ActivityIdentity } from '../activity-identity.ts';
import type { DeploymentConfig } from '../config.ts';
import { outputIdentity } from '../outputs.ts';
import { SignIn } from '../sign-in.ts';

export interface IdentityStackProps extends StackProps {
  readonly config: DeploymentConfig;
}

/** Users and devices, in a stack of their own because they outlive functions and API. */
export class IdentityStack extends Stack {
  readonly identity: ActivityIdentity;

  constructor(scope: Construct, id: string, { config, ...props }: IdentityStackProps) {
    super(scope, id, { description: 'Kinetrack: users and devices.', ...props });
    this.identity = new ActivityIdentity(this, 'Activity', {
      signIn: signInOf(config),
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    outputIdentity(this, this.identity);
  }
}

function signInOf({
  signIn,
  signInDomain,
  oidcIssuer,
  oidcClientId,
  userClaim,
  rolesClaim,
}: DeploymentConfig) {
  return signIn === 'oidc'
    ? SignIn.oidc({ issuer: oidcIssuer, clientId: oidcClientId, userClaim, rolesClaim })
    : SignIn.cognito({ userClaim, ...(signInDomain !== '' && { domainPrefix: signInDomain }) });
}
