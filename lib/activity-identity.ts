import { RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { DevicesTable } from './constructs/devices-table.ts';
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
