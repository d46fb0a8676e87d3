/** The cookies of a login, by RFC 6265. */
import { describe, expect, it } from 'vitest';
import { CookieJar } from '../../../src/aws/cookies.js';

const at = (url: string): URL => new URL(url);
function jarWith(url: string, ...lines: string[]): CookieJar {
  const jar = new CookieJar(() => Date.UTC(2030, 0, 1));
  jar.keep(at(url), lines);
  return jar;
}

describe('cookies', () => {
  it('go back to the host that set them, and to no other', () => {
    const jar = jarWith('https://idp.acme.test/login', 'PF=abc; Path=/; Secure; HttpOnly', 'b=c=d');
    expect(jar.header(at('https://idp.acme.test/x'))).toBe('PF=abc; b=c=d');
    for (const host of ['acme.test', 'x.idp.acme.test', 'other.test', 'idp.acme.test.evil.test'])
      expect(jar.header(at(`https://${host}/`))).toBeUndefined();
  });

  it.each([
    ['acme.test', 'https://acme.test/', true],
    ['.acme.test', 'https://other.acme.test/', true],
    ['ACME.test', 'https://x.y.acme.test/', true],
    ['acme.test', 'https://notacme.test/', false],
    ['idp.acme.test', 'https://acme.test/', false],
    ['idp.acme.test', 'https://x.idp.acme.test/', true],
  ])('with Domain=%s go to %s: %s', (domain, url, sent) => {
    const jar = jarWith('https://idp.acme.test/', `a=b; Domain=${domain}`);
    expect(jar.header(at(url)) === 'a=b').toBe(sent);
  });

  it.each(['test', '.test', 'evil.test', 'x.idp.acme.test', 'cme.test'])(
    'with Domain=%s are refused from idp.acme.test',
    (domain) => {
      const jar = jarWith('https://idp.acme.test/', `a=b; Domain=${domain}`);
      for (const host of ['idp.acme.test', 'evil.test', 'x.idp.acme.test', 'cme.test', 'any.test'])
        expect(jar.header(at(`https://${host}/`))).toBeUndefined();
    },
  );

  it('of an address are for that address only', () => {
    expect(
      jarWith('https://127.0.0.1/', 'a=b; Domain=0.0.1').header(at('https://127.0.0.1/')),
    ).toBeUndefined();
    const jar = jarWith('https://127.0.0.1/', 'a=b; Domain=127.0.0.1');
    expect(jar.header(at('https://127.0.0.1/'))).toBe('a=b');
  });

  it.each([
    ['/a', '/a', true],
    ['/a', '/a/', true],
    ['/a', '/a/b', true],
    ['/a', '/ab', false],
    ['/a/', '/a', false],
    ['/', '/x', true],
    ['relative', '/adfs/ls/next', true],
    ['relative', '/adfs/other', false],
  ])('with Path=%s go to %s: %s', (path, asked, sent) => {
    const jar = jarWith('https://idp.test/adfs/ls/page', `a=b; Path=${path}`);
    expect(jar.header(at(`https://idp.test${asked}`)) === 'a=b').toBe(sent);
  });

  it('end when they say so', () => {
    const fresh = 'Expires=Wed, 09 Jun 2032 10:18:14 GMT';
    const stale = 'Expires=Wed, 09-Jun-2021 10:18:14 GMT';
    const sent = (attributes: string): boolean =>
      jarWith('https://idp.test/', `a=b; ${attributes}`).header(at('https://idp.test/')) !== undefined;
    expect(sent(fresh)).toBe(true);
    expect(sent(stale)).toBe(false);
    expect(sent(`${stale}; Max-Age=10`)).toBe(true);
    expect(sent(`${fresh}; Max-Age=0`)).toBe(false);
    expect(sent('Max-Age=-1')).toBe(false);
    expect(sent('Max-Age=soon')).toBe(true);
    expect(sent('Expires=Thu, 01 Jan 70 00:00:00 GMT')).toBe(false);
    expect(sent('Expires=never; ')).toBe(true);
    expect(sent('Expires=Wed, 31 Feb 2021 10:18:14 GMT')).toBe(true);
  });

  it('are replaced and removed by their name, domain and path', () => {
    const jar = jarWith('https://idp.test/', 'a=1; Path=/', 'b=1; Path=/', 'a=2; Path=/');
    expect(jar.header(at('https://idp.test/'))).toBe('a=2; b=1');
    jar.keep(at('https://idp.test/'), ['a=; Path=/; Max-Age=0']);
    expect(jar.header(at('https://idp.test/'))).toBe('b=1');
  });

  it('with longer paths go first', () => {
    const jar = jarWith('https://idp.test/x/y', 'a=1; Path=/', 'b=2; Path=/x');
    expect(jar.header(at('https://idp.test/x/y'))).toBe('b=2; a=1');
  });

  it('that break a promise of their name, or cannot be read, are passed over', () => {
    const bad = [
      '__Host-a=b; Path=/',
      '__Host-a=b; Path=/x; Secure',
      '__Host-a=b; Path=/; Secure; Domain=idp.test',
      '__Secure-a=b',
      'novalue',
      '=b',
      'a=b\r\nX: y',
      `a=${'x'.repeat(9000)}`,
      '',
    ];
    expect(jarWith('https://idp.test/', ...bad).header(at('https://idp.test/'))).toBeUndefined();
    const good = jarWith('https://idp.test/', '__Host-a=b; Path=/; Secure', '__Secure-c=d; Secure');
    expect(good.header(at('https://idp.test/'))).toBe('__Host-a=b; __Secure-c=d');
  });

  it('cannot fill the memory', () => {
    const jar = jarWith('https://idp.test/', ...Array.from({ length: 1000 }, (_, at) => `c${String(at)}=v`));
    expect(jar.header(at('https://idp.test/'))?.split('; ')).toHaveLength(200);
  });
});
