import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.js';
import { TypeRegistry } from '../../../src/types/registry.js';
import { binary, int16, int32, int64, servers, text } from './cells.js';

describe('boolean', () => {
  it('reads both forms', () => {
    expect([text(16, 't'), text(16, 'f'), text(16, 'true'), text(16, 'false')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([binary(16, '01'), binary(16, '00')]).toEqual([true, false]);
  });
  it.each(['', 'T', 'yes', '1', '0', 'tt', 'tr', 'truefalse'])('refuses %j', (written) => {
    expect(() => text(16, written)).toThrow(DataError);
  });
  it.each(['', '02', 'ff', '0001'])('refuses bytes %j', (bytes) => {
    expect(() => binary(16, bytes)).toThrow(DataError);
  });
  it('gives t and f to a function, from either form', () => {
    const types = { boolean: (written: string) => `<${written}>` };
    expect([text(16, 't', { types }), text(16, 'false', { types })]).toEqual(['<t>', '<f>']);
    expect([binary(16, '01', { types }), binary(16, '00', { types })]).toEqual(['<t>', '<f>']);
  });
});

describe('integers', () => {
  const kinds = [
    { oid: 21, bits: 16, bytes: int16 },
    { oid: 23, bits: 32, bytes: int32 },
  ];
  it.each(kinds)('reads the limits of int$bits', ({ oid, bits, bytes }) => {
    for (const value of [0, 1, -1, 2 ** (bits - 1) - 1, -(2 ** (bits - 1))]) {
      expect(text(oid, String(value))).toBe(value);
      expect(binary(oid, bytes(value))).toBe(value);
    }
  });
  it.each(kinds)('refuses what is beyond int$bits', ({ oid, bits }) => {
    const limit = 2 ** (bits - 1);
    for (const written of [String(limit), String(-limit - 1), '99999999999999999999999', '1'.repeat(5000)]) {
      expect(() => text(oid, written)).toThrow(DataError);
    }
  });
  it.each(['', '-', '+1', '1.0', ' 1', '1 ', '0x1', '1e3', '--1', '١', 'NaN', '1\0'])(
    'refuses %j',
    (written) => {
      for (const oid of [20, 21, 23, 26, 28]) expect(() => text(oid, written)).toThrow(DataError);
    },
  );
  it('refuses every other length', () => {
    for (const [oid, good] of [
      [21, 2],
      [23, 4],
      [20, 8],
    ] as const) {
      for (let length = 0; length < 20; length++) {
        if (length !== good) expect(() => binary(oid, Buffer.alloc(length))).toThrow(DataError);
      }
    }
  });
  it('has no negative zero', () => {
    for (const oid of [21, 23, 26]) expect(Object.is(text(oid, '-0'), 0)).toBe(true);
  });
  it('shows at most 40 characters of a bad cell', () => {
    expect(() => text(23, 'x'.repeat(100_000))).toThrow(/^Cannot read "x{40}"… as integer$/);
  });
});

describe('bigint', () => {
  const extremes = [0n, -1n, 1n, 2n ** 53n, -(2n ** 53n), 2n ** 53n - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
  it('is exact over the whole range', () => {
    for (const value of extremes) {
      expect(text(20, String(value))).toBe(value);
      expect(binary(20, int64(value))).toBe(value);
    }
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        expect(text(20, String(value))).toBe(value);
        expect(binary(20, int64(value))).toBe(value);
      }),
    );
  });
  it('refuses what is beyond 64 bits', () => {
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 10n ** 30n]) {
      expect(() => text(20, String(value))).toThrow(DataError);
    }
  });
  it('is a number by choice, never a rounded one', () => {
    const types = { bigint: 'number' };
    fc.assert(
      fc.property(
        fc.oneof(
          fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
          fc.bigInt(-(2n ** 54n), 2n ** 54n),
          fc.bigInt(-1000n, 1000n),
        ),
        (value) => {
          const safe = Number.isSafeInteger(Number(value));
          for (const get of [
            () => text(20, String(value), { types }),
            () => binary(20, int64(value), { types }),
          ]) {
            if (safe) expect(get()).toBe(Number(value));
            else expect(get).toThrow(DataError);
          }
        },
      ),
    );
    expect(() => binary(20, int64(2n ** 53n), { types })).toThrow(/9007199254740992.*'string'/);
  });
  it('is text by choice', () => {
    for (const value of extremes) {
      expect(text(20, String(value), { types: { int8: 'string' } })).toBe(String(value));
      expect(binary(20, int64(value), { types: { 20: 'string' } })).toBe(String(value));
    }
  });
});

