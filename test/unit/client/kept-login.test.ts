import { afterEach, describe, expect, it, vi } from 'vitest';
import { registerCredentialsProvider } from '../../../src/auth/plugins/index.js';
import type { CredentialsProvider } from '../../../src/auth/provider.js';
import { openSettings } from '../../../src/client/connect.js';
import { openConnection, type OpenSettings } from '../../../src/client/open.js';
import { parseConfig } from '../../../src/config/parse.js';
import type { Peer } from '../../scripted/peer.js';
import { startScriptedServer, type ScriptedServer } from '../../scripted/server.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** A server that lets in the password that is good at the time. */
async function serve(
  good: { password: string },
  state = '28000',
): Promise<{ server: ScriptedServer; asked: string[] }> {
  const asked: string[] = [];
  const server = await startScriptedServer(async (peer: Peer) => {
    await peer.next('StartupMessage');
    await peer.say('AuthenticationCleartextPassword');
    const message = await peer.next('PasswordMessage');
    const password = message?.type === 'PasswordMessage' ? message.password : '';
    asked.push(password);
    if (password !== good.password) {
      await peer.say(`ErrorResponse S="FATAL" C="${state}" M="IAM Authentication token has expired"`);
      peer.close();
      return;
    }
    await peer.say('AuthenticationOk', 'BackendKeyData processId=1 secretKey=2', 'ReadyForQuery status="I"');
    await peer.rest();
  });
  open.push(server);
  return { server, asked };
}

function settingsFor(server: ScriptedServer, provider: CredentialsProvider, more: object = {}): OpenSettings {
  const config = parseConfig({
    host: server.host,
    port: server.port,
    database: 'dev',
    user: 'alice',
    sslmode: 'disable',
    allowCleartextPassword: true,
    closeTimeout: 1,
    ...more,
  });
  return {
    ...openSettings(config),
    login: {
      kind: 'provider',
      user: 'alice',
      provider: { kind: 'own', provider, options: {} },
      flow: {
        proxy: undefined,
        httpsCa: undefined,
        sslInsecure: false,
        env: () => ({}),
        authTimeout: 120,
        openBrowser: undefined,
        cache: 'process',
      },
    },
  };
}

/** Gives `password 1`, `password 2` …, each good for a quarter of an hour, as it says. */
function counting(reusable = true): CredentialsProvider & { asked: ReturnType<typeof vi.fn> } {
  let count = 0;
  const asked = vi.fn();
  return {
    asked,
    name: 'Counting',
    reusable,
    get: () => {
      asked();
      const expiration = new Date(Date.now() + 900_000);
      return { kind: 'password', password: `password ${String(++count)}`, expiration };
    },
  };
}

describe('a login that was kept from earlier', () => {
  it.each(['28000', '28P01'])('and is refused with %s is made anew, once', async (state) => {
    const good = { password: 'password 1' };
    const { server, asked } = await serve(good, state);
    const provider = counting();
    open.push(await openConnection(settingsFor(server, provider)));
    open.push(await openConnection(settingsFor(server, provider)));
    good.password = 'password 2';
    const third = await openConnection(settingsFor(server, provider));
    const closed = vi.fn();
    third.on('close', closed);
    expect(third.closed).toBe(false);
    expect(asked).toEqual(['password 1', 'password 1', 'password 1', 'password 2']);
    await third.close();
    expect(closed).toHaveBeenCalledTimes(1);
    // What is good now is kept in its place.
    open.push(await openConnection(settingsFor(server, provider)));
    expect(asked.at(-1)).toBe('password 2');
    expect(provider.asked).toHaveBeenCalledTimes(2);
  });

  it('and is refused again when it was made anew ends the connect', async () => {
    const good = { password: 'password 1' };
    const { server, asked } = await serve(good);
    const provider = counting();
    open.push(await openConnection(settingsFor(server, provider)));
    good.password = 'none';
    await expect(openConnection(settingsFor(server, provider))).rejects.toMatchObject({
      name: 'AuthenticationError',
      sqlState: '28000',
    });
    expect(asked).toEqual(['password 1', 'password 1', 'password 2']);
  });

  it('is refused once for any other reason', async () => {
    const good = { password: 'password 1' };
    const { server, asked } = await serve(good, '3D000');
    const provider = counting();
    open.push(await openConnection(settingsFor(server, provider)));
    good.password = 'none';
    await expect(openConnection(settingsFor(server, provider))).rejects.toMatchObject({ sqlState: '3D000' });
    expect(asked).toEqual(['password 1', 'password 1']);
  });
});

describe('a login that was just made', () => {
  it.each([true, false])('and is refused is not tried again (reusable: %s)', async (reusable) => {
    const { server, asked } = await serve({ password: 'none' });
    await expect(openConnection(settingsFor(server, counting(reusable)))).rejects.toMatchObject({
      name: 'AuthenticationError',
      // It was the database that refused, not whoever gave the login.
      stage: 'login',
      message: 'IAM Authentication token has expired',
    });
    expect(asked).toEqual(['password 1']);
  });

  it('and is refused names the plugin whose login it was', async () => {
    const { server } = await serve({ password: 'none' });
    registerCredentialsProvider('Counting', counting());
    const settings = settingsFor(server, counting());
    if (settings.login.kind !== 'provider') throw new Error('the settings are of a provider');
    const provider = { kind: 'named', name: 'Counting', plugin: 'Counting', options: {} } as const;
    await expect(
      openConnection({ ...settings, login: { ...settings.login, provider } }),
    ).rejects.toMatchObject({ plugin: 'Counting', stage: 'login', sqlState: '28000' });
  });

  it('by password alone has no stage', async () => {
    const { server } = await serve({ password: 'none' });
    const config = { host: server.host, port: server.port, database: 'dev', user: 'alice', password: 'x' };
    const settings = openSettings(
      parseConfig({ ...config, sslmode: 'disable', allowCleartextPassword: true, closeTimeout: 1 }),
    );
    await expect(openConnection(settings)).rejects.not.toHaveProperty('stage');
  });
});
