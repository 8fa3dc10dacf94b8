/**
 * A stand-in for S3: the part of its REST protocol that the object store and the uploads speak, on
 * loopback, objects in memory. It is not S3: it checks no signature and no permission, keeps
 * versions only where a test has it do so (`history`), and knows one bucket. It checks what S3
 * checks of the bytes: CRC-32 of objects and parts, ETags, sizes and order of parts. It lets the
 * real SDK do everything that it does: requests over HTTP, checksums, XML, pagination, typed
 * errors.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { closeServer, endpointOf, listening } from '../network/loopback.ts';
import { S3History } from './s3-history.ts';
import { checksumText, MultipartUploads, md5, S3Refusal } from './s3-multipart.ts';

const MAX_KEYS = 1000;

export interface S3Request {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  /** As the SDK's command is called: `PutObject`, `UploadPart`. */
  readonly operation: string;
}

interface Received extends S3Request {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export class S3Server {
  readonly objects = new Map<string, Buffer>();
  readonly uploads = new MultipartUploads();
  /** Versions of the objects, kept from the moment that a test puts it here. */
  history: S3History | undefined;
  /** When objects were written, ms since 1970, where a test says so. */
  readonly modifiedMs = new Map<string, number>();
  /** Parts on one page of ListParts. */
  partsPerPage = MAX_KEYS;
  /** Every request, in the order of arrival. */
  readonly requests: S3Request[] = [];
  /** Called before a request is answered; an error that it returns is the answer. */
  intercept:
    | ((request: S3Request) => { readonly status: number; readonly code: string } | undefined)
    | undefined;
  /** Called once a request has had its effect and before it is answered; `drop` cuts the connection instead. */
  committed: ((request: S3Request) => 'drop' | undefined | Promise<'drop' | undefined>) | undefined;
  /** Keys whose objects came with a SHA-256: S3 keeps the one kind of checksum that an object came with. */
  readonly #hasSha256 = new Set<string>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(readonly bucket: string) {}

