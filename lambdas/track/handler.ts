/** Accepts events of devices. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { openTrack } from '../../aws/functions/track.ts';

const log = new Logger({ serviceName: 'track' });
const answer = openTrack(log);

export function handler(event: unknown, context: Context): Promise<APIGatewayProxyStructuredResultV2> {
  log.addContext(context);
  return answer(event);
}
