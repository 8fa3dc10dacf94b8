import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StatusReport } from '@kinetrack/schema';
import type { Locator, Page } from 'playwright-core';
import type { RunningServer } from '../../local/server/index.ts';
import { PageErrors } from '../support/browser/browser.ts';
import { dashboardForTests, RECORDING, serveDashboard } from '../support/browser/dashboard.ts';
import { MemorySummaryStore } from '../support/lake/memory-summary-store.ts';
import { ADA, BELIEVABLE_APPS, believableDay, minuteOf } from '../support/lake/rollup-rows.ts';

const TODAY = '2026-11-20';
const NOW = `${TODAY}T17:00:00.000Z`;
const week = () => [
  ...believableDay('2026-11-17').slice(0, 300),
  ...believableDay('2026-11-19').slice(0, 200),
  ...believableDay(TODAY),
];

const dashboard = dashboardForTests();

let scratch: string;
let page: Page;
let server: RunningServer | undefined;
/** Every test ends without errors that it did not expect. */
let errors: PageErrors;

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'kinetrack-data-'));
  page = await dashboard.context.newPage();
  page.setDefaultTimeout(10_000);
  errors = new PageErrors(page);
  page.on('request', (request) => {
    if (server !== undefined && !request.url().startsWith(server.url)) errors.add(request.url());
  });
});
afterEach(async () => {
  await page.close();
  await server?.close();
  server = undefined;
  rmSync(scratch, { recursive: true, force: true });
  errors.assertNone();
});

async function open(store: MemorySummaryStore, status: StatusReport = RECORDING): Promise<RunningServer> {
  server = await serveDashboard({
    ...{ assetsDir: dashboard.assetsDir, dataDir: scratch, store, nowUtc: NOW, status },
  });
  await page.goto(server.launchUrl);
  await page.locator('main[aria-busy=false]').waitFor();
  return server;
}

const card = (name: string): Locator => page.getByTestId(`card-${name}`);
const secondsOf = async (locator: Locator): Promise<number> =>
  Number(await locator.getAttribute('data-seconds'));
/** Clicks the timeline at a clock time; the axis of the believable day runs from 8 to 18. */
async function clickTimeline(clock: string): Promise<void> {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  const box = await page.getByTestId('timeline').boundingBox();
  assert.ok(box);
  const inset = 24;
  const share = (hour * 60 + minute + 0.5 - 8 * 60) / 600;
  await page.mouse.click(box.x + inset + share * (box.width - 2 * inset), box.y + box.height / 2);
}

describe('the day on the page', () => {
  it('shows the seconds of every state and of every application', async () => {
    await open(new MemorySummaryStore(week()));
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Friday, 20 November 2026');
    assert.equal(await secondsOf(card('productive')), 434 * 60);
    assert.equal(await secondsOf(card('non-productive')), 36 * 60);
    assert.equal(await secondsOf(card('observed')), 470 * 60);
    assert.match((await card('productive').textContent()) ?? '', /7 h 14 min92 % of the observed time/);
    assert.match((await card('observed').textContent()) ?? '', /91 % of 08:52 to 17:31/);
    const apps = page.getByTestId('apps').locator('[data-app]');
    assert.deepEqual(
      await apps.evaluateAll((rows) =>
        rows.map((row) => [row.getAttribute('data-app'), Number(row.getAttribute('data-seconds')) / 60]),
      ),
      BELIEVABLE_APPS,
    );
    assert.equal(await secondsOf(page.locator('[data-app=Firefox] [data-site=YouTube]')), 6 * 60);
    assert.equal(await page.title(), 'Kinetrack');
    assert.equal(new URL(page.url()).search, '', 'the token has left the address bar');
  });

  it('draws the states in their colours', async () => {
    await open(new MemorySummaryStore(week()));
    const shares = await page.locator('.timeline-chart canvas').evaluate((element) => {
      if (!(element instanceof HTMLCanvasElement)) throw new Error('no canvas');
      const pixels = element.getContext('2d')?.getImageData(0, 0, element.width, element.height).data ?? [];
      const share = { productive: 0, nonProductive: 0 };
      for (let at = 0; at < pixels.length; at += 4) {
        const [red = 0, green = 0, blue = 0] = [pixels[at], pixels[at + 1], pixels[at + 2]];
        if (red === 0x1a && green === 0x75 && blue === 0xc2) share.productive += 4 / pixels.length;
        if (red === 0xe8 && green === 0x82 && blue === 0x0c) share.nonProductive += 4 / pixels.length;
      }
      return share;
    });
    assert.ok(shares.productive > 0.35, `productive covers ${shares.productive}`);
    assert.ok(shares.nonProductive > 0.005, `non-productive covers ${shares.nonProductive}`);
    assert.ok(shares.nonProductive < 0.1, `non-productive covers ${shares.nonProductive}`);
  });

  it('lists the runs of the day for those who cannot see the chart', async () => {
    await open(new MemorySummaryStore(week()));
    await page.getByText('Show as a list').click();
    const rows = page.getByTestId('timeline-list').locator('tbody tr');
    assert.equal(await rows.count(), 16);
    assert.match((await rows.nth(7).textContent()) ?? '', /12:18.*13:07.*Not observed/);
    await rows.nth(2).getByRole('button').click();
    await page.locator('[data-testid=why][data-minute="2026-11-20T08:58:00.000Z"]').waitFor();
  });

  it('renders names out of window titles as text', async () => {
    const app = '<img src=x onerror="document.title=`owned`">';
    await open(new MemorySummaryStore([minuteOf(`${TODAY}T09:00:00.000Z`, { app })]));
    assert.equal(await page.locator('[data-app] .use-name').textContent(), app);
    assert.equal(await page.title(), 'Kinetrack');
  });
});

