import { type Duration, Names, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { builtAsset } from '../assets.ts';

export interface KinetrackFunctionProps {
  /** Folder of its handler in `lambdas/`. */
  readonly name: string;
  readonly description: string;
  readonly timeout: Duration;
  /** @default 1769 MB, one whole core */
  readonly memoryMb?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** @default none is reserved */
  readonly reservedConcurrency?: number;
}

/** A Lambda function: Node.js 24 on ARM, JSON logs for three months, a role that may only write logs. */
export class KinetrackFunction extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: KinetrackFunctionProps) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', {
      description: props.description,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    this.logGroup.grantWrite(this.role);
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      code: lambda.Code.fromAsset(builtAsset(`lambdas/${props.name}`)),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memoryMb ?? 1769,
      timeout: props.timeout,
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...props.environment },
    });
  }

  /** Adds a statement to the role. */
  allow(actions: string[], resources: string[], conditions: Record<string, unknown> = {}): void {
    this.role.addToPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
  }

  /**
   * Number of logged errors, a custom metric. A function that returns single messages to their queue
   * succeeds for Lambda, so the `Errors` metric does not count them.
   */
  loggedErrors(): cloudwatch.Metric {
    return new logs.MetricFilter(this, 'LoggedErrors', {
      logGroup: this.logGroup,
      filterPattern: logs.FilterPattern.stringValue('$.level', '=', 'ERROR'),
      metricNamespace: 'Kinetrack',
      // Metric filters without a dimension field cannot set dimensions, so the name identifies the
      // deployment.
      metricName: `LoggedErrors-${Names.uniqueResourceName(this, { maxLength: 200 })}`,
    }).metric({ statistic: 'Sum' });
  }
}
