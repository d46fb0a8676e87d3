import { afterEach, describe, expect, it, vi } from 'vitest';
import { findAsked } from '../../../src/auth/ask-provider.js';
import {
  loadPlugin,
  pluginNames,
  registerCredentialsProvider,
  registeredProviders,
} from '../../../src/auth/plugins/index.js';
import type { CredentialsProvider } from '../../../src/auth/provider.js';
import { findProvider, providers } from '../../../src/config/providers.js';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});
const register = (...given: Parameters<typeof registerCredentialsProvider>): void => {
  undo.push(registerCredentialsProvider(...given));
};

const password = async (): Promise<{ kind: 'password'; password: string }> => ({
  kind: 'password',
  password: 'x',
});

describe('the table of plugins', () => {
  it.each([...pluginNames])(
    'has %s under its own name, with the options that the options table gives it',
    async (name) => {
      expect((await loadPlugin(name))!.name).toBe(name);
      const { required, optional } = await findAsked({ kind: 'named', name, plugin: name, options: {} });
      expect(findProvider(name)!.spec).toMatchObject({ required, optional });
    },
  );

  it('holds names that options know, and nothing else', () => {
    for (const name of pluginNames) expect(Object.keys(providers)).toContain(name);
  });

  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '../plugins/index',
    './browser-idc.js',
    'file:///etc/passwd',
    'data:text/javascript,process.exit(9)',
    'node:child_process',
    '..BrowserIdcAuthPlugin',
    'os.system',
    '',
  ])('loads nothing for %j', async (name) => {
    expect(await loadPlugin(name)).toBeUndefined();
    expect(findProvider(name)).toBeUndefined();
    const asked = findAsked({ kind: 'named', name, plugin: name, options: {} });
    await expect(asked).rejects.toMatchObject({
      name: 'AuthenticationError',
      stage: 'options',
      message: expect.stringContaining('There is no credentials provider') as string,
    });
  });

  it.each([
    'BrowserIdcAuthPlugin',
    'redshift_connector.plugin.BrowserIdcAuthPlugin',
    'com.amazon.redshift.plugin.BrowserIdcAuthPlugin',
  ])('takes %s', async (name) => {
    const { plugin } = findProvider(name)!;
    expect(await findAsked({ kind: 'named', name, plugin, options: {} })).toMatchObject({
      name: 'BrowserIdcAuthPlugin',
      written: name,
    });
  });

  it('shows no text that can be no name: it may be a secret in the wrong place', async () => {
    const name = 'canary secret!';
    await expect(findAsked({ kind: 'named', name, plugin: name, options: {} })).rejects.toThrow(
      expect.not.stringContaining('canary') as string,
    );
  });
});

describe('registerCredentialsProvider', () => {
  it('gives a function or an object a name', async () => {
    const object = {
      secret: 'x',
      async get() {
        return { kind: 'password' as const, password: this.secret };
      },
    };
    register('vault', password);
    register('safe', object);
    for (const name of ['vault', 'safe']) {
      const asked = await findAsked({ kind: 'named', name, plugin: name, options: {} });
      expect(asked).toMatchObject({ name, written: name, reusable: false });
      // It keeps its `this`.
      expect(await asked.get(undefined as never)).toEqual({ kind: 'password', password: 'x' });
    }
  });

  it('lets a later one of the same name take its place, and takes only its own away', () => {
    const second = vi.fn(password);
    const takeAway = registerCredentialsProvider('vault', password);
    register('vault', second);
    takeAway();
    expect(registeredProviders.has('vault')).toBe(true);
  });

  it.each([
    ['a name of ours', 'BrowserIdcAuthPlugin', password],
    ["ODBC's name of one of ours", 'okta', password],
    ['a dotted name', 'os.system', password],
    ['a name of Object.prototype', '__proto__', password],
    ['no text', 7, password],
    ['no provider', 'vault', 'redshift_connector.plugin.Vault'],
    ['an object without get', 'vault', { fetch: password }],
    ['nothing', 'vault', undefined],
  ])('refuses %s', (_what, name, provider) => {
    expect(() => {
      register(name as string, provider as unknown as CredentialsProvider);
    }).toThrow(expect.objectContaining({ name: 'ArgumentError' }) as Error);
  });
});
