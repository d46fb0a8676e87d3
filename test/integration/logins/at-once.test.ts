/**
 * Fifty connections at once, of every way that is asked once for all of them: some are given up at odd moments, the first
 * among them; the server takes back what was kept; nothing is asked twice, and nothing is left behind.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetRegistrations } from '../../../src/auth/plugins/browser-idc.js';
import { connect, type ConnectOptions, type Connection } from '../../../src/index.js';
import { freePort, isFree } from './ports.js';
import { forgetLogins, startWorld, who, type World } from './world.js';
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

const many = 50;
/** One of each kind: a form, the four in a browser, keys, a profile that holds the rest. */
const shared = ways.filter(({ name, browser, again = [], asks }) =>
  browser === true
    ? again.length === 0
    : asks.length > 0 && /^Okta|address looked up|authentication profile/.test(name),
);

let windows = 0;
let listenPort = 0;
async function optionsOf(way: Way): Promise<ConnectOptions> {
  windows = 0;
  listenPort = await freePort();
  return way.options(world, {
    place: world.place,
    tag: '',
    listenPort,
    openBrowser: (url) => {
      windows++;
      return world.browse(url);
    },
  });
}

/** The hosts that were asked meanwhile. */
async function asked(work: () => Promise<unknown>): Promise<readonly string[]> {
  const { tunnels } = world.hosts.proxy;
  const before = tunnels.length;
  await work();
  return tunnels.slice(before).map(({ host }) => host);
}

const close = (all: readonly Connection[]): Promise<unknown> => Promise.all(all.map((conn) => conn.close()));

/** Timers and sockets that keep this process, by kind. */
function held(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** What is held beyond `before`, once the other ends of the sockets have seen that they are closed. */
async function nothingMoreThan(before: Readonly<Record<string, number>>): Promise<readonly string[]> {
  const more = (): string[] =>
    Object.entries(held()).flatMap(([kind, count]) =>
      count > (before[kind] ?? 0) ? [`${kind} ${String(before[kind] ?? 0)} -> ${String(count)}`] : [],
    );
  for (let turns = 0; turns < 10_000 && more().length > 0; turns++) await turn();
  return more();
}

describe.each(shared)('$name, fifty times at once', (way) => {
  it('is asked for once, whoever gives up', async () => {
    const options = await optionsOf(way);
    await connect(options).then((conn) => conn.close());
    forgetLogins();
    windows = 0;
    await turn();
    const before = held();
    let got: Connection[] = [];
    const asking = await asked(async () => {
      const stops = new Map<number, AbortController>();
      const all = Array.from({ length: many }, async (_, nth) => {
        if (nth % 5 > 0) return connect(options);
        const stop = new AbortController();
        stops.set(nth, stop);
        return connect(options, { signal: stop.signal });
      });
      const ends = Promise.allSettled(all);
      // The first, which began it; the next while somebody is asked; others a moment later.
      stops.get(0)!.abort();
      await turn();
      stops.get(5)!.abort();
      for (let turns = 0; turns < 5; turns++) await turn();
      for (const stop of stops.values()) stop.abort();
      const settled = await ends;
      got = settled.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      expect(got.length).toBeGreaterThanOrEqual(many * 0.8);
      for (const end of settled)
        if (end.status === 'rejected') expect(end.reason).toHaveProperty('name', 'AbortError');
    });
    expect(await who(got.at(-1)!)).toEqual({ me: way.me, groups: way.groups ?? [] });
    await close(got);
    // Identity Center knows this program from before.
    const expected = way.name === 'BrowserIdcAuthPlugin' ? way.asks.slice(1) : way.asks;
    expect(asking).toEqual(expected);
    expect(windows).toBe(way.browser === true ? 1 : 0);
    expect(await nothingMoreThan(before)).toEqual([]);
    expect(await isFree(listenPort)).toBe(true);
  });

  it('is made anew once for all who are connecting when the server takes it back', async () => {
    const options = await optionsOf(way);
    const first = await connect(options);
    try {
      world.later = 901_000;
      Object.assign(world.aws.world, { loginSeconds: 1801, tokenSeconds: 1801 });
      const asking = await asked(async () => {
        await close(await Promise.all(Array.from({ length: many / 5 }, () => connect(options))));
      });
      expect(asking.length).toBeLessThanOrEqual(way.asks.length);
    } finally {
      world.later = 0;
      Object.assign(world.aws.world, { loginSeconds: 900, tokenSeconds: 900 });
      await first.close();
    }
  });
});
