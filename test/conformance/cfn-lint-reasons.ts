/** What cfn-lint finds and what is right all the same. A reason that no finding needs any more fails the test. */
export interface Reason {
  /** `W3005` */
  readonly rule: string;
  /** Logical ids of the resources that it holds for; for findings elsewhere the section: `Outputs`. */
  readonly resource: RegExp;
  readonly reason: string;
}

const SAID_TWICE = 'W3005';

export const REASONS: readonly Reason[] = [
  {
    rule: SAID_TWICE,
    resource: /^Custom(S3AutoDeleteObjectsCustomResourceProviderHandler|CDKBucketDeployment)/,
    reason:
      'The CDK writes these functions: they name their role and depend on it. Nothing of ours can change it.',
  },
  {
    rule: SAID_TWICE,
    resource: /^Activity\w*DeliveryFirehose/,
    reason:
      'The dependency is on the role with its policy, because Firehose tries both while it is created. CloudFormation takes dependencies by resource, so the role, which is referred to as well, stands beside the policy.',
  },
  {
    rule: SAID_TWICE,
    resource: /^ActivityLakeBucket/,
    reason:
      'The dependency is on the queues with their policies, because S3 tries to send to them while the bucket is created. The queues, which are referred to as well, stand beside the policies.',
  },
  {
    rule: SAID_TWICE,
    resource: /^Activity\w+Function[0-9A-F]{8}$/,
    reason:
      'The CDK lets a function wait for its role and all policies of it: a first invocation must not find itself without rights. The role is referred to as well.',
  },
];
