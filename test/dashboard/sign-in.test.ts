import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_RULES } from '@kinetrack/schema';
import type { Page } from 'playwright-core';
import { apiHandler } from '../../aws/http/api-handler.ts';
import { openBrowser, PageErrors, type TestBrowser } from '../support/browser/browser.ts';
import { type CloudSite, startCloudSite } from '../support/browser/cloud-site.ts';
import { buildDashboard } from '../support/browser/dashboard.ts';
import {
  type OidcPerson,
  type OidcProvider,
  type OidcProviderOptions,
  startOidcProvider,
} from '../support/browser/oidc-provider.ts';
import { MemorySummaryStore } from '../support/lake/memory-summary-store.ts';
import { ADA, believableDay } from '../support/lake/rollup-rows.ts';
import { type Authority, makeAuthority } from '../support/network/certificates.ts';

const TODAY = '2026-11-20';
const CLIENT_ID = 'kinetrack-dashboard';
const EMPLOYEE: OidcPerson = { sub: 'a-1', name: 'Ada L.', email: ADA, roles: ['employee'] };
const ADMIN: OidcPerson = { sub: 'b-2', name: 'Grace H.', email: 'grace', roles: ['admin'] };

let assets: ReturnType<typeof buildDashboard>;
let browser: TestBrowser;
let scratch: string;
let authority: Authority;
beforeAll(async () => {
  assets = buildDashboard();
  scratch = mkdtempSync(join(tmpdir(), 'kinetrack-authority-'));
  authority = makeAuthority(scratch);
  browser = await openBrowser({ viewport: { width: 1280, height: 900 }, ignoreHTTPSErrors: true });
});
afterAll(async () => {
  await browser.close();
  assets.remove();
  rmSync(scratch, { recursive: true, force: true });
});

let page: Page;
let provider: OidcProvider;
let site: CloudSite;
let siteJson: unknown;
let refusesTokens: boolean;
/** Every test ends without errors that it did not expect. */
let errors: PageErrors;

beforeEach(async () => {
  siteJson = undefined;
  refusesTokens = false;
  site = await startCloudSite({
    assetsDir: assets.assetsDir,
    answer: apiHandler({
      store: new MemorySummaryStore([
        ...believableDay('2026-11-19').slice(0, 200),
        ...believableDay(TODAY),
        ...believableDay(TODAY, { user_id: 'grace' }).slice(0, 60),
      ]),
      claims: { user: 'email', roles: 'roles' },
      rules: DEFAULT_RULES,
      now: () => Date.parse(`${TODAY}T17:00:00.000Z`),
      log: { info: () => {}, error: () => {} },
    }),
    clientId: CLIENT_ID,
    provider: () => provider,
    siteJson: () => siteJson,
    refusesTokens: () => refusesTokens,
  });
  page = await browser.context.newPage();
  page.setDefaultTimeout(10_000);
  errors = new PageErrors(page);
});
afterEach(async () => {
  await page.close();
  await site.close();
  await provider.close();
  // The session of the issuer goes with its server; the page's goes with its tab.
  errors.assertNone();
});

async function startProvider(options: Partial<OidcProviderOptions> = {}, person?: OidcPerson): Promise<void> {
  provider = await startOidcProvider({
    certificate: authority.issue('IP:127.0.0.1'),
    clientId: CLIENT_ID,
    redirectUri: () => site.url,
    ...options,
  });
  provider.person = person;
}

const figures = () => page.getByTestId('card-observed').waitFor();
const panel = () => page.getByTestId('signed-out');
const panelText = async () => (await panel().textContent()) ?? '';
const tokensAsked = () => provider.asked.filter((path) => path === '/token').length;
const stored = () => page.evaluate(() => Object.keys(sessionStorage));

/** Runs in the page. */
function fastClock(aheadMs: number): void {
  const now = Date.now;
  Date.now = () => now() + aheadMs;
}
/** Time goes by for the page, until it is loaded again. */
const pass = (ms: number) => page.evaluate(fastClock, ms);

async function signIn(path = ''): Promise<void> {
  await page.goto(site.url + path);
  await page.getByRole('link', { name: 'Continue' }).click();
  await figures();
}

