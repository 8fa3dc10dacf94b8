import { CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/** Accepts one finding of the policy checks on a construct, with the reason that an auditor will read. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}

/** Accepts that a policy names the objects of a bucket by a prefix: S3 objects have no other grouping. */
export function acknowledgePrefix(construct: IConstruct, bucket: IBucket, prefix: string, reason: string) {
  const resource = bucket.node.defaultChild;
  if (!CfnElement.isCfnElement(resource))
    throw new TypeError(`${bucket.node.path} is not a bucket of this app`);
  const logicalId = Stack.of(bucket).getLogicalId(resource);
  acknowledge(construct, `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/${prefix}*]`, reason);
}
