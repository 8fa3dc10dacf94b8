/** A web handler behind a real HTTP server on loopback, closed with its test. */
import { createAdaptorServer } from '@hono/node-server';
import { afterTest } from '../../runner/running-test.ts';
import { closeServer, endpointOf, listening } from './loopback.ts';

export async function serveFetch(fetch: (request: Request) => Promise<Response>): Promise<string> {
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false });
  await listening(server);
  afterTest(() => closeServer(server));
  return endpointOf(server);
}
