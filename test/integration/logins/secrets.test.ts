/**
 * Every secret of every way in is looked for wherever a program could print, log or send it: after a login that went well
 * and after each of its requests was answered by somebody who repeats all that was sent. (authentication.md 8.2)
 */
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { forgetRegistrations } from '../../../src/auth/plugins/browser-idc.js';
import { AuthenticationError, connect, createPool, type ConnectOptions } from '../../../src/index.js';
import type { SecretSearch } from '../../secret-search.js';
import { RecordedChannels } from '../../recorded-channels.js';
import { indiscreet, startFaults, stepsOf, type Fault, type Faults } from './faults.js';
import { freePort } from './ports.js';
import { ways, type Way } from './ways.js';
import { forgetLogins, startWorld, type World } from './world.js';

// Between two tries of AWS nobody waits here.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: () => Promise.resolve(),
}));

let world: World;
let faults: Faults;
beforeAll(async () => {
  world = await startWorld();
  faults = await startFaults(world);
});
afterAll(async () => {
  await faults.close();
  await world.close();
});

/** What came out of the driver while a test ran. */
let logged: unknown[][];
let printed: string[];
let channels: RecordedChannels;
const remember = (warning: Error): void => {
  printed.push(String(warning.stack));
};
const write = (...args: unknown[]): void => {
  logged.push(args);
};
const logger = { debug: write, info: write, warn: write, error: write };

beforeEach(() => {
  forgetLogins();
  forgetRegistrations();
  world.forget();
  [logged, printed, channels] = [[], [], new RecordedChannels()];
  process.on('warning', remember);
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed.push(String(text));
      return true;
    });
});
afterEach(() => {
  channels.stop();
  process.off('warning', remember);
  vi.restoreAllMocks();
});

async function optionsOf(way: Way, tag: string, more: ConnectOptions = {}): Promise<ConnectOptions> {
  return way.options(world, {
    place: { ...world.place, logger, ...more },
    tag,
    listenPort: await freePort(),
    openBrowser: (url) => world.browse(url),
  });
}

/** In all that came out. */
async function leaksIn(search: SecretSearch): Promise<string[]> {
  await turn();
  return [
    ...logged.flatMap((args) => search.inValue(args, 'the log')),
    ...printed.flatMap((text) => search.inText(text, 'what was printed')),
    ...channels.published.flatMap(({ then }) => search.inValue(then, 'a diagnostics channel')),
  ];
}

/** Repeated by somebody, broken off, and not to be trusted. */
const met: readonly Fault[] = [
  ...indiscreet,
  'cut in its answer',
  'a certificate of nobody',
  'a proxy that says no',
];

describe.each(ways)('$name', (way) => {
  it('shows no secret when all goes well', async () => {
    const conn = await connect(await optionsOf(way, ''));
    const pool = createPool({ ...(await optionsOf(way, '')), max: 2 });
    try {
      await Promise.all([conn.query('select 1'), pool.query('select 1')]);
      const search = world.secrets();
      expect([
        ...search.inValue(conn, 'the connection'),
        ...search.inValue(pool, 'the pool'),
        ...(await leaksIn(search)),
      ]).toEqual([]);
      // Else the search has looked at nothing.
      expect(logged.length).toBeGreaterThan(2);
      expect(channels.connects.length).toBeGreaterThan(1);
    } finally {
      await Promise.all([conn.close(), pool.end()]);
    }
  });

  it('shows no secret when the database refuses what was got for it', async () => {
    // What AWS and the others give has expired there.
    world.later = 3 * 3_600_000;
    try {
      const error: unknown = await connect(await optionsOf(way, '')).catch((caught: unknown) => caught);
      // The tokens of Identity Center have no end here.
      if (error instanceof Error) {
        expect(error).toMatchObject({ name: 'AuthenticationError', sqlState: '28000' });
        expect(world.secrets().inValue(error, 'the error')).toEqual([]);
      } else await (error as { close(): Promise<void> }).close();
      expect(await leaksIn(world.secrets())).toEqual([]);
    } finally {
      world.later = 0;
    }
  });
});

describe.each(ways.filter(({ asks }) => asks.length > 0))('$name', (way) => {
  it('A5: shows no secret when what was sent is repeated, or goes to nobody', async () => {
    const cases = met.flatMap((fault, at) =>
      stepsOf([way]).map((step) => ({ step, fault, tag: at * 10 + step.number })),
    );
    const errors = await Promise.all(
      cases.map(async ({ step, fault, tag }) => {
        const { proxy } = await faults.at(step, fault);
        const options = await optionsOf(way, String(tag), { proxy: proxy.url, iamDisableCache: true });
        const error: unknown = await connect(options).catch((caught: unknown) => caught);
        await proxy.close();
        return { error, where: `${fault}, request ${String(step.nth)} to ${step.host}` };
      }),
    );
    const search = world.secrets();
    expect(
      errors.filter(({ error }) => !(error instanceof AuthenticationError)).map(({ where }) => where),
    ).toEqual([]);
    expect([
      ...errors.flatMap(({ error, where }) => search.inValue(error, `the error of ${where}`)),
      ...(await leaksIn(search)),
    ]).toEqual([]);
  });
});

it('the search finds what was sent, got and planted', async () => {
  await (await connect(await optionsOf(ways[0]!, ''))).close();
  const search = world.secrets();
  const { aws, hosts } = world;
  const kept = [
    aws.world.logins.at(-1)!.password,
    aws.world.identities.at(-1)!.sessionToken!,
    hosts.requests.findLast(({ form }) => form.has('Password'))!.form.get('Password')!,
    aws.requests.findLast(({ action }) => action === 'AssumeRoleWithSAML')!.members[
      'SAMLAssertion'
    ] as string,
  ];
  for (const secret of kept) {
    expect(search.inText(`… ${encodeURIComponent(secret)} …`, 'a text')).not.toEqual([]);
    expect(search.inValue(new Error('x', { cause: { deep: [secret] } }), 'an error')).not.toEqual([]);
  }
});
