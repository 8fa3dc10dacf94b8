/** A real server with rows in memory and the page built into a temporary folder. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_RULES, type StatusReport } from '@kinetrack/schema';
import type { BrowserContext } from 'playwright-core';
import { systemRuntime } from '../../../agent/src/runtime.ts';
import { type RunningServer, startServer } from '../../../local/server/index.ts';
import { createApi } from '../../../pipeline/api/index.ts';
import type { MemorySummaryStore } from '../lake/memory-summary-store.ts';
import { ADA, OFFSET_MIN } from '../lake/rollup-rows.ts';
import { type ContextOptions, openBrowser, type TestBrowser } from './browser.ts';

export const RECORDING: StatusReport = {
  recording: 'recording',
  note: null,
  captures: [
    { name: 'input', status: 'available', reason: null },
    { name: 'active-window', status: 'available', reason: null },
  ],
  delivery: {
    destination: 'local',
    captured: 1203,
    delivered: 1200,
    pending: 3,
    dropped: {},
    connection: { state: 'connected', fault: null, message: null, since: null },
    queue: null,
    dead_letters: 0,
    last_error: null,
  },
};

/** Bundles the page like the build. */
export function buildDashboard(): { readonly assetsDir: string; remove(): void } {
  const assetsDir = mkdtempSync(join(tmpdir(), 'kinetrack-page-'));
  const script = fileURLToPath(new URL('../../../scripts/build-dashboard.mjs', import.meta.url));
  execFileSync(process.execPath, [script, assetsDir]);
  return { assetsDir, remove: () => rmSync(assetsDir, { recursive: true, force: true }) };
}

/** The built page and a browser for the tests of this file. Call it outside of tests. */
export function dashboardForTests(options: ContextOptions = {}): {
  readonly assetsDir: string;
  readonly context: BrowserContext;
} {
  let assets: ReturnType<typeof buildDashboard>;
  let browser: TestBrowser;
  beforeAll(async () => {
    assets = buildDashboard();
    browser = await openBrowser({ viewport: { width: 1280, height: 900 }, ...options });
  });
  afterAll(async () => {
    await browser.close();
    assets.remove();
  });
  return {
    get assetsDir() {
      return assets.assetsDir;
    },
    get context() {
      return browser.context;
    },
  };
}

export interface DashboardOptions {
  readonly assetsDir: string;
  readonly dataDir: string;
  readonly store: MemorySummaryStore;
  readonly nowUtc: string;
  /** @defaultValue any free port */
  readonly port?: number;
  readonly status?: StatusReport;
}

export function serveDashboard(options: DashboardOptions): Promise<RunningServer> {
  const { assetsDir, dataDir, store, nowUtc, port = 0, status = RECORDING } = options;
  const api = createApi({
    store,
    now: () => Date.parse(nowUtc),
    status: () => Promise.resolve(status),
    rules: DEFAULT_RULES,
    callerOf: () => ({ userId: ADA, roles: ['admin'] }),
    utcOffsetMin: () => OFFSET_MIN,
  });
  return startServer({ api, assetsDir, dataDir, port, runtime: systemRuntime });
}
