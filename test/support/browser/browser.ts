/** The Chromium of the system with a new profile and without network. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { until } from '../time/until.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

export type ContextOptions = NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>;

export interface TestBrowser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** The caller closes it. */
export async function openBrowser(options: ContextOptions = {}): Promise<TestBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'kinetrack-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    chromiumSandbox: false,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Only loopback resolves.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
    ...options,
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Errors on a page: in its console, as exceptions, violations of its policy. */
export class PageErrors {
  #messages: string[] = [];

  constructor(page: Page) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.add(message.text());
    });
    page.on('pageerror', (error) => this.add(String(error)));
  }

  add(message: string): void {
    this.#messages.push(message);
  }

  /** Waits for an error whose text has this part: the browser reports some of them later. */
  async expect(part: string): Promise<void> {
    await until(`an error with ${part}`, () => this.#messages.some((message) => message.includes(part)));
    this.ignore(part);
  }

  /** Forgets errors whose text has this part. */
  ignore(part: string): void {
    this.#messages = this.#messages.filter((message) => !message.includes(part));
  }

  assertNone(): void {
    assert.deepEqual(this.#messages, []);
  }
}
