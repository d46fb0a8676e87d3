/** Every way in, through `connect` and through a pool, ends in the rows of a real query, as the right user in the right groups. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetRegistrations } from '../../../src/auth/plugins/browser-idc.js';
import type { ConnectOptions } from '../../../src/index.js';
import { freePort } from './ports.js';
import { forgetLogins, startWorld, whoIs, type World } from './world.js';
import { ways, type Way } from './ways.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  forgetLogins();
  forgetRegistrations();
});

/** Windows that were opened. */
let windows: string[] = [];

async function optionsOf(way: Way, place: ConnectOptions = world.place): Promise<ConnectOptions> {
  windows = [];
  return way.options(world, {
    place,
    tag: '',
    listenPort: await freePort(),
    openBrowser: (url) => {
      windows.push(url);
      return world.browse(url);
    },
  });
}

describe.each(ways)('$name', (way) => {
  it('ends in rows', async () => {
    const asked = world.hosts.proxy.tunnels.length;
    const { me, groups } = await whoIs(await optionsOf(way));
    expect({ me, groups }).toEqual({ me: way.me, groups: way.groups ?? [] });
    const hosts = world.hosts.proxy.tunnels.slice(asked);
    expect(hosts.map(({ host }) => host)).toEqual(way.asks);
    expect(hosts.every(({ status }) => status === 200)).toBe(true);
    expect(windows).toHaveLength(way.browser === true ? 1 : 0);
  });
});
