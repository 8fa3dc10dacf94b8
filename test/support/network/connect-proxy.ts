/** An HTTP proxy as companies have it, on loopback: CONNECT alone. It looks names up in a table of its own. */
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterTest } from '../../runner/running-test.ts';
import { listening, portOf } from './loopback.ts';

export interface ConnectProxyOptions {
  /** Local port for each `host:port`; others are refused with 502. */
  readonly routes: Readonly<Record<string, number>>;
  /** `user:password` that it asks for. @defaultValue lets everybody through */
  readonly login?: string;
  /** Answers everybody with this status: `403 Forbidden`. @defaultValue lets through */
  readonly refusal?: string;
  /** Takes requests and never answers. @defaultValue false */
  readonly isSilent?: boolean;
}

export class ConnectProxy {
  /** `host:port` of every request, let through or not. */
  readonly asked: string[] = [];
  readonly sockets = new Set<Socket>();
  readonly #passed: Buffer[] = [];
  readonly #server = createServer((_, response) => response.writeHead(405).end());

  private constructor(private readonly options: ConnectProxyOptions) {
    this.#server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
    });
    this.#server.on('connect', (request, socket: Socket) => {
      this.asked.push(request.url ?? '');
      if (this.options.isSilent === true) socket.resume().once('end', () => socket.end());
      else this.#connect(request.url ?? '', request.headers['proxy-authorization'], socket);
    });
  }

  static async start(options: ConnectProxyOptions): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options);
    await listening(proxy.#server);
    afterTest(() => {
      for (const socket of proxy.sockets) socket.destroy();
      proxy.#server.close();
    });
    return proxy;
  }

  /** Everything that went through, in both directions. */
  seen(): string {
    return Buffer.concat(this.#passed).toString('latin1');
  }

  get address(): string {
    return `127.0.0.1:${portOf(this.#server)}`;
  }

  #connect(target: string, login: string | undefined, socket: Socket): void {
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
    const { login: expected, refusal } = this.options;
    if (refusal !== undefined) return void refuse(refusal);
    if (expected !== undefined && login !== `Basic ${Buffer.from(expected).toString('base64')}`) {
      return void refuse('407 Proxy Authentication Required');
    }
    const port = this.options.routes[target];
    if (port === undefined) return void refuse('502 Bad Gateway');
    const pass = (chunk: Buffer) => this.#passed.push(chunk);
    const upstream = connect(port, '127.0.0.1', () => {
      socket.on('data', pass);
      upstream.on('data', pass);
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
  }
}

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'] as const;

/** Names proxies in the environment for one test, instead of those that this machine has. */
export function nameProxies(proxies: Readonly<Partial<Record<(typeof VARIABLES)[number], string>>>): void {
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const name of VARIABLES.flatMap((name) => [name, name.toLowerCase()])) {
    const before = process.env[name];
    delete process.env[name];
    afterTest(() => set(name, before));
  }
  for (const name of VARIABLES) set(name, proxies[name]);
}
