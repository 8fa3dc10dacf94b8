import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { HISTORY } from './lake-bucket.ts';

export interface SummariesTableProps {
  /** Whether the table survives the deletion of the stack. */
  readonly retain: boolean;
}

/**
 * Rows per person and hour, what dashboards read; the rollup function writes them, `expires_at` ends them.
 *
 * Encrypted with a key that DynamoDB owns and not with the lake's: the rows are a copy of what the lake holds, and
 * with the lake's key every function that reads a row would need rights on that key.
 */
export class SummariesTable extends Construct {
  readonly table: dynamodb.Table;

  constructor(scope: Construct, id: string, { retain }: SummariesTableProps) {
    super(scope, id);
    this.table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.DEFAULT,
      timeToLiveAttribute: 'expires_at',
      // As far back as old versions of the lake's objects, so that a deleted person is gone from both at once.
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: HISTORY.toDays(),
      },
      deletionProtection: retain,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
