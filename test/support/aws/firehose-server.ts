/**
 * A stand-in for Amazon Data Firehose: PutRecordBatch of its JSON protocol, on loopback. No emulator of Firehose
 * comes by npm, so this one is ours: it refuses what AWS refuses (signatures that do not match, the limits of a
 * request and of a record, streams that do not exist), answers per record, and keeps what it took in memory. It is
 * not Firehose: it delivers nowhere, knows one stream and no permissions. The real SDK does all of its part.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { afterTest } from '../../runner/running-test.ts';
import type { Certificate } from '../network/certificates.ts';
import { endpointOf, listening, portOf } from '../network/loopback.ts';

/** Limits of https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */
const MAX_RECORDS = 500;
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
const MAX_RECORD_BYTES = 1000 * 1024;

const input = z.strictObject({
  DeliveryStreamName: z.string().regex(/^[a-zA-Z0-9_.-]{1,64}$/),
  Records: z.array(z.strictObject({ Data: z.base64() })).min(1),
});

/** The ErrorCode of this record, or undefined to take it. Requests count from 1. */
export type RecordVerdict = (data: string, request: number) => string | undefined;

export interface FirehoseServerOptions {
  readonly deliveryStreamName: string;
  readonly secret: Secret;
  /** @defaultValue accepts every record */
  readonly verdict?: RecordVerdict;
  /** With a certificate: HTTPS. */
  readonly tls?: Certificate;
}

export class FirehoseServer {
  /** What each PutRecordBatch request held, taken or not: the data of its records. */
  readonly requests: (readonly string[])[] = [];
  /** Bytes of each request's body. */
  readonly bodyBytes: number[] = [];
  /** The records that were taken. */
  readonly stored: string[] = [];
  readonly #server;

  private constructor(private readonly options: FirehoseServerOptions) {
    const listener: RequestListener = (request, response) => void this.#answer(request, response);
    this.#server =
      options.tls === undefined ? createServer(listener) : createTlsServer({ ...options.tls }, listener);
  }

  static async start(options: FirehoseServerOptions): Promise<FirehoseServer> {
    const server = new FirehoseServer(options);
    await listening(server.#server);
    afterTest(() => server.close());
    return server;
  }

  get port(): number {
    return portOf(this.#server);
  }

  get endpoint(): string {
    return endpointOf(this.#server);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (request.headers['x-amz-target'] !== 'Firehose_20150804.PutRecordBatch') {
      return refuse(response, 'UnknownOperationException', 'only PutRecordBatch is known here');
    }
    if (!isSignedBy(this.options.secret, request, body)) {
      return refuse(
        response,
        'InvalidSignatureException',
        'The request signature we calculated does not match',
      );
    }
    const parsed = input.safeParse(JSON.parse(body));
    if (!parsed.success) return refuse(response, 'ValidationException', parsed.error.message);
    const { DeliveryStreamName: stream, Records: records } = parsed.data;
    if (stream !== this.options.deliveryStreamName) {
      return refuse(response, 'ResourceNotFoundException', `Firehose ${stream} not found under account`);
    }
    const data = records.map(({ Data }) => Buffer.from(Data, 'base64'));
    const overLimit =
      data.length > MAX_RECORDS ||
      // Before or after base64: what is told here is the stricter reading.
      Buffer.byteLength(body) > MAX_REQUEST_BYTES ||
      data.some(({ length }) => length > MAX_RECORD_BYTES);
    if (overLimit) return refuse(response, 'InvalidArgumentException', 'a limit of the request is exceeded');
    this.#take(data.map(String), body, response);
  }

  #take(data: readonly string[], body: string, response: ServerResponse): void {
    this.requests.push(data);
    this.bodyBytes.push(Buffer.byteLength(body));
    const results = data.map((each) => {
      const code = this.options.verdict?.(each, this.requests.length);
      if (code !== undefined) return { ErrorCode: code, ErrorMessage: 'Slow down.' };
      this.stored.push(each);
      return { RecordId: `record-${this.stored.length}` };
    });
    send(response, 200, {
      FailedPutCount: results.filter((result) => 'ErrorCode' in result).length,
      Encrypted: false,
      RequestResponses: results,
    });
  }
}

const refuse = (response: ServerResponse, code: string, message: string) =>
  send(response, 400, { __type: code, message });

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}

export interface Secret {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/((\d{8})\/([^/]+)\/([^/]+)\/aws4_request), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/**
 * Checks Signature Version 4 of a POST to / without a query
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
function isSignedBy(
  { accessKeyId, secretAccessKey }: Secret,
  request: IncomingMessage,
  body: string,
): boolean {
  const parts = AUTHORIZATION.exec(request.headers.authorization ?? '');
  const [, id, scope = '', date = '', region = '', service = '', signed = '', signature] = parts ?? [];
  if (id !== accessKeyId) return false;
  const headers = signed.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = ['POST', '/', '', headers.join(''), signed, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex') === signature;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
