/**
 * The four browser plugins through `connect` and a pool, in a real headless Chromium that walks through the pages of the
 * identity providers: one window for all who want the same login at once, none for who comes later, and rows at the end.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetRegistrations } from '../../../src/auth/plugins/browser-idc.js';
import { createPool, type ConnectOptions } from '../../../src/index.js';
import { startConnectProxy, type ConnectProxy } from '../../fakes/connect-proxy.js';
import { person } from '../../fakes/login-world.js';
import { hasChromium, startChromium, type Chromium } from '../chromium.js';
import { freePort, isFree } from './ports.js';
import { browserWays, type Way } from './ways.js';
import { forgetLogins, startWorld, who, whoIs, type World } from './world.js';

describe.skipIf(!hasChromium)('logins in a real Chromium', () => {
  let world: World;
  let proxy: ConnectProxy;
  let chromium: Chromium;
  beforeAll(async () => {
    world = await startWorld();
    // Chromium takes no password for its proxy.
    proxy = await startConnectProxy({ hosts: Object.fromEntries(world.ports) });
    chromium = await startChromium(proxy.port);
  });
  afterAll(async () => {
    await chromium.close();
    await Promise.all([proxy.close(), world.close()]);
  });
  let windows: string[];
  beforeEach(() => {
    forgetLogins();
    forgetRegistrations();
    windows = [];
  });

  /** Signs in where a page asks for it, consents, and closes the window when our own page is there. */
  const signIn = async (page: Page): Promise<void> => {
    const ours = /^http:\/\/(?:localhost|127\.0\.0\.1):\d+\//;
    while (!ours.test(page.url())) {
      if ((await page.locator('button[type=submit]').count()) === 0) {
        // It posts itself.
        await page.waitForURL(ours);
        break;
      }
      if ((await page.locator('input[name=login]').count()) > 0) {
        await page.fill('input[name=login]', person.user);
        await page.fill('input[name=password]', person.password);
      }
      const before = page.url();
      await page.click('button[type=submit]');
      await page.waitForURL((next) => next.href !== before);
    }
    expect(await page.innerText('h1')).toBe('You may close this window');
    await page.close();
  };

  const optionsOf = (way: Way, listenPort: number): ConnectOptions =>
    way.options(world, {
      place: world.place,
      tag: '',
      listenPort,
      openBrowser: async (url) => {
        windows.push(url);
        await chromium.browse(url, signIn);
      },
    });

  it.each(browserWays)('$name: two at once, one later, and a pool of five, by one window', async (way) => {
    const { me, groups = [] } = way;
    const listenPort = await freePort();
    const options = optionsOf(way, listenPort);
    expect(await Promise.all([whoIs(options), whoIs(options)])).toEqual([
      { me, groups },
      { me, groups },
    ]);
    expect(windows).toHaveLength(1);
    expect(await isFree(listenPort)).toBe(true);
    expect(await whoIs(options)).toEqual({ me, groups });
    expect(windows).toHaveLength(1);

    forgetLogins();
    const pool = createPool({ ...options, max: 5 });
    const five = await Promise.all(Array.from({ length: 5 }, () => pool.connect()));
    for (const one of five) {
      expect(await who(one)).toEqual({ me, groups });
      one.release();
    }
    await pool.end();
    expect(windows).toHaveLength(2);
  });
});
