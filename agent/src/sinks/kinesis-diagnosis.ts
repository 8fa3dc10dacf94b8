/**
 * What a failed PutRecords means, in plain words with the remedy. None of these condemns a record: the
 * destination is at fault, so everything is tried again and stays in the spool meanwhile.
 */
export type KinesisFault =
  | 'throttled'
  | 'credentials_missing'
  | 'credentials_expired'
  | 'credentials_invalid'
  | 'access_denied'
  | 'stream_missing'
  | 'region_missing'
  | 'clock_skew'
  | 'network'
  | 'timeout'
  | 'service'
  | 'unknown';

export interface KinesisDiagnosis {
  readonly fault: KinesisFault;
  /** One sentence with the error's name in parentheses. */
  readonly reason: string;
}

const FAULT_OF_CODE: Readonly<Record<string, KinesisFault>> = {
  ProvisionedThroughputExceededException: 'throttled',
  LimitExceededException: 'throttled',
  ThrottlingException: 'throttled',
  Throttling: 'throttled',
  RequestLimitExceeded: 'throttled',
  KMSThrottlingException: 'throttled',
  CredentialsProviderError: 'credentials_missing',
  MissingAuthenticationToken: 'credentials_missing',
  MissingAuthenticationTokenException: 'credentials_missing',
  ExpiredToken: 'credentials_expired',
  ExpiredTokenException: 'credentials_expired',
  TokenProviderError: 'credentials_expired',
  UnrecognizedClientException: 'credentials_invalid',
  InvalidClientTokenId: 'credentials_invalid',
  IncompleteSignature: 'credentials_invalid',
  IncompleteSignatureException: 'credentials_invalid',
  SignatureDoesNotMatch: 'credentials_invalid',
  InvalidSignatureException: 'credentials_invalid',
  AccessDenied: 'access_denied',
  AccessDeniedException: 'access_denied',
  KMSAccessDeniedException: 'access_denied',
  OptInRequired: 'access_denied',
  ResourceNotFoundException: 'stream_missing',
  RequestExpired: 'clock_skew',
  RequestTimeTooSkewed: 'clock_skew',
  TimeoutError: 'timeout',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'network',
  EAI_AGAIN: 'network',
  ECONNREFUSED: 'network',
  ECONNRESET: 'network',
  EHOSTUNREACH: 'network',
  ENETUNREACH: 'network',
  ENETDOWN: 'network',
  EPIPE: 'network',
  InternalFailure: 'service',
  InternalFailureException: 'service',
  ServiceUnavailable: 'service',
};

const SENTENCES: Readonly<Record<KinesisFault, (target: string, message: string) => string>> = {
  throttled: (target) => `${target} takes no more at the moment; add shards where this lasts`,
  credentials_missing: (target) =>
    `there are no AWS credentials for ${target}; sign in with \`aws sso login\` or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
  credentials_expired: (target) =>
    `the AWS credentials for ${target} have expired; sign in again, for example with \`aws sso login\``,
  credentials_invalid: (target) =>
    `AWS does not know the credentials for ${target}; check the key and its secret`,
  access_denied: (target) =>
    `these credentials may not write to ${target}; allow them kinesis:PutRecords on it`,
  stream_missing: (target) =>
    `${target} does not exist in this account and region; create it or check its name`,
  region_missing: (target) => `no AWS region is set for ${target}; set \`region\` or AWS_REGION`,
  clock_skew: (target) => `${target} refuses requests with this computer's time; set the clock`,
  network: (target) => `${target} cannot be reached; check the network, the proxy and the firewall`,
  timeout: (target) => `${target} did not answer in time; check the network, the proxy and the firewall`,
  service: (target) => `Kinesis has a fault of its own at ${target}; it goes on by itself`,
  unknown: (target, message) => `${target} failed: ${message}`,
};

/** From an exception of the SDK, or from the ErrorCode and ErrorMessage of one record. */
export function diagnoseKinesis(target: string, error: unknown): KinesisDiagnosis {
  const { codes, message } = describe(error);
  const code = codes.find((candidate) => Object.hasOwn(FAULT_OF_CODE, candidate));
  let fault = (code === undefined ? undefined : FAULT_OF_CODE[code]) ?? 'unknown';
  // Neither of these has a name of its own in the SDK.
  if (fault === 'unknown' && /region is missing/i.test(message)) fault = 'region_missing';
  if (fault === 'unknown' && isServerFault(error)) fault = 'service';
  return { fault, reason: `${SENTENCES[fault](target, message)} (${code ?? codes[0] ?? 'Error'})` };
}

function describe(error: unknown): { readonly codes: readonly string[]; readonly message: string } {
  if (typeof error !== 'object' || error === null) return { codes: [], message: String(error) };
  const text = (name: string) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : undefined;
  };
  const codes = [text('ErrorCode'), text('code'), text('name')].filter((code) => code !== undefined);
  return { codes, message: text('ErrorMessage') ?? text('message') ?? 'no message' };
}

const isServerFault = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && '$fault' in error && error.$fault === 'server';
