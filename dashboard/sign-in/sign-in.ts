/** Sign-in, token renewal and sign-out. */
import type { SignInSettings } from '../site.ts';
import { SignInFailure } from './failure.ts';
import { openProvider, type Provider } from './provider.ts';
import { type SignInSession, signedOut, storedSession } from './session-storage.ts';

/** A token that expires sooner is renewed before use. */
const RENEW_BEFORE_MS = 60_000;

export interface Person {
  readonly name: string;
  /** ID token for the API. Rejects with a SignInFailure. */
  token(): Promise<string>;
  /** A token other than the rejected one. Rejects with a SignInFailure. */
  renewedToken(refused: string): Promise<string>;
  /** Navigates away from the page. */
  signOut(): Promise<void>;
  /** Navigates to the sign-in page, which returns to the current address. */
  signInAgain(): Promise<void>;
}

export type SignInState =
  | { readonly kind: 'signed_in'; readonly person: Person }
  /** The browser is navigating to the sign-in page. */
  | { readonly kind: 'leaving' }
  | { readonly kind: 'signed_out'; signIn(): Promise<void> }
  | { readonly kind: 'failed'; readonly message: string; signIn(): Promise<void> };

/** Continues a stored session, or starts a sign-in. Never rejects: errors are `failed`, with a message. */
export async function resumeOrSignIn(settings: SignInSettings): Promise<SignInState> {
  const provider = openProvider(settings, `${location.origin}/`);
  const signIn = async () => {
    signedOut.clear();
    location.assign(await provider.begin(location.pathname + location.search));
  };
  try {
    const session = isRedirect() ? await finish(provider) : storedSession.read();
    if (session !== undefined) return { kind: 'signed_in', person: personOf(provider, session, signIn) };
    if (signedOut.read()) return { kind: 'signed_out', signIn };
    await signIn();
    return { kind: 'leaving' };
  } catch (error) {
    const message = error instanceof SignInFailure ? error.message : `The page failed: ${error}`;
    return { kind: 'failed', message, signIn };
  }
}

/** Whether the address is a redirect from the sign-in page. */
function isRedirect(): boolean {
  const search = new URLSearchParams(location.search);
  return search.has('state') && (search.has('code') || search.has('error'));
}

async function finish(provider: Provider): Promise<SignInSession> {
  const redirect = new URL(location.href);
  // At once: a reload would send the code again, and the code is secret.
  history.replaceState(null, '', '/');
  const { session, returnTo } = await provider.finish(redirect);
  history.replaceState(null, '', returnTo);
  storedSession.write(session);
  return session;
}

function personOf(provider: Provider, first: SignInSession, signInAgain: () => Promise<void>): Person {
  let session = first;
  let renewing: Promise<string> | undefined;
  const renewed = async () => {
    session = await provider.renew(session);
    storedSession.write(session);
    return session.idToken;
  };
  // Parallel requests share one renewal.
  const renew = () => {
    renewing ??= renewed().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  return {
    name: first.name,
    async token() {
      if (Date.now() < session.expiresMs - RENEW_BEFORE_MS) return session.idToken;
      // Without a refresh token, the ID token is used until it expires.
      if (session.refreshToken === undefined && Date.now() < session.expiresMs) return session.idToken;
      return renew();
    },
    renewedToken: async (refused) => (refused === session.idToken ? renew() : session.idToken),
    async signOut() {
      storedSession.clear();
      signedOut.write(true);
      // The sign-out of this page is complete, even if the issuer is unreachable.
      const endSession = await provider.endSession(session).catch(() => undefined);
      location.assign(endSession ?? '/');
    },
    async signInAgain() {
      storedSession.clear();
      await signInAgain();
    },
  };
}
