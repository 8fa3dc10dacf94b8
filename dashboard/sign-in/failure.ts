/** Sign-in errors, with messages for the user. */
import {
  AuthorizationResponseError,
  JWT_TIMESTAMP_CHECK,
  OperationProcessingError,
  ResponseBodyError,
} from 'oauth4webapi';

export class SignInFailure extends Error {
  readonly code = 'sign_in_failure';
  constructor(
    /** `ended`: the session cannot be renewed. `unreachable`: the issuer does not respond. `failed`: other errors. */
    readonly kind: 'ended' | 'unreachable' | 'failed',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'SignInFailure';
  }
}

/** @param issuer as in the settings */
export function signInFailureOf(error: unknown, issuer: string): SignInFailure {
  if (error instanceof SignInFailure) return error;
  const host = new URL(issuer).host;
  const failed = (message: string) => new SignInFailure('failed', message, error);
  if (error instanceof AuthorizationResponseError) {
    const said = error.error_description ?? error.error;
    return failed(
      error.error === 'access_denied'
        ? `${host} denied access: ${said}. Ask your administrator for access.`
        : `${host} returned an error: ${said}. Try again. If the problem persists, contact your administrator.`,
    );
  }
  if (error instanceof ResponseBodyError) {
    const said = error.error_description ?? error.error;
    return failed(
      `${host} did not complete the sign-in: ${said}. Try again. If the problem persists, contact your administrator.`,
    );
  }
  if (error instanceof OperationProcessingError && error.code === JWT_TIMESTAMP_CHECK) {
    return failed(
      'The clock of this computer is wrong, so the sign-in is not valid. Set the clock and try again.',
    );
  }
  // fetch throws a TypeError if the server does not respond, or if CSP or CORS forbids the request.
  if (error instanceof TypeError && !('code' in error)) {
    return new SignInFailure(
      'unreachable',
      `The sign-in service ${host} does not respond. Check your network connection and try again.`,
      error,
    );
  }
  return failed(
    `The response of ${host} is not valid for this page and was rejected. Try again. If the problem persists, contact your administrator.`,
  );
}
