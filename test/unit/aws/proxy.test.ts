/** Which hosts go through a proxy, by the option and by the variables that curl, Go and Python know. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { ProxyRules } from '../../../src/aws/proxy.js';

const rules = (noProxy: string, key = 'NO_PROXY'): ProxyRules =>
  new ProxyRules(undefined, { HTTPS_PROXY: 'http://proxy.test:3128', [key]: noProxy });
const proxied = (noProxy: string, host: string, port = 443): boolean =>
  rules(noProxy).for(host, port) !== undefined;

describe('the proxy', () => {
  it('comes from the option before the environment, and then is for every host', () => {
    const env = { HTTPS_PROXY: 'http://environment.test:1', NO_PROXY: '*' };
    const chosen = new ProxyRules('http://option.test:3128', env);
    for (const host of ['sts.amazonaws.com', 'localhost', '127.0.0.1', '::1'])
      expect(chosen.for(host, 443)).toEqual({ host: 'option.test', port: 3128, authorization: undefined });
  });

  it('is none when the option is empty, whatever the environment says', () => {
    const none = new ProxyRules('', { HTTPS_PROXY: 'http://environment.test:1' });
    expect(none.any).toBe(false);
    expect(none.for('sts.amazonaws.com', 443)).toBeUndefined();
  });

  it('is none without option and variables, and HTTP_PROXY is not for https', () => {
    expect(new ProxyRules(undefined, { HTTP_PROXY: 'http://p.test', http_proxy: 'http://p.test' }).any).toBe(
      false,
    );
    expect(new ProxyRules(undefined, { HTTPS_PROXY: ' ' }).any).toBe(false);
  });

  it('comes from https_proxy before HTTPS_PROXY; no_proxy before NO_PROXY', () => {
    const env = { https_proxy: 'http://lower.test:1', HTTPS_PROXY: 'http://upper.test:2' };
    expect(new ProxyRules(undefined, env).for('a.test', 443)?.host).toBe('lower.test');
    expect(rules('a.test', 'no_proxy').for('a.test', 443)).toBeUndefined();
  });

  it.each([
    ['http://proxy.test:3128', 'proxy.test', 3128],
    ['proxy.test:3128', 'proxy.test', 3128],
    ['proxy.test', 'proxy.test', 80],
    ['HTTP://PROXY.test:80/', 'proxy.test', 80],
    ['http://[::1]:3128', '::1', 3128],
    [' http://10.0.0.1:8080 ', '10.0.0.1', 8080],
  ])('is read from %j', (text, host, port) => {
    expect(new ProxyRules(text, {}).for('a.test', 443)).toEqual({ host, port, authorization: undefined });
  });

  it.each([
    ['http://u:p@proxy.test', 'u:p'],
    ['http://u:p%40ss%2F%23@proxy.test:3128', 'u:p@ss/#'],
    ['http://u:p@ss@proxy.test:3128', 'u:p@ss'],
    ['http://u:100%@proxy.test:3128', 'u:100%'],
    ['http://u:%C3%BC%ff@proxy.test:3128', 'u:%C3%BC%ff'],
    ['http://u:ü@proxy.test:3128', 'u:ü'],
    ['u:p@proxy.test:3128', 'u:p'],
    ['http://u@proxy.test', 'u:'],
  ])('has user and password as in %j', (text, credentials) => {
    const { authorization } = new ProxyRules(text, {}).for('a.test', 443)!;
    expect(Buffer.from(authorization!.slice('Basic '.length), 'base64').toString('utf8')).toBe(credentials);
  });

  it.each([
    'https://u:C4nary@p.test',
    'socks5://u:C4nary@p.test:1080',
    'http://u:C4nary@p.test/path',
    'http://u:C4n#ary@p.test',
    'http://',
    'http://u:C4nary@p.test:x',
    '::::',
  ])('is refused by name and without its password: %j', (text) => {
    for (const [option, env, name] of [
      [text, {}, 'Option proxy'],
      [undefined, { HTTPS_PROXY: text }, 'Environment variable HTTPS_PROXY'],
    ] as const) {
      const make = (): ProxyRules => new ProxyRules(option, env);
      expect(make).toThrow(ArgumentError);
      expect(make).toThrow(name);
      try {
        make();
      } catch (error) {
        expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/C4n/);
      }
    }
  });

  it('does not show the password when it is printed', () => {
    expect(
      inspect(new ProxyRules('http://u:C4nary@p.test', {}), { depth: 9, showHidden: true }),
    ).not.toContain('C4nary');
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['*', 'any.test'],
    ['a.test', 'a.test'],
    ['a.test', 'A.TEST'],
    ['A.Test.', 'a.test'],
    ['a.test', 'a.test.'],
    ['a.test', 'x.y.a.test'],
    ['.a.test', 'x.a.test'],
    ['.a.test', 'a.test'],
    ['*.a.test', 'x.a.test'],
    ['b.test, a.test', 'a.test'],
    ['b.test a.test', 'a.test'],
    [',,a.test,', 'a.test'],
    ['a.test:443', 'a.test'],
    ['*:443', 'any.test'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.0.0.0/8', '10.255.0.1'],
    ['fd00::/8', 'fd12::1'],
    ['fd00::/8', '[fd12::1]'],
    ['fd12:0:0::1', 'fd12::1'],
    ['[fd12::1]:443', '[fd12::1]'],
    ['bücher.test', 'xn--bcher-kva.test'],
  ])('%j lets %s go without it', (noProxy, host) => {
    expect(proxied(noProxy, host)).toBe(false);
  });

  it.each([
    ['', 'a.test'],
    ['a.test', 'ba.test'],
    ['a.test', 'a.test.evil.test'],
    ['x.a.test', 'a.test'],
    ['a.test:8443', 'a.test'],
    ['*:8443', 'a.test'],
    ['10.1.2.3', '10.1.2.30'],
    ['0.0.1', '10.0.0.1'],
    ['10.0.0.0/8', '11.0.0.1'],
    ['10.0.0.0/8', '10.evil.test'],
    ['10.0.0.0/99', '10.0.0.1'],
    ['fd00::/8', 'fe80::1'],
    ['.', 'a.test'],
    ['*.', 'a.test'],
  ])('%j leaves %s behind the proxy', (noProxy, host) => {
    expect(proxied(noProxy, host)).toBe(true);
  });

  it('is not needed for this machine itself', () => {
    for (const host of ['localhost', 'x.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])
      expect(proxied('', host)).toBe(false);
    expect(proxied('', '128.0.0.1')).toBe(true);
  });
});