  static async start(bucket: string): Promise<S3Server> {
    const server = new S3Server(bucket);
    await listening(server.#server);
    return server;
  }

  get endpoint(): string {
    return endpointOf(this.#server);
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, bucket, ...rest] = url.pathname.split('/');
    const key = rest.map(decodeURIComponent).join('/');
    const method = request.method ?? '';
    const operation = operationOf(method, key, url.searchParams);
    const seen = { method, key, query: url.searchParams, operation };
    // A client may be killed while it sends: what did not arrive had no effect.
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    this.requests.push(seen);
    const refusal = this.intercept?.(seen);
    if (refusal !== undefined) return sendError(response, refusal.status, refusal.code);
    if (bucket !== this.bucket) return sendError(response, 404, 'NoSuchBucket');
    try {
      const answer = this.#perform({ ...seen, headers: request.headers, body });
      if ((await this.committed?.(seen)) === 'drop') response.destroy();
      else answer(response);
    } catch (error) {
      if (!(error instanceof S3Refusal)) throw error;
      sendError(response, error.status, error.code);
    }
  }

  /** Has its effect at once; what it returns tells of it. */
  #perform(request: Received): (response: ServerResponse) => void {
    const { operation, key, query, headers, body } = request;
    const uploadId = query.get('uploadId') ?? '';
    if (operation === 'PutObject' || operation === 'UploadPart') {
      if (isChunked(headers)) throw new S3Refusal(501, 'NotImplemented');
      const checksum = headers['x-amz-checksum-crc32'];
      if (checksum !== undefined && checksum !== checksumText(body)) throw new S3Refusal(400, 'BadDigest');
      const sha256 = headers['x-amz-checksum-sha256'];
      if (sha256 !== undefined && sha256 !== sha256Of(body)) throw new S3Refusal(400, 'BadDigest');
    }
    switch (operation) {
      case 'PutObject':
        if (headers['if-none-match'] === '*' && this.objects.has(key)) {
          throw new S3Refusal(412, 'PreconditionFailed');
        }
        this.objects.set(key, body);
        this.#hasSha256[headers['x-amz-checksum-sha256'] === undefined ? 'delete' : 'add'](key);
        this.history?.add(key, body);
        return (response) => response.writeHead(200, { etag: etagOf(body), ...checksumHeaders(body) }).end();
      case 'DeleteObject':
        this.objects.delete(key);
        this.history?.add(key, undefined);
        return (response) => response.writeHead(204).end();
      case 'DeleteObjects': {
        const errors = this.#deleteVersions(body.toString());
        return (response) => sendXml(response, 200, `<DeleteResult>${errors}</DeleteResult>`);
      }
      case 'ListObjectVersions': {
        const [max, afterKey, afterVersion] = ['max-keys', 'key-marker', 'version-id-marker'].map((name) =>
          query.get(name),
        );
        const page = this.history?.page(
          query.get('prefix') ?? '',
          Math.min(Number(max ?? MAX_KEYS), MAX_KEYS),
          afterKey ?? '',
          afterVersion ?? '',
        );
        return (response) => sendXml(response, 200, page ?? '<ListVersionsResult/>');
      }
      case 'GetObject':
        return (response) => this.#get(request, response);
      case 'HeadObject':
        return (response) => this.#head(request, response);
      case 'ListObjectsV2':
        return (response) => this.#list(query, response);
      case 'CreateMultipartUpload': {
        const id = this.uploads.create(key);
        return (response) => sendResult(response, 'InitiateMultipartUpload', `<UploadId>${id}</UploadId>`);
      }
      case 'UploadPart': {
        const { etag } = this.uploads.put(uploadId, key, Number(query.get('partNumber')), body);
        return (response) => response.writeHead(200, { etag, ...checksumHeaders(body) }).end();
      }
      case 'ListParts':
        return (response) => this.#listParts(request, uploadId, response);
      case 'CompleteMultipartUpload': {
        const expected = {
          checksum: textOf(headers['x-amz-checksum-crc32']),
          bytes: textOf(headers['x-amz-mp-object-size']),
        };
        const whole = this.uploads.complete(uploadId, key, body.toString(), expected);
        this.objects.set(key, whole.body);
        const checksum = checksumText(whole.body);
        return (response) =>
          sendResult(
            response,
            'CompleteMultipartUpload',
            `<ETag>${escapeXml(whole.etag)}</ETag><ChecksumCRC32>${checksum}</ChecksumCRC32><ChecksumType>FULL_OBJECT</ChecksumType>`,
          );
      }
      case 'AbortMultipartUpload':
        this.uploads.abort(uploadId, key);
        return (response) => response.writeHead(204).end();
      default:
        throw new S3Refusal(405, 'MethodNotAllowed');
    }
  }

  /** Without a body, also where it fails. */
  #head({ key, headers }: Received, response: ServerResponse): void {
    const object = this.objects.get(key);
    if (object === undefined) return void response.writeHead(404).end();
    const isAsked = headers['x-amz-checksum-mode'] === 'ENABLED';
    response.writeHead(200, {
      'content-length': object.length,
      etag: etagOf(object),
      ...(isAsked && (this.#hasSha256.has(key) ? sha256Headers(object) : checksumHeaders(object))),
    });
    response.end();
  }

  #listParts({ key, query }: Received, uploadId: string, response: ServerResponse): void {
    const parts = this.uploads.list(uploadId, key, Number(query.get('part-number-marker') ?? 0));
    const page = parts.slice(0, this.partsPerPage);
    const rows = page.map(
      ({ partNumber, body, etag }) =>
        `<Part><PartNumber>${partNumber}</PartNumber><Size>${body.length}</Size>` +
        `<ETag>${escapeXml(etag)}</ETag><ChecksumCRC32>${checksumText(body)}</ChecksumCRC32></Part>`,
    );
    sendResult(
      response,
      'ListParts',
      `<IsTruncated>${page.length < parts.length}</IsTruncated>` +
        `<NextPartNumberMarker>${page.at(-1)?.partNumber ?? 0}</NextPartNumberMarker>${rows.join('')}`,
    );
  }

