import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

export interface DevicesTableProps {
  /** Whether enrolled devices survive the deletion of the stack. */
  readonly retain: boolean;
}

/**
 * Who a device token stands for, by the hash of the token (`pk`). Encrypted with a key that DynamoDB owns: it holds no
 * activity and no token, and every record that an agent sends would be a request to a key of our own.
 */
export class DevicesTable extends Construct {
  readonly table: dynamodb.Table;

  constructor(scope: Construct, id: string, { retain }: DevicesTableProps) {
    super(scope, id);
    this.table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.DEFAULT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: retain,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
