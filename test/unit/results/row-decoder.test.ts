import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowResult } from '../../../src/results/rows.js';
import type { RowMode } from '../../../src/results/row-decoder.js';
import { TypeRegistry, type TypeOptions } from '../../../src/types/registry.js';
import { randomResult, type RandomResult } from './random-results.js';
import { dataRow, fieldOf, incoming } from './rows.js';

/** Everything that a reader of the result sees, rows and errors in their order. */
function readOut(result: RandomResult, types: TypeRegistry, rowMode: RowMode, atOnce: number): unknown[] {
  const rows = new RowResult({ types, rowMode, bufferSize: Infinity });
  rows.describe(result.fields, result.formats, result.server);
  if (result.rows.length > 0) rows.rows(incoming({ bytes: Buffer.concat(result.rows) }));
  const seen: unknown[] = [];
  while (rows.hasRow) {
    const part: unknown[] = [];
    try {
      rows.take(atOnce, part);
      seen.push(...part);
    } catch (error) {
      seen.push(...part, String(error));
    }
  }
  expect(rows.held).toBe(0);
  return seen;
}

const shown = (values: unknown): string =>
  inspect(values, { depth: 8, maxArrayLength: null, maxStringLength: null, breakLength: Infinity });

const choices: readonly (TypeOptions | undefined)[] = [
  undefined,
  'json',
  {
    bigint: 'number',
    numeric: 'number',
    date: 'date',
    timestamp: 'micros',
    timestamptz: 'string',
    varbyte: 'hex',
  },
  {
    bigint: 'string',
    text: (text) => `<${text}>`,
    numeric: (text) => ({ text }),
    real: (text) => text,
    timestamp: 'string',
  },
];

