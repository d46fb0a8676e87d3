import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.js';
import { TypeRegistry } from '../../../src/types/registry.js';
import { binary, int128, int64, numericModifier, postgresql, redshift, slowNumeric, text } from './cells.js';

const limit = 10n ** 38n - 1n;

describe("Redshift's binary numeric", () => {
  it('reads the values of redshift_connector’s own tests', () => {
    expect(binary(1700, 'ffffffffb669fd2d', { modifier: numericModifier(10, 5) })).toBe('-12345.67891');
    expect(binary(1700, '00000000000000000000000000003039', { modifier: numericModifier(38, 10) })).toBe(
      '0.0000012345',
    );
  });
  it('keeps sign and leading zeros of small negatives', () => {
    expect(binary(1700, int64(-5n), { modifier: numericModifier(18, 2) })).toBe('-0.05');
    expect(binary(1700, int128(-5n), { modifier: numericModifier(38, 2) })).toBe('-0.05');
    expect(binary(1700, int64(0n), { modifier: numericModifier(18, 4) })).toBe('0.0000');
    expect(binary(1700, int64(-1n), { modifier: numericModifier(18, 18) })).toBe(`-0.${'0'.repeat(17)}1`);
  });
  it('decides by the length, whatever the precision says', () => {
    expect(binary(1700, int128(123n), { modifier: numericModifier(5, 2) })).toBe('1.23');
    expect(binary(1700, int64(123n), { modifier: numericModifier(38, 2) })).toBe('1.23');
  });
  it('is exact to the last of 38 digits at every scale, in 8 and in 16 bytes', () => {
    const small = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
    const edges = fc.constantFrom(
      2n ** 53n,
      -(2n ** 53n),
      2n ** 53n - 1n,
      1n - 2n ** 53n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      limit,
      -limit,
      2n ** 64n,
      -(2n ** 64n),
      2n ** 64n - 1n,
    );
    const value = fc.oneof(
      small,
      fc.bigInt(-(2n ** 53n), 2n ** 53n),
      fc.bigInt(-limit, limit),
      fc.bigInt(-1000n, 1000n),
      edges,
    );
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 38 }), (exact, scale) => {
        const modifier = numericModifier(38, scale);
        const shown = slowNumeric(exact, scale);
        expect(binary(1700, int128(exact), { modifier })).toBe(shown);
        if (BigInt.asIntN(64, exact) === exact) expect(binary(1700, int64(exact), { modifier })).toBe(shown);
        expect(text(1700, shown, { modifier })).toBe(shown);
      }),
      { numRuns: 2000 },
    );
  });
  it('splits numbers just below a whole one exactly', () => {
    for (let scale = 1; scale <= 9; scale++) {
      const unit = 10n ** BigInt(scale);
      const most = 2n ** 53n / unit;
      for (const whole of [1n, 7n, most / 2n, most - 1n, most]) {
        for (const near of [-1n, 0n, 1n]) {
          const exact = whole * unit + near;
          expect(binary(1700, int64(exact), { modifier: numericModifier(18, scale) })).toBe(
            slowNumeric(exact, scale),
          );
        }
      }
    }
  });
  it.each([0, 1, 4, 7, 9, 15, 17, 32])('refuses %i bytes', (length) => {
    expect(() => binary(1700, Buffer.alloc(length), { modifier: numericModifier(18, 2) })).toThrow(DataError);
  });
});

describe('when numeric is asked in binary', () => {
  const asked = (modifier: number, server = redshift(2)): number =>
    TypeRegistry.defaults.formats([{ typeOid: 1700, typeModifier: modifier }], server)[0]!;
  it('from version 2 on, with a modifier, on Redshift', () => {
    const modifier = numericModifier(18, 2);
    expect([0, 1, 2, 3, 4].map((version) => asked(modifier, redshift(version)))).toEqual([0, 0, 1, 1, 1]);
    expect(asked(-1)).toBe(0);
    expect(asked(modifier, postgresql)).toBe(0);
  });
  it('never as an element of an array, whose modifier is not known', () => {
    const columns = [{ typeOid: 1231, typeModifier: numericModifier(18, 2) }];
    for (const server of [redshift(0), redshift(3), postgresql]) {
      expect([...TypeRegistry.defaults.formats(columns, server)]).toEqual([0]);
    }
  });
});

describe('numeric text', () => {
  it.each([
    '0',
    '-0.05',
    '12345678901234567890123456789012345678',
    '0.00000000000000000000000000000000000001',
    'NaN',
    '1.10',
  ])('keeps %j as it stands', (written) => {
    expect(text(1700, written)).toBe(written);
    expect(text(1700, written, { server: postgresql })).toBe(written);
  });
  it.each(['', '-', '1.', '.5', '1e5', '+1', ' 1', '1 ', '1..2', '1,2', '--1', 'nan', '0x1', '1\n'])(
    'refuses %j',
    (written) => {
      expect(() => text(1700, written)).toThrow(DataError);
    },
  );
  it('is a number by choice, from either form', () => {
    const types = { numeric: 'number' };
    expect(text(1700, '-12.50', { types })).toBe(-12.5);
    expect(binary(1700, int64(-1250n), { types, modifier: numericModifier(18, 2) })).toBe(-12.5);
    expect(text(1700, 'NaN', { types })).toBeNaN();
  });
  it('goes to a function as exact text, from either form', () => {
    const types = { decimal: (written: string) => [written] };
    expect(text(1700, '-12.50', { types })).toEqual(['-12.50']);
    expect(binary(1700, int64(-1250n), { types, modifier: numericModifier(18, 2) })).toEqual(['-12.50']);
  });
});

describe("PostgreSQL's binary numeric", () => {
  const server = postgresql;
  const group = (value: number): string => value.toString(16).padStart(4, '0');
  const written = (groups: number[], weight: number, sign: number, scale: number): string =>
    group(groups.length) + group(weight & 0xffff) + group(sign) + group(scale) + groups.map(group).join('');
  it('is read', () => {
    expect(binary(1700, written([1, 2345, 6700], 1, 0, 2), { server })).toBe('12345.67');
    expect(binary(1700, written([500], -1, 0x4000, 2), { server })).toBe('-0.05');
    expect(binary(1700, written([5], -2, 0, 8), { server })).toBe('0.00000005');
    expect(binary(1700, written([], 0, 0, 3), { server })).toBe('0.000');
    expect(binary(1700, written([1], 2, 0, 0), { server })).toBe('100000000');
    expect(binary(1700, written([], 0, 0xc000, 0), { server })).toBe('NaN');
    expect(binary(1700, written([], 0, 0xd000, 0), { server })).toBe('Infinity');
    expect(binary(1700, written([], 0, 0xf000, 0), { server })).toBe('-Infinity');
  });
  it('is refused when it is malformed', () => {
    for (const bad of [
      '',
      '0001',
      written([10000], 0, 0, 0),
      written([1], 0, 7, 0),
      `${written([1], 0, 0, 0)}00`,
    ]) {
      expect(() => binary(1700, bad, { server })).toThrow(DataError);
    }
  });
});
