import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { Interval } from '../../../src/types/interval.js';
import { ParameterBuffer } from '../../../src/types/parameter-buffer.js';
import { ParameterColumn } from '../../../src/types/parameter-columns.js';
import { encodeParameter } from '../../../src/types/parameters.js';
import { TypeRegistry } from '../../../src/types/registry.js';
import { Timestamp } from '../../../src/types/timestamp.js';
import { typed } from '../../../src/types/typed.js';
import { postgresql, read, redshift, text } from './cells.js';

const server = redshift(2);
/** OID, format, and the bytes as hex if binary, as text if text. */
function show(value: unknown, to = server): [number, number, string | null] {
  const { oid, format, bytes } = encodeParameter(value, to, 1);
  return [oid, format, bytes === null ? null : Buffer.from(bytes).toString(format === 1 ? 'hex' : 'utf8')];
}

describe('a parameter', () => {
  it.each([
    [null, [0, 0, null]],
    [undefined, [0, 0, null]],
    [true, [16, 1, '01']],
    [false, [16, 1, '00']],
    [0, [23, 1, '00000000']],
    [-1, [23, 1, 'ffffffff']],
    [32_767, [23, 1, '00007fff']],
    [2_147_483_647, [23, 1, '7fffffff']],
    [-2_147_483_648, [23, 1, '80000000']],
    [2_147_483_648, [20, 1, '0000000080000000']],
    [-2_147_483_649, [20, 1, 'ffffffff7fffffff']],
    [Number.MAX_SAFE_INTEGER, [20, 1, '001fffffffffffff']],
    [Number.MIN_SAFE_INTEGER, [20, 1, 'ffe0000000000001']],
    [2 ** 53, [701, 1, '4340000000000000']],
    [1e300, [701, 1, '7e37e43c8800759c']],
    [0.5, [701, 1, '3fe0000000000000']],
    [-0, [701, 1, '8000000000000000']],
    [NaN, [701, 1, '7ff8000000000000']],
    [-Infinity, [701, 1, 'fff0000000000000']],
    [5n, [20, 1, '0000000000000005']],
    [-(2n ** 63n), [20, 1, '8000000000000000']],
    [2n ** 63n, [1700, 0, '9223372036854775808']],
    ['', [0, 0, '']],
    ['García', [0, 0, 'García']],
    ['a\ud800b', [0, 0, 'a\ufffdb']],
    [new Date(Date.UTC(2024, 0, 2, 3, 4, 5, 6)), [0, 0, '2024-01-02 03:04:05.006000+00']],
    [new Timestamp(Date.UTC(2024, 0, 2), 7), [0, 0, '2024-01-02 00:00:00.000007+00']],
    [new Timestamp(-1, 999), [0, 0, '1969-12-31 23:59:59.999999+00']],
    [new Date(Date.UTC(-43, 2, 15)), [0, 0, '0044-03-15 00:00:00.000000+00 BC']],
    [new Date(8.64e15), [0, 0, '275760-09-13 00:00:00.000000+00']],
    [Buffer.from([0, 255]), [0, 0, '00ff']],
    [new Uint8Array([1, 2, 3]).subarray(1), [0, 0, '0203']],
    [
      new Interval({ months: 14, microseconds: -1n }),
      [1186, 0, '14 mons 0 days -0 hours -0 mins -0.000001 secs'],
    ],
    [{ a: [1, null], b: 2n ** 70n }, [0, 0, '{"a":[1,null],"b":1180591620717411303424}']],
    [Object.assign(Object.create(null) as object, { a: 1 }), [0, 0, '{"a":1}']],
    [{ at: new Date(0), text: 'a\0' }, [0, 0, '{"at":"1970-01-01T00:00:00.000Z","text":"a\\u0000"}']],
    [typed.varchar('x'), [1043, 0, 'x']],
    [typed.intervalYearToMonth(new Interval({ months: -1 })), [1188, 1, 'ffffffff']],
  ])('%o', (value, wanted) => {
    expect(show(value)).toEqual(wanted);
    expect(TypeRegistry.defaults.encode(value, server).oid).toBe(wanted[0]);
  });
  it('of bytes has a prefix on PostgreSQL', () => {
    expect(show(Buffer.from([0, 255]), postgresql)).toEqual([0, 0, '\\x00ff']);
  });
  it('may come from another realm', () => {
    expect(show(runInNewContext('new Date(0)'))).toEqual([0, 0, '1970-01-01 00:00:00.000000+00']);
    expect(show(runInNewContext('({ a: 1 })'))).toEqual([0, 0, '{"a":1}']);
    expect(show(runInNewContext('new Uint8Array([255])'))).toEqual([0, 0, 'ff']);
    expect(show(runInNewContext('[1, 2]'))[0]).toBe(1007);
  });
  it('does not change the process’s idea of an object', () => {
    const odd = JSON.parse('{"__proto__": 1}') as object;
    expect(show(odd)).toEqual([0, 0, '{"__proto__":1}']);
  });
});

