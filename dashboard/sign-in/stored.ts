/**
 * What a sign-in leaves in the browser: in the storage of this tab, which outlives a reload and ends with the tab.
 * Memory alone would send people to the sign-in page at every reload; cookies would be sent with requests that are not
 * ours. Whoever could read it could as well ask the API from the page itself: the policy of the page lets no foreign
 * script in.
 */

export interface Session {
  readonly idToken: string;
  /** Undefined where the issuer gave none: then the session is as long as its token. */
  readonly refreshToken: string | undefined;
  /** When the ID token ends, ms since 1970. */
  readonly expiresMs: number;
  /** The person at the issuer: after a renewal still the same. */
  readonly subject: string;
  /** For the header of the page. */
  readonly name: string;
}

/** A sign-in on its way: what its answer will be held against. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Path and query that were asked for. */
  readonly returnTo: string;
}

function slot<Value>(key: string) {
  return {
    read(): Value | undefined {
      const text = sessionStorage.getItem(key);
      if (text === null) return undefined;
      try {
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    },
    write: (value: Value) => sessionStorage.setItem(key, JSON.stringify(value)),
    clear: () => sessionStorage.removeItem(key),
  };
}

export const storedSession = slot<Session>('kinetrack-session');
export const storedAttempt = slot<Attempt>('kinetrack-sign-in');
/** Somebody signed out here: the page waits for a click instead of signing them in again at once. */
export const signedOut = slot<true>('kinetrack-signed-out');
