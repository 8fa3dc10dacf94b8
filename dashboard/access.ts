/** How the page proves to the API who asks: by the cookie of this computer, or by the token of a signed-in person. */
import { type Access, ApiFailure } from './api-client.ts';
import type { Person } from './sign-in/enter.ts';
import { SignInFailure } from './sign-in/failure.ts';

export const ownComputer: Access = {
  token: () => Promise.resolve(undefined),
  renewedToken: () => Promise.reject(new Error('no token was refused: there is none')),
  words: {
    unreachable:
      'Kinetrack does not answer. It may have been stopped; start it again with `kinetrack start`.',
    signedOut:
      'This browser is not signed in any more. Open the address that Kinetrack printed when it started.',
  },
};

export const signedInAs = (person: Person): Access => ({
  token: () => person.token().catch(asApiFailure),
  renewedToken: (refused) => person.renewedToken(refused).catch(asApiFailure),
  words: {
    unreachable: 'Kinetrack does not answer. Check the connection of this computer.',
    signedOut:
      'Kinetrack does not accept your sign-in. Sign in again, and tell your administrator if it stays so.',
  },
});

const KINDS = { ended: 'signed_out', unreachable: 'unreachable', failed: 'signed_out' } as const;

function asApiFailure(error: unknown): never {
  if (error instanceof SignInFailure) throw new ApiFailure(KINDS[error.kind], error.message, error);
  throw error;
}