class Money {
  readonly amount = 1;
}
const circle: { self?: unknown } = {};
circle.self = circle;

describe('what no parameter can be', () => {
  it.each([
    [() => 1, /^Parameter 3 is a function/],
    [Symbol('s'), /^Parameter 3 is a symbol/],
    [new Money(), /^Parameter 3 is a Money/],
    [new Map(), /^Parameter 3 is a Map/],
    [new Set(), /^Parameter 3 is a Set/],
    [/x/, /^Parameter 3 is a RegExp/],
    [Promise.resolve(1), /^Parameter 3 is a Promise \(await it first\)/],
    [new Float64Array(2), /^Parameter 3 is a Float64Array/],
    [new ArrayBuffer(2), /^Parameter 3 is a ArrayBuffer/],
    [Object.create({ constructor: 5 }), /^Parameter 3 is/],
    [new Date(NaN), /^Parameter 3 is an invalid Date/],
    ['a\0b', /^Parameter 3 contains a NUL/],
    [circle, /^Parameter 3 is an object that cannot be written as JSON/],
    [{ toJSON: () => undefined }, /^Parameter 3 is an object whose toJSON gives nothing/],
    [
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
      /^Parameter 3 is an object that cannot/,
    ],
    [[1, 'a'], /^Parameter 3 is an array of mixed kinds/],
    [[true, 1], /mixed kinds/],
    [[new Date(0), 'a'], /mixed kinds/],
    [[{ a: 1 }], /^Parameter 3 is an array of objects.*JSON\.stringify/],
    [[typed.int2(1)], /^Parameter 3 is an array of typed values/],
    [[[1], [2, 3]], /^Parameter 3 is an array whose inner arrays differ/],
    [[[1], 2], /differ in length or depth/],
    [[1, [2]], /differ in length or depth/],
    [[[[[[[[1]]]]]]], /more than 6 dimensions/],
    [['a\0'], /^Parameter 3 contains a NUL/],
    [[() => 1], /^Parameter 3 is a function/],
  ])('%o', (value, message) => {
    expect(() => encodeParameter(value, server, 3)).toThrow(ArgumentError);
    expect(() => encodeParameter(value, server, 3)).toThrow(message);
  });
  it('is told without a value in the message', () => {
    for (const value of ['s3cret\0', ['s3cret', 1], { s3cret: circle }]) {
      let message = '';
      try {
        encodeParameter(value, server, 1);
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain('Parameter 1');
      expect(message).not.toContain('s3cret');
    }
  });
  it('is an array that contains itself', () => {
    const self: unknown[] = [];
    self.push(self);
    expect(() => encodeParameter(self, server, 1)).toThrow(ArgumentError);
  });
});

describe('an array', () => {
  const back = (value: unknown[], oid: number): unknown => {
    const encoded = encodeParameter(value, server, 1);
    expect(encoded.oid).toBe(oid);
    return read(oid, encoded.format, encoded.bytes!);
  };
  it('has the type that holds all its elements', () => {
    expect(back([1, null, -5], 1007)).toEqual([1, null, -5]);
    expect(back([1, 2 ** 40], 1016)).toEqual([1n, 2n ** 40n]);
    expect(back([1, 5n], 1016)).toEqual([1n, 5n]);
    expect(back([1, 2n ** 64n, undefined], 1231)).toEqual(['1', '18446744073709551616', null]);
    expect(back([1, 0.5], 1022)).toEqual([1, 0.5]);
    expect(back([0.5, 2n ** 60n], 1231)).toEqual(['0.5', '1152921504606846976']);
    expect(back([2n ** 60n, 0.5], 1231)).toEqual(['1152921504606846976', '0.5']);
    expect(back([true, false, null], 1000)).toEqual([true, false, null]);
    expect(back(['a', '', null, 'NULL', '"\\{}', 'é'], 1009)).toEqual(['a', '', null, 'NULL', '"\\{}', 'é']);
    expect(back([], 1009)).toEqual([]);
    expect(back([null, null], 1009)).toEqual([null, null]);
    expect(
      back(
        [
          [1, 2],
          [3, null],
        ],
        1007,
      ),
    ).toEqual([
      [1, 2],
      [3, null],
    ]);
    expect(back([[], []], 1009)).toEqual([]);
  });
  it('takes a hole for NULL', () => {
    expect(back([1, , 3], 1007)).toEqual([1, null, 3]);
  });
  it('of dates or bytes is text without a type', () => {
    expect(show([new Date(0), null])).toEqual([0, 0, '{"1970-01-01 00:00:00.000000+00",NULL}']);
    expect(show([Buffer.from([255])])).toEqual([0, 0, '{"ff"}']);
    expect(show([Buffer.from([255])], postgresql)).toEqual([0, 0, '{"\\\\xff"}']);
  });
  it('comes back as it went, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\0')))),
        (values) => {
          expect(back(values, 1009)).toEqual(values);
        },
      ),
    );
  });
});

