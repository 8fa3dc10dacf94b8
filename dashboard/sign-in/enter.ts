/** From opening the page to a signed-in person, and back. */
import type { SignInSettings } from '../site.ts';
import { SignInFailure } from './failure.ts';
import { openProvider, type Provider } from './provider.ts';
import { type Session, signedOut, storedSession } from './stored.ts';

/** A token that ends sooner is renewed before it is used. */
const RENEW_BEFORE_MS = 60_000;

/** A signed-in person. */
export interface Person {
  readonly name: string;
  /** A token for the API. Rejects with a SignInFailure. */
  token(): Promise<string>;
  /** Another one than the one that the API refused. */
  renewedToken(refused: string): Promise<string>;
  /** Leaves the page. */
  signOut(): Promise<void>;
  /** Leaves the page, to come back to where it is. */
  signInAgain(): Promise<void>;
}

export type Entry =
  | { readonly kind: 'signed_in'; readonly person: Person }
  /** The browser is on its way to the sign-in page. */
  | { readonly kind: 'leaving' }
  | { readonly kind: 'signed_out'; signIn(): Promise<void> }
  | { readonly kind: 'failed'; readonly message: string; signIn(): Promise<void> };

/** Never rejects: what goes wrong is `failed`, with words for the person. */
export async function enter(settings: SignInSettings): Promise<Entry> {
  const provider = openProvider(settings, `${location.origin}/`);
  const signIn = async () => {
    signedOut.clear();
    location.assign(await provider.begin(location.pathname + location.search));
  };
  try {
    const session = isAnswer() ? await finish(provider) : storedSession.read();
    if (session !== undefined) return { kind: 'signed_in', person: personOf(provider, session, signIn) };
    if (signedOut.read()) return { kind: 'signed_out', signIn };
    await signIn();
    return { kind: 'leaving' };
  } catch (error) {
    const message = error instanceof SignInFailure ? error.message : `The page failed: ${error}`;
    return { kind: 'failed', message, signIn };
  }
}

/** Whether the address is an answer of the sign-in page. */
function isAnswer(): boolean {
  const search = new URLSearchParams(location.search);
  return search.has('state') && (search.has('code') || search.has('error'));
}

async function finish(provider: Provider): Promise<Session> {
  const answer = new URL(location.href);
  // At once: a code in the address would be sent again by a reload, and shown to whoever looks.
  history.replaceState(null, '', '/');
  const { session, returnTo } = await provider.finish(answer);
  history.replaceState(null, '', returnTo);
  storedSession.write(session);
  return session;
}

function personOf(provider: Provider, first: Session, signInAgain: () => Promise<void>): Person {
  let session = first;
  let renewing: Promise<string> | undefined;
  const renewed = async () => {
    session = await provider.renew(session);
    storedSession.write(session);
    return session.idToken;
  };
  // The page asks for several things at once: one renewal serves all of them.
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
      // Without a way to renew it, it serves to its end.
      if (session.refreshToken === undefined && Date.now() < session.expiresMs) return session.idToken;
      return renew();
    },
    renewedToken: async (refused) => (refused === session.idToken ? renew() : session.idToken),
    async signOut() {
      storedSession.clear();
      signedOut.write(true);
      // Here it is done, also where the issuer cannot be reached.
      const elsewhere = await provider.endSession(session).catch(() => undefined);
      location.assign(elsewhere ?? '/');
    },
    async signInAgain() {
      storedSession.clear();
      await signInAgain();
    },
  };
}