describe('why this minute', () => {
  it('opens on a click with the verdict in words, the rule, its figures and the rule set', async () => {
    await open(new MemorySummaryStore(week()));
    await clickTimeline('10:00');
    const why = page.locator('[data-testid=why][data-minute="2026-11-20T09:00:00.000Z"]');
    await why.waitFor();
    const text = (await why.textContent()) ?? '';
    assert.match(text, /Verdict of 10:00/);
    assert.match(text, /Non-productiveYouTube in Firefox1 min/);
    assert.match(text, /The site is on the non-productive list\./);
    assert.match(text, /rule set default-1/);
    assert.equal(await why.getByTestId('rule').textContent(), 'On the non-productive list');
    const line = (name: string) => why.locator(`[data-input=${name}]`);
    assert.match(
      (await line('distance_px').textContent()) ?? '',
      /Mouse distance410 px50 px or more reached/,
    );
    assert.match(
      (await line('interactions').textContent()) ?? '',
      /Keys, clicks and scroll steps510 or more– not reached/,
    );
    assert.match((await line('distraction_s').textContent()) ?? '', /not observedup to 30 % reached/);
  });

  it('follows the keyboard, minute by minute', async () => {
    await open(new MemorySummaryStore(week()));
    const slider = page.getByRole('slider', { name: 'Minute of the day' });
    await slider.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowLeft');
    await page.locator('[data-testid=why][data-minute="2026-11-20T08:06:00.000Z"]').waitFor();
    assert.equal(await slider.getAttribute('aria-valuetext'), '09:06, Productive, Code');
    await page.keyboard.press('Escape');
    assert.equal(await page.getByTestId('why').count(), 0);
  });

  it('says that a gap was not observed instead of guessing', async () => {
    await open(new MemorySummaryStore(week()));
    await clickTimeline('12:40');
    await page.getByText('No data for this minute').waitFor();
  });

  it('leaves out today’s thresholds if an older rule set judged', async () => {
    const rows = [minuteOf(`${TODAY}T09:00:00.000Z`, { rules_version: 'strict-7' })];
    await open(new MemorySummaryStore(rows));
    await page.getByRole('slider').press('Home');
    const why = page.getByTestId('why');
    await why.getByText('rule set strict-7 (current: default-1)').waitFor();
    assert.equal(await why.getByText('Required').count(), 0);
  });
});

