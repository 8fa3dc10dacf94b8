/** Deletes people from the lake and sweeps it once a day. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { openDeletion } from '../../aws/functions/deletion.ts';

const log = new Logger({ serviceName: 'deletion' });
const run = openDeletion(log);

export function handler(event: unknown, context: Context): Promise<void> {
  log.addContext(context);
  return run(event, context);
}