describe('signing in', () => {
  it('leads over the sign-in page to the figures, and leaves nothing of it in the address', async () => {
    await startProvider({}, EMPLOYEE);
    await signIn();
    assert.equal(page.url(), site.url);
    assert.equal(await page.getByTestId('signed-in').textContent(), 'Ada L.');
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Friday, 20 November 2026');
    assert.deepEqual(await stored(), ['kinetrack-session']);
    assert.equal(tokensAsked(), 1);
  });

  it('returns to the requested page', async () => {
    await startProvider({}, EMPLOYEE);
    await signIn('?date=2026-11-19');
    assert.equal(page.url(), `${site.url}?date=2026-11-19`);
    await page.getByRole('heading', { name: 'Thursday, 19 November 2026' }).waitFor();
  });

  it('asks nothing of a person whom the issuer remembers, and nobody at all after a reload', async () => {
    await startProvider({}, EMPLOYEE);
    provider.remembers = true;
    await page.goto(site.url);
    await figures();
    const asked = provider.asked.length;
    await page.reload();
    await figures();
    assert.equal(provider.asked.length, asked);
  });

  it('shows an employee themselves, and an administrator everybody', async () => {
    await startProvider({}, EMPLOYEE);
    await signIn();
    assert.equal(await page.getByTestId('person').count(), 0);
    await page.goto(`${site.url}?user=grace`);
    await page.getByText('you can only see your own figures').waitFor();
    await errors.expect('status of 403');

    provider.person = ADMIN;
    await page.getByRole('button', { name: 'Sign out' }).click();
    await panel().waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Continue' }).click();
    await figures();
    assert.equal(await page.getByTestId('person').inputValue(), 'grace');
    await page.getByTestId('person').selectOption(ADA);
    await page.waitForURL(`${site.url}?user=${ADA}`);
    await page.locator('main[aria-busy=false]').waitFor();
    assert.equal(await page.getByTestId('failure').count(), 0);
  });

  it('says what is missing to a person without a role', async () => {
    await startProvider({}, { ...EMPLOYEE, roles: [] });
    await page.goto(site.url);
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.getByText('but you have no role').waitFor();
    await errors.expect('status of 403');
  });
});

describe('the end of a token', () => {
  it('is not noticed if the issuer renews it', async () => {
    await startProvider({ tokenLifetime_s: 100 }, EMPLOYEE);
    await signIn();
    provider.tokenLifetime_s = 3600;
    await pass(45_000);
    await page.getByRole('button', { name: 'Previous day' }).click();
    await page.getByRole('heading', { name: 'Thursday, 19 November 2026' }).waitFor();
    assert.equal(await page.getByTestId('failure').count(), 0);
    assert.equal(tokensAsked(), 2, 'several requests at once share one renewal');
  });

  it('is reported otherwise; the day stays on the page and returns after a new sign-in', async () => {
    await startProvider({ tokenLifetime_s: 100, givesRefreshTokens: false }, EMPLOYEE);
    await signIn();
    await pass(101_000);
    await page.getByRole('button', { name: 'Previous day' }).click();
    await page.getByText('Your session has expired').waitFor();
    await page.getByRole('heading', { name: 'Friday, 20 November 2026' }).waitFor();
    assert.equal(tokensAsked(), 1);
    provider.tokenLifetime_s = 3600;
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await page.getByRole('link', { name: 'Continue' }).click();
    await figures();
    assert.equal(page.url(), `${site.url}?user=ada&date=2026-11-19`);
  });

  it('is reported if the issuer has ended the session', async () => {
    await startProvider({ tokenLifetime_s: 100 }, EMPLOYEE);
    await signIn();
    provider.revoke();
    await pass(50_000);
    await page.getByRole('button', { name: 'Previous day' }).click();
    await page.getByText('Your session has expired').waitFor();
    await errors.expect('status of 400');
  });

  it('is not assumed if the API accepts no token of this issuer: the page reports it and asks only once', async () => {
    refusesTokens = true;
    await startProvider({}, EMPLOYEE);
    await page.goto(site.url);
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.getByText('Kinetrack does not accept your sign-in').waitFor();
    assert.equal(tokensAsked(), 2);
    await errors.expect('status of 401');
  });
});

