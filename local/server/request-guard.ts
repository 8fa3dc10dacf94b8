/**
 * Decides before routing whether a request is allowed. Invariants:
 * - Default deny: every request needs a credential, also for static files. The path has no influence on this,
 *   so guard and router cannot disagree.
 * - The raw request target is checked, and a path has only one allowed spelling: no escapes, no empty or dot
 *   segments. In other trackers, `//api` and `/%61pi` bypassed the key.
 * - Host must match exactly. A foreign name that resolves to 127.0.0.1 (DNS rebinding) is rejected
 *   (GHSA-v9fg-6g9j-h4x4, GHSA-vqp6-rc3h-83cp).
 * - Only one request changes data: the deletion of a person. It requires a header that forms and links cannot
 *   set, and that a script of another site cannot send without a CORS preflight, which this server rejects.
 */

/** The checked parts of a request, unparsed. */
export interface GuardedRequest {
  readonly method: string;
  /** Request target, as in the request line. */
  readonly target: string;
  /** All occurrences of the header. */
  readonly host: readonly string[];
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
  readonly accept: string | undefined;
  /** The header x-kinetrack. */
  readonly marker: string | undefined;
  /** Whether the cookie or the bearer token is valid. */
  readonly hasCredential: boolean;
}

export type Refusal = {
  readonly status: 400 | 401 | 403 | 405;
  /** Stable. */
  readonly code:
    | 'bad_path'
    | 'foreign_host'
    | 'foreign_origin'
    | 'cross_site'
    | 'method'
    | 'not_signed_in'
    | 'not_marked';
  readonly message: string;
};

const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._:@-]*$/;
const READS: readonly string[] = ['GET', 'HEAD'];
const DELETION = /^\/admin\/user\/[^/]+$/;

/** Undefined if the request is allowed. */
export function refusalOf(request: GuardedRequest, hosts: readonly string[]): Refusal | undefined {
  const host = request.host.length === 1 ? request.host[0] : undefined;
  if (host === undefined || !hosts.includes(host)) {
    return refusal(
      403,
      'foreign_host',
      `Host ${show(request.host.join(', '))}: this server only accepts ${hosts.join(' and ')}; open http://${hosts[0]}/`,
    );
  }
  const isDeletion = request.method === 'DELETE' && DELETION.test(pathOf(request.target));
  if (!isCanonical(pathOf(request.target), isDeletion)) {
    return refusal(
      400,
      'bad_path',
      `path ${show(request.target)}: must consist of plain segments separated by single slashes, without escapes; open http://${host}/`,
    );
  }
  if (!READS.includes(request.method) && !isDeletion) {
    return refusal(
      405,
      'method',
      `${request.method}: this path only supports ${READS.join(' and ')}; the only other method is DELETE /admin/user/<user>`,
    );
  }
  if (request.origin !== undefined && request.origin !== `http://${host}`) {
    return refusal(
      403,
      'foreign_origin',
      `Origin ${show(request.origin)}: only pages of http://${host} may send requests; open the dashboard itself`,
    );
  }
  if (request.secFetchSite !== undefined && !['same-origin', 'none'].includes(request.secFetchSite)) {
    return refusal(
      403,
      'cross_site',
      `Sec-Fetch-Site ${show(request.secFetchSite)}: links from other sites are blocked; paste the address into the browser`,
    );
  }
  if (!request.hasCredential) {
    return refusal(
      401,
      'not_signed_in',
      'the request has no valid credentials. In a browser, open the address printed by `kinetrack start`. In a script, send the header Authorization: Bearer <token>, with the content of launch-token in the data directory.',
    );
  }
  if (isDeletion && (request.marker !== '1' || !/\bapplication\/json\b/.test(request.accept ?? ''))) {
    return refusal(
      403,
      'not_marked',
      'a deletion requires the headers X-Kinetrack: 1 and Accept: application/json, as protection against requests from other sites; add them',
    );
  }
  return undefined;
}

/** Path of a request target. An absolute-form target (`http://...`) stays unchanged and is rejected. */
export const pathOf = (target: string): string => target.split('?', 1)[0] ?? '';

function isCanonical(path: string, endsWithUserId: boolean): boolean {
  if (path === '/') return true;
  const [before, ...segments] = path.split('/');
  const plain = endsWithUserId && isEncoded(segments.at(-1) ?? '') ? segments.slice(0, -1) : segments;
  return before === '' && plain.every((segment) => SEGMENT.test(segment));
}

/** True for the output of encodeURIComponent: `ada%40example.com`, `Ada%20Lovelace`. */
function isEncoded(segment: string): boolean {
  try {
    const name = decodeURIComponent(segment);
    return name !== '.' && name !== '..' && encodeURIComponent(name) === segment;
  } catch {
    return false;
  }
}

const refusal = (status: Refusal['status'], code: Refusal['code'], message: string): Refusal => ({
  status,
  code,
  message,
});

const show = (value: string): string =>
  JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
