/** Responses to rejected requests (JSON or a page), and the security headers of every response. */
import type { ApiErrorBody } from '@kinetrack/schema';
import type { Refusal } from './request-guard.ts';

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // The launch address contains a token.
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

export function refusalResponse(refusal: Refusal, wantsPage: boolean): Response {
  const headers = new Headers();
  if (refusal.status === 405) headers.set('allow', 'GET, HEAD');
  if (refusal.status === 401) headers.set('www-authenticate', 'Bearer realm="kinetrack"');
  if (!wantsPage) {
    const body: ApiErrorBody = { error: { code: refusal.code, message: refusal.message } };
    return Response.json(body, { status: refusal.status, headers });
  }
  headers.set('content-type', 'text/html; charset=utf-8');
  return new Response(page(explain(refusal)), { status: refusal.status, headers });
}

function explain(refusal: Refusal): string {
  if (refusal.code === 'not_signed_in') {
    return 'This dashboard is available only to the user of this computer. Open the address printed by <code>kinetrack start</code>. To print it again, run <code>kinetrack status</code>.';
  }
  if (refusal.code === 'cross_site') {
    return 'For security, Kinetrack does not accept links from other websites. Copy the address and paste it into the address bar.';
  }
  return escapeHtml(refusal.message);
}

/** Without styles and scripts: the policy allows none inline. */
const page = (sentence: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Kinetrack</title><h1>Kinetrack</h1><p>${sentence}</p></html>`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
