/** Settings of the page, from `site.json`: address of the API and sign-in. Each deployment writes its own. */

export interface SignInSettings {
  /** Equal to `iss` in its tokens. */
  readonly issuer: string;
  readonly client_id: string;
  readonly scopes: readonly string[];
  /** Sign-out address of the issuer. Default: from the discovery document. */
  readonly end_session?: string;
}

export interface Site {
  /** Prefix of all API paths. Empty if page and API have the same server. */
  readonly api: string;
  /** Null for a local server, which needs no sign-in. */
  readonly sign_in: SignInSettings | null;
}

export class SiteUnreadable extends Error {
  readonly code = 'site_unreadable';
  constructor(reason: string, cause?: unknown) {
    super(`The settings of this page (/site.json) could not be read: ${reason}. Reload the page.`, {
      cause,
    });
    this.name = 'SiteUnreadable';
  }
}

/** @throws SiteUnreadable */
export async function loadSite(): Promise<Site> {
  let response: Response;
  try {
    response = await fetch('/site.json', { headers: { accept: 'application/json' } });
  } catch (error) {
    throw new SiteUnreadable('the server does not answer', error);
  }
  if (!response.ok) throw new SiteUnreadable(`HTTP status ${response.status}`);
  try {
    return readSite(await response.json());
  } catch (error) {
    throw error instanceof SiteUnreadable ? error : new SiteUnreadable('they are no JSON', error);
  }
}

/** Strict, because a wrong issuer is a security risk. @throws SiteUnreadable */
export function readSite(value: unknown): Site {
  if (!isObject(value) || typeof value.api !== 'string') {
    throw new SiteUnreadable('"api" must be a path, or "" for this server');
  }
  const { api, sign_in } = value;
  if (sign_in === null) return { api, sign_in };
  if (!isObject(sign_in) || typeof sign_in.issuer !== 'string' || typeof sign_in.client_id !== 'string') {
    throw new SiteUnreadable('"sign_in" must be null or have issuer and client_id');
  }
  const { issuer, client_id, scopes, end_session } = sign_in;
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string')) {
    throw new SiteUnreadable('"scopes" must be a list of names');
  }
  return {
    api,
    sign_in: { issuer, client_id, scopes, ...(typeof end_session === 'string' && { end_session }) },
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
