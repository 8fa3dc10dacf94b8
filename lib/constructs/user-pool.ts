import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { SignInClient, SignInProvider } from '../sign-in-provider.ts';
import { acknowledge } from './acknowledge.ts';

/** Requirement of a second factor. */
export enum SecondFactor {
  /** Users decide, in the settings of the sign-in page. */
  OPTIONAL = 'OPTIONAL',
  REQUIRED = 'REQUIRED',
}

export interface CognitoSignInOptions {
  /**
   * One-time codes of an authenticator app. SMS is not available, because messages can be redirected.
   * @default OPTIONAL
   */
  readonly secondFactor?: SecondFactor;
  /**
   * First label of the sign-in domain, unique in its region: lower-case letters, digits and hyphens.
   * @default kinetrack-, the ID of the stack and a hash of the construct path
   */
  readonly domainPrefix?: string;
  /**
   * Claim of the ID token with the user ID of the person's events.
   * @default 'cognito:username', which administrators set and users cannot change
   */
  readonly userClaim?: string;
}

export interface UserPoolProps extends CognitoSignInOptions {
  /** Retains users and groups when the stack is deleted. */
  readonly retain: boolean;
}

/** One group per role (pipeline/api/access-table.ts). Users without a group have no access. */
export const ROLE_GROUPS: Readonly<Record<string, string>> = {
  employee: 'Can see own figures.',
  manager: 'Can see figures of everybody.',
  admin: 'Can see figures of everybody and delete people.',
};

const ID_TOKEN_LIFETIME = Duration.hours(1);
/** A working day: the next morning, the user signs in again unless the provider has a session. */
const SESSION_LIFETIME = Duration.hours(12);

export const createUserPool = (scope: Construct, props: UserPoolProps): SignInProvider =>
  new UserPool(scope, 'UserPool', props);

/** Users created by administrators, named by the user ID of their events. There is no self-registration. */
class UserPool extends Construct implements SignInProvider {
  readonly userClaim: string;
  readonly rolesClaim = 'cognito:groups';
  readonly origins: readonly string[];
  private readonly pool: cognito.UserPool;
  private readonly domain: cognito.UserPoolDomain;

  constructor(scope: Construct, id: string, props: UserPoolProps) {
    super(scope, id);
    const { retain, secondFactor = SecondFactor.OPTIONAL } = props;
    this.userClaim = props.userClaim ?? 'cognito:username';
    this.pool = new cognito.UserPool(this, 'Pool', {
      featurePlan: cognito.FeaturePlan.ESSENTIALS,
      selfSignUpEnabled: false,
      signInAliases: { username: true, email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      keepOriginal: { email: true },
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
        passwordHistorySize: 5,
        tempPasswordValidity: Duration.days(7),
      },
      mfa: secondFactor === SecondFactor.REQUIRED ? cognito.Mfa.REQUIRED : cognito.Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      deletionProtection: retain,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    if (secondFactor === SecondFactor.OPTIONAL) {
      acknowledge(this.pool, 'AwsSolutions-COG2', 'A parameter makes the second factor mandatory.');
    }
    acknowledge(
      this.pool,
      'AwsSolutions-COG8',
      'Threat protection costs more per user and month than the rest of the pipeline; self-registration is off.',
    );
    for (const [groupName, description] of Object.entries(ROLE_GROUPS)) {
      const group = new cognito.CfnUserPoolGroup(this, `Group-${groupName}`, {
        userPoolId: this.pool.userPoolId,
        groupName,
        description,
      });
      // Deleting a group removes its members, so a retained pool without groups would have lost the roles.
      group.applyRemovalPolicy(retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
    }
    this.domain = this.pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: props.domainPrefix ?? uniqueDomain(this) },
      managedLoginVersion: cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
    this.origins = [
      `https://cognito-idp.${Stack.of(this).region}.${Stack.of(this).urlSuffix}`,
      this.domain.baseUrl(),
    ];
  }

  clientFor(scope: Construct, pageUrl: string): SignInClient {
    const client = new cognito.UserPoolClient(scope, 'SignInClient', {
      userPool: this.pool,
      generateSecret: false,
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.PROFILE, cognito.OAuthScope.EMAIL],
        callbackUrls: [pageUrl],
        logoutUrls: [pageUrl],
      },
      // Passwords are accepted by the sign-in page only: all other flows issue tokens that allow users to
      // change their own attributes. Explicit, because Cognito enables SRP by default.
      authFlows: { userSrp: false },
      supportedIdentityProviders: [cognito.UserPoolClientIdentityProvider.COGNITO],
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      idTokenValidity: ID_TOKEN_LIFETIME,
      accessTokenValidity: ID_TOKEN_LIFETIME,
      refreshTokenValidity: SESSION_LIFETIME,
    });
    // Without branding, the sign-in page displays "Login pages unavailable".
    new cognito.CfnManagedLoginBranding(scope, 'SignInPage', {
      userPoolId: this.pool.userPoolId,
      clientId: client.userPoolClientId,
      useCognitoProvidedValues: true,
    });
    const clientId = client.userPoolClientId;
    return {
      issuer: this.pool.userPoolProviderUrl,
      clientId,
      scopes: ['openid', 'profile', 'email'],
      // Cognito does not use the OpenID Connect parameter post_logout_redirect_uri:
      // https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
      endSession: `${this.domain.baseUrl()}/logout?client_id=${clientId}&logout_uri=${pageUrl}`,
    };
  }
}

/**
 * Unique: the random part of the stack ARN, which unlike the account number is not sensitive, and a hash of
 * the construct path. 53 of the 63 characters that Cognito allows.
 */
const uniqueDomain = (scope: Construct): string =>
  `kinetrack-${Fn.select(2, Fn.split('/', Stack.of(scope).stackId))}-${scope.node.addr.slice(-6)}`;
