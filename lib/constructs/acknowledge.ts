import { CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/** Accepts one finding of the policy checks on a construct, with the reason that an auditor will read. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}

/** Accepts that a policy names the objects of a bucket by a prefix: S3 objects have no other grouping. */
export function acknowledgePrefix(
  construct: IConstruct,
  bucket: IBucket,
  prefix: string,
  reason: string,
): void {
  acknowledge(construct, `AwsSolutions-IAM5[Resource::${arnAsFound(construct, bucket)}/${prefix}*]`, reason);
}

/** The bucket's ARN as the checks print it: the resource, or in another stack the export that stands for it. */
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
