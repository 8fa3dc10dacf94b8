import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readSite } from '../../dashboard/site.ts';
import { ActivityApi, type ActivityApiProps } from '../../lib/activity-api.ts';
import { ActivityIdentity } from '../../lib/activity-identity.ts';
import { ActivityIngestion } from '../../lib/activity-ingestion.ts';
import { ActivityLake } from '../../lib/activity-lake.ts';
import { ActivitySource } from '../../lib/activity-source.ts';
import { SignIn } from '../../lib/sign-in.ts';
import { SECURITY_HEADERS } from '../../local/server/refusal-response.ts';
import { ACCESS, OPEN_ROUTES } from '../../pipeline/api/access-table.ts';
import { edgePathOf } from '../support/browser/cloud-site.ts';
import { onlyOf } from '../support/cdk/template.ts';
import { sorted } from '../support/sorted.ts';

interface Variant extends Partial<ActivityApiProps> {
  readonly signIn?: SignIn;
  readonly source?: ActivitySource;
}

function apiOf({ signIn, source, ...props }: Variant = {}) {
  const app = new App();
  const state = new Stack(app, 'State');
  const stack = new Stack(app, 'Api');
  const lake = new ActivityLake(state, 'Lake');
  const identity = new ActivityIdentity(state, 'Identity', signIn && { signIn });
  const ingestion = new ActivityIngestion(state, 'Ingestion', { lake, ...(source && { source }) });
  const api = new ActivityApi(stack, 'Activity', { lake, identity, ingestion, ...props });
  return { api, stack, template: Template.fromStack(stack) };
}

const OIDC = SignIn.oidc({
  issuer: 'https://login.example.com/t',
  clientId: 'public-client',
  userClaim: 'oid',
});
const standard = apiOf();
const company = apiOf({ signIn: OIDC, source: ActivitySource.direct() });
const variants = { 'with a user pool': standard, 'with company sign-in': company };

/** Properties of the resources of a type; the shapes are CloudFormation's. */
const all = (template: Template, type: string) =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);

describe('the routes', () => {
  const routes = all(company.template, 'AWS::ApiGatewayV2::Route');
  const matching = (route: string) => {
    const [method, path = ''] = route.replace(/:(\w+)/g, '{$1}').split(' ');
    const exact = routes.find(({ RouteKey }) => RouteKey === `${method} ${path}`);
    return exact ?? routes.find(({ RouteKey }) => RouteKey === `${method} /{proxy+}`);
  };

  it('ask for a token, all but two', () => {
    const open = routes.filter(({ AuthorizationType }) => AuthorizationType !== 'JWT');
    assert.deepEqual(sorted(open.map(({ RouteKey }) => RouteKey)), [...OPEN_ROUTES, 'POST /track']);
    for (const route of routes.filter((each) => !open.includes(each))) {
      assert.deepEqual(route.AuthorizerId, {
        Ref: onlyOf(company.template, 'AWS::ApiGatewayV2::Authorizer').id,
      });
    }
    assert.equal(routes.length, 4);
  });

  it('lead to everything that the API can be asked, and nothing of it without a token', () => {
    for (const route of Object.keys(ACCESS)) {
      assert.equal(matching(route)?.AuthorizationType, 'JWT', route);
    }
  });

  it('trust the ID tokens of one issuer for one client', () => {
    company.template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: 'https://login.example.com/t', Audience: ['public-client'] },
    });
    standard.template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: {
        Audience: [{ Ref: onlyOf(standard.template, 'AWS::Cognito::UserPoolClient').id }],
      },
    });
  });

  it('answer pages of other origins nothing', () => {
    company.template.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() });
  });

  it('have limits, and devices one of their own', () => {
    const stage = onlyOf(company.template, 'AWS::ApiGatewayV2::Stage').properties;
    assert.deepEqual(stage.DefaultRouteSettings, {
      ThrottlingRateLimit: 200,
      ThrottlingBurstLimit: 400,
    });
    assert.deepEqual(stage.RouteSettings, {
      'POST /track': { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    });
  });

  it('are logged without the names of those who were looked at', () => {
    const stage = onlyOf(company.template, 'AWS::ApiGatewayV2::Stage').properties;
    const log = JSON.stringify(stage.AccessLogSettings);
    assert.match(log, /\$context\.routeKey/);
    assert.doesNotMatch(log, /\$context\.(path|rawPath|http\.path|identity|querystring)|Ip|userAgent/);
  });
});

