/**
 * A stand-in for S3: the part of its REST protocol that the object store speaks, on loopback, objects in memory.
 * It is not S3: it checks no signature and no permission, keeps no versions and knows one bucket. It lets the
 * real SDK do everything that it does: requests over HTTP, checksums, XML, pagination, typed errors.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

const MAX_KEYS = 1000;

export interface S3Request {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

export class S3Server {
  readonly objects = new Map<string, Buffer>();
  /** Every request, in the order of arrival. */
  readonly requests: S3Request[] = [];
  /** Called before a request is answered; an error that it returns is the answer. */
  intercept:
    | ((request: S3Request) => { readonly status: number; readonly code: string } | undefined)
    | undefined;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(readonly bucket: string) {}

  static async start(bucket: string): Promise<S3Server> {
    const server = new S3Server(bucket);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get endpoint(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, bucket, ...rest] = url.pathname.split('/');
    const key = rest.map(decodeURIComponent).join('/');
    const seen = { method: request.method ?? '', key, query: url.searchParams };
    const body = await buffer(request);
    this.requests.push(seen);
    const refusal = this.intercept?.(seen);
    if (refusal !== undefined) return sendError(response, refusal.status, refusal.code);
    if (bucket !== this.bucket) return sendError(response, 404, 'NoSuchBucket');
    switch (request.method) {
      case 'PUT':
        if (isChunked(request)) return sendError(response, 501, 'NotImplemented');
        this.objects.set(key, body);
        return void response.writeHead(200, { etag: '"0"' }).end();
      case 'DELETE':
        this.objects.delete(key);
        return void response.writeHead(204).end();
      case 'GET':
        return key === '' ? this.#list(url.searchParams, response) : this.#get(key, response);
      default:
        return sendError(response, 405, 'MethodNotAllowed');
    }
  }

  #get(key: string, response: ServerResponse): void {
    const object = this.objects.get(key);
    if (object === undefined) sendError(response, 404, 'NoSuchKey');
    else response.writeHead(200, { 'content-length': object.length }).end(object);
  }

  /** ListObjectsV2: keys in the order of their UTF-8 bytes, in pages; the token is the last key of a page. */
  #list(query: URLSearchParams, response: ServerResponse): void {
    const prefix = query.get('prefix') ?? '';
    const token = query.get('continuation-token');
    const maxKeys = Math.min(Number(query.get('max-keys') ?? MAX_KEYS), MAX_KEYS);
    const after = token === null ? '' : Buffer.from(token, 'base64url').toString();
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const page = keys.slice(0, maxKeys);
    const truncated = keys.length > page.length;
    const next = truncated ? Buffer.from(page.at(-1) ?? '').toString('base64url') : undefined;
    const contents = page.map(
      (key) =>
        `<Contents><Key>${escapeXml(key)}</Key><Size>${this.objects.get(key)?.length}</Size></Contents>`,
    );
    sendXml(
      response,
      200,
      `<ListBucketResult><Name>${this.bucket}</Name><Prefix>${escapeXml(prefix)}</Prefix>` +
        `<KeyCount>${page.length}</KeyCount><MaxKeys>${maxKeys}</MaxKeys><IsTruncated>${truncated}</IsTruncated>` +
        `${next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}` +
        `${contents.join('')}</ListBucketResult>`,
    );
  }
}

/** The SDK frames a streamed body in chunks with a checksum behind it; the object store sends whole ones. */
const isChunked = (request: IncomingMessage) =>
  `${request.headers['content-encoding'] ?? ''}`.includes('aws-chunked');

const sendError = (response: ServerResponse, status: number, code: string) =>
  sendXml(response, status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);

function sendXml(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeXml = (text: string) =>
  text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
