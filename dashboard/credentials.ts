/** Credentials for the API: the cookie of a local server, or the token of a signed-in user. */
import { type ApiCredentials, ApiFailure } from './api-client.ts';
import { SignInFailure } from './sign-in/failure.ts';
import type { Person } from './sign-in/sign-in.ts';

export const cookieCredentials: ApiCredentials = {
  token: () => Promise.resolve(undefined),
  renewedToken: () => Promise.reject(new Error('no token to renew')),
  messages: {
    unreachable: 'Kinetrack does not respond. If it was stopped, run `kinetrack start`.',
    signedOut: 'This browser is not signed in. Open the address printed by `kinetrack start`.',
  },
};

export const tokenCredentials = (person: Person): ApiCredentials => ({
  token: () => person.token().catch(asApiFailure),
  renewedToken: (refused) => person.renewedToken(refused).catch(asApiFailure),
  messages: {
    unreachable: 'Kinetrack does not respond. Check your network connection.',
    signedOut:
      'Kinetrack does not accept your sign-in. Sign in again. If the problem persists, contact your administrator.',
  },
});

const KINDS = { ended: 'signed_out', unreachable: 'unreachable', failed: 'signed_out' } as const;

function asApiFailure(error: unknown): never {
  if (error instanceof SignInFailure) throw new ApiFailure(KINDS[error.kind], error.message, error);
  throw error;
}
