/**
 * Converts events of API Gateway (HTTP API, payload 2.0) to requests, and responses to results. The
 * path in the event is decoded (https://github.com/honojs/hono/issues/2156,
 * https://github.com/middleapi/standard-server/pull/93), so each segment is encoded again. Otherwise a
 * `?` in a user ID would start a query.
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';

const httpEvent = z.object({
  version: z.literal('2.0'),
  rawPath: z.string().startsWith('/'),
  rawQueryString: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  isBase64Encoded: z.boolean(),
  requestContext: z.object({
    http: z.object({ method: z.string() }),
    authorizer: z
      .object({ jwt: z.object({ claims: z.record(z.string(), z.unknown()) }).optional() })
      .optional(),
  }),
});

export interface HttpRequest {
  readonly request: Request;
  /** Claims verified by the authorizer; undefined on routes without one. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Lambda returns at most 6 MB (6,291,556 bytes according to its error message), as JSON with the body
 * as a string.
 */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024 - 64 * 1024;

/** @throws ZodError for other events */
export function requestOf(event: APIGatewayProxyEventV2 | unknown): HttpRequest {
  const { rawPath, rawQueryString, headers, body, isBase64Encoded, requestContext } = httpEvent.parse(event);
  const url = new URL('https://api.invalid/');
  url.pathname = rawPath.split('/').map(encodeURIComponent).join('/');
  url.search = rawQueryString;
  const { method } = requestContext.http;
  const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
  const request = new Request(url, {
    method,
    headers,
    ...(hasBody && { body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') }),
  });
  return { request, claims: requestContext.authorizer?.jwt?.claims };
}

/** Converts a response. A response above the limit of Lambda becomes an error with a remedy. */
export async function responseOf(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const result = await responseWithin(response);
  if (result !== undefined) return result;
  const message = 'the response exceeds the limit of 6 MB; request fewer days or a single person';
  const error = Response.json({ error: { code: 'answer_too_large', message } }, { status: 400 });
  const { body = '', ...rest } = (await responseWithin(error)) ?? {};
  return { ...rest, body };
}

async function responseWithin(response: Response): Promise<APIGatewayProxyStructuredResultV2 | undefined> {
  const headers = { ...Object.fromEntries(response.headers), ...SECURITY_HEADERS };
  const result = {
    statusCode: response.status,
    headers,
    body: await response.text(),
    isBase64Encoded: false,
  };
  // The size is that of the JSON, in which quotes and backslashes are escaped again.
  return Buffer.byteLength(JSON.stringify(result)) > MAX_ANSWER_BYTES ? undefined : result;
}

/** Responses are data: they must not be executed, framed, sniffed or cached. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
};
