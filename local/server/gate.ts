/**
 * Who may ask, decided before any route is looked up. Invariants:
 * - default deny: nothing is answered without a credential, static files included; the path never decides whether
 *   a credential is needed, so gate and router cannot disagree about it;
 * - the request target is judged as it came over the wire, and only one spelling of a path is let through: no escapes,
 *   no empty or dot segments. Other trackers' keys were bypassed with `//api` and `/%61pi`;
 * - Host must be ours to the letter: a foreign name that resolves to 127.0.0.1 (DNS rebinding) is refused
 *   (GHSA-v9fg-6g9j-h4x4, GHSA-vqp6-rc3h-83cp);
 * - one request changes something, the deletion of a person. It must carry a header that no form and no link can set,
 *   and that another site's script may not send without asking first, which nobody here answers.
 */

/** What the gate looks at, raw. */
export interface Knock {
  readonly method: string;
  /** The request target, as on the request line. */
  readonly target: string;
  /** Each occurrence of the header. */
  readonly host: readonly string[];
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
  readonly accept: string | undefined;
  /** The header x-kinetrack. */
  readonly marker: string | undefined;
  /** Whether a cookie or bearer token proves that this user's own browser or script asks. */
  readonly hasCredential: boolean;
}

export type Refusal = {
  readonly status: 400 | 401 | 403 | 405;
  /** Stable and countable. */
  readonly code:
    | 'bad_path'
    | 'foreign_host'
    | 'foreign_origin'
    | 'cross_site'
    | 'method'
    | 'not_signed_in'
    | 'not_marked';
  /** The value, the rule and the remedy. */
  readonly message: string;
};

const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._:@-]*$/;
const READS: readonly string[] = ['GET', 'HEAD'];
const DELETION = /^\/admin\/user\/[^/]+$/;

/** Undefined where the request may pass. */
export function judge(knock: Knock, hosts: readonly string[]): Refusal | undefined {
  const host = knock.host.length === 1 ? knock.host[0] : undefined;
  if (host === undefined || !hosts.includes(host)) {
    return refusal(
      403,
      'foreign_host',
      `Host ${show(knock.host.join(', '))}: this server only accepts ${hosts.join(' and ')}; open http://${hosts[0]}/`,
    );
  }
  const isDeletion = knock.method === 'DELETE' && DELETION.test(pathOf(knock.target));
  if (!isCanonical(pathOf(knock.target), isDeletion)) {
    return refusal(
      400,
      'bad_path',
      `path ${show(knock.target)}: must consist of plain segments separated by single slashes, without escapes; open http://${host}/`,
    );
  }
  if (!READS.includes(knock.method) && !isDeletion) {
    return refusal(
      405,
      'method',
      `${knock.method}: this path only supports ${READS.join(' and ')}; the only other method is DELETE /admin/user/<user>`,
    );
  }
  if (knock.origin !== undefined && knock.origin !== `http://${host}`) {
    return refusal(
      403,
      'foreign_origin',
      `Origin ${show(knock.origin)}: only pages of http://${host} may send requests; open the dashboard itself`,
    );
  }
  if (knock.secFetchSite !== undefined && !['same-origin', 'none'].includes(knock.secFetchSite)) {
    return refusal(
      403,
      'cross_site',
      `Sec-Fetch-Site ${show(knock.secFetchSite)}: links from other sites are blocked; paste the address into the browser`,
    );
  }
  if (!knock.hasCredential) {
    return refusal(
      401,
      'not_signed_in',
      'the request has no valid credentials. In a browser, open the address printed by `kinetrack start`. In a script, send the header Authorization: Bearer <token>, with the content of launch-token in the data directory.',
    );
  }
  if (isDeletion && (knock.marker !== '1' || !/\bapplication\/json\b/.test(knock.accept ?? ''))) {
    return refusal(
      403,
      'not_marked',
      'a deletion requires the headers X-Kinetrack: 1 and Accept: application/json, as protection against requests from other sites; add them',
    );
  }
  return undefined;
}

/** The path of a request target; an absolute-form target (`http://...`) stays as it is and is refused. */
export const pathOf = (target: string): string => target.split('?', 1)[0] ?? '';

function isCanonical(path: string, namesAPerson: boolean): boolean {
  if (path === '/') return true;
  const [before, ...segments] = path.split('/');
  const plain = namesAPerson && isEncoded(segments.at(-1) ?? '') ? segments.slice(0, -1) : segments;
  return before === '' && plain.every((segment) => SEGMENT.test(segment));
}

/** The one spelling that encodeURIComponent gives a name: `ada%40example.com`, `Ada%20Lovelace`. */
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
