/** A server that accepts every request and never answers, like one behind a firewall that drops packets. */
import { createServer } from 'node:http';
import { afterTest } from '../../runner/running-test.ts';
import { closeServer, endpointOf, listening } from './loopback.ts';

export async function startSilentServer() {
  let requests = 0;
  const server = createServer(() => {
    requests++;
  });
  await listening(server);
  afterTest(() => closeServer(server));
  return { endpoint: endpointOf(server), attempts: () => requests };
}
