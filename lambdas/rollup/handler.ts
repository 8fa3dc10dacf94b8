/** Recomputes the hours of new raw samples. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { openRollup } from '../../aws/functions/rollup.ts';

const log = new Logger({ serviceName: 'rollup' });
const run = openRollup(log);

export function handler(event: unknown, context: Context): Promise<SQSBatchResponse> {
  log.addContext(context);
  return run(event, context);
}
