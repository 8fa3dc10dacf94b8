/**
 * The page of a deployment, from the lake to the pixels: demo people, delivered and rolled up into S3 and DynamoDB, the
 * built functions, the built page with the headers of CloudFront, real sign-ins in a real browser. What it shows is
 * held against the embedded pipeline: the same lake in a folder, asked by DuckDB.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  appsReport,
  DEFAULT_RULES,
  dailyReport,
  daySummary,
  minuteReport,
  timelineReport,
  usersReport,
} from '@kinetrack/schema';
import type { Page } from 'playwright-core';
import { apiHandler } from '../../aws/http/api-handler.ts';
import { builtAsset } from '../../lib/assets.ts';
import { type DuckDbLake, openLake } from '../../local/stores/query-engine.ts';
import { RollupFile } from '../../pipeline/lake/parquet-reader.ts';
import { type DemoDeployment, startDemoDeployment } from '../support/aws/demo-deployment.ts';
import { httpEvent } from '../support/aws/http-event.ts';
import { openBrowser, PageErrors, type TestBrowser } from '../support/browser/browser.ts';
import { type CloudSite, startCloudSite } from '../support/browser/cloud-site.ts';
import { type OidcProvider, startOidcProvider } from '../support/browser/oidc-provider.ts';
import { makeAuthority } from '../support/network/certificates.ts';

/** Monday to Friday; among these people are one with two devices, one offline and one who travels. */
const FLEET = { people: 6, days: 5, endDate: '2025-11-14' };
const DATES = Array.from({ length: 7 }, (_, index) =>
  new Date(Date.UTC(2025, 10, 9 + index)).toISOString().slice(0, 10),
);
const LAST = FLEET.endDate;
const CLIENT_ID = 'kinetrack-dashboard';
const [ADA, BEN, CLEO] = ['ada.demo', 'ben.demo', 'cleo.demo'];

let scratch: string;
let deployment: DemoDeployment;
let lake: DuckDbLake;
let local: ReturnType<typeof apiHandler>;
let provider: OidcProvider;
let site: CloudSite;
let browser: TestBrowser;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'kinetrack-cloud-page-'));
  const lakeDir = join(scratch, 'lake');
  deployment = await startDemoDeployment(lakeDir, FLEET);
  lake = await openLake({ lakeDir });
  local = apiHandler({
    ...{ store: lake, claims: { user: 'email', roles: 'roles' }, rules: DEFAULT_RULES },
    ...{ now: () => Date.now(), log: { info: () => {}, error: () => {} } },
  });
  provider = await startOidcProvider({
    certificate: makeAuthority(scratch).issue('IP:127.0.0.1'),
    clientId: CLIENT_ID,
    redirectUri: () => site.url,
  });
  site = await startCloudSite({
    ...{ assetsDir: builtAsset('dashboard'), clientId: CLIENT_ID },
    answer: (event) => deployment.answer(event),
    provider: () => provider,
  });
  browser = await openBrowser({ viewport: { width: 1280, height: 900 }, ignoreHTTPSErrors: true });
});
afterAll(async () => {
  await browser.close();
  await site.close();
  await provider.close();
  await lake.close();
  await deployment.close();
  rmSync(scratch, { recursive: true, force: true });
});

const claimsOf = (email: string, role: string) => ({ email, roles: `[${role}]` });
const asAdmin = claimsOf('root', 'admin');
const getOf = (path: string, query: string, claims = asAdmin) => httpEvent('GET', path, { query, claims });
type Answered = { readonly status: number | undefined; readonly body: unknown };
async function answered(result: ReturnType<DemoDeployment['answer']>): Promise<Answered> {
  const { statusCode, body } = await result;
  return { status: statusCode, body: JSON.parse(body ?? 'null') };
}
const ofLake = async (path: string, query: string) => (await answered(local(getOf(path, query)))).body;

describe('the API function over the table and the files of the lake', () => {
  it('answers every question of every person and day as DuckDB does over the same lake', async () => {
    const { users } = usersReport.parse(await ofLake('/users', ''));
    assert.equal(users.length, FLEET.people);
    let compared = 0;
    const compare = async (path: string, query: string) => {
      const event = getOf(path, query);
      const [cloud, home] = await Promise.all([answered(deployment.answer(event)), answered(local(event))]);
      assert.deepEqual(cloud, home, `${path}?${query}`);
      compared += 1;
      return cloud.body;
    };
    await compare('/users', '');
    for (const name of [...users, 'nobody']) {
      const user = `user=${name}`;
      for (const path of ['/summary/today', '/timeline', '/apps', '/daily']) await compare(path, user);
      await compare('/apps', `${user}&from=${DATES[0]}&to=${LAST}`);
      for (const date of name === 'nobody' ? [] : DATES) {
        await compare('/summary/today', `${user}&date=${date}`);
        await compare('/apps', `${user}&from=${date}&to=${date}`);
        const { runs } = timelineReport.parse(await compare('/timeline', `${user}&date=${date}`));
        const turns = [runs[0], runs[Math.floor(runs.length / 2)]].flatMap((run) => run?.from ?? []);
        for (const minute of turns) await compare(`/minutes/${minute}`, user);
      }
    }
    assert.ok(compared > 200, `${compared} questions`);
  });
});

