/** A server that accepts every request and never answers, as behind a firewall that swallows packets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterTest } from '../../runner/running-test.ts';

export async function startSilentServer() {
  let requests = 0;
  const server = createServer(() => {
    requests++;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, attempts: () => requests };
}