describe('there and back', () => {
  it('numbers, bigints, booleans and dates', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer(),
          fc.double(),
          fc.maxSafeInteger(),
          fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
          fc.boolean(),
        ),
        (value) => {
          const { oid, format, bytes } = encodeParameter(value, server, 1);
          const result = read(oid, format, bytes!);
          expect(typeof value === 'number' && oid === 20 ? Number(result) : result).toBe(value);
        },
      ),
      { numRuns: 1000 },
    );
  });
  it('intervals', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.bigInt(-(2n ** 62n), 2n ** 62n),
        (months, days, microseconds) => {
          const value = new Interval({ months, days, microseconds });
          const written = Buffer.from(encodeParameter(value, postgresql, 1).bytes!).toString();
          expect(text(1186, written, { server: postgresql })).toEqual(value);
        },
      ),
    );
  });
});

describe('a column of parameters', () => {
  /** What Bind would carry of one value at a time. */
  const columnEncoder = (
    values: readonly unknown[],
    traits: typeof server,
    position: number,
  ): { oid: number; format: 0 | 1; encode(value: unknown): Uint8Array | null } => {
    const column = new ParameterColumn(traits, position);
    for (const value of values) column.note(value);
    const writer = column.writer();
    return {
      oid: writer.oid,
      format: writer.format,
      encode: (value) => {
        const out = new ParameterBuffer();
        writer.write(out, value);
        const { count, pieces, bytes } = out.take();
        const written = Buffer.concat(pieces);
        expect([count, bytes]).toEqual([1, written.length]);
        const length = written.readInt32BE();
        expect(written.length - 4).toBe(Math.max(length, 0));
        return length === -1 ? null : written.subarray(4);
      },
    };
  };
  const column = (...values: unknown[]): [number, number, ...(string | null)[]] => {
    const encoder = columnEncoder(values, server, 2);
    return [
      encoder.oid,
      encoder.format,
      ...values.map((value) => {
        const bytes = encoder.encode(value);
        return bytes === null ? null : Buffer.from(bytes).toString(encoder.format === 1 ? 'hex' : 'utf8');
      }),
    ];
  };
  it.each([
    [[], [0, 0]],
    [
      [null, undefined],
      [0, 0, null, null],
    ],
    [
      [1, null, -1],
      [23, 1, '00000001', null, 'ffffffff'],
    ],
    [
      [1, 2 ** 40],
      [20, 1, '0000000000000001', '0000010000000000'],
    ],
    [
      [1, 5n],
      [20, 1, '0000000000000001', '0000000000000005'],
    ],
    [
      [1, 2n ** 64n],
      [1700, 0, '1', '18446744073709551616'],
    ],
    [
      [1, 0.5],
      [701, 1, '3ff0000000000000', '3fe0000000000000'],
    ],
    [
      [2 ** 40, 0.5],
      [701, 1, '4270000000000000', '3fe0000000000000'],
    ],
    [
      [0.5, 1n],
      [1700, 0, '0.5', '1'],
    ],
    [
      [1n, 0.5],
      [1700, 0, '1', '0.5'],
    ],
    [
      [0.5, 1, 2n],
      [1700, 0, '0.5', '1', '2'],
    ],
    [
      [0.5, 2 ** 60],
      [1700, 0, '0.5', '1152921504606846976'],
    ],
    [
      [2 ** 60, null],
      [701, 1, '43b0000000000000', null],
    ],
    [
      [0.5, 1e300],
      [701, 1, '3fe0000000000000', '7e37e43c8800759c'],
    ],
    [
      [0.5, -0],
      [701, 1, '3fe0000000000000', '8000000000000000'],
    ],
    [
      [true, null],
      [16, 1, '01', null],
    ],
    [
      [true, 1],
      [0, 0, 'true', '1'],
    ],
    [
      ['a', 1, 0.5, -0, true, 5n, null],
      [0, 0, 'a', '1', '0.5', '-0', 'true', '5', null],
    ],
    [
      [new Date(0), 'now'],
      [0, 0, '1970-01-01 00:00:00.000000+00', 'now'],
    ],
    [
      [Buffer.from([255]), null],
      [0, 0, 'ff', null],
    ],
    [
      [{ a: 1 }, '[]'],
      [0, 0, '{"a":1}', '[]'],
    ],
    [
      [typed.int8(1n), typed.int8(2n), null],
      [20, 0, '1', '2', null],
    ],
    [
      [typed.int8(1n), typed.int8(null)],
      [20, 0, '1', null],
    ],
    [
      [typed.int8(1n), 'x'],
      [0, 0, '1', 'x'],
    ],
    [
      [typed.int8(1n), typed.varchar('x')],
      [0, 0, '1', 'x'],
    ],
    [
      [new Interval({ months: 1 }), null],
      [1186, 0, '1 mons 0 days 0 hours 0 mins 0.000000 secs', null],
    ],
    [
      [new Interval({ months: 1 }), '1 day'],
      [0, 0, '1 mons 0 days 0 hours 0 mins 0.000000 secs', '1 day'],
    ],
    [
      [['a'], []],
      [1009, 1, '0000000100000000000000190000000100000001' + '0000000161', '000000000000000000000019'],
    ],
    [
      [[1], []],
      [0, 0, '{"1"}', '{}'],
    ],
    [
      [[1], [0.5], null],
      [0, 0, '{"1"}', '{"0.5"}', null],
    ],
  ])('%o', (values, wanted) => {
    expect(column(...values)).toEqual(wanted);
  });
  it('refuses what has no type in common', () => {
    expect(() => column(2n ** 64n, Infinity)).toThrow(/Parameter 2 .*infinity/);
    expect(() => column(typed.intervalYearToMonth(new Interval({})), 'x')).toThrow(ArgumentError);
    expect(() => column(1, () => 1)).toThrow(/Parameter 2 is a function/);
  });
  it('refuses a value that was not there when the type was chosen', () => {
    for (const [seen, later] of [
      [1, 'x'],
      [1, 0.5],
      [1, 2 ** 40],
      [true, 1],
      [0.5, 1n],
      [5n, 2n ** 64n],
      [typed.int8(1n), 'x'],
    ] as const) {
      expect(() => columnEncoder([seen], server, 2).encode(later)).toThrow(ArgumentError);
    }
  });
  it('gives each value as it would stand alone, whatever the order', () => {
    const number = fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.bigInt(-(10n ** 25n), 10n ** 25n),
      fc.constant(null),
    );
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 6 }), (values) => {
        const encoder = columnEncoder(values, server, 1);
        const reversed = columnEncoder([...values].reverse(), server, 1);
        expect([reversed.oid, reversed.format]).toEqual([encoder.oid, encoder.format]);
        for (const value of values) {
          const bytes = encoder.encode(value);
          if (value === null || bytes === null) {
            expect(bytes).toBe(value);
            continue;
          }
          // An integer is compared as what it is, bigint or number; -0 is no integer.
          const exact = (one: number | bigint): number | bigint =>
            Number.isInteger(one) && !Object.is(one, -0) ? BigInt(one) : one;
          const back = encoder.oid === 1700 ? Buffer.from(bytes).toString() : read(encoder.oid, 1, bytes);
          if (typeof back === 'string')
            expect(back).toBe(
              Object.is(value, -0) ? '-0' : String(Math.abs(Number(value)) < 1e38 ? exact(value) : value),
            );
          else expect(exact(back as number)).toBe(exact(value));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
