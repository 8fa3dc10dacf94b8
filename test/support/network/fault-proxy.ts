/**
 * A proxy between a client and a server on loopback that injects network faults. Faults affect open connections and
 * new ones.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterTest } from '../../runner/running-test.ts';
import type { Certificate } from './certificates.ts';
import { listening, portOf } from './loopback.ts';

export type Fault =
  | { readonly kind: 'pass' }
  /** Nothing listens. */
  | { readonly kind: 'refuse' }
  /** RST to the client, like a firewall, `times` times. @defaultValue always */
  | { readonly kind: 'reset'; readonly times?: number }
  /** Reads everything and answers nothing. */
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Ends the connection after `afterBytes` bytes of the answer. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The server handles the request; its answer is lost. The usual cause of duplicates. */
  | { readonly kind: 'drop_answer' }
  /** Sends bytes that are not HTTP. */
  | { readonly kind: 'garbage'; readonly bytes: string }
  /** Answers instead of the server: the page of a portal, a proxy that requires a password. */
  | { readonly kind: 'answer'; readonly status: string; readonly headers?: string; readonly body?: string };

export const PASS: Fault = { kind: 'pass' };
export const PORTAL_PAGE: Fault = {
  kind: 'answer',
  status: '200 OK',
  headers: 'content-type: text/html; charset=utf-8\r\n',
  body: '<!doctype html><title>Welcome</title><p>Please sign in.',
};
export const PORTAL_REDIRECT: Fault = {
  kind: 'answer',
  status: '302 Found',
  headers: 'location: http://portal.invalid/\r\n',
};
export const PROXY_SIGN_IN: Fault = {
  kind: 'answer',
  status: '407 Proxy Authentication Required',
  headers: 'proxy-authenticate: Basic realm="proxy"\r\ncontent-type: text/html\r\n',
  body: '<html>Sign in</html>',
};

export interface FaultProxy {
  readonly port: number;
  /** `http://127.0.0.1:port`; where certificates are shown, write https. */
  readonly endpoint: string;
  /** The current fault. */
  fault(): Fault;
  become(fault: Fault): Promise<void>;
  /** Speaks TLS with this certificate from the next connection on, and plain TCP with the server; null: plain again. */
  show(certificate: Certificate | null): void;
}

export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const { hostname, port: upstreamPort } = new URL(upstream);
  let fault: Fault = PASS;
  let certificate: Certificate | null = null;
  const open = new Set<Socket>();

  const accept = (raw: Socket) => {
    open.add(raw);
    raw.on('close', () => open.delete(raw)).on('error', () => {});
    const client =
      certificate === null
        ? raw
        : new TLSSocket(raw, { isServer: true, ...certificate }).on('error', () => {});
    const server = connect({ host: hostname, port: Number(upstreamPort) }).on('error', () =>
      client.destroy(),
    );
    let answered = 0;
    client.on('data', (bytes) => {
      if (fault.kind === 'reset') {
        raw.resetAndDestroy();
        if (fault.times !== undefined) fault = fault.times > 1 ? { ...fault, times: fault.times - 1 } : PASS;
      } else if (fault.kind === 'garbage') client.end(fault.bytes);
      else if (fault.kind === 'answer') client.end(answerOf(fault));
      else if (fault.kind === 'delay') setTimeout(() => server.write(bytes), fault.ms);
      else if (fault.kind !== 'blackhole') server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (fault.kind === 'drop_answer') raw.resetAndDestroy();
      else if (fault.kind === 'cut') {
        client.write(bytes.subarray(0, Math.max(0, fault.afterBytes - answered)));
        answered += bytes.length;
        if (answered >= fault.afterBytes) client.end();
      } else if (fault.kind !== 'blackhole') client.write(bytes);
    });
    client.on('close', () => server.destroy());
    server.on('close', () => {
      if (fault.kind !== 'blackhole') client.end();
    });
  };

  const first = await listening(createServer(accept));
  const port = portOf(first);
  const listeners = new Set<Server>([first]);
  const close = async () => {
    for (const socket of open) socket.destroy();
    const closing = [...listeners];
    listeners.clear();
    await Promise.all(closing.map((each) => new Promise((resolve) => each.close(resolve))));
  };
  afterTest(close);

  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    fault: () => fault,
    async become(next) {
      fault = next;
      if (next.kind === 'refuse') await close();
      else if (listeners.size === 0) listeners.add(await listening(createServer(accept), { port }));
    },
    show(next) {
      certificate = next;
      // Open ones were made with another certificate.
      for (const socket of open) socket.destroy();
    },
  };
}

const answerOf = ({ status, headers = '', body = '' }: Extract<Fault, { kind: 'answer' }>): string =>
  `HTTP/1.1 ${status}\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
