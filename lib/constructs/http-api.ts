import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { SignInClient } from '../sign-in-provider.ts';
import { acknowledge } from './acknowledge.ts';

/** Sustained requests per second, and the burst beyond them. */
export interface Throttle {
  readonly ratePerSecond: number;
  readonly burst: number;
}

export interface HttpApiProps {
  /** For all routes except `POST /track`. */
  readonly throttle: Throttle;
  /** For `POST /track`. */
  readonly trackThrottle: Throttle;
}

const TRACK = 'POST /track';

/**
 * Default deny. API Gateway answers unknown methods and paths with 404. All routes but two require an ID
 * token before a function runs. `/health` returns no personal data. `/track` accepts device tokens, which
 * the function checks because no API Gateway authorizer can.
 */
export class HttpApi extends Construct {
  /** Without a path or trailing slash: `https://<id>.execute-api.<region>.amazonaws.com`. */
  readonly url: string;
  readonly domainName: string;
  readonly api: apigateway.HttpApi;
  readonly accessLog: logs.LogGroup;
  private readonly stage: apigateway.CfnStage;

  constructor(scope: Construct, id: string, { throttle, trackThrottle }: HttpApiProps) {
    super(scope, id);
    this.api = new apigateway.HttpApi(this, 'Api', {
      description: 'Kinetrack: API of the dashboard and of devices.',
      createDefaultStage: false,
    });
    const { region, urlSuffix } = Stack.of(this);
    this.domainName = `${this.api.apiId}.execute-api.${region}.${urlSuffix}`;
    this.url = `https://${this.domainName}`;

    this.accessLog = new logs.LogGroup(this, 'AccessLog', {
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: { rateLimit: throttle.ratePerSecond, burstLimit: throttle.burst },
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(this.accessLog),
        format: AccessLogFormat.custom(ACCESS_LOG_FORMAT),
      },
    });
    const resource = stage.node.defaultChild;
    if (!(resource instanceof apigateway.CfnStage)) throw new TypeError('the stage has no CfnStage');
    this.stage = resource;
    this.stage.addPropertyOverride('RouteSettings', {
      [TRACK]: {
        ThrottlingRateLimit: trackThrottle.ratePerSecond,
        ThrottlingBurstLimit: trackThrottle.burst,
      },
    });
  }

  /** Adds all routes. */
  route(read: lambda.IFunction, track: lambda.IFunction, client: SignInClient): void {
    const { GET, POST, DELETE } = apigateway.HttpMethod;
    const api = new HttpLambdaIntegration('Read', read);
    const authorizer = new HttpJwtAuthorizer('SignedIn', client.issuer, {
      jwtAudience: [client.clientId],
    });
    const open = [
      ...this.api.addRoutes({ path: '/health', methods: [GET], integration: api }),
      ...this.api.addRoutes({
        path: '/track',
        methods: [POST],
        integration: new HttpLambdaIntegration('Track', track),
      }),
    ];
    this.api.addRoutes({ path: '/{proxy+}', methods: [GET], integration: api, authorizer });
    this.api.addRoutes({ path: '/admin/user/{user}', methods: [DELETE], integration: api, authorizer });
    for (const route of open) {
      acknowledge(
        route,
        'AwsSolutions-APIG4',
        'The route has no personal data, or checks a device token itself.',
      );
      // The stage sets limits per route, so the routes must exist first.
      this.stage.node.addDependency(route);
    }
  }
}

/**
 * Access log without path and query, because they name the person whose figures are read, and without the
 * address and browser of the reader. `sub` identifies the reader if necessary.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const ACCESS_LOG_FORMAT = JSON.stringify({
  time: '$context.requestTimeEpoch',
  request_id: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  sub: '$context.authorizer.claims.sub',
  latency_ms: '$context.responseLatency',
  function_latency_ms: '$context.integrationLatency',
  response_bytes: '$context.responseLength',
  error: '$context.error.message',
  authorizer_error: '$context.authorizer.error',
  function_error: '$context.integrationErrorMessage',
});
