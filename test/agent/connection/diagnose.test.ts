/** Names and remedies, error by error; whether errors really look so is shown over real connections beside this. */
import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { ResourceNotFoundException } from '@aws-sdk/client-kinesis';
import { CONNECTION_FAULTS, type ConnectionFault } from '@kinetrack/schema';
import fc from 'fast-check';
import {
  diagnoseAnswer,
  diagnoseAws,
  diagnoseNetwork,
  diagnoseStorage,
  type Surroundings,
} from '../../../agent/src/connection/index.ts';

const TARGET = 'the stream activity';

const address = (address: string, internal = false): NetworkInterfaceInfo => ({
  ...{ address, internal, netmask: '255.255.255.0', mac: '00:00:00:00:00:00', cidr: null },
  ...(address.includes(':') ? { family: 'IPv6', scopeid: 0 } : { family: 'IPv4' }),
});
const LOOPBACK = { lo: [address('127.0.0.1', true), address('::1', true)] };
const around = (
  interfaces: Record<string, readonly NetworkInterfaceInfo[]>,
  environment: Record<string, string> = {},
): Surroundings => ({ interfaces: () => interfaces, environment });
const ONLINE = around({ ...LOOPBACK, eth0: [address('192.0.2.7')] });

const named = (name: string, message = 'no message', more: object = {}) =>
  Object.assign(new Error(message), { name }, more);
/** As the SDK makes them from an answer of the service. */
const answered = (name: string, message = 'no message', status = 400, headers: object = {}) =>
  named(name, message, {
    ...{ $fault: status < 500 ? 'client' : 'server', $metadata: { httpStatusCode: status } },
    $response: { statusCode: status, headers },
  });
/** As Node makes them from a system call. */
const system = (code: string, syscall: string, more: object = {}) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall, ...more });

type Case = readonly [error: unknown, fault: ConnectionFault, says: RegExp];