/** What the role of a function may do, action by action, with the resources as text. */
function allowedTo(template: Template, role: RegExp): Readonly<Record<string, string>> {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) => role.test(id));
  assert.equal(policies.length, 1);
  return Object.fromEntries(
    policies
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .flatMap(({ Action, Resource }) => [Action].flat().map((action) => [action, JSON.stringify(Resource)])),
  );
}

describe('the rights', () => {
  it('let the routes read summaries, minutes and receipts, and change nothing', () => {
    const rights = allowedTo(standard.template, /^ActivityRead/);
    const { 's3:GetObject': objects = '' } = rights;
    assert.deepEqual(sorted(Object.keys(rights)), [
      'dynamodb:Query',
      'kms:Decrypt',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
    ]);
    assert.deepEqual(sorted(objects.match(/"\/[^"]+"/g) ?? []), [
      '"/deletions/receipts/*"',
      '"/rollup/minutes/*"',
    ]);
    standard.template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:ListBucket',
            Condition: { StringLike: { 's3:prefix': ['rollup/minutes/*', 'deletions/receipts/*'] } },
          }),
        ]),
      },
    });
  });

  it('let devices in through the stream, or through Firehose if there is none', () => {
    assert.deepEqual(sorted(Object.keys(allowedTo(standard.template, /^ActivityTrack/))), [
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
      'kinesis:PutRecords',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    assert.deepEqual(sorted(Object.keys(allowedTo(company.template, /^ActivityTrack/))), [
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
      'firehose:PutRecordBatch',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
  });

  it('let the copier of the page read what it copies and write its bucket', () => {
    const rights = sorted(Object.keys(allowedTo(standard.template, /^ActivityFiles/)));
    assert.deepEqual(
      rights.filter((action) => action.startsWith('s3:')),
      ['s3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject'],
    );
    const text = JSON.stringify(standard.template.findResources('AWS::IAM::Policy'));
    assert.doesNotMatch(text, /cdk-hnb659fds-assets[^"]*"\},"\/\*"/, 'not everything that was ever staged');
  });
});

describe('the page', () => {
  it('is in a bucket that only its CloudFront distribution may read', () => {
    for (const { PublicAccessBlockConfiguration } of all(standard.template, 'AWS::S3::Bucket')) {
      assert.deepEqual(Object.values(PublicAccessBlockConfiguration), [true, true, true, true]);
    }
    const statements = all(standard.template, 'AWS::S3::BucketPolicy').flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    );
    const everybody = statements.filter(
      ({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal).includes('*'),
    );
    assert.deepEqual(everybody, []);
    const [reader] = statements.filter(({ Principal }) => Principal?.Service === 'cloudfront.amazonaws.com');
    assert.equal(reader.Action, 's3:GetObject');
    assert.match(JSON.stringify(reader.Condition), /^\{"StringEquals":\{"AWS:SourceArn".*distribution/);
    standard.template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: { SigningBehavior: 'always', SigningProtocol: 'sigv4' },
    });
  });

  it('has the region in every name that CloudFront wants to be unique in the account', () => {
    const names = [
      ...all(standard.template, 'AWS::CloudFront::CachePolicy').map((each) => each.CachePolicyConfig.Name),
      ...all(standard.template, 'AWS::CloudFront::Function').map((each) => each.Name),
      ...all(standard.template, 'AWS::CloudFront::OriginAccessControl').map(
        (each) => each.OriginAccessControlConfig.Name,
      ),
      ...all(standard.template, 'AWS::CloudFront::ResponseHeadersPolicy').map(
        (each) => each.ResponseHeadersPolicyConfig.Name,
      ),
    ].map((name) => JSON.stringify(name));
    assert.equal(new Set(names).size, 5);
    for (const name of names) assert.match(name, /"AWS::Region"/);
  });

  it('keeps no answer of the API, and passes on who asks', () => {
    standard.template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        DefaultRootObject: 'index.html',
        DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https', Compress: true },
        CacheBehaviors: [
          Match.objectLike({
            PathPattern: '/api/*',
            ViewerProtocolPolicy: 'https-only',
            // CachingDisabled and AllViewerExceptHostHeader, as AWS names them.
            CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
            OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
          }),
        ],
        CustomErrorResponses: Match.absent(),
      },
    });
  });

  it('has the policy of the local page, and may also connect to the sign-in', () => {
    const policies = all(company.template, 'AWS::CloudFront::ResponseHeadersPolicy').map(
      ({ ResponseHeadersPolicyConfig }) => ResponseHeadersPolicyConfig.SecurityHeadersConfig,
    );
    assert.equal(policies.length, 2);
    const { 'content-security-policy': localPolicy = '' } = SECURITY_HEADERS;
    const local = localPolicy.split('; ');
    for (const { ContentSecurityPolicy, StrictTransportSecurity } of policies) {
      const parts: string[] = ContentSecurityPolicy.ContentSecurityPolicy.split('; ');
      assert.deepEqual(sorted(parts.filter((part) => !local.includes(part))), [
        "connect-src 'self' https://login.example.com",
        "form-action 'none'",
      ]);
      assert.deepEqual(
        local.filter((part) => !parts.includes(part)),
        ["connect-src 'self'"],
      );
      assert.equal(StrictTransportSecurity.AccessControlMaxAgeSec, 365 * 24 * 3600);
    }
  });

  it('uses TLS 1.2 and custom names with a certificate', () => {
    const scope = new Stack(new App(), 'Certificates');
    const arn = 'arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000';
    const certificate = Certificate.fromCertificateArn(scope, 'Certificate', arn);
    const { api, template } = apiOf({ domain: { names: ['figures.example.com'], certificate } });
    assert.equal(api.dashboardUrl, 'https://figures.example.com/');
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['figures.example.com'],
        ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: 'TLSv1.2_2021' }),
      },
    });
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      CallbackURLs: ['https://figures.example.com/'],
    });
  });

  it('receives the address of the API and the settings of the sign-in', () => {
    const endSession = 'https://login.example.com/end';
    const signIn = SignIn.oidc({
      issuer: 'https://login.example.com/t',
      clientId: 'public-client',
      userClaim: 'oid',
      endSession,
    });
    const written = JSON.stringify({
      api: '/api',
      sign_in: {
        issuer: 'https://login.example.com/t',
        client_id: 'public-client',
        scopes: ['openid', 'profile', 'email'],
        end_session: endSession,
      },
    });
    const { stack } = apiOf({ signIn });
    const [json] = siteFilesOf(stack);
    assert.equal(json, written);
    assert.equal(JSON.stringify(readSite(JSON.parse(written))), written);
    assert.deepEqual(readSite(JSON.parse(readFileSync('dashboard/public/site.json', 'utf8'))), {
      api: '',
      sign_in: null,
    });
  });
});

/** The `site.json` that stand in what a stack stages. */
function siteFilesOf(stack: Stack): readonly string[] {
  const { outdir } = App.of(stack) ?? assert.fail('no app');
  return readdirSync(outdir, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'site.json')
    .map((path) => readFileSync(join(outdir, path), 'utf8'));
}

describe('the function at the edge', () => {
  it('removes /api from the path once, only at the beginning', () => {
    for (const [uri, path] of [
      ['/api/summary/today', '/summary/today'],
      ['/api/admin/user/ada', '/admin/user/ada'],
      ['/api/api/x', '/api/x'],
      ['/api//x', '//x'],
      ['/apiary', '/apiary'],
      ['/x/api/y', '/x/api/y'],
    ] as const) {
      assert.equal(edgePathOf(uri), path);
    }
  });
});

describe('the checks of AWS Solutions', () => {
  for (const [what, { stack }] of Object.entries(variants)) {
    it(`find nothing that is not acknowledged ${what}`, () => {
      const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
      assert.deepEqual(
        violations.map(({ ruleName }) => ruleName),
        [],
      );
    });
  }
});
