/**
 * Diagnosis of a failed delivery: a fault, and one sentence with the remedy and the name of the
 * error in parentheses. No diagnosis rejects a record: the connection or the destination is at
 * fault, and all events stay in the queue.
 */
import { CONNECTION_FAULTS, type ConnectionFault } from '@kinetrack/schema';
import { AWS_SENTENCES, SERVER_SENTENCES, type Situation, STORAGE_REMEDIES } from './sentences.ts';
import {
  type EnvironmentProxy,
  hasNetwork,
  type Peer,
  proxyOf,
  type Surroundings,
  systemSurroundings,
} from './surroundings.ts';

export interface Diagnosis {
  readonly fault: ConnectionFault;
  /** Contains no captured content, no response body and no password. */
  readonly reason: string;
}

/**
 * Accepts an exception of the SDK (Kinesis, Firehose, S3), the ErrorCode and ErrorMessage of one
 * record, or undefined if the response has no result for a record.
 *
 * @param target as in the middle of a sentence: `the stream activity`, `the bucket lake`
 */
export function diagnoseAws(
  target: string,
  error: unknown,
  surroundings: Surroundings = systemSurroundings,
): Diagnosis {
  return diagnosis(target, error, surroundings, AWS_SENTENCES);
}

/** Accepts an exception of fetch or node:http(s) from a request to a Kinetrack server. */
export function diagnoseNetwork(
  target: string,
  error: unknown,
  surroundings: Surroundings = systemSurroundings,
): Diagnosis {
  return diagnosis(target, error, surroundings, SERVER_SENTENCES);
}

/** Accepts a response without acknowledgements, whatever its status, 200 included. */
export function diagnoseAnswer(
  target: string,
  { status, headers }: { readonly status: number; readonly headers: Pick<Headers, 'get'> },
): Diagnosis {
  const fault = faultOfAnswer(answerOf(status, (name) => headers.get(name))) ?? 'captive_portal';
  return { fault, reason: `${SERVER_SENTENCES[fault](about(target))} (HTTP ${status})` };
}

/** Accepts an exception of node:fs, for destinations on this computer. */
export function diagnoseStorage(target: string, error: unknown): Diagnosis {
  const { codes } = factsOf(error);
  const code = codes.find((each) => STORAGE_REMEDIES.has(each));
  const remedy = code === undefined ? undefined : STORAGE_REMEDIES.get(code);
  const said = `${target} cannot be written: ${remedy ?? 'check the disk and the folder'}`;
  return { fault: 'storage_fault', reason: `${said} (${code ?? codes[0] ?? 'Error'})` };
}

function diagnosis(
  target: string,
  error: unknown,
  surroundings: Surroundings,
  sentences: typeof AWS_SENTENCES,
): Diagnosis {
  // The service returns one result per record. Another server sent this response.
  if (error === undefined) {
    return { fault: 'captive_portal', reason: `${sentences.captive_portal(about(target))} (no result)` };
  }
  const facts = factsOf(error);
  if (isAboutFiles(facts)) return diagnoseStorage(target, error);
  // The message of ProxyError is the sentence already.
  if (facts.codes.includes('invalid_proxy')) return { fault: 'proxy_required', reason: facts.message };
  const { fault: named, code } = faultOf(facts);
  const isOffline = OFFLINE_FAULTS.has(named) && !hasNetwork(surroundings);
  const proxy = PROXY_FAULTS.has(named) ? proxyOf(surroundings) : undefined;
  const isProxyAtFault = proxy?.isPeer(facts.peer) === true;
  const unusedProxy = isProxyAtFault ? undefined : bypassed(proxy, facts);
  const fault = isOffline ? 'no_network' : unusedProxy === undefined ? named : 'proxy_required';
  const reason = sentences[fault]({
    target: isProxyAtFault ? `the proxy ${proxy.name} on the way to ${target}` : target,
    isOffline,
    unusedProxy,
    permission: /\bto perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(facts.messages)?.[1],
    otherwise: shownMessage(facts),
  });
  return { fault, reason: `${reason} (${code})` };
}

const about = (target: string): Situation => ({
  target,
  isOffline: false,
  unusedProxy: undefined,
  permission: undefined,
  otherwise: 'no message',
});

