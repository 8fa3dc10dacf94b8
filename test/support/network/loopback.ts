/** Servers of tests: on 127.0.0.1, not reachable from other machines. */
import { once } from 'node:events';
import type { Server } from 'node:net';

/** @param at port 0: any free one */
export async function listening<S extends Server>(
  server: S,
  { port = 0, host = '127.0.0.1' }: { readonly port?: number; readonly host?: string } = {},
): Promise<S> {
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('this server has no port');
  return address.port;
}

export const endpointOf = (server: Server): string => `http://127.0.0.1:${portOf(server)}`;

/** Stops listening, ends open connections and waits for the end. */
export async function closeServer(server: Server & { closeAllConnections?(): void }): Promise<void> {
  const closed = new Promise<unknown>((resolve) => server.close(resolve));
  server.closeAllConnections?.();
  await closed;
}
