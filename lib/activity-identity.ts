import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { SignIn } from './sign-in.ts';
import type { SignInProvider } from './sign-in-provider.ts';

export interface ActivityIdentityProps {
  /** How people sign in. @default a Cognito user pool */
  readonly signIn?: SignIn;
  /**
   * What becomes of people and enrolled devices when the construct is removed.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Who may look at figures, and which devices may send. */
export class ActivityIdentity extends Construct {
  readonly signIn: SignInProvider;
  /** Devices by the hash of their token: `pk`. */
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
  /** Whether enrolled devices survive the deletion of the stack. */
  readonly retain: boolean;
}

/**
 * Who a device token stands for, by the hash of the token (`pk`). Encrypted with a key that DynamoDB owns: it holds no
 * activity and no token, and every record that an agent sends would be a request to a key of our own.
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