/** Faults of a computer without network. A refused or reset connection has reached a host. */
const OFFLINE_FAULTS: ReadonlySet<ConnectionFault> = new Set(['no_network', 'dns_failure', 'timeout']);
/** Faults that an unreachable or unused proxy can cause. */
const PROXY_FAULTS: ReadonlySet<ConnectionFault> = new Set([
  'no_network',
  'dns_failure',
  'refused',
  'reset',
  'timeout',
]);

/** The proxy of the environment that this connection did not use, if the error shows another peer. */
const bypassed = (proxy: EnvironmentProxy | undefined, { peer }: ErrorFacts): string | undefined =>
  proxy !== undefined && peer.host !== undefined && proxy.isFor(peer.host) ? proxy.name : undefined;

interface Named {
  readonly fault: ConnectionFault;
  readonly code: string;
}

function faultOf(facts: ErrorFacts): Named {
  const { codes, messages, syscall, answer } = facts;
  const known = codes
    .map((code) => ({ code, fault: faultOfCode(code) }))
    .filter((each): each is Named => each.fault !== undefined);
  // The reason why credentials could not be fetched is more specific than "missing".
  const first = known.find(({ fault }) => fault !== 'credentials_missing') ?? known[0];
  if (first !== undefined) return { ...first, fault: refined(first.fault, messages) };
  const named = codes.find((code) => !MEANINGLESS.has(code));
  const name = named ?? (answer === undefined ? (codes[0] ?? 'Error') : `HTTP ${answer.status}`);
  if (/region is missing/i.test(messages)) return { fault: 'region_missing', code: name };
  // A local firewall or policy.
  if (syscall === 'connect' && (name === 'EACCES' || name === 'EPERM'))
    return { fault: 'refused', code: name };
  if (/socket hang up/.test(messages)) return { fault: 'reset', code: name };
  // https-proxy-agent: the proxy closed the connection or did not respond with HTTP.
  if (/proxy (?:connection|connect|authentication)/i.test(messages))
    return { fault: 'proxy_required', code: name };
  if (name === 'EPROTO' || name.startsWith('ERR_SSL_')) {
    return {
      fault: /wrong version number/i.test(messages) ? 'captive_portal' : 'tls_interception',
      code: name,
    };
  }
  const answered = answer === undefined ? undefined : faultOfAnswer(answer);
  if (answered !== undefined) return { fault: answered, code: named ?? name };
  if (facts.isServerFault) return { fault: 'service_fault', code: name };
  // 200 with an unreadable body.
  if (answer !== undefined && answer.status < 300) return { fault: 'captive_portal', code: name };
  return { fault: 'unknown', code: name };
}

/** Names without meaning: the SDK uses them for unreadable bodies. */
const MEANINGLESS: ReadonlySet<string> = new Set(['Error', 'Unknown', 'UnknownError', 'SyntaxError']);

/** Some names have several causes; only the message distinguishes them. */
function refined(fault: ConnectionFault, messages: string): ConnectionFault {
  // "Signature expired: 20261120T090000Z is now earlier than ..." and "Signature not yet current: ..."
  if (fault === 'credentials_invalid' && /signature (?:expired|not yet current)/i.test(messages)) {
    return 'clock_wrong';
  }
  // CredentialsProviderError of a single sign-on: "has expired", "is invalid. To refresh this SSO session run ...".
  if (fault === 'credentials_missing' && /expired|to refresh|re-?authenticate/i.test(messages)) {
    return 'credentials_expired';
  }
  return fault;
}

/** Undefined if the status alone shows no fault. */
function faultOfAnswer({ status, contentType }: Answer): ConnectionFault | undefined {
  if (status === 407) return 'proxy_required';
  // RFC 6585: Network Authentication Required, made for captive portals.
  if (status === 511) return 'captive_portal';
  if (status >= 500) return 'service_fault';
  if (status === 429) return 'throttled';
  if (status === 408) return 'timeout';
  // Neither AWS nor a server of Kinetrack redirects or shows pages to a program.
  if (status >= 300 && status < 400) return 'captive_portal';
  if (/\bhtml\b/i.test(contentType)) return 'captive_portal';
  if (status === 401) return 'credentials_invalid';
  if (status === 403) return 'access_denied';
  if (status === 404 || status === 410) return 'destination_missing';
  return undefined;
}

