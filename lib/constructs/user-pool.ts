import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { SignInClient, SignInProvider } from '../sign-in-provider.ts';
import { acknowledge } from './acknowledge.ts';

/** Whether people need a second factor. */
export enum SecondFactor {
  /** Each person decides, in their own settings of the sign-in page. */
  OPTIONAL = 'OPTIONAL',
  REQUIRED = 'REQUIRED',
}

export interface CognitoSignInOptions {
  /** One-time codes of an authenticator app; never text messages, which can be redirected. @default OPTIONAL */
  readonly secondFactor?: SecondFactor;
  /**
   * First label of the sign-in page's address, unique in its region: lower-case letters, digits and hyphens.
   * @default kinetrack-, an id of the stack and one of the construct
   */
  readonly domainPrefix?: string;
  /**
   * Claim of the ID token that holds the user id of a person's events.
   * @default 'cognito:username', which an administrator gives once and nobody changes
   */
  readonly userClaim?: string;
}

export interface UserPoolProps extends CognitoSignInOptions {
  /** Whether people and groups survive the deletion of the stack. */
  readonly retain: boolean;
}

/** One group per role (pipeline/api/access.ts); a person without a group may do nothing. */
export const ROLE_GROUPS: Readonly<Record<string, string>> = {
  employee: 'Can see own figures.',
  manager: 'Can see figures of everybody.',
  admin: 'Can see figures of everybody and delete people.',
};

const ID_TOKEN_LIFETIME = Duration.hours(1);
/** A day at work: tomorrow's first look asks for the password again, unless the provider remembers. */
const SESSION_LIFETIME = Duration.hours(12);

export const createUserPool = (scope: Construct, props: UserPoolProps): SignInProvider =>
  new UserPool(scope, 'UserPool', props);

/** People whom an administrator enters by the user id of their events; nobody signs up by themselves. */
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
      // With the group goes who was in it: a pool that is kept without would have lost its roles.
      group.applyRemovalPolicy(retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
    }
    this.domain = this.pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: props.domainPrefix ?? madeUpDomain(this) },
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
      // Nothing takes a password but the sign-in page: every other flow hands out tokens with which people change
      // their own attributes. Said explicitly, since Cognito allows SRP where nothing is said.
      authFlows: { userSrp: false },
      supportedIdentityProviders: [cognito.UserPoolClientIdentityProvider.COGNITO],
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      idTokenValidity: ID_TOKEN_LIFETIME,
      accessTokenValidity: ID_TOKEN_LIFETIME,
      refreshTokenValidity: SESSION_LIFETIME,
    });
    // Without a style of its own the client's page says "Login pages unavailable".
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
      // Cognito has its own names for what OpenID Connect calls post_logout_redirect_uri:
      // https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
      endSession: `${this.domain.baseUrl()}/logout?client_id=${clientId}&logout_uri=${pageUrl}`,
    };
  }
}

/**
 * Unique: the random part of the stack's ARN, which unlike the number of the account is no secret, and a hash of the
 * place in it. 53 of the 63 characters that Cognito allows.
 */
const madeUpDomain = (scope: Construct): string =>
  `kinetrack-${Fn.select(2, Fn.split('/', Stack.of(scope).stackId))}-${scope.node.addr.slice(-6)}`;
