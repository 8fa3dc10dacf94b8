/** The whole way: keys and windows of a real display, through agent, spool, Firehose and rollup, onto the page. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { openXSession, type XSession } from '../support/agent/x-session.ts';
import { openXterm, type XtermWindow } from '../support/agent/xterm-window.ts';
import { openBrowser } from '../support/browser/browser.ts';
import { type RunningCli, runCli, startCli, stopCli } from '../support/process/cli.ts';
import { storedText } from '../support/process/stored-text.ts';

const MARKER = 'xyzzy plugh quartz sphinx 90210';
/** What is promised: on the page within 90 s. */
const ON_THE_PAGE_MS = 90_000;
/** 2 s in 60. */
const TOLERANCE = 2 / 60;

describe('a person at one machine', () => {
  let session: XSession;
  let ledger: XtermWindow;
  let reader: XtermWindow;
  let agent: RunningCli;
  let page: Page;
  let dataDir: string;
  /** What is open, the newest last: it is closed in reverse, also where opening the next one fails. */
  const open: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'kinetrack-e2e-'));
    open.push(() => rm(dataDir, { recursive: true, force: true }));
    session = await openXSession();
    open.push(() => session.close());
    ledger = await openXterm(session, { title: 'Accounts', className: 'Ledger', geometry: '60x12+20+20' });
    open.push(() => ledger.close());
    reader = await openXterm(session, { title: 'News', className: 'Reader', geometry: '60x12+500+300' });
    open.push(() => reader.close());
    await reader.focus();
    const browser = await openBrowser();
    open.push(() => browser.close());
    agent = startCli(['start', '--data', dataDir, '--port', '0', '--no-open'], { env: session.env });
    open.push(() => stopCli(agent));
    const [, address = ''] = await agent.printed(/dashboard: (\S+)/);
    await agent.printed(/Captured: .*input/);
    page = await browser.context.newPage();
    await page.goto(address);
  });

  afterAll(async () => {
    for (const close of open.reverse()) await close();
  });

  it('sees its applications with their seconds on the page, without reloading it', async () => {
    const spent = { ledger: 0 };
    for (let round = 0; round < 2; round += 1) {
      await ledger.focus();
      const began = performance.now();
      // A second belongs to one window: keys in the second of the change may be counted for the one before.
      await pause(2000);
      await session.xdotool('type', '--delay', '150', MARKER);
      await pause(Math.max(0, 15_000 - (performance.now() - began)));
      await reader.focus();
      spent.ledger += (performance.now() - began) / 1000;
      for (let step = 0; step < 8; step += 1) {
        await session.xdotool('mousemove', String(520 + step * 20), String(340 + step * 12));
        await session.xdotool('click', step % 2 === 0 ? '4' : '5');
        await pause(1000);
      }
    }
    const left = performance.now();

    const row = page.locator('[data-app=Ledger]');
    await waitUntil(
      async () => Math.abs((await secondsOf(row)) - spent.ledger) <= Math.max(2, spent.ledger * TOLERANCE),
      ON_THE_PAGE_MS - (performance.now() - left),
      async () => `Ledger was in front for ${spent.ledger} s, the page says ${await secondsOf(row)}`,
    );
    assert.ok((await secondsOf(page.locator('[data-app=Reader]'))) > 0);
    // Every observed second is in one application and in one state.
    const byApp = await sumOfSeconds(page.locator('[data-testid=apps] > [data-app]'));
    const byState = await secondsOf(page.getByTestId('card-observed'));
    assert.equal(byApp, byState);
    assert.ok((await secondsOf(page.getByTestId('card-productive'))) >= spent.ledger * (1 - TOLERANCE) - 1);
  });

  it('finds every key counted and none of them kept, in the lake, the spool and the logs', async () => {
    const { stdout } = await runCli([
      'query',
      '--lake',
      join(dataDir, 'lake'),
      '--format',
      'csv',
      'SELECT sum(keys) AS keys, max(app) FILTER (WHERE keys > 0) AS app FROM minutes',
    ]);
    assert.equal(stdout.trim().split('\n')[1], `${2 * MARKER.length},Ledger`);

    const { stdout: printed, stderr } = await stopCli(agent);
    const stored = await storedText(dataDir);
    assert.ok(stored.some(({ path }) => path.endsWith('.json.gz')));
    for (const word of MARKER.split(' ')) {
      const holders = stored.filter(({ text }) => text.includes(word)).map(({ path }) => path);
      assert.deepEqual(holders, [], `${word} was found`);
      assert.ok(!printed.includes(word) && !stderr.includes(word));
    }
  });
});

const secondsOf = async (locator: ReturnType<Page['locator']>): Promise<number> =>
  (await locator.count()) === 0 ? 0 : Number(await locator.first().getAttribute('data-seconds'));

const sumOfSeconds = (rows: ReturnType<Page['locator']>): Promise<number> =>
  rows.evaluateAll((elements) =>
    elements.reduce((sum, element) => sum + Number(element.getAttribute('data-seconds')), 0),
  );

async function waitUntil(
  condition: () => Promise<boolean>,
  timeoutMs: number,
  describeFailure: () => Promise<string>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) assert.fail(await describeFailure());
    await pause(500);
  }
}