let page: Page;
/** Every test ends without errors that it did not expect. */
let errors: PageErrors;
beforeEach(async () => {
  page = await browser.context.newPage();
  page.setDefaultTimeout(20_000);
  errors = new PageErrors(page);
});
afterEach(async () => {
  await page.close();
  errors.assertNone();
});

async function signIn(email: string, roles: readonly string[], path = ''): Promise<void> {
  provider.person = { sub: `sub-${email}`, name: `${email} by name`, email, roles };
  await page.goto(site.url + path);
  await page.getByRole('link', { name: 'Continue' }).click();
}
const loaded = () => page.locator('main[aria-busy=false] [data-testid=card-observed]').waitFor();
const seconds = async (card: string) =>
  Number(await page.getByTestId(`card-${card}`).getAttribute('data-seconds'));

/** Asks as a script of the page would, with the token of whoever is signed in there. */
const ask = (path: string, method = 'GET') =>
  page.evaluate(
    async ([url = '', verb = '']) => {
      const { idToken } = JSON.parse(sessionStorage.getItem('kinetrack-session') ?? '{}');
      const response = await fetch(`/api${url}`, {
        method: verb,
        headers: { authorization: `Bearer ${idToken}` },
      });
      return { status: response.status, body: await response.json() };
    },
    [path, method],
  );

/** The cards, and the parts below them, show what DuckDB says of that person's last day. */
async function showsDayOf(user: string): Promise<void> {
  const query = `user=${user}`;
  const summary = daySummary.parse(await ofLake('/summary/today', query));
  const apps = appsReport.parse(await ofLake('/apps', query));
  const daily = dailyReport.parse(await ofLake('/daily', query));
  const timeline = timelineReport.parse(await ofLake('/timeline', query));
  const shown = await Promise.all(['productive', 'non-productive', 'observed'].map(seconds));
  assert.deepEqual(shown, [summary.productive_s, summary.non_productive_s, summary.observed_s]);
  const keys = await page.getByTestId('card-input').locator('.figure').textContent();
  assert.equal(keys?.replaceAll(',', ''), String(summary.keys));
  assert.deepEqual(
    await page
      .getByTestId('apps')
      .locator('[data-app]')
      .evaluateAll(attributesOf, ['data-app', 'data-seconds']),
    apps.apps
      .slice(0, await page.getByTestId('apps').locator('[data-app]').count())
      .map(({ app, observed_s }) => [app ?? '', String(observed_s)]),
  );
  assert.deepEqual(
    await page
      .getByTestId('trend')
      .locator('tr[data-date]')
      .evaluateAll(attributesOf, ['data-date', 'data-seconds']),
    daily.days.map(({ date, observed_s }) => [date, String(observed_s)]),
  );
  assert.equal(daily.days.length, 7);
  assert.equal(await page.getByTestId('timeline-list').locator('tbody tr').count(), timeline.runs.length);
}
/** Runs in the page. */
function attributesOf(elements: Element[], names: readonly string[]) {
  return elements.map((element) => names.map((name) => element.getAttribute(name)));
}

