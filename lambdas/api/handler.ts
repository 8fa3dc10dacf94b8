/** The API: figures and deletion requests, after sign-in. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { openApi } from '../../aws/functions/api.ts';

const log = new Logger({ serviceName: 'api' });
const answer = openApi(log);

export function handler(event: unknown, context: Context): Promise<APIGatewayProxyStructuredResultV2> {
  log.addContext(context);
  return answer(event);
}
