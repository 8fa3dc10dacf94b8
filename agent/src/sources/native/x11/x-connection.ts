/**
 * One connection to an X server: the handshake, then requests and their replies in order. After `handOver` its bytes
 * go to a consumer as they are read.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type DisplayName, parseDisplay, socketPaths, tcpPort } from './display-name.ts';
import { XError } from './x-error.ts';
import { parseSetup, setupBytes, setupRequest, type XSetup } from './x-requests.ts';
import { COOKIE_PROTOCOL, readCookie } from './xauthority.ts';

/** Takes in the first `length` bytes of a buffer that is used again. */
export type ByteConsumer = (bytes: Buffer, length: number) => void;

interface Waiting {
  resolve(message: Buffer): void;
  reject(error: Error): void;
}

/** Bytes of a reply's head, and of everything else that a server sends by itself. */
const HEAD = 32;
const ERROR = 0;
const REPLY = 1;
const GENERIC_EVENT = 35;
/** What one read can bring: a thousand events. */
export const READ_BYTES = 65_536;

export class XConnection {
  readonly #socket: Socket;
  readonly #ended: Promise<XError>;
  #setup: XSetup = { idBase: 0, minKeycode: 8, maxKeycode: 255 };
  #consume: ByteConsumer = (bytes, length) => this.#collect(bytes, length);
  #isSetUp: boolean = false;
  #collected = Buffer.alloc(0);
  readonly #waiting: Waiting[] = [];
  #onEvent: (type: number) => void = () => {};

  /** Rejects with an XError `no_display`. */
  static async open(env: NodeJS.ProcessEnv): Promise<XConnection> {
    const text = env.DISPLAY ?? '';
    const display = parseDisplay(text);
    if (display === null) {
      throw new XError('no_display', `DISPLAY is ${JSON.stringify(text)}; set it to the form :0 or host:0`);
    }
    const connection = await XConnection.#connect(display);
    await connection.#handshake(await readCookie(env, display, connection.#socket.remoteAddress));
    return connection;
  }

  static async #connect(display: DisplayName): Promise<XConnection> {
    const { host, number } = display;
    const targets =
      host === null ? socketPaths(number).map((path) => ({ path })) : [{ host, port: tcpPort(number) }];
    const failures: unknown[] = [];
    for (const target of targets) {
      try {
        const connection = new XConnection(target);
        await once(connection.#socket, 'connect');
        return connection;
      } catch (error) {
        failures.push(error);
      }
    }
    throw new XError('no_display', `display ${host ?? ''}:${number} does not answer`, { cause: failures[0] });
  }

  private constructor(target: { path: string } | { host: string; port: number }) {
    const socket = connect({
      ...target,
      noDelay: true,
      // One buffer for all reads: a stream would allocate one a read.
      onread: {
        buffer: Buffer.alloc(READ_BYTES),
        callback: (length, bytes) => {
          this.#consume(bytes as Buffer, length);
          return true;
        },
      },
    });
    this.#socket = socket;
    this.#ended = new Promise((resolve) => {
      const end = (cause?: unknown) => {
        const error = new XError('no_display', 'the X server closed the connection', { cause });
        for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
        socket.destroy();
        resolve(error);
      };
      for (const event of ['error', 'end', 'close'] as const) socket.once(event, end);
    });
  }

  get setup(): XSetup {
    return this.#setup;
  }

  /** Resolves when the connection is gone, whoever closed it. Never rejects. */
  get ended(): Promise<XError> {
    return this.#ended;
  }

  send(request: Buffer): void {
    this.#socket.write(request);
  }

  /** Sends a request that has a reply; rejects with what is wrong where the server answers with an error. */
  ask(request: Buffer): Promise<Buffer> {
    const answer = this.#answer();
    this.send(request);
    return answer;
  }

  /** Called with the type of each event that the server sends by itself. */
  onEvent(listener: (type: number) => void): void {
    this.#onEvent = listener;
  }

  handOver(consumer: ByteConsumer): void {
    this.#consume = consumer;
  }

  /** Stops reading: what comes waits in the system, and then at the server. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads on: what waits is consumed in the next turn of the event loop. */
  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #handshake(cookie: Buffer | null): Promise<void> {
    const answer = await this.ask(
      setupRequest(cookie === null ? '' : COOKIE_PROTOCOL, cookie ?? Buffer.alloc(0)),
    );
    const setup = parseSetup(answer);
    if (typeof setup === 'string') {
      this.close();
      throw new XError('no_display', `the X server refuses this program: ${setup}; check XAUTHORITY`);
    }
    this.#setup = setup;
    this.#isSetUp = true;
  }

  #answer(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) reject(new XError('no_display', 'the connection is closed'));
      else this.#waiting.push({ resolve, reject });
    });
  }

  #collect(bytes: Buffer, length: number): void {
    this.#collected = Buffer.concat([this.#collected, bytes.subarray(0, length)]);
    for (;;) {
      const size = this.#nextSize();
      if (size === null || this.#collected.length < size) return;
      const message = this.#collected.subarray(0, size);
      this.#collected = this.#collected.subarray(size);
      this.#take(message);
    }
  }

  /** Of the message that comes next; null while too little of it is there to tell. */
  #nextSize(): number | null {
    const collected = this.#collected;
    if (!this.#isSetUp) return collected.length < 8 ? null : setupBytes(collected);
    if (collected.length < HEAD) return null;
    const isLong = collected[0] === REPLY || collected[0] === GENERIC_EVENT;
    return isLong ? HEAD + 4 * collected.readUInt32LE(4) : HEAD;
  }

  #take(message: Buffer): void {
    const [type = ERROR, code] = message;
    if (!this.#isSetUp || type === REPLY) {
      this.#waiting.shift()?.resolve(message);
    } else if (type === ERROR) {
      // Of what we ask, only recording can be refused.
      this.#waiting.shift()?.reject(new XError('no_record', `the X server answered with error ${code}`));
    } else {
      this.#onEvent(type & 0x7f);
    }
  }
}
