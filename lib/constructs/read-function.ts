import { MINUTES_PREFIX, RECEIPTS_PREFIX } from '@kinetrack/schema';
import { Duration, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { SignInProvider } from '../sign-in-provider.ts';
import { acknowledgePrefix } from './acknowledge.ts';
import { KinetrackFunction } from './kinetrack-function.ts';
import type { PrivateBucket } from './private-bucket.ts';

export interface ReadFunctionProps {
  readonly bucket: PrivateBucket;
  /** Key of the bucket. */
  readonly key: kms.IKey;
  readonly summaries: dynamodb.Table;
  readonly signIn: SignInProvider;
  /** Queue of deletion requests. @default the route responds that deletion is not available */
  readonly deletionQueue?: sqs.IQueue;
}

/** Prefixes the API reads besides the summaries: minutes and deletion receipts. */
const READ_PREFIXES = [MINUTES_PREFIX, RECEIPTS_PREFIX] as const;

/** The API of the dashboard. Read-only, except for deletion requests. */
export class ReadFunction extends Construct {
  readonly handler: KinetrackFunction;

  constructor(scope: Construct, id: string, props: ReadFunctionProps) {
    super(scope, id);
    const { bucket, key, summaries, signIn, deletionQueue } = props;
    this.handler = new KinetrackFunction(this, 'Handler', {
      name: 'api',
      description: 'Kinetrack: API of the dashboard.',
      timeout: Duration.seconds(29),
      environment: {
        LAKE_BUCKET: bucket.bucketName,
        SUMMARIES_TABLE: summaries.tableName,
        USER_CLAIM: signIn.userClaim,
        ROLES_CLAIM: signIn.rolesClaim,
        ...(deletionQueue !== undefined && { DELETION_QUEUE_URL: deletionQueue.queueUrl }),
      },
    });
    const { region, urlSuffix } = Stack.of(this);
    this.handler.allow(['dynamodb:Query'], [summaries.tableArn]);
    this.handler.allow(['s3:ListBucket'], [bucket.bucketArn], {
      StringLike: { 's3:prefix': READ_PREFIXES.map((prefix) => `${prefix}*`) },
    });
    this.handler.allow(
      ['s3:GetObject'],
      READ_PREFIXES.map((prefix) => bucket.arnForObjects(`${prefix}*`)),
    );
    for (const prefix of READ_PREFIXES) {
      acknowledgePrefix(
        this.handler.role,
        bucket,
        prefix,
        'Object keys below this prefix vary by date and person.',
      );
    }
    this.handler.allow(['kms:Decrypt'], [key.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${region}.${urlSuffix}` },
    });
    if (deletionQueue !== undefined) this.handler.allow(['sqs:SendMessage'], [deletionQueue.queueArn]);
  }
}
