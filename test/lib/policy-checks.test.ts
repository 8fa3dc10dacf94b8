import assert from 'node:assert/strict';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { synth } from '../support/cdk/synth.ts';

const findings = (scope: IConstruct) =>
  new AwsSolutionsChecks(scope)
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );

const acknowledged = (scope: IConstruct) =>
  scope.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries<string>(data))
      .map(([rule, reason]) => ({ rule, reason, path: construct.node.path })),
  );

describe('the checks of AWS Solutions (cdk-nag)', () => {
  it('find what is wrong with a careless bucket', () => {
    const stack = new Stack(new App(), 'Careless');
    new Bucket(stack, 'Bucket');
    assert.deepEqual(findings(stack), [
      'AwsSolutions-S1 at Careless/Bucket/Resource',
      'AwsSolutions-S10 at Careless/Bucket/Resource',
    ]);
  });

  for (const [what, parameters] of [
    ['by default', {}],
    ['with provisioned shards and nothing retained', { streamMode: 'provisioned', retainData: false }],
    ['with Firehose alone and nobody to sign in', { source: 'direct', signIn: 'none' }],
    ['during a move from a stream to Firehose alone', { source: 'both' }],
    ['for a fleet in slices', { people: 50_000 }],
    [
      'with the sign-in of the company',
      {
        signIn: 'oidc',
        oidcIssuer: 'https://login.example.com/t',
        oidcClientId: 'page',
        userClaim: 'email',
        rolesClaim: 'roles',
      },
    ],
  ] as const) {
    it(`find nothing that is not acknowledged ${what}`, () => {
      const context = Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [`kinetrack:${name}`, value]),
      );
      const { app } = synth({ context });
      // As deployed: references between stacks are imports only now.
      app.synth();
      assert.deepEqual(findings(app), []);
    });
  }

  it('have a reason wherever they are acknowledged', () => {
    const all = acknowledged(synth().app);
    assert.ok(all.length > 0);
    for (const { rule, reason, path } of all) assert.match(reason, /^\S.{30,}\.$/, `${rule} at ${path}`);
  });
});
