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
 * A statement as one line that a reader can judge: `s3:GetObject on Bucket/raw/*`. Resources are named by `names`,
 * from logical ids of the template, imports included.
 */
export function lineOf(statement: Statement, names: Readonly<Record<string, string>>): string {
  const resources = statement.resources.map((resource) => readable(resource, names));
  const condition = statement.condition ? ` if ${readable(JSON.stringify(statement.condition), names)}` : '';
  return `${statement.actions.join(', ')} on ${resources.join(', ')}${condition}`;
}

/** Intrinsic functions by the name of what they point to; the longest logical id first, since one may begin another. */
function readable(text: string, names: Readonly<Record<string, string>>): string {
  const known = Object.entries(names).sort(([a], [b]) => b.length - a.length);
  const named = known.reduce(
    (found, [id, name]) =>
      found.replaceAll(`{"Fn::GetAtt":["${id}","Arn"]}`, name).replaceAll(`{"Ref":"${id}"}`, name),
    text,
  );
  return named
    .replace(/\{"Ref":"AWS::(\w+)"\}/g, '<$1>')
    .replace(/\{"Fn::Join":\["",\[([^\]]*)\]\]\}/g, (_, parts: string) =>
      parts
        .split(/,(?=["A-Z<])/)
        .map((part) => part.replace(/^"|"$/g, ''))
        .join(''),
    );
}
