/** `POST /track` behind API Gateway. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { cachedRegistry, createIngest, type IngestDeps } from '../../pipeline/ingest/index.ts';
import type { Log } from '../log.ts';
import { requestOf, responseOf } from './http-event.ts';

export interface TrackHandlerDeps extends Pick<IngestDeps, 'devices' | 'sink' | 'pause' | 'random'> {
  /** ms since 1970. */
  now(): number;
  /** Log entries have figures and codes, no users and no events. */
  readonly log: Pick<Log, 'info' | 'error'>;
}

export function trackHandler(
  deps: TrackHandlerDeps,
): (event: unknown) => Promise<APIGatewayProxyStructuredResultV2> {
  const { log } = deps;
  const ingest = createIngest({
    ...deps,
    devices: cachedRegistry(deps),
    onRequest: (figures) => log.info('tracked', { ...figures }),
    onDefect: (error) => log.error('events could not be stored', { error }),
  });
  return async (event) => responseOf(await ingest.fetch(requestOf(event).request));
}
