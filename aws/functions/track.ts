/** The function of `POST /track`: accepts events of devices by token. */
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { IngestSink } from '../../pipeline/lake/ports.ts';
import { trackHandler } from '../http/track-handler.ts';
import { FirehoseIngest } from '../ingest/firehose-ingest.ts';
import { KinesisIngest } from '../ingest/kinesis-ingest.ts';
import type { Log } from '../log.ts';
import { DynamoDeviceRegistry } from '../stores/device-registry.ts';
import { optional, required } from './env.ts';

/**
 * Lookups and three attempts of the sink (in deliver.ts) fit within the 29 s limit of the function. A
 * client that gets no response sends again.
 */
const LOOK_UP = { maxAttempts: 2, requestHandler: { requestTimeout: 2_000 } };
const PUT = { maxAttempts: 1, requestHandler: { requestTimeout: 5_000 } };

/** @throws Error if an environment variable is missing */
export function openTrack(log: Log): ReturnType<typeof trackHandler> {
  const now = () => Date.now();
  return trackHandler({
    devices: new DynamoDeviceRegistry({
      client: new DynamoDBClient(LOOK_UP),
      table: required('DEVICES_TABLE', 'the table of devices'),
      now,
    }),
    sink: openSink(),
    pause: (ms) => pause(ms),
    random: Math.random,
    now,
    log,
  });
}

function openSink(): IngestSink {
  const streamName = optional('STREAM_NAME');
  if (streamName !== undefined) return new KinesisIngest({ client: new KinesisClient(PUT), streamName });
  const deliveryStreamName = required('DELIVERY_STREAM_NAME', 'the Firehose, if STREAM_NAME is not set');
  return new FirehoseIngest({ client: new FirehoseClient(PUT), deliveryStreamName });
}
