/**
 * Which fault a name stands for. Names of Node and OpenSSL, of undici (behind fetch), and of AWS: the errors common
 * to its services, those of Kinesis, Firehose, S3, STS and KMS, and those that the SDK makes itself.
 */
import { CONNECTION_FAULTS, type ConnectionFault } from '@kinetrack/schema';

const CODES: Readonly<Partial<Record<ConnectionFault, string>>> = {
  no_network: 'ENETUNREACH ENETDOWN EHOSTUNREACH EHOSTDOWN EADDRNOTAVAIL ENONET',
  dns_failure: 'ENOTFOUND EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME ESERVFAIL EREFUSED ENODATA',
  refused: 'ECONNREFUSED',
  reset: 'ECONNRESET ECONNABORTED EPIPE UND_ERR_SOCKET ERR_STREAM_PREMATURE_CLOSE',
  timeout:
    'ETIMEDOUT ESOCKETTIMEDOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT TimeoutError RequestTimeout RequestTimeoutException',
  tls_interception:
    'SELF_SIGNED_CERT_IN_CHAIN DEPTH_ZERO_SELF_SIGNED_CERT UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_UNTRUSTED INVALID_CA CERT_SIGNATURE_FAILURE',
  // A certificate for another name: whoever answers is somebody else. Not HTTP at all: the same.
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

export const faultOfCode = (code: string): ConnectionFault | undefined => FAULT_OF_CODE.get(code);
