/**
 * CVE-2025-5279 (redshift_connector up to 2.1.6 did not check the identity provider's certificate): each plugin checks it,
 * `sslInsecure` switches the check off for the identity provider alone, and AWS and the database stay checked.
 */
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

/** With nobody's word for the certificates of AWS and of the identity providers. */
async function trusting(way: Way, more: ConnectOptions): Promise<ConnectOptions> {
  const options = way.options(world, {
    place: world.place,
    tag: '',
    listenPort: await freePort(),
    openBrowser: (url) => world.browse(url),
  });
  return { ...options, httpsCa: undefined, ...more };
}

const wayOf = (name: string): Way => ways.find((way) => way.name.startsWith(name))!;

describe.each([
  'AdfsCredentialsProvider',
  'OktaCredentialsProvider',
  'PingCredentialsProvider',
  'AzureCredentialsProvider',
  'BrowserAzureCredentialsProvider',
])('%s', (plugin) => {
  it('is told nothing of a login before its certificate was checked', async () => {
    // The browser asks for its page as ever.
    const told = (): number => world.hosts.requests.filter(({ method }) => method === 'POST').length;
    const before = told();
    await expect(whoIs(await trusting(wayOf(plugin), {}))).rejects.toMatchObject({
      name: 'AuthenticationError',
      stage: 'identity provider',
      plugin,
    });
    expect(told()).toBe(before);
  });

  it('is believed with sslInsecure, and AWS is not', async () => {
    const asked = world.aws.calls.length;
    await expect(whoIs(await trusting(wayOf(plugin), { sslInsecure: true }))).rejects.toMatchObject({
      name: 'AuthenticationError',
      stage: 'sts',
      plugin,
      message: expect.stringMatching(/certificate/i) as string,
    });
    expect(world.aws.calls.length).toBe(asked);
  });
});

describe('BrowserAzureOAuth2CredentialsProvider', () => {
  const way = wayOf('BrowserAzureOAuth2CredentialsProvider');

  it('checks the certificate', async () => {
    await expect(whoIs(await trusting(way, {}))).rejects.toMatchObject({ stage: 'identity provider' });
  });

  it('takes any with sslInsecure', async () => {
    expect(await whoIs(await trusting(way, { sslInsecure: true }))).toMatchObject({ me: way.me });
  });

  it("checks the database's all the same", async () => {
    const options = await trusting(way, { sslInsecure: true, sslrootcert: undefined });
    await expect(whoIs(options)).rejects.toMatchObject({ name: 'ConnectError' });
  });
});

it.each([{}, { sslInsecure: true }])(
  'BrowserIdcAuthPlugin asks AWS, which is always checked (%o)',
  async (more) => {
    const asked = world.aws.calls.length;
    await expect(whoIs(await trusting(wayOf('BrowserIdcAuthPlugin'), more))).rejects.toMatchObject({
      name: 'AuthenticationError',
      plugin: 'BrowserIdcAuthPlugin',
    });
    expect(world.aws.calls.length).toBe(asked);
  },
);
