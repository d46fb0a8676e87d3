/** Whatever stands in the environment and in Set-Cookie lines, nothing but what is documented comes out. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CookieJar } from '../../../src/aws/cookies.js';
import { ProxyRules } from '../../../src/aws/proxy.js';
import { ArgumentError } from '../../../src/errors.js';

const piece = fc.constantFrom(
  'http://',
  'u',
  ':',
  'C4nary',
  '@',
  'p.test',
  '[',
  '::1',
  ']',
  '/',
  '?',
  '#',
  '%',
  '%41',
  '80',
  'ü',
  ' ',
  '\\',
  '\n',
);

it('a proxy is read, or refused without its text', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      try {
        new ProxyRules(pieces.join(''), {});
      } catch (error) {
        expect(error).toBeInstanceOf(ArgumentError);
        expect((error as ArgumentError).message).not.toContain('C4nary');
        expect((error as ArgumentError).cause).toBeUndefined();
      }
    }),
    { numRuns: 500 },
  );
});

it('NO_PROXY never throws, and lets no host by that it does not name', () => {
  const part = fc.oneof(
    fc.constantFrom('.', ':', '/', '8', '10.0.0.0', '::', '[', ']', '%', 'a', ','),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      fc.pre(!text.includes('*') && !/test/i.test(text));
      const rules = new ProxyRules(undefined, { HTTPS_PROXY: 'http://p.test:1', NO_PROXY: text });
      expect(rules.for('idp.acme.test', 443)?.host).toBe('p.test');
    }),
    { numRuns: 500 },
  );
});

it('a cookie never reaches a host that is not the one that set it or below its parent', () => {
  const domain = fc.constantFrom(
    '',
    'test',
    'acme.test',
    '.acme.test',
    'idp.acme.test',
    'evil.test',
    '..',
    '.',
    '127.0.0.1',
  );
  const host = fc.constantFrom(
    'idp.acme.test',
    'acme.test',
    'other.acme.test',
    'evil.test',
    'acme.test.evil.test',
    '127.0.0.1',
    'test',
  );
  fc.assert(
    fc.property(host, host, domain, fc.string({ maxLength: 20 }), (setter, asked, attribute, noise) => {
      const jar = new CookieJar();
      jar.keep(new URL(`https://${setter}/`), [`a=b; Domain=${attribute}; ${noise}`, noise]);
      const sent = jar.header(new URL(`https://${asked}/`)) !== undefined;
      const parent = attribute.replace(/^\./, '');
      const within = (name: string): boolean => name === parent || name.endsWith(`.${parent}`);
      const family = parent.includes('.') && within(setter) && within(asked);
      if (sent && asked !== setter) expect([setter, asked, family]).toEqual([setter, asked, true]);
    }),
    { numRuns: 500 },
  );
});