const FILE_CALLS =
  /^(?:f?open|f?write|writev|f?sync|fdatasync|mkdir|rename|unlink|copyfile|f?truncate|ftruncate|scandir|l?stat|fstat|rmdir)$/;

/** Sockets also fail in `write`, but with other codes. */
const isAboutFiles = ({ syscall, codes }: ErrorFacts): boolean =>
  syscall !== undefined && FILE_CALLS.test(syscall) && codes.some((code) => STORAGE_REMEDIES.has(code));

/** A response may repeat sent data, and a parser message its input. Messages of this computer do not. */
function shownMessage({ answer, codes, message }: ErrorFacts): string {
  if (answer !== undefined) return `HTTP ${answer.status}, without a known reason`;
  if (codes.includes('SyntaxError')) return 'the response cannot be read';
  const line = message.split('\n', 1)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
}

/**
 * Facts of an error from any source: Node.js (code, syscall; AggregateError for several addresses),
 * fetch (a TypeError with a cause), the AWS SDK ($metadata, $response, $fault), or a record of a
 * response (ErrorCode, ErrorMessage).
 */
interface ErrorFacts {
  /** Error codes and names, the most specific first. */
  readonly codes: readonly string[];
  /** Of the outermost error. */
  readonly message: string;
  /** All messages of the chain. */
  readonly messages: string;
  /** The system call as Node.js names it: connect, getaddrinfo, open. */
  readonly syscall: string | undefined;
  /** Peer of the connection; empty if unknown. */
  readonly peer: Peer;
  /** Undefined if there was no response. */
  readonly answer: Answer | undefined;
  readonly isServerFault: boolean;
}

/** Longer chains of causes are cut. */
const MAX_ERRORS = 16;

/**
 * With several addresses, the error of the furthest attempt is the most specific: many networks have no
 * IPv6.
 */
const LEAST_SPECIFIC = ['ETIMEDOUT', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN', 'ENETUNREACH'];

function factsOf(error: unknown): ErrorFacts {
  const chain = chainOf(error);
  const first = <T>(read: (each: object) => T | undefined): T | undefined =>
    chain.map(read).find((value) => value !== undefined);
  const host = first((each) => text(each, 'hostname')) ?? first((each) => text(each, 'address'));
  const port = first((each) => number(each, 'port'));
  return {
    codes: chain.flatMap(codesOf),
    message: (chain[0] && messageIn(chain[0])) ?? (typeof error === 'string' ? error : 'no message'),
    messages: chain.map((each) => messageIn(each) ?? '').join('\n'),
    syscall: first((each) => text(each, 'syscall')),
    peer: { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) },
    answer: first(answerIn),
    isServerFault: chain.some((each) => field(each, '$fault') === 'server'),
  };
}

/**
 * The error and its parts, inner errors first: the code of an AggregateError only repeats that of its first
 * error.
 */
function chainOf(error: unknown): readonly object[] {
  const chain: object[] = [];
  const visit = (each: unknown): void => {
    if (typeof each !== 'object' || each === null || chain.includes(each) || chain.length >= MAX_ERRORS)
      return;
    const parts = field(each, 'errors');
    if (Array.isArray(parts)) for (const part of [...parts].sort(bySpecificity)) visit(part);
    chain.push(each);
    visit(field(each, 'cause'));
  };
  visit(error);
  return chain;
}

function bySpecificity(one: unknown, other: unknown): number {
  const rank = (error: unknown) =>
    LEAST_SPECIFIC.indexOf((typeof error === 'object' && error !== null && text(error, 'code')) || '');
  return rank(one) - rank(other);
}

/** The code comes before the name: the SDK also names reset connections TimeoutError. */
const codesOf = (error: object): readonly string[] =>
  ['ErrorCode', 'Code', 'code', 'name'].map((name) => text(error, name)).filter((code) => code !== undefined);

const messageIn = (error: object): string | undefined =>
  text(error, 'ErrorMessage') ?? text(error, 'message');

function answerIn(error: object): Answer | undefined {
  const response = field(error, '$response');
  const metadata = field(error, '$metadata');
  const status =
    (isObject(response) ? number(response, 'statusCode') : undefined) ??
    (isObject(metadata) ? number(metadata, 'httpStatusCode') : undefined);
  if (status === undefined) return undefined;
  const headers = isObject(response) ? field(response, 'headers') : undefined;
  return answerOf(status, (name) => (isObject(headers) ? text(headers, name) : undefined));
}

