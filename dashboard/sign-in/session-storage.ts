/**
 * Sign-in data in the session storage of the tab, which survives a reload and ends with the tab. With memory
 * alone, every reload would require a sign-in; cookies would be sent with requests of other sites. Only scripts
 * of the page can read the storage, and the content security policy allows no foreign ones.
 */

export interface SignInSession {
  readonly idToken: string;
  /** Undefined if the issuer returned none: the session then ends with the ID token. */
  readonly refreshToken: string | undefined;
  /** Expiry of the ID token, ms since 1970. */
  readonly expiresMs: number;
  /** Identity at the issuer. A renewal must not change it. */
  readonly subject: string;
  /** Display name. */
  readonly name: string;
}

/** A started sign-in: values that the redirect must match. */
export interface SignInAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Path and query to return to. */
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

export const storedSession = slot<SignInSession>('kinetrack-session');
export const storedAttempt = slot<SignInAttempt>('kinetrack-sign-in');
/** After a sign-out, the page waits for a click instead of signing in again. */
export const signedOut = slot<true>('kinetrack-signed-out');
