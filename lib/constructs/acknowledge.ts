import { CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/** Suppresses a finding of the policy checks on a construct, with a reason for auditors. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}

/** Suppresses the finding of a wildcard below a prefix: S3 has no other way to group objects. */
export function acknowledgePrefix(
  construct: IConstruct,
  bucket: IBucket,
  prefix: string,
  reason: string,
): void {
  acknowledge(construct, `AwsSolutions-IAM5[Resource::${arnAsFound(construct, bucket)}/${prefix}*]`, reason);
}

/** The ARN of the bucket as in the finding: the resource, or the export from another stack. */
function arnAsFound(construct: IConstruct, bucket: IBucket): string {
  const owner = Stack.of(bucket);
  if (Stack.of(construct) !== owner) {
    const reference: { 'Fn::ImportValue': string } = owner.resolve(owner.exportValue(bucket.bucketArn));
    return reference['Fn::ImportValue'];
  }
  const resource = bucket.node.defaultChild;
  if (!CfnElement.isCfnElement(resource)) {
    throw new TypeError(`${bucket.node.path} is not a bucket of this app: only those can be acknowledged`);
  }
  return `<${owner.getLogicalId(resource)}.Arn>`;
}
