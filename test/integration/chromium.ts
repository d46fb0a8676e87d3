/**
 * A real headless Chromium for browser logins (Debian's package `chromium`, driven by playwright-core). It reaches
 * loopback only: host names go through the test's CONNECT proxy, or nowhere.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Where CI=true, a missing browser is a failure; elsewhere the tests are left out. */
export const hasChromium = existsSync(executablePath) || process.env['CI'] === 'true';

export interface Chromium {
  /** Opens a page and, once it is there, does with it what a user would. */
  browse(url: string, user?: (page: Page) => Promise<unknown>): Promise<Page>;
  close(): Promise<void>;
}

/** @param proxyPort of the CONNECT proxy; it is not used for loopback addresses */
export async function startChromium(proxyPort: number): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'redshift-connector-chromium-'));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    // The fakes' authority is nobody's.
    ignoreHTTPSErrors: true,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
      `--proxy-server=http://127.0.0.1:${String(proxyPort)}`,
    ],
  });
  context.setDefaultTimeout(15_000);
  return {
    browse: async (url, user) => {
      const page = await context.newPage();
      await page.goto(url);
      await user?.(page);
      return page;
    },
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
