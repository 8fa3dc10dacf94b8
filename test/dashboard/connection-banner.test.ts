/** What the page says about events that do not arrive, in a real browser. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONNECTION_FAULTS, type StatusReport } from '@kinetrack/schema';
import type { Page } from 'playwright-core';
import { faultWords } from '../../dashboard/words.ts';
import type { RunningServer } from '../../local/server/index.ts';

import { dashboardForTests, RECORDING, serveDashboard } from '../support/browser/dashboard.ts';
import { MemorySummaryStore } from '../support/lake/memory-summary-store.ts';
import { believableDay } from '../support/lake/rollup-rows.ts';

const TODAY = '2026-11-20';
type Delivery = NonNullable<StatusReport['delivery']>;
const HEALTHY: Delivery = {
  ...{ destination: 'kinesis:activity', captured: 1203, delivered: 1200, pending: 3, dropped: {} },
  connection: { state: 'connected', fault: null, message: null, since: `${TODAY}T07:52:00.000Z` },
  queue: { bytes: 4_404_019, max_bytes: 268_435_456, key: 'the login keychain', note: null },
  ...{ dead_letters: 0, last_error: null },
};
const MESSAGE =
  'the stream activity at https://kinesis.eu-central-1.amazonaws.com refuses the connection; check its address, whether it runs, and the firewall (ECONNREFUSED)';
const FAULTY: Delivery = {
  ...HEALTHY,
  ...{ captured: 1489, pending: 287, dropped: { refused: 2 }, dead_letters: 2, last_error: MESSAGE },
  connection: { state: 'faulty', fault: 'refused', message: MESSAGE, since: `${TODAY}T15:12:00.000Z` },
};

const dashboard = dashboardForTests();

let scratch: string;
let page: Page;
let server: RunningServer;
beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'kinetrack-data-'));
  page = await dashboard.context.newPage();
});
afterEach(async () => {
  await page.close();
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** The report may change while the page is open. */
async function open(delivery: Delivery): Promise<StatusReport> {
  const status: StatusReport = { ...RECORDING, delivery };
  server = await serveDashboard({
    ...{ assetsDir: dashboard.assetsDir, dataDir: scratch, nowUtc: `${TODAY}T17:00:00.000Z`, status },
    store: new MemorySummaryStore(believableDay(TODAY)),
  });
  await page.goto(server.launchUrl);
  await page.locator('main[aria-busy=false]').waitFor();
  return status;
}
const connection = () => page.getByTestId('connection');

describe('the banner', () => {
  it('says nothing while events arrive', async () => {
    await open(HEALTHY);
    assert.equal(await connection().textContent(), '');
    assert.equal(await page.getByTestId('not-captured').count(), 0);
  });

  it('names the fault once, since when, the remedy, and that nothing is lost', async () => {
    await open(FAULTY);
    assert.equal(
      await connection().textContent(),
      `Connection refused since 16:12. T${MESSAGE.slice(1)}. 287 events are stored on this computer until they can be delivered.`,
    );
    assert.equal(
      await page.getByTestId('not-captured').textContent(),
      '2 events were dropped. Rejected by the destination.',
    );
  });

  it('appears and disappears while the page is open, and is read out', async () => {
    await page.clock.install();
    const status = await open(HEALTHY);
    status.delivery = FAULTY;
    await page.clock.fastForward(10_000);
    await page.getByRole('status').getByText('Connection refused').waitFor();
    status.delivery = HEALTHY;
    await page.clock.fastForward(10_000);
    await page.getByText('Connection refused').waitFor({ state: 'detached' });
  });

  it('says why the queue cannot be read, and what failed while the connection is well', async () => {
    const note = 'The login keychain is locked; unlock it.';
    await open({
      ...HEALTHY,
      ...{ last_error: 'the spool could not be read', dropped: { queue_full: 4, custom_reason: 1 } },
      queue: { bytes: 0, max_bytes: 1, key: 'the login keychain', note },
    });
    assert.deepEqual(await page.getByTestId('not-captured').locator('li').allTextContents(), [
      '5 events were dropped. 4: the queue was full; 1: custom reason.',
      `A part of the queue cannot be read. ${note}`,
      'The last delivery failed. the spool could not be read',
    ]);
  });

  for (const width of [320, 1280]) {
    it(`fits a window of ${width} px`, async () => {
      await page.setViewportSize({ width, height: 800 });
      await open(FAULTY);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    });
  }
});

describe('the words of a fault', () => {
  it('exist for every one, without its code', () => {
    for (const fault of CONNECTION_FAULTS) {
      const words = faultWords({ ...FAULTY, connection: { ...FAULTY.connection, fault } }, 60, TODAY);
      assert.match(words?.title ?? '', /^[A-Z][a-z -]+ since 16:12\.$/);
    }
  });

  it('name the date where it was another day', () => {
    const words = faultWords(FAULTY, 60, '2026-11-21');
    assert.equal(words?.title, 'Connection refused since Friday 20 November, 16:12.');
    assert.equal(faultWords(HEALTHY, 60, TODAY), undefined);
  });

  it('are grammatical for one event and for none', () => {
    assert.match(
      faultWords({ ...FAULTY, pending: 1 }, 60, TODAY)?.text ?? '',
      /1 event is stored .* until it can be delivered\.$/,
    );
    assert.match(faultWords({ ...FAULTY, pending: 0 }, 60, TODAY)?.text ?? '', /New events are stored/);
  });
});