const AWS_CASES: readonly Case[] = [
  [
    { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded' },
    'throttled',
    /throttles requests; if this persists, add shards .*\(ProvisionedThroughputExceededException\)/,
  ],
  [answered('SlowDown', 'Please reduce your request rate.', 503), 'throttled', /throttles requests/],
  [{ ErrorCode: 'InternalFailure', ErrorMessage: '' }, 'service_fault', /the agent retries automatically/],
  [{ ErrorCode: 'ServiceUnavailableException' }, 'service_fault', /the agent retries automatically/],
  [
    answered('InternalError', 'We encountered an internal error.', 500),
    'service_fault',
    /reports an internal error/,
  ],
  [
    named('CredentialsProviderError', 'Could not load credentials from any providers'),
    'credentials_missing',
    /aws sso login.*AWS_ACCESS_KEY_ID/,
  ],
  [
    named('CredentialsProviderError', 'The SSO session associated with this profile has expired. To refresh'),
    'credentials_expired',
    /sign in again/,
  ],
  [
    named('CredentialsProviderError', 'Failed to load a token, please re-authenticate using aws login'),
    'credentials_expired',
    /sign in again/,
  ],
  [
    named('CredentialsProviderError', 'no token', { cause: system('ENOTFOUND', 'getaddrinfo') }),
    'dns_failure',
    /cannot be resolved/,
  ],
  [named('TokenProviderError', 'Token is expired.'), 'credentials_expired', /aws sso login/],
  [answered('ExpiredTokenException'), 'credentials_expired', /sign in again/],
  [answered('ExpiredToken', 'The provided token has expired.'), 'credentials_expired', /sign in again/],
  [answered('UnrecognizedClientException'), 'credentials_invalid', /check the access key/],
  [answered('InvalidAccessKeyId', '', 403), 'credentials_invalid', /check the access key/],
  [
    answered('InvalidSignatureException', 'The request signature we calculated does not match'),
    'credentials_invalid',
    /check the access key and its secret/,
  ],
  [
    answered(
      'AccessDeniedException',
      'User: arn:aws:iam::123456789012:user/u is not authorized to perform: kinesis:PutRecords on resource: arn',
    ),
    'access_denied',
    /grant kinesis:PutRecords on it/,
  ],
  [answered('AccessDenied', 'Access Denied', 403), 'access_denied', /grant write access on it/],
  [
    answered('KMSAccessDeniedException', 'not authorized to perform: kms:GenerateDataKey'),
    'access_denied',
    /kms:GenerateDataKey/,
  ],
  [new ResourceNotFoundException({ message: 'no', $metadata: {} }), 'destination_missing', /create it/],
  [answered('NoSuchBucket', 'The specified bucket does not exist', 404), 'destination_missing', /create it/],
  [
    answered('PermanentRedirect', 'another endpoint', 301),
    'destination_missing',
    /check its name and the region/,
  ],
  [new Error('Region is missing'), 'region_missing', /AWS_REGION/],
  [answered('RequestTimeTooSkewed', '', 403), 'clock_wrong', /set the clock/],
  [answered('RequestExpired'), 'clock_wrong', /set the clock/],
  [
    answered('InvalidSignatureException', 'Signature expired: 20261120T090000Z is now earlier than 2026'),
    'clock_wrong',
    /set the clock/,
  ],
  [
    answered('SignatureDoesNotMatch', 'Signature not yet current: 20361120T0900'),
    'clock_wrong',
    /set the clock/,
  ],
  [
    named('Error', 'certificate is not yet valid', { code: 'CERT_NOT_YET_VALID' }),
    'clock_wrong',
    /set the clock/,
  ],
  [
    named('Error', 'certificate has expired', { code: 'CERT_HAS_EXPIRED' }),
    'clock_wrong',
    /check the certificate/,
  ],
  [answered('SomethingNew', 'boom', 500), 'service_fault', /\(SomethingNew\)/],
  [undefined, 'captive_portal', /another server responds .*\(no result\)/],
];

const NETWORK_CASES: readonly Case[] = [
  [system('ENETUNREACH', 'connect'), 'no_network', /no route to/],
  [system('EHOSTUNREACH', 'connect'), 'no_network', /check the network connection and the VPN/],
  [system('ENETDOWN', 'connect'), 'no_network', /no route to/],
  [system('ENOTFOUND', 'getaddrinfo'), 'dns_failure', /cannot be resolved; check DNS.*\(ENOTFOUND\)/],
  [system('EAI_AGAIN', 'getaddrinfo'), 'dns_failure', /DNS/],
  [system('ECONNREFUSED', 'connect'), 'refused', /refuses the connection; check that it is running/],
  [system('EPERM', 'connect'), 'refused', /firewall/],
  // The SDK names resets TimeoutError: the code knows better.
  [Object.assign(system('ECONNRESET', 'read'), { name: 'TimeoutError' }), 'reset', /firewall/],
  [system('EPIPE', 'write'), 'reset', /are reset, for example by a firewall/],
  [new Error('socket hang up'), 'reset', /are reset, for example by a firewall/],
  [named('TimeoutError'), 'timeout', /timed out/],
  [named('Error', 'Connect Timeout Error', { code: 'UND_ERR_CONNECT_TIMEOUT' }), 'timeout', /timed out/],
  [
    new TypeError('fetch failed', { cause: system('ECONNREFUSED', 'connect') }),
    'refused',
    /\(ECONNREFUSED\)/,
  ],
  [
    new TypeError('fetch failed', {
      cause: named('SocketError', 'other side closed', { code: 'UND_ERR_SOCKET' }),
    }),
    'reset',
    /are reset, for example by a firewall/,
  ],
  [answered('SyntaxError', '<html> is not JSON', 407), 'proxy_required', /HTTPS_PROXY.*\(HTTP 407\)/],
  [new Error('Proxy connection ended before receiving CONNECT response'), 'proxy_required', /HTTPS_PROXY/],
  [
    answered('SyntaxError', 'not JSON', 200, { 'content-type': 'text/html' }),
    'captive_portal',
    /another server responds .* sign in to this network/,
  ],
  [answered('Unknown', 'UnknownError', 302), 'captive_portal', /open a web page.*\(HTTP 302\)/],
  [answered('Unknown', 'UnknownError', 511), 'captive_portal', /open a web page/],
  [
    answered('SyntaxError', 'not JSON', 503, { 'content-type': 'text/html' }),
    'service_fault',
    /or a proxy before/,
  ],
  [
    named('Error', 'altnames', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
    'captive_portal',
    /another server responds/,
  ],
  [
    system('EPROTO', 'write', { message: 'ssl3_get_record:wrong version number' }),
    'captive_portal',
    /another server responds/,
  ],
  [named('Error', '', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'tls_interception', /NODE_EXTRA_CA_CERTS/],
  [
    named('Error', '', { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }),
    'tls_interception',
    /NODE_EXTRA_CA_CERTS/,
  ],
  [
    named('Error', '', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
    'tls_interception',
    /NODE_EXTRA_CA_CERTS/,
  ],
  [named('Error', '', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'tls_interception', /TLS-inspecting proxy/],
  [system('ENOSPC', 'write'), 'storage_fault', /the disk is full; free up space/],
  [named('SomethingNew', 'boom'), 'unknown', /failed: boom \(SomethingNew\)/],
  ['a text', 'unknown', /failed: a text/],
  [null, 'unknown', /failed: /],
];

describe('a diagnosis', () => {
  const CASES = [
    ...AWS_CASES.map((each) => ['AWS', diagnoseAws, ...each] as const),
    ...NETWORK_CASES.map((each) => ['AWS', diagnoseAws, ...each] as const),
    ...NETWORK_CASES.map((each) => ['a server', diagnoseNetwork, ...each] as const),
  ];
  for (const [way, diagnose, error, fault, says] of CASES) {
    const label =
      error instanceof Error ? `${Reflect.get(error, 'code') ?? error.name} ${error.message}` : error;
    it(`on the way to ${way} calls ${JSON.stringify(label)} ${fault}`, () => {
      const diagnosis = diagnose(TARGET, error, ONLINE);
      assert.equal(diagnosis.fault, fault);
      assert.match(diagnosis.reason, says);
      assert.match(
        diagnosis.reason,
        /^[^\n]*the stream activity[^\n]* \([\w .]+\)$/,
        'names target and error',
      );
    });
  }

  it('has a case for every fault', () => {
    const shown = new Set(CASES.map(([, , , fault]) => fault));
    assert.deepEqual(new Set(CONNECTION_FAULTS), shown);
  });

  it('of several addresses believes the one that was got furthest with', () => {
    const tried = (...codes: readonly string[]) =>
      Object.assign(new AggregateError(codes.map((code) => system(code, 'connect'))), { code: codes[0] });
    assert.equal(diagnoseAws(TARGET, tried('ENETUNREACH', 'ECONNREFUSED'), ONLINE).fault, 'refused');
    assert.equal(diagnoseAws(TARGET, tried('ENETUNREACH', 'ETIMEDOUT'), ONLINE).fault, 'timeout');
    assert.equal(diagnoseAws(TARGET, tried('EHOSTUNREACH', 'ENETUNREACH'), ONLINE).fault, 'no_network');
  });

  it('withstands errors that go in circles', () => {
    const error = new Error('round');
    error.cause = new AggregateError([error]);
    assert.equal(diagnoseNetwork(TARGET, error, ONLINE).fault, 'unknown');
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (error) => {
        assert.ok(CONNECTION_FAULTS.includes(diagnoseAws(TARGET, error, ONLINE).fault));
        diagnoseStorage(TARGET, error);
      }),
    );
  });

  it('repeats nothing of what was sent or answered', () => {
    const marker = 'Salary negotiation';
    const errors = [
      answered('ValidationException', `Value '${marker}' at 'records.1' failed`),
      answered('SyntaxError', `Unexpected token '<', "${marker}" is not valid JSON`, 200),
      new SyntaxError(`Unexpected token 'S', "${marker}" is not valid JSON`),
      { ErrorCode: 'SomethingNew', ErrorMessage: 'no', $response: { statusCode: 400, body: marker } },
    ];
    for (const error of errors) {
      for (const diagnose of [diagnoseAws, diagnoseNetwork]) {
        assert.doesNotMatch(diagnose(TARGET, error, ONLINE).reason, /Salary/);
      }
    }
  });
});

describe('without a network', () => {
  const OFFLINE: readonly (readonly [string, Surroundings])[] = [
    ['no interface at all', around({})],
    ['loopback alone', around(LOOPBACK)],
    [
      'an address that nobody gave',
      around({ ...LOOPBACK, eth0: [address('169.254.3.4'), address('fe80::1')] }),
    ],
    ['the bridge of a container', around({ ...LOOPBACK, docker0: [address('172.17.0.1')] })],
  ];
  for (const [what, surroundings] of OFFLINE) {
    it(`says so instead of blaming DNS or silence: ${what}`, () => {
      for (const error of [
        system('EAI_AGAIN', 'getaddrinfo'),
        system('ENETUNREACH', 'connect'),
        named('TimeoutError'),
      ]) {
        const { fault, reason } = diagnoseAws(TARGET, error, surroundings);
        assert.equal(fault, 'no_network');
        assert.match(reason, /^this computer has no network; pending events are sent once it is connected/);
      }
    });
  }

  it('still blames the server that answered', () => {
    assert.equal(diagnoseAws(TARGET, system('ECONNREFUSED', 'connect'), around(LOOPBACK)).fault, 'refused');
    assert.equal(diagnoseAws(TARGET, answered('AccessDenied'), around(LOOPBACK)).fault, 'access_denied');
  });
});

describe('where the environment names a proxy', () => {
  const through = (environment: Record<string, string>) =>
    around({ eth0: [address('192.0.2.7')] }, environment);
  const HTTPS_PROXY = 'http://user:secret@proxy.example:3128';
  const direct = system('ETIMEDOUT', 'connect', { address: '198.51.100.1', port: 443 });

  it('asks for it when a direct connection fails', () => {
    const { fault, reason } = diagnoseAws(TARGET, direct, through({ HTTPS_PROXY }));
    assert.equal(fault, 'proxy_required');
    assert.match(
      reason,
      /the proxy proxy\.example:3128 in the environment is not used; configure this proxy/,
    );
    assert.doesNotMatch(reason, /secret/);
  });

  it('blames the proxy when that is what cannot be reached', () => {
    const refused = system('ECONNREFUSED', 'connect', { address: '192.0.2.9', port: 3128 });
    const unknown = system('ENOTFOUND', 'getaddrinfo', { hostname: 'proxy.example' });
    const environment = { https_proxy: HTTPS_PROXY };
    const diagnosis = diagnoseAws(TARGET, refused, through(environment));
    assert.equal(diagnosis.fault, 'refused');
    assert.match(
      diagnosis.reason,
      /^the proxy proxy\.example:3128 on the way to the stream activity refuses/,
    );
    assert.equal(diagnoseAws(TARGET, unknown, through(environment)).fault, 'dns_failure');
  });

  it('is not reported for other requests', () => {
    for (const environment of [
      { HTTPS_PROXY, NO_PROXY: '198.51.100.1' },
      { HTTPS_PROXY, no_proxy: 'example.org, *' },
      { HTTPS_PROXY: '' },
      { HTTPS_PROXY: 'http://' },
    ]) {
      assert.equal(diagnoseAws(TARGET, direct, through(environment)).fault, 'timeout');
    }
    const loopback = system('ECONNREFUSED', 'connect', { address: '127.0.0.1', port: 4567 });
    assert.equal(diagnoseAws(TARGET, loopback, through({ HTTPS_PROXY })).fault, 'refused');
  });

  it('passes on why a proxy of the environment cannot be used', () => {
    const error = Object.assign(new Error('the proxy cannot be used; set HTTPS_PROXY'), {
      code: 'invalid_proxy',
    });
    assert.deepEqual(diagnoseAws(TARGET, error, ONLINE), { fault: 'proxy_required', reason: error.message });
  });
});

describe('an answer that acknowledges nothing', () => {
  const cases: readonly (readonly [status: number, type: string, fault: ConnectionFault])[] = [
    [200, 'text/html', 'captive_portal'],
    [200, 'application/json', 'captive_portal'],
    [302, '', 'captive_portal'],
    [401, 'application/json', 'credentials_invalid'],
    [403, 'application/json', 'access_denied'],
    [403, 'text/html; charset=utf-8', 'captive_portal'],
    [404, '', 'destination_missing'],
    [407, 'text/html', 'proxy_required'],
    [408, '', 'timeout'],
    [429, '', 'throttled'],
    [500, '', 'service_fault'],
    [511, '', 'captive_portal'],
  ];
  for (const [status, type, fault] of cases) {
    it(`with ${status} ${type} means ${fault}`, () => {
      const headers = new Headers({ 'content-type': type });
      const diagnosis = diagnoseAnswer('the server', { status, headers });
      assert.equal(diagnosis.fault, fault);
      assert.match(diagnosis.reason, new RegExp(`the server.*\\(HTTP ${status}\\)$`));
      assert.doesNotMatch(diagnosis.reason, /AWS/);
    });
  }
});

describe('a folder that cannot be written', () => {
  const cases = [
    ['ENOSPC', /the disk is full; free up space/],
    ['EACCES', /no permission to write there/],
    ['EROFS', /read-only/],
    ['ENOENT', /create it/],
    ['EDQUOT', /quota/],
    ['ESOMETHING', /check the disk and the folder \(ESOMETHING\)/],
  ] as const;
  for (const [code, says] of cases) {
    it(`is reported with a remedy: ${code}`, () => {
      const { fault, reason } = diagnoseStorage('the folder /events', system(code, 'open'));
      assert.equal(fault, 'storage_fault');
      assert.match(reason, /^the folder \/events cannot be written: /);
      assert.match(reason, says);
    });
  }
});
