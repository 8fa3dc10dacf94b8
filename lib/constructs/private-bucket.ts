import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PrivateBucketProps extends s3.BucketProps {
  /** Whether the bucket and what is in it survive the deletion of the stack; otherwise it is emptied first. */
  readonly retain: boolean;
}

/** A bucket that nobody reaches without IAM and TLS 1.2. */
export class PrivateBucket extends s3.Bucket {
  constructor(scope: Construct, id: string, { retain, lifecycleRules = [], ...props }: PrivateBucketProps) {
    super(scope, id, {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      autoDeleteObjects: !retain,
      // The parts of an upload that was never finished are invisible and billed.
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }, ...lifecycleRules],
      ...props,
    });
  }

  /** As the CDK declares it, its own Bucket is no IBucket under exactOptionalPropertyTypes. */
  override get isWebsite(): boolean {
    return super.isWebsite ?? false;
  }
}
