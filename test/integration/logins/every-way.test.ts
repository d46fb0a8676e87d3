/** Every way in, through `connect` and through a pool, ends in the rows of a real query, as the right user in the right groups. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetRegistrations } from '../../../src/auth/plugins/browser-idc.js';
import { providers } from '../../../src/config/providers.js';
import { createPool, type ConnectOptions } from '../../../src/index.js';
import { freePort } from './ports.js';
import { forgetLogins, startWorld, who, whoIs, type World } from './world.js';
import { browserWays, ways, type Way } from './ways.js';

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

/** The hosts that the driver asks meanwhile. */
async function asked(work: () => Promise<unknown>): Promise<string[]> {
  const { tunnels } = world.hosts.proxy;
  const before = tunnels.length;
  await work();
  const seen = tunnels.slice(before);
  expect(seen.every(({ status }) => status === 200)).toBe(true);
  return seen.map(({ host }) => host);
}

it('every plugin is among the ways', () => {
  const plugins = new Set(ways.map(({ plugin }) => plugin));
  expect(Object.keys(providers).filter((name) => !plugins.has(name))).toEqual([]);
});

describe.each(ways)('$name', (way) => {
  const { me, groups = [], again = [] } = way;
  const window = way.browser === true ? 1 : 0;

  it('ends in rows, and the next connection asks for nothing that was kept', async () => {
    const options = await optionsOf(way);
    const once = await asked(async () => {
      expect(await whoIs(options)).toEqual({ me, groups });
    });
    expect(once).toEqual(way.asks);
    expect(windows).toHaveLength(window);
    const twice = await asked(async () => {
      expect(await whoIs(options)).toEqual({ me, groups });
    });
    expect(twice).toEqual(again);
    expect(windows).toHaveLength(window);
  });

  it('A8: two connections at once ask for it once', async () => {
    const options = await optionsOf(way);
    const both = await asked(() => Promise.all([whoIs(options), whoIs(options)]));
    expect(both.sort()).toEqual([...way.asks, ...again].sort());
    expect(windows).toHaveLength(window);
  });

  it('A7: a pool lives longer than what was got for it, and makes it anew', async () => {
    const pool = createPool({ ...(await optionsOf(way)), max: 5 });
    try {
      const first = await pool.connect();
      expect(await who(first)).toEqual({ me, groups });
      // What AWS gave is over, and the clock of this process has not noticed; what it gives now is longer valid.
      world.later = 901_000;
      Object.assign(world.aws.world, { loginSeconds: 1801, tokenSeconds: 1801 });
      expect(await who(first)).toEqual({ me, groups });
      const second = await pool.connect();
      expect(await who(second)).toEqual({ me, groups });
      first.release();
      second.release();
    } finally {
      world.later = 0;
      Object.assign(world.aws.world, { loginSeconds: 900, tokenSeconds: 900 });
      await pool.end();
    }
  });
});

it.each(browserWays)('A8: a pool that opens five connections for $name opens one window', async (way) => {
  const pool = createPool({ ...(await optionsOf(way)), max: 5 });
  try {
    const asking = await asked(async () => {
      const five = await Promise.all(Array.from({ length: 5 }, () => pool.connect()));
      expect(await who(five[4]!)).toEqual({ me: way.me, groups: way.groups ?? [] });
      for (const one of five) one.release();
    });
    expect(asking).toEqual(way.asks);
    expect(windows).toHaveLength(1);
    expect(pool.stats.total).toBe(5);
  } finally {
    await pool.end();
  }
});
