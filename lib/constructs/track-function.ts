import { Duration } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { ActivityIngestion } from '../activity-ingestion.ts';
import { KinetrackFunction } from './kinetrack-function.ts';

export interface TrackFunctionProps {
  readonly ingestion: ActivityIngestion;
  readonly devices: dynamodb.Table;
}

/** `POST /track`: looks up the device, adds user and device to its events, and sends them on. */
export class TrackFunction extends Construct {
  readonly handler: KinetrackFunction;

  constructor(scope: Construct, id: string, { ingestion, devices }: TrackFunctionProps) {
    super(scope, id);
    this.handler = new KinetrackFunction(this, 'Handler', {
      name: 'track',
      description: 'Kinetrack: receives events from devices.',
      timeout: Duration.seconds(29),
      memoryMb: 512,
      environment: {
        ...destinationOf(ingestion),
        DEVICES_TABLE: devices.tableName,
      },
    });
    ingestion.grantSend(this.handler.role);
    this.handler.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [devices.tableArn]);
  }
}

/** The stream if there is one, because its other consumers do not see direct records. */
function destinationOf({ stream, directDelivery }: ActivityIngestion): Record<string, string> {
  if (stream !== undefined) return { STREAM_NAME: stream.streamName };
  return directDelivery === undefined ? {} : { DELIVERY_STREAM_NAME: directDelivery.name };
}