describe('rows that are read column by column', () => {
  it.each(choices)('are those that are read cell by cell, with types %o', (options) => {
    const types = TypeRegistry.defaults.with(options);
    fc.assert(
      fc.property(
        randomResult(types),
        fc.constantFrom<RowMode[]>('array', 'object'),
        fc.constantFrom(Infinity, 256, 33),
        (result, mode, atOnce) => {
          // Single rows go cell by cell.
          expect(shown(readOut(result, types, mode, atOnce))).toBe(shown(readOut(result, types, mode, 1)));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('are given up to a cell that cannot be read; then it is an error that names it, and the next rows come', () => {
    const cells = Array.from({ length: 100 }, (_, at) => (at % 30 === 29 ? 'x' : String(at)));
    const result: RandomResult = {
      fields: [fieldOf('a', 25), fieldOf('n', 23)],
      formats: Uint8Array.of(0, 0),
      server: { dialect: 'redshift', protocolVersion: 2, timeZone: '' },
      rows: cells.map((cell) => dataRow([Buffer.from('t'), Buffer.from(cell)])),
    };
    expect(readOut(result, TypeRegistry.defaults, 'array', Infinity)).toEqual(
      cells.map((cell) =>
        cell === 'x' ? 'DataError: Column 2 "n" (integer): Cannot read "x" as integer' : ['t', Number(cell)],
      ),
    );
  });

  it('have their own properties in the order of the columns, whatever they are called', () => {
    const names = ['__proto__', 'constructor', 'a', '7', 'a', '', 'toString'];
    const result: RandomResult = {
      fields: names.map((name) => fieldOf(name, 23)),
      formats: new Uint8Array(names.length),
      server: { dialect: 'redshift', protocolVersion: 2, timeZone: '' },
      rows: Array.from({ length: 40 }, () => dataRow(names.map((_, at) => Buffer.from(String(at))))),
    };
    for (const row of readOut(result, TypeRegistry.defaults, 'object', Infinity)) {
      expect(Object.entries(row as object)).toEqual([
        ['7', 3],
        ['__proto__', 0],
        ['constructor', 1],
        ['a', 4],
        ['', 5],
        ['toString', 6],
      ]);
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    }
  });

  it("are kept apart when a user's reader reads another result in the midst of it", () => {
    const make = (types: TypeRegistry): RowResult => {
      const result = new RowResult({ types, rowMode: 'array', bufferSize: Infinity });
      result.describe(fields, Uint8Array.of(1, 0), { dialect: 'redshift', protocolVersion: 2, timeZone: '' });
      const cells = Array.from({ length: 50 }, (_, at) =>
        dataRow([Buffer.from([0, 0, 0, at]), Buffer.from(String(at))]),
      );
      result.rows(incoming({ bytes: Buffer.concat(cells) }));
      return result;
    };
    const fields = [fieldOf('n', 23), fieldOf('t', 25)];
    let inner: unknown[] | undefined;
    const types: TypeRegistry = TypeRegistry.defaults.with({
      text: (text) => {
        if (inner === undefined) make(types).take(Infinity, (inner = []));
        return text;
      },
    });
    const rows: unknown[] = [];
    make(types).take(Infinity, rows);
    const expected = Array.from({ length: 50 }, (_, at) => [at, String(at)]);
    expect(rows).toEqual(expected);
    expect(inner).toEqual(expected);
  });

  it('are not touched by what came with another choice of types, or another format, for the same description', () => {
    const fields = [fieldOf('n', 20)];
    const row = (binary: boolean): Buffer =>
      dataRow([binary ? Buffer.from([0, 0, 0, 0, 0, 0, 0, 5]) : Buffer.from('5')]);
    const readWith = (types: TypeRegistry, binary: boolean, rowMode: RowMode): unknown => {
      const result = new RowResult({ types, rowMode, bufferSize: Infinity });
      result.describe(fields, Uint8Array.of(binary ? 1 : 0), {
        dialect: 'redshift',
        protocolVersion: 2,
        timeZone: '',
      });
      result.rows(incoming({ bytes: row(binary) }));
      const rows: unknown[] = [];
      result.take(1, rows);
      return rows[0];
    };
    const number = TypeRegistry.defaults.with({ bigint: 'number' });
    for (let round = 0; round < 3; round++) {
      expect(readWith(TypeRegistry.defaults, true, 'array')).toEqual([5n]);
      expect(readWith(TypeRegistry.defaults, false, 'array')).toEqual([5n]);
      expect(readWith(number, true, 'array')).toEqual([5]);
      expect(readWith(number, false, 'object')).toEqual({ n: 5 });
      expect(readWith(TypeRegistry.defaults.with({ bigint: 'string' }), true, 'object')).toEqual({ n: '5' });
    }
  });

  it('reads many numerics of Redshift as it reads one, also around a cell that is none', () => {
    const redshift = { dialect: 'redshift', protocolVersion: 2, timeZone: 'UTC' } as const;
    const value = fc.tuple(fc.integer({ min: 0, max: 127 }), fc.bigInt({ min: 0n, max: 1n << 126n }));
    const cell = value.map(([bits, number]) => {
      const kept = BigInt.asIntN(bits + 1, number);
      const bytes = Buffer.alloc(16);
      bytes.writeBigInt64BE(kept >> 64n);
      bytes.writeBigUInt64BE(BigInt.asUintN(64, kept), 8);
      return BigInt.asIntN(64, kept) === kept ? bytes.subarray(8) : bytes;
    });
    const cells = fc.array(fc.option(cell), { minLength: 150, maxLength: 600, size: 'max' });
    fc.assert(
      fc.property(
        cells,
        fc.nat(149),
        fc.boolean(),
        fc.integer({ min: 0, max: 38 }),
        (some, at, broken, scale) => {
          const all = broken ? some.map((one, row) => (row === at ? Buffer.alloc(7) : one)) : some;
          const result: RandomResult = {
            fields: [fieldOf('n', 1700, ((38 << 16) | scale) + 4)],
            formats: Uint8Array.of(1),
            server: redshift,
            rows: all.map((one) => dataRow([one])),
          };
          const types = TypeRegistry.defaults;
          expect(readOut(result, types, 'array', Infinity)).toEqual(readOut(result, types, 'array', 1));
        },
      ),
      { numRuns: 20 },
    );
  });
});