describe('the page of a deployment', () => {
  it('shows an employee their own day, with the reason of a minute', async () => {
    await signIn(ADA, ['employee']);
    await loaded();
    await showsDayOf(ADA);
    assert.equal(await page.getByTestId('person').count(), 0);
    assert.match(await page.locator('main').innerText(), /Latest day with data/);

    await page.getByTestId('timeline').focus();
    await page.keyboard.press('Home');
    const why = page.getByTestId('why');
    await why.locator('[data-rule]').first().waitFor();
    const first = await why.getAttribute('data-minute');
    await page.keyboard.press('PageUp');
    // The panel shows the previous minute until the report of the next one has arrived.
    await page.locator(`[data-testid="why"][data-minute]:not([data-minute="${first}"])`).waitFor();
    await why.locator('[data-rule]').first().waitFor();
    const minute = await why.getAttribute('data-minute');
    const { verdicts } = minuteReport.parse(await ofLake(`/minutes/${minute}`, `user=${ADA}`));
    assert.deepEqual(
      await why.locator('.verdict > p:not(.muted)').allTextContents(),
      verdicts.map(({ reason }) => reason),
    );
  });

  it('shows an employee nobody else, neither by address nor by the API', async () => {
    await signIn(ADA, ['employee'], `?user=${BEN}`);
    await page.getByText('you can only see your own figures').waitFor();
    const paths = ['/summary/today', '/timeline', '/apps', '/daily', `/minutes/${LAST}T09:10:00.000Z`];
    for (const path of paths) assert.equal((await ask(`${path}?user=${BEN}`)).status, 403, path);
    for (const path of paths) assert.equal((await ask(`${path}?user=nobody`)).status, 403, path);
    assert.deepEqual((await ask('/users')).body.users, [ADA]);
    assert.equal((await ask(`/admin/user/${ADA}?confirm=${ADA}`, 'DELETE')).status, 403);
    assert.equal((await fetch(`${site.url}api/users`)).status, 401);
    await errors.expect('status of 403');
  });

  it('shows a manager everybody, and lets them delete nobody', async () => {
    await signIn('boss', ['manager'], `?user=${CLEO}`);
    await loaded();
    await showsDayOf(CLEO);
    const { status, body } = await ask(`/admin/user/${BEN}?confirm=${BEN}`, 'DELETE');
    assert.deepEqual([status, body.error.code], [403, 'not_allowed']);
    await errors.expect('status of 403');
  });

  it('says to a person without a role that one is missing', async () => {
    await signIn(ADA, []);
    await page.getByText('but you have no role').waitFor();
    await errors.expect('status of 403');
  });

  it('keeps the day on the page when the sign-in ends, and continues after a new one', async () => {
    provider.tokenLifetime_s = 2;
    await signIn(ADA, ['employee']);
    await loaded();
    provider.revoke();
    await page.getByRole('button', { name: 'Previous day' }).click();
    await page.getByText('Your session has expired').waitFor();
    await page.getByRole('heading', { level: 1, name: '14 November 2025' }).waitFor();
    provider.tokenLifetime_s = 3600;
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.getByRole('heading', { level: 1, name: '13 November 2025' }).waitFor();
    await errors.expect('status of 400');
  });

  it('sends one request if nothing has changed, and none for past days', async () => {
    await page.clock.install();
    await signIn(ADA, ['employee']);
    await loaded();
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith('/api/')) asked.push(pathname);
    });
    await page.clock.fastForward(119_000);
    assert.deepEqual(asked, []);
    const again = page.waitForResponse(/summary/);
    await page.clock.fastForward(2_000);
    await (await again).finished();
    assert.deepEqual(asked, ['/api/summary/today']);
    await page.getByRole('button', { name: 'Previous day' }).click();
    await page.getByRole('heading', { level: 1, name: '13 November 2025' }).waitFor();
    asked.length = 0;
    await page.clock.fastForward(600_000);
    assert.deepEqual(asked, []);
  });

  it('shows an administrator everybody; whom they delete is gone from page, table and lake', async () => {
    await signIn('root', ['admin']);
    await page.getByText('No data for your user ID').waitFor();
    const person = page.getByTestId('person');
    assert.equal(await person.inputValue(), 'root');
    assert.equal(await person.locator('option').count(), 1 + FLEET.people);
    await person.selectOption(BEN);
    await page.waitForURL(`${site.url}?user=${BEN}`);
    await loaded();
    await showsDayOf(BEN);
    assert.ok((await traces(BEN)).length > 100);

    const ordered = await ask(`/admin/user/${BEN}?confirm=${BEN}`, 'DELETE');
    assert.equal(ordered.status, 202);
    await deployment.forgetOrdered();
    const receipt = await ask(`/admin/deletions/${ordered.body.deletion}`);
    assert.equal(receipt.status, 200);
    assert.ok(receipt.body.removed.summary_items > 0);

    await page.reload();
    await page.getByText('no data; GET /users').waitFor();
    await errors.expect('status of 404');
    await page.goto(`${site.url}?user=${ADA}`);
    await loaded();
    await showsDayOf(ADA);
    assert.equal(await person.locator('option', { hasText: BEN }).count(), 0);
    assert.deepEqual(await traces(BEN), []);
  });
});

/** Objects, versions among them, in which the person stands. */
async function traces(user: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [key, versions] of deployment.s3.history?.versions ?? []) {
    for (const { body } of versions) {
      if (body === undefined) continue;
      const text = (key.endsWith('.gz') ? gunzipSync(body) : body).toString('latin1');
      const rows = key.startsWith('rollup/minutes/')
        ? (await (await RollupFile.ofBytes(body)).rowsOf('minutes', user)).length
        : 0;
      if (rows > 0 || `${key} ${text}`.includes(user)) found.push(key);
    }
  }
  return found;
}
