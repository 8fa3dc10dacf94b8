import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PrivateBucketProps extends s3.BucketProps {
  /** Retains the bucket and its objects when the stack is deleted; otherwise both are deleted. */
  readonly retain: boolean;
}

/** A bucket without public access that requires TLS 1.2. */
export class PrivateBucket extends s3.Bucket {
  constructor(scope: Construct, id: string, { retain, lifecycleRules = [], ...props }: PrivateBucketProps) {
    super(scope, id, {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      autoDeleteObjects: !retain,
      // Parts of incomplete uploads are invisible, but billed.
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }, ...lifecycleRules],
      ...props,
    });
  }

  /** Under exactOptionalPropertyTypes, the CDK's Bucket is not assignable to its IBucket. */
  override get isWebsite(): boolean {
    return super.isWebsite ?? false;
  }
}