describe('oid and xid', () => {
  it('are unsigned, in 4 and in 8 bytes', () => {
    expect(text(26, '4294967295')).toBe(4_294_967_295);
    expect(binary(26, 'ffffffff')).toBe(4_294_967_295);
    expect(binary(26, '00000000ffffffff')).toBe(4_294_967_295);
    expect(binary(28, '000000010000002a')).toBe(4_294_967_338);
    expect(text(28, '4294967338')).toBe(4_294_967_338);
    expect(text(29, '7')).toBe(7);
  });
  it('refuse what they cannot be', () => {
    expect(() => text(26, '4294967296')).toThrow(DataError);
    expect(() => text(26, '-1')).toThrow(DataError);
    expect(() => binary(26, '0000000100000000')).toThrow(DataError);
    expect(() => binary(28, 'ffffffffffffffff')).toThrow(DataError);
    expect(() => binary(26, '0000')).toThrow(DataError);
  });
});

describe('real and double precision', () => {
  const bytes = (oid: number, value: number): Buffer => {
    const cell = Buffer.alloc(oid === 700 ? 4 : 8);
    if (oid === 700) cell.writeFloatBE(value);
    else cell.writeDoubleBE(value);
    return cell;
  };
  it('read text and binary alike', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(text(701, Object.is(value, -0) ? '-0' : String(value))).toBe(value);
        expect(binary(701, bytes(701, value))).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.float(), (value) => {
        // Nine significant digits name any float.
        const written =
          Number.isFinite(value) && value !== 0
            ? value.toPrecision(9)
            : Object.is(value, -0)
              ? '-0'
              : String(value);
        expect(text(700, written)).toBe(value);
        expect(binary(700, bytes(700, value))).toBe(value);
      }),
    );
  });
  it('round the text of a real to 32 bits', () => {
    expect(text(700, '0.1')).toBe(Math.fround(0.1));
    expect(text(700, '3.4028235e+38')).toBe(3.4028234663852886e38);
    expect(text(700, '1e-45')).toBe(Math.fround(1e-45));
  });
  it('refuse what is beyond them', () => {
    expect(() => text(700, '1e39')).toThrow(DataError);
    expect(() => text(701, '1e309')).toThrow(DataError);
  });
  it.each(['', '.', 'e5', '1e', '0x10', 'inf', 'nan', '+Infinity', '1,5', ' 1', '1 ', '1_0'])(
    'refuse %j',
    (written) => {
      expect(() => text(701, written)).toThrow(DataError);
      expect(() => text(700, written)).toThrow(DataError);
    },
  );
  it('give a function the shortest digits, from either form', () => {
    const types = { real: (written: string) => written, double: (written: string) => written };
    for (const [value, shown] of [
      [0.1, '0.1'],
      [-0, '-0'],
      [NaN, 'NaN'],
      [-Infinity, '-Infinity'],
      [16777216, '16777216'],
    ] as const) {
      expect(binary(700, bytes(700, value), { types })).toBe(shown);
      expect(binary(701, bytes(701, value), { types })).toBe(shown);
      expect(text(700, shown, { types })).toBe(shown);
      expect(text(701, shown, { types })).toBe(shown);
    }
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const shown = binary(700, bytes(700, value), { types }) as string;
        expect(Math.fround(Number(shown))).toBe(value);
      }),
    );
  });
  it('are asked in binary everywhere, so no extra_float_digits can cut them', () => {
    const columns = [700, 701].map((typeOid) => ({ typeOid, typeModifier: -1 }));
    for (const server of servers) expect([...TypeRegistry.defaults.formats(columns, server)]).toEqual([1, 1]);
  });
});