const answerOf = (status: number, header: (name: string) => string | null | undefined): Answer => ({
  status,
  contentType: header('content-type') ?? '',
});

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const field = (from: object, name: string): unknown => Reflect.get(from, name);
function text(from: object, name: string): string | undefined {
  const value = field(from, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
function number(from: object, name: string): number | undefined {
  const value = field(from, name);
  return typeof value === 'number' ? value : undefined;
}

/**
 * Fault of each error name: names of Node.js and OpenSSL, of undici (behind fetch), and of AWS: the
 * common errors of its services, those of Kinesis, Firehose, S3, STS and KMS, and those of the SDK.
 */
const CODES: Readonly<Partial<Record<ConnectionFault, string>>> = {
  no_network: 'ENETUNREACH ENETDOWN EHOSTUNREACH EHOSTDOWN EADDRNOTAVAIL ENONET',
  dns_failure: 'ENOTFOUND EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME ESERVFAIL EREFUSED ENODATA',
  refused: 'ECONNREFUSED',
  reset: 'ECONNRESET ECONNABORTED EPIPE UND_ERR_SOCKET ERR_STREAM_PREMATURE_CLOSE',
  timeout:
    'ETIMEDOUT ESOCKETTIMEDOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT TimeoutError RequestTimeout RequestTimeoutException',
  tls_interception:
    'SELF_SIGNED_CERT_IN_CHAIN DEPTH_ZERO_SELF_SIGNED_CERT UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_UNTRUSTED INVALID_CA CERT_SIGNATURE_FAILURE',
  // A certificate for another name, or no HTTP at all: another host responds.
  captive_portal:
    'ERR_TLS_CERT_ALTNAME_INVALID HPE_INVALID_CONSTANT HPE_INVALID_VERSION HPE_INVALID_HEADER_TOKEN ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_HTTP_REQUEST',
  credentials_missing:
    'CredentialsProviderError MissingAuthenticationToken MissingAuthenticationTokenException CredentialsError',
  credentials_expired:
    'ExpiredToken ExpiredTokenException TokenRefreshRequired TokenProviderError ExpiredTokenIssue IDPRejectedClaim',
  credentials_invalid:
    'UnrecognizedClientException InvalidClientTokenId InvalidAccessKeyId InvalidToken InvalidIdentityToken NotSignedUp AuthFailure IncompleteSignature IncompleteSignatureException SignatureDoesNotMatch InvalidSignatureException',
  access_denied:
    'AccessDenied AccessDeniedException UnauthorizedOperation NotAuthorized Forbidden AllAccessDisabled AccountProblem OptInRequired KMSAccessDeniedException KMSDisabledException KMSInvalidStateException KMSNotFoundException KMSOptInRequired InvalidKMSResourceException',
  destination_missing:
    'ResourceNotFoundException NoSuchBucket NotFound PermanentRedirect IllegalLocationConstraintException AuthorizationHeaderMalformed',
  throttled:
    'ProvisionedThroughputExceededException LimitExceededException ThrottlingException Throttling ThrottledException RequestThrottled RequestThrottledException TooManyRequestsException RequestLimitExceeded KMSThrottlingException SlowDown BandwidthLimitExceeded PriorRequestNotComplete',
  clock_wrong: 'RequestExpired RequestTimeTooSkewed RequestInTheFuture CERT_NOT_YET_VALID CERT_HAS_EXPIRED',
  service_fault:
    'InternalFailure InternalFailureException InternalError InternalServerError InternalServiceError ServiceUnavailable ServiceUnavailableException TemporaryRedirect OperationAborted',
  storage_fault: 'ENOSPC EDQUOT EROFS EIO EMFILE ENFILE ENOTDIR EISDIR EFBIG',
};

const FAULT_OF_CODE: ReadonlyMap<string, ConnectionFault> = new Map(
  CONNECTION_FAULTS.flatMap((fault) =>
    (CODES[fault] ?? '').split(' ').map((code): [string, ConnectionFault] => [code, fault]),
  ),
);

const faultOfCode = (code: string): ConnectionFault | undefined => FAULT_OF_CODE.get(code);
