/** An event that API Gateway sends to a function for an HTTP API, payload format 2.0. */
export function httpEvent(
  method: string,
  rawPath: string,
  options: {
    readonly query?: string;
    readonly claims?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Uint8Array;
  } = {},
): object {
  const { query = '', claims, headers = {}, body } = options;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: query,
    headers: {
      host: 'abc123.execute-api.eu-central-1.amazonaws.com',
      accept: 'application/json',
      ...headers,
    },
    requestContext: {
      accountId: '123456789012',
      apiId: 'abc123',
      domainName: 'abc123.execute-api.eu-central-1.amazonaws.com',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage: '$default',
      time: '20/Nov/2026:09:00:00 +0000',
      timeEpoch: 1795165200000,
      ...(claims !== undefined && { authorizer: { jwt: { claims, scopes: null } } }),
    },
    ...(body === undefined
      ? { isBase64Encoded: false }
      : { isBase64Encoded: true, body: Buffer.from(body).toString('base64') }),
  };
}
