import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.js';
import { parseJson, writeJson } from '../../../src/types/json.js';

const parse = (text: string): unknown => parseJson(text, BigInt);
/** Sixteen digits, so that our parser reads what follows and not the engine's. */
const ours = (text: string): unknown => (parse(`[1234567890123456,${text}]`) as unknown[])[1];

describe('JSON without rounding', () => {
  it('reads what JSON.parse reads, as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        // Number rounds as JSON.parse does.
        expect(parseJson(`[1234567890123456,${text}]`, Number)).toEqual([1234567890123456, JSON.parse(text)]);
        expect(parseJson(text, Number)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });
  it('refuses what JSON.parse refuses', () => {
    const pieces = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"',
      '"a"',
      '\\',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      'nul',
      ' ',
      '1234567890123456789',
      '\n',
      '\u0001',
      '\\u00e9',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (list) => {
        const text = `[1234567890123456,${list.join('')}]`;
        let good = true;
        try {
          JSON.parse(text);
        } catch {
          good = false;
        }
        if (good) expect(() => parse(text)).not.toThrow();
        else expect(() => parse(text)).toThrow(DataError);
      }),
      { numRuns: 3000 },
    );
  });
  it('keeps integers beyond 2^53 as bigint, and only them', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 40n), 10n ** 40n), (value) => {
        const number = Number(value);
        const wanted = Number.isSafeInteger(number) ? number : value;
        expect(ours(String(value))).toBe(wanted);
        expect(parse(`{"a":[${String(value)}]}`)).toEqual({ a: [wanted] });
      }),
    );
    expect(ours('9007199254740991')).toBe(9_007_199_254_740_991);
    expect(ours('9007199254740992')).toBe(9_007_199_254_740_992n);
    expect(ours('12345678901234567890.0')).toBe(12_345_678_901_234_567_890.0);
    expect(ours('1e20')).toBe(1e20);
    expect(Object.is(ours('-0'), -0)).toBe(true);
    expect(ours('"12345678901234567890"')).toBe('12345678901234567890');
  });
  it('takes keys of any name as data', () => {
    const value = parse('{"__proto__":{"a":12345678901234567890},"constructor":1,"__proto__":2}') as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.entries(value)).toEqual([
      ['__proto__', 2],
      ['constructor', 1],
    ]);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });
  it('goes as deep as the text does', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const text = `${open.repeat(100_000)}12345678901234567890${close.repeat(100_000)}`;
      let value = parse(text);
      let depth = 0;
      for (; typeof value === 'object'; depth++) value = Object.values(value as object)[0];
      expect([depth, value]).toEqual([100_000, 12_345_678_901_234_567_890n]);
    }
    expect(() => parse('['.repeat(100_000))).toThrow(DataError);
    expect(() => parse(`[1234567890123456,${'['.repeat(100_000)}`)).toThrow(DataError);
  });
  it('shows at most 40 characters of what it cannot read', () => {
    expect(() => parse(`{${'x'.repeat(1000)}`)).toThrow(/^Cannot read "\{x{39}"… as JSON$/);
  });
});

describe('writing JSON', () => {
  it('writes bigints with all their digits, and nothing else as a number', () => {
    expect(writeJson({ a: 12_345_678_901_234_567_890n, b: [-1n, '5n', '12'] })).toBe(
      '{"a":12345678901234567890,"b":[-1,"5n","12"]}',
    );
    fc.assert(
      fc.property(fc.bigInt(2n ** 53n, 10n ** 30n), fc.jsonValue(), (large, value) => {
        const back = (digits: string): unknown => (BigInt(digits) === large ? large : Number(digits));
        expect(parseJson(writeJson([large, value])!, back)).toEqual([
          large,
          JSON.parse(JSON.stringify(value)),
        ]);
      }),
    );
  });
  it('gives nothing for what JSON has no form of', () => {
    expect(writeJson(undefined)).toBeUndefined();
    expect(writeJson(() => 1)).toBeUndefined();
  });
});
