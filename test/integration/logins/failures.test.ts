/**
 * Every request of every way in, gone wrong in every way that a network and a server have: the call ends, with an error
 * that names the plugin and the stage, and nothing stays open.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  AuthenticationError,
  CancelledError,
  connect,
  TimeoutError,
  type ConnectOptions,
} from '../../../src/index.js';
import { endless, startFaults, stepsOf, type Fault, type Faults, type Step } from './faults.js';
import { freePort, isFree } from './ports.js';
import { ways } from './ways.js';
import { startWorld, type World } from './world.js';

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

const steps = stepsOf(ways);
const firstOfEachHost = steps.filter(
  ({ host }, at) => !host.endsWith('.amazonaws.com') || steps.findIndex((step) => step.host === host) === at,
);
const shown = ({ way, host, nth }: Step): string => `${way.name}: request ${String(nth)} to ${host}`;

/** Cases with the id of their row in docs/failures.md. */
const under = (id: string, faults: readonly Fault[]): [string, Fault][] =>
  faults.map((fault) => [`${id}${fault}`, fault]);

interface Failed {
  readonly error: unknown;
  /** What is wrong with how it ended. */
  readonly left: readonly string[];
}

/** One login that meets the fault, without anything that an earlier one left behind. */
async function fail(
  step: Step,
  fault: Fault,
  tag: number,
  { give, ...more }: ConnectOptions & { give?: AbortController } = {},
): Promise<Failed> {
  const { proxy, reached } = await faults.at(step, fault);
  const listenPort = await freePort();
  const options = step.way.options(world, {
    place: {
      ...world.place,
      proxy: proxy.url,
      iamDisableCache: true,
      connectTimeout: 10,
      authTimeout: 10,
      ...more,
    },
    tag: String(tag),
    listenPort,
    openBrowser: (url) => world.browse(url),
  });
  void reached.then(() => give?.abort(new Error('given up')));
  const error: unknown = await connect(options, give === undefined ? {} : { signal: give.signal }).then(
    async (conn) => {
      await conn.close();
      return 'it went through';
    },
    (caught: unknown) => caught,
  );
  const left: string[] = [];
  await proxy.idle();
  if (!(await isFree(listenPort))) left.push('the port of the browser is still taken');
  await proxy.close();
  return { error, left };
}

const stages = ['identity provider', 'browser', 'saml', 'sts', 'redshift api', 'token', 'login'];

/** What is wrong with an error of a step; empty: nothing. */
function faultsOf(
  { error, left }: Failed,
  step: Step,
  kind: typeof AuthenticationError | typeof TimeoutError,
): string[] {
  const wrong = [...left];
  if (!(error instanceof kind)) return [...wrong, `ended with ${String(error)}`];
  const { plugin, stage, message } = error;
  // Whose login it is, and where it was; keys without a plugin have a stage only.
  if (!(step.host.startsWith('redshift') && plugin === undefined) && plugin !== step.way.plugin)
    wrong.push(`names the plugin ${String(plugin)}`);
  if (!stages.includes(String(stage))) wrong.push(`names the stage ${String(stage)}`);
  if (message.length > 900) wrong.push(`says ${String(message.length)} characters`);
  return wrong;
}

/** All at once: each waits for its own clock. */
async function all(wanted: readonly Step[], run: (step: Step) => Promise<string[]>): Promise<void> {
  const wrong = await Promise.all(
    wanted.map(async (step) => (await run(step)).map((what) => `${shown(step)}: ${what}`)),
  );
  expect(wrong.flat()).toEqual([]);
}

describe.each<[string, Fault]>([
  ...under('A2: ', ['cut', 'cut in its answer', 'a proxy that cuts', 'a proxy that says no']),
  ...under('A3: ', ['HTTP 500', 'text instead of what was asked for', 'an answer of 6 MiB']),
  ...under('A4: ', ['a certificate of nobody']),
])('%s', (_, fault) => {
  it('ends every login with an error that names plugin and stage', async () => {
    // The AWS SDK takes most of a second of work for each long page that is no answer of AWS.
    const wanted = fault === 'an answer of 6 MiB' ? firstOfEachHost : steps;
    await all(wanted, async (step) =>
      faultsOf(await fail(step, fault, step.number), step, AuthenticationError),
    );
  });
});

it(
  'A1: an answer that never comes, or never ends, is waited for until authTimeout, and the error says whose',
  { timeout: 60_000 },
  async () => {
    const cases = endless.flatMap((fault, at) =>
      steps.map((step) => ({ fault, step, tag: at * steps.length + step.number })),
    );
    const wrong = await Promise.all(
      cases.map(async ({ fault, step, tag }) =>
        faultsOf(await fail(step, fault, tag), step, TimeoutError).map(
          (what) => `${fault}, ${shown(step)}: ${what}`,
        ),
      ),
    );
    expect(wrong.flat()).toEqual([]);
  },
);

it('A6: a signal ends every login in the middle of every request, and nothing stays open', async () => {
  await all(steps, async (step) => {
    const { error, left } = await fail(step, 'hang', step.number, { give: new AbortController() });
    return error instanceof CancelledError ? [...left] : [...left, `ended with ${String(error)}`];
  });
});
