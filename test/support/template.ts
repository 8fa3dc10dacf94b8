import assert from 'node:assert/strict';
import type { Template } from 'aws-cdk-lib/assertions';

/** The one resource of a type, with the logical id that others refer to it by. */
export function onlyOf(
  template: Template,
  type: string,
): { id: string; properties: Record<string, unknown> } {
  const found = Object.entries(template.findResources(type));
  assert.equal(found.length, 1, `${found.length} resources of the type ${type}`);
  const [id, resource] = found[0] ?? [];
  assert.ok(id !== undefined);
  return { id, properties: resource?.Properties ?? {} };
}

export interface Statement {
  readonly actions: readonly string[];
  /** As text: intrinsic functions as JSON. */
  readonly resources: readonly string[];
  readonly condition: unknown;
}

/** What the policies of a role allow that a service assumes: `Firehose`, `Lambda`. */
export function allowed(template: Template, service: string): readonly Statement[] {
  const roles = Object.entries(template.findResources('AWS::IAM::Role'))
    .filter(([, role]) =>
      JSON.stringify(role.Properties.AssumeRolePolicyDocument).includes(service.toLowerCase()),
    )
    .map(([id]) => id);
  const statements = Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some((role: { Ref: string }) => roles.includes(role.Ref)))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  assert.ok(statements.length > 0, `no policy is attached to a role for ${service}`);
  return statements.map((statement) => ({
    actions: [statement.Action].flat(),
    resources: [statement.Resource]
      .flat()
      .map((resource) => (typeof resource === 'string' ? resource : JSON.stringify(resource))),
    condition: statement.Condition,
  }));
}
