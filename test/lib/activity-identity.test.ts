import assert from 'node:assert/strict';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ActivityIdentity, type ActivityIdentityProps } from '../../lib/activity-identity.ts';
import { SecondFactor } from '../../lib/constructs/user-pool.ts';
import { InvalidSignIn, type OidcSignInOptions, SignIn } from '../../lib/sign-in.ts';
import { onlyOf } from '../support/cdk/template.ts';
import { sorted } from '../support/sorted.ts';

const PAGE = 'https://figures.example.com/';
const OIDC: OidcSignInOptions = {
  issuer: 'https://login.example.com/tenant/v2.0',
  clientId: 'public-client',
  userClaim: 'oid',
};

function identityOf(props?: ActivityIdentityProps) {
  const stack = new Stack(new App(), 'Identity');
  const identity = new ActivityIdentity(stack, 'Activity', props);
  const client = identity.signIn.clientFor(stack, PAGE);
  return { stack, identity, client, template: Template.fromStack(stack) };
}

const findings = (stack: Stack) =>
  new AwsSolutionsChecks(stack).validateScope(stack).violations.map(({ ruleName }) => ruleName);

const standard = identityOf();

describe('the user pool', () => {
  it('accepts people only from an administrator, with long passwords and authenticator apps', () => {
    standard.template.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      Policies: { PasswordPolicy: Match.objectLike({ MinimumLength: 12, RequireSymbols: true }) },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
      UsernameConfiguration: { CaseSensitive: false },
      DeletionProtection: 'ACTIVE',
    });
    assert.equal(standard.identity.signIn.userClaim, 'cognito:username');
  });

  it('requires a second factor if configured', () => {
    const { template } = identityOf({ signIn: SignIn.cognito({ secondFactor: SecondFactor.REQUIRED }) });
    template.hasResourceProperties('AWS::Cognito::UserPool', { MfaConfiguration: 'ON' });
  });

  it('has a group for every role of the API, and no other', () => {
    const groups = Object.values(standard.template.findResources('AWS::Cognito::UserPoolGroup'));
    assert.deepEqual(sorted(groups.map(({ Properties }) => Properties.GroupName)), [
      'admin',
      'employee',
      'manager',
    ]);
  });

  it('is retained with its groups when the stack is deleted, unless configured otherwise', () => {
    const brief = identityOf({ removalPolicy: RemovalPolicy.DESTROY });
    for (const type of ['AWS::Cognito::UserPool', 'AWS::Cognito::UserPoolGroup', 'AWS::DynamoDB::Table']) {
      standard.template.allResources(type, { DeletionPolicy: 'Retain' });
      brief.template.allResources(type, { DeletionPolicy: 'Delete' });
    }
  });
});

describe('the client of the dashboard', () => {
  it('is public, returns a code only to the page, and accepts a password only on the sign-in page', () => {
    standard.template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'profile', 'email'],
      CallbackURLs: [PAGE],
      LogoutURLs: [PAGE],
      ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
      SupportedIdentityProviders: ['COGNITO'],
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
      IdTokenValidity: 60,
      RefreshTokenValidity: 720,
      TokenValidityUnits: { IdToken: 'minutes', RefreshToken: 'minutes' },
    });
  });

  it('has a sign-in page with a style, without which Cognito shows none', () => {
    const client = onlyOf(standard.template, 'AWS::Cognito::UserPoolClient');
    standard.template.hasResourceProperties('AWS::Cognito::ManagedLoginBranding', {
      ClientId: { Ref: client.id },
      UseCognitoProvidedValues: true,
    });
    standard.template.hasResourceProperties('AWS::Cognito::UserPoolDomain', { ManagedLoginVersion: 2 });
  });
});

describe('the sign-in of the company', () => {
  it('creates no people here', () => {
    const { template, identity, client } = identityOf({ signIn: SignIn.oidc(OIDC) });
    assert.deepEqual(
      Object.keys(template.toJSON().Resources).map((id) => template.toJSON().Resources[id].Type),
      ['AWS::DynamoDB::Table'],
    );
    assert.deepEqual(identity.signIn.origins, ['https://login.example.com']);
    assert.deepEqual(client, {
      issuer: OIDC.issuer,
      clientId: OIDC.clientId,
      scopes: ['openid', 'profile', 'email'],
      endSession: undefined,
    });
  });

  for (const [what, wrong, message] of [
    ['an issuer without TLS', { issuer: 'http://login.example.com' }, /issuer "http:.*must be an https/],
    ['an issuer with a query', { issuer: 'https://login.example.com/?t=1' }, /without .*query/],
    ['no client', { clientId: '' }, /clientId: must be/],
    ['scopes without openid', { scopes: ['email'] }, /must contain openid/],
    ['a claim that is none', { userClaim: 'no claim' }, /claim "no claim": must be the name/],
    ['a foreign origin without TLS', { origins: ['http://x.example'] }, /origins "http:.*must be an https/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => SignIn.oidc({ ...OIDC, ...wrong }),
        (error) => error instanceof InvalidSignIn && message.test(error.message),
      );
    });
  }
});

describe('the devices', () => {
  it('are found by one key, restorable, and paid by use', () => {
    standard.template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
    });
  });
});

it('leaves the checks of AWS Solutions nothing to find, either way', () => {
  assert.deepEqual(findings(standard.stack), []);
  assert.deepEqual(findings(identityOf({ signIn: SignIn.oidc(OIDC) }).stack), []);
});