  #get({ key, headers }: Received, response: ServerResponse): void {
    const object = this.objects.get(key);
    if (object === undefined) return void sendError(response, 404, 'NoSuchKey');
    const etag = etagOf(object);
    const expected = headers['if-match'];
    if (expected !== undefined && expected !== etag)
      return void sendError(response, 412, 'PreconditionFailed');
    const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
    if (first === '' && last === '') {
      return void response.writeHead(200, { 'content-length': object.length, etag }).end(object);
    }
    const from = first === '' ? Math.max(0, object.length - Number(last)) : Number(first);
    const to = first === '' || last === '' ? object.length : Math.min(object.length, Number(last) + 1);
    if (from >= to) return void sendError(response, 416, 'InvalidRange');
    response.writeHead(206, {
      'content-length': to - from,
      'content-range': `bytes ${from}-${to - 1}/${object.length}`,
      etag,
    });
    response.end(object.subarray(from, to));
  }

  /** Removes versions for good; returns the errors as S3 names them. */
  #deleteVersions(xml: string): string {
    const { history } = this;
    if (history === undefined) return '';
    return S3History.asked(xml)
      .map(({ key, versionId }) => {
        const code = history.refusalOf?.(key);
        if (code !== undefined) return `<Error><Key>${key}</Key><Code>${code}</Code></Error>`;
        const current = history.remove(key, versionId);
        if (current === undefined) this.objects.delete(key);
        else this.objects.set(key, current);
        return '';
      })
      .join('');
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
    const contents = page.map((key) => {
      const modified = this.modifiedMs.get(key);
      const at =
        modified === undefined ? '' : `<LastModified>${new Date(modified).toISOString()}</LastModified>`;
      return `<Contents><Key>${escapeXml(key)}</Key>${at}<Size>${this.objects.get(key)?.length}</Size></Contents>`;
    });
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
const isChunked = (headers: IncomingHttpHeaders) =>
  `${headers['content-encoding'] ?? ''}`.includes('aws-chunked');

function operationOf(method: string, key: string, query: URLSearchParams): string {
  if (key === '' && method === 'POST' && query.has('delete')) return 'DeleteObjects';
  if (key === '' && method === 'GET') return query.has('versions') ? 'ListObjectVersions' : 'ListObjectsV2';
  if (key === '') return `${method} of a bucket`;
  if (query.has('uploads')) return method === 'POST' ? 'CreateMultipartUpload' : `${method} of uploads`;
  const operations: Readonly<Record<string, string>> = query.has('uploadId')
    ? {
        PUT: 'UploadPart',
        GET: 'ListParts',
        POST: 'CompleteMultipartUpload',
        DELETE: 'AbortMultipartUpload',
      }
    : { PUT: 'PutObject', GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' };
  return operations[method] ?? method;
}

const etagOf = (body: Buffer) => `"${md5(body).toString('hex')}"`;
const sha256Of = (body: Buffer): string => createHash('sha256').update(body).digest('base64');
const sha256Headers = (body: Buffer) => ({ 'x-amz-checksum-sha256': sha256Of(body) });
const checksumHeaders = (body: Buffer) => ({
  'x-amz-checksum-crc32': checksumText(body),
  'x-amz-checksum-type': 'FULL_OBJECT',
});
const textOf = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header);

const sendError = (response: ServerResponse, status: number, code: string) =>
  sendXml(response, status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);

const sendResult = (response: ServerResponse, operation: string, xml: string) =>
  sendXml(response, 200, `<${operation}Result>${xml}</${operation}Result>`);

function sendXml(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeXml = (text: string) =>
  text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
