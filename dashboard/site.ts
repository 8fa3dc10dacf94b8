/** `site.json` beside the page: where the API is and how people sign in. A deployment writes its own. */

export interface SignInSettings {
  /** As it stands in the `iss` of its tokens. */
  readonly issuer: string;
  readonly client_id: string;
  readonly scopes: readonly string[];
  /** Complete address that signs out of the issuer; without it the one of the discovery document. */
  readonly end_session?: string;
}

export interface Site {
  /** What every path of the API begins with; empty where page and API are one server. */
  readonly api: string;
  /** Null where whoever can open the page is known already: on one's own computer. */
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

/** Rejects with SiteUnreadable. */
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

/** Throws SiteUnreadable for anything else than a Site: a wrong issuer must not be guessed. */
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
