import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { SignIn } from './sign-in.ts';
import type { SignInProvider } from './sign-in-provider.ts';

export interface ActivityIdentityProps {
  /** Sign-in of people. @default a Cognito user pool */
  readonly signIn?: SignIn;
  /**
   * Removal policy of users and enrolled devices.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Users of the dashboard, and devices that may send events. */
export class ActivityIdentity extends Construct {
  readonly signIn: SignInProvider;
  /** Devices, keyed (`pk`) by the hash of their token. */
  readonly devices: dynamodb.Table;

  constructor(scope: Construct, id: string, props: ActivityIdentityProps = {}) {
    super(scope, id);
    const { signIn = SignIn.cognito(), removalPolicy = RemovalPolicy.RETAIN } = props;
    const retain = removalPolicy !== RemovalPolicy.DESTROY;
    this.signIn = signIn.bind(this, { retain });
    this.devices = new DevicesTable(this, 'Devices', { retain }).table;
  }
}

interface DevicesTableProps {
  /** Retains the table when the stack is deleted. */
  readonly retain: boolean;
}

/**
 * Users and devices by the hash of their token (`pk`). Encrypted with a key owned by DynamoDB: the table
 * contains no activity and no token, and with a customer managed key every request of an agent would also
 * be a KMS request.
 */
class DevicesTable extends Construct {
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