describe('days and people', () => {
  it('opens other days, and returns with the back button', async () => {
    await open(new MemorySummaryStore(week()));
    await page.getByRole('button', { name: 'Previous day' }).click();
    await page.getByRole('heading', { name: 'Thursday, 19 November 2026' }).waitFor();
    assert.equal(await secondsOf(card('observed')), 200 * 60);
    await page.getByRole('button', { name: 'Previous day' }).click();
    await page.getByRole('heading', { name: 'No data for this day' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Thursday, 19 November 2026' }).waitFor();
    await page.getByRole('button', { name: 'Today' }).click();
    await page.getByRole('heading', { name: 'Friday, 20 November 2026' }).waitFor();
    await page.getByTestId('trend').getByRole('button', { name: 'Tuesday 17 November' }).click();
    await page.getByRole('heading', { name: 'Tuesday, 17 November 2026' }).waitFor();
    await page.getByTestId('date').fill('2026-11-19');
    await page.getByRole('heading', { name: 'Thursday, 19 November 2026' }).waitFor();
  });

  it("shows another person's day in that person's time", async () => {
    const grace = believableDay(TODAY, { user_id: 'grace', utc_offset_min: -300 });
    await open(new MemorySummaryStore([...week(), ...grace]));
    await page.getByTestId('person').selectOption('grace');
    await page.locator('main[aria-busy=false]').waitFor();
    assert.equal(new URL(page.url()).search, '?user=grace');
    assert.match((await card('observed').textContent()) ?? '', /of 08:52 to 17:31/);
  });

  it('offers no choice of people if there is only one', async () => {
    await open(new MemorySummaryStore(week()));
    assert.equal(await page.getByTestId('person').count(), 0);
  });
});

describe('what is not there', () => {
  it('announces the first minute, and shows it when it arrives', async () => {
    await page.clock.install();
    const store = new MemorySummaryStore();
    await open(store);
    assert.match(
      (await page.getByTestId('empty').textContent()) ?? '',
      /No data yetThe first figures appear after about a minute/,
    );
    store.add([minuteOf(`${TODAY}T16:58:00.000Z`, { app: 'xterm', seconds: 42 })]);
    await page.clock.fastForward(10_000);
    const row = page.locator('[data-app=xterm]');
    await row.waitFor();
    assert.equal(await secondsOf(row), 42);
    assert.equal(await page.getByTestId('empty').count(), 0);
  });

  it('says where events go when none of them stay here', async () => {
    assert.ok(RECORDING.delivery);
    const delivery = { ...RECORDING.delivery, destination: 'kinesis:activity' };
    await open(new MemorySummaryStore(), { ...RECORDING, delivery });
    assert.match(
      (await page.getByTestId('empty').textContent()) ?? '',
      /No data for this day on this computerEvents are sent to kinesis:activity\./,
    );
  });

  it('says what is not captured, and why', async () => {
    const reason = 'No display is set, so windows cannot be seen; start it in a desktop session.';
    await open(new MemorySummaryStore(week()), {
      ...RECORDING,
      captures: [
        { name: 'input', status: 'available', reason: null },
        { name: 'active-window', status: 'unavailable', reason },
      ],
    });
    assert.equal(
      await page.getByTestId('not-captured').textContent(),
      `Active window is not captured. ${reason}`,
    );
    assert.equal(await page.locator('[data-capture=input]').getAttribute('data-status'), 'available');
  });

  it('keeps the day on the page when Kinetrack stops, reports that, and continues when it is back', async () => {
    await page.clock.install();
    const store = new MemorySummaryStore(week());
    const first = await open(store);
    await first.close();
    await page.clock.fastForward(10_000);
    await page.getByText('Kinetrack does not respond. If it was stopped').waitFor();
    assert.equal(await secondsOf(card('observed')), 470 * 60);
    const port = Number(new URL(first.url).port);
    const again = { assetsDir: dashboard.assetsDir, dataDir: scratch, store, nowUtc: NOW, port };
    server = await serveDashboard(again);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByTestId('failure').waitFor({ state: 'detached' });
    // The browser reports the refused connections itself; nothing else may stand there.
    errors.ignore('ERR_CONNECTION_REFUSED');
  });
});

describe('how it looks', () => {
  it('follows the system into the dark, and remembers a choice of one’s own', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await open(new MemorySummaryStore(week()));
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await background(), 'rgb(14, 18, 23)');
    await page.getByRole('button', { name: 'Switch to light colours' }).click();
    assert.equal(await background(), 'rgb(244, 246, 248)');
    await page.reload();
    await card('observed').waitFor();
    assert.equal(await background(), 'rgb(244, 246, 248)');
    await page.getByRole('button', { name: 'Switch to dark colours' }).click();
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Switch to dark colours' }).waitFor();
  });

  for (const width of [320, 375, 768]) {
    it(`fits a window of ${width} px, with the explanation open`, async () => {
      await page.setViewportSize({ width, height: 800 });
      await open(new MemorySummaryStore(week()));
      await page.getByRole('slider').press('End');
      await page.getByTestId('inputs').waitFor();
      await page.getByText('Show as a list').click();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    });
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`keeps text readable on its background in ${colorScheme} colours (4.5 to 1 or more)`, async () => {
      await page.emulateMedia({ colorScheme });
      await open(new MemorySummaryStore(week()));
      const pairs: readonly (readonly [text: string, background: string])[] = [
        ['--text', '--bg'],
        ['--text', '--surface'],
        ['--text', '--warning-bg'],
        ['--text', '--danger-bg'],
        ['--muted', '--bg'],
        ['--muted', '--surface'],
        ['--muted', '--raised'],
        ['--accent', '--surface'],
        ['--surface', '--productive'],
        ['--productive-text', '--productive-soft'],
        ['--non-productive-text', '--non-productive-soft'],
        ['--non-productive-text', '--bg'],
        ['--unknown-text', '--unknown-soft'],
      ];
      const colours = await page.evaluate((names) => {
        const style = getComputedStyle(document.documentElement);
        return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name).trim()]));
      }, pairs.flat());
      for (const [text, background] of pairs) {
        const contrast = contrastOf(colours[text] ?? '', colours[background] ?? '');
        assert.ok(contrast >= 4.5, `${text} on ${background}: ${contrast.toFixed(2)}`);
      }
    });
  }
});

it('serves the page to nobody who has not opened the launch address', async () => {
  server = await serveDashboard({
    ...{
      assetsDir: dashboard.assetsDir,
      dataDir: scratch,
      store: new MemorySummaryStore(week()),
      nowUtc: NOW,
    },
  });
  await page.goto(server.url);
  await page.getByText('Open the address printed by').waitFor();
  assert.equal(await page.getByText(ADA).count(), 0);
  errors.ignore('status of 401');
});

/** WCAG 2.2, contrast ratio of two `#rrggbb`. */
function contrastOf(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminanceOf(colour: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
