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
  return allowedTo(template, (role) =>
    JSON.stringify(role.AssumeRolePolicyDocument).includes(service.toLowerCase()),
  );
}

/** What the policies of the roles allow whose properties fit. */
export function allowedTo(
  template: Template,
  fits: (properties: Readonly<Record<string, unknown>>) => boolean,
): readonly Statement[] {
  const roles = Object.entries(template.findResources('AWS::IAM::Role'))
    .filter(([, role]) => fits(role.Properties))
    .map(([id]) => id);
  const statements = Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some((role: { Ref: string }) => roles.includes(role.Ref)))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  assert.ok(statements.length > 0, 'no policy is attached to such a role');
  return statements.map((statement) => ({
    actions: [statement.Action].flat(),
    resources: [statement.Resource]
      .flat()
      .map((resource) => (typeof resource === 'string' ? resource : JSON.stringify(resource))),
    condition: statement.Condition,
  }));
}

/**
 * A statement as one line that a reader can judge: `s3:GetObject on LakeBucket/raw/*`. A resource of the template has
 * the name of its construct's path, without the hash that CDK adds.
 */
export function lineOf({ actions, resources, condition }: Statement): string {
  const named = resources.map((resource) =>
    readable(resource.startsWith('{') ? JSON.parse(resource) : resource),
  );
  const onlyIf =
    condition === undefined ? '' : ` if ${JSON.stringify(condition, (_, value) => readable(value))}`;
  return `${actions.join(', ')} on ${named.join(', ')}${onlyIf}`;
}

const withoutHash = (id: string): string => id.replace(/[0-9A-F]{8}$/, '').replace(/^AWS::(\w+)$/, '<$1>');

/** Text where it is text or an intrinsic function, otherwise the value itself. */
function readable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('Ref' in value && typeof value.Ref === 'string') return withoutHash(value.Ref);
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) {
    const [id, attribute] = value['Fn::GetAtt'].map(String);
    return `${withoutHash(id ?? '')}${attribute === 'Arn' ? '' : `.${attribute}`}`;
  }
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts] = value['Fn::Join'];
    if (Array.isArray(parts)) return parts.map(readable).join(String(separator));
  }
  return value;
}