describe('an answer that cannot be used', () => {
  it('says who refused and why, and waits instead of asking again', async () => {
    await startProvider();
    await page.goto(site.url);
    await page.getByRole('link', { name: 'Continue' }).click();
    await panel().waitFor();
    assert.match(await panelText(), /denied access: you are not assigned to this application\. Ask/);
    assert.equal(page.url(), site.url);
    assert.equal(provider.asked.filter((path) => path === '/authorize').length, 1);

    provider.person = EMPLOYEE;
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Continue' }).click();
    await figures();
  });

  it('is not used when this tab did not ask for it', async () => {
    await startProvider({}, EMPLOYEE);
    await page.goto(`${site.url}?code=stolen&state=forged`);
    await panel().waitFor();
    assert.match(await panelText(), /was started in another tab or too long ago/);
    assert.equal(page.url(), site.url);
    assert.deepEqual(provider.asked, []);
  });

  it('is not used with another state than the one that was sent', async () => {
    await startProvider({}, EMPLOYEE);
    await page.goto(site.url);
    const answer = await page.getByRole('link', { name: 'Continue' }).getAttribute('href');
    const forged = new URL(answer ?? '');
    forged.searchParams.set('state', 'forged');
    await page.goto(forged.href);
    await panel().waitFor();
    assert.match(await panelText(), /was started in another tab or too long ago/);
    // Nor is it good for a second try with the right one.
    await page.goto(answer ?? '');
    await panel().waitFor();
    assert.equal(tokensAsked(), 0);
  });

  it('is not used with a token that was made for another sign-in', async () => {
    await startProvider({}, EMPLOYEE);
    provider.wrongNonce = 'of-another-sign-in';
    await page.goto(site.url);
    await page.getByRole('link', { name: 'Continue' }).click();
    await panel().waitFor();
    assert.match(await panelText(), /is not valid for this page/);
    assert.deepEqual(await stored(), []);
  });

  it('is not used if the clock of the computer makes it look outdated, and the page says so', async () => {
    await page.addInitScript(fastClock, 3 * 3600 * 1000);
    await startProvider({}, EMPLOYEE);
    await page.goto(site.url);
    await page.getByRole('link', { name: 'Continue' }).click();
    await panel().waitFor();
    assert.match(await panelText(), /The clock of this computer is wrong/);
  });

  it('says which server does not answer', async () => {
    await startProvider({}, EMPLOYEE);
    await provider.close();
    await page.goto(site.url);
    await panel().waitFor();
    assert.match(
      await panelText(),
      /^You are not signed inThe sign-in service 127\.0\.0\.1:\d+ does not respond/,
    );
    await errors.expect('ERR_CONNECTION_REFUSED');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await panel().waitFor();
    await errors.expect('ERR_CONNECTION_REFUSED');
  });

  it('says that the settings of the page are broken instead of guessing them', async () => {
    await startProvider();
    siteJson = { api: '/api' };
    await page.goto(site.url);
    await page.getByText('(/site.json) could not be read: "sign_in" must be null').waitFor();
  });
});

describe('signing out', () => {
  it('forgets the person here and at the issuer, and waits for a click', async () => {
    await startProvider({}, EMPLOYEE);
    provider.remembers = true;
    await page.goto(`${site.url}?date=2026-11-19`);
    await figures();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    assert.ok(provider.asked.includes('/end'));
    assert.deepEqual(await stored(), ['kinetrack-signed-out']);
    await page.reload();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await figures();
  });

  it('opens the address of the deployment', async () => {
    await startProvider({}, EMPLOYEE);
    const endSession = `${provider.issuer}/authorize?logout`;
    siteJson = {
      api: '/api',
      sign_in: {
        ...{ issuer: provider.issuer, client_id: CLIENT_ID, scopes: ['openid'] },
        end_session: endSession,
      },
    };
    await signIn();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(endSession);
    await errors.expect('status of 400');
  });
});
