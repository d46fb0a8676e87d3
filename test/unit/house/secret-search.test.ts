/** What looks for secrets finds them, however they are written down and wherever they are. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/index.js';
import { formsOf, SecretSearch } from '../../secret-search.js';
import { plantedSecrets } from '../../secrets.js';

const secret = 'Pl4nted-password-&é/?#@ 7Kq';
const search = new SecretSearch([['password', secret]]);

class Holder {
  readonly #hidden = secret;
  get shown(): string {
    return this.#hidden;
  }
}

describe('looking for secrets', () => {
  it.each([...formsOf(secret).keys()])('finds %s', (form) => {
    expect(search.inText(`before ${formsOf(secret).get(form)!} after`, 'text')).toContain(
      `password as ${form} in text`,
    );
  });

  it('finds base64 of a longer text, wherever the secret stands in it', () => {
    for (const before of ['', 'u', 'us', 'use:']) {
      for (const after of ['', 'x', 'xy']) {
        const text = Buffer.from(before + secret + after).toString('base64');
        expect(search.inText(text, 'text'), text).not.toEqual([]);
      }
    }
  });

  it.each<[string, unknown]>([
    ['a message', new Error(`no ${secret}`)],
    ['a cause of a cause', new Error('a', { cause: new Error('b', { cause: new Error(secret) }) })],
    ['a member of an AggregateError', new AggregateError([new Error(secret)], 'a')],
    ['a property', Object.assign(new Error('a'), { deep: { er: [{ still: secret }] } })],
    ['a hidden property', Object.defineProperty({}, 'hidden', { value: secret })],
    ['a symbol', { [Symbol('s')]: secret }],
    ['a key', { [secret]: 1 }],
    ['a getter of a class', new Holder()],
    ['a Map', new Map([['a', new Set([secret])]])],
    ['a Buffer', { bytes: Buffer.from(`..${secret}..`) }],
    ['toJSON', { toJSON: () => ({ secret }) }],
    ['inspect', { [inspect.custom]: () => secret }],
    ['toString', { toString: () => secret }],
    ['an error of a clone', Object.assign(new Error('a'), { cause: secret })],
  ])('finds it in %s', (_, value) => {
    expect(search.inValue(value, 'value')).not.toEqual([]);
  });

  it('finds a number', () => {
    const numbers = new SecretSearch();
    numbers.plantNumber('key', 0x76543210);
    expect(numbers.inValue({ key: 0x76543210 }, 'value')).not.toEqual([]);
    expect(numbers.inText('key 76543210', 'text')).not.toEqual([]);
    expect(numbers.inValue({ key: 1 }, 'value')).toEqual([]);
  });

  it('finds nothing where nothing is', () => {
    expect(search.inValue(new ArgumentError('Option password: holds a NUL character'), 'error')).toEqual([]);
  });

  it('plants every secret of the table of options', () => {
    expect([...plantedSecrets().keys()]).toEqual(
      expect.arrayContaining([
        'password',
        'token',
        'secretAccessKey',
        'sessionToken',
        'samlAssertion',
        'proxy',
      ]),
    );
    expect(new Set(plantedSecrets().values()).size).toBe(plantedSecrets().size);
  });
});
