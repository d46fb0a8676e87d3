import { deepStrictEqual } from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.js';
import type { RowMode } from '../../../src/results/row-decoder.js';
import { RowResult } from '../../../src/results/rows.js';
import { TypeRegistry, type TypeOptions } from '../../../src/types/registry.js';
import { randomResult, type RandomResult } from './random-results.js';
import { dataRow, fieldOf, incoming } from './rows.js';

type Row = Record<string, unknown>;

function rowsOf(result: RandomResult, rowMode: RowMode, types?: TypeOptions): Row[] {
  const rows = new RowResult({ types: TypeRegistry.defaults.with(types), rowMode, bufferSize: Infinity });
  rows.describe(result.fields, result.formats, result.server);
  const bytes = Buffer.concat(result.rows);
  if (result.rows.length > 0) rows.rows(incoming({ bytes }));
  bytes.fill(0xee);
  const taken: unknown[] = [];
  rows.take(Infinity, taken);
  expect(rows.held).toBe(0);
  return taken as Row[];
}

/** A table of text columns: names, and as many rows of integers. */
function table(
  names: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  oid = 23,
): RandomResult {
  return {
    fields: names.map((name) => fieldOf(name, oid)),
    formats: new Uint8Array(names.length),
    server: { dialect: 'redshift', protocolVersion: 2, timeZone: '' },
    rows: rows.map((row) => dataRow(row.map((cell) => (cell === null ? null : Buffer.from(cell))))),
  };
}

const shown = (value: unknown): string =>
  inspect(value, { depth: 8, maxArrayLength: null, maxStringLength: null });

/** A value, or the error in its place. */
function ask(row: Row, name: string): unknown {
  try {
    return row[name];
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return String(error);
  }
}

describe('lazy rows', () => {
  it('have the values of object rows, in whatever order they are asked, and errors where those have them', () => {
    fc.assert(
      fc.property(
        randomResult(TypeRegistry.defaults),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 60 }),
        (result, order) => {
          const lazy = rowsOf(result, 'lazy');
          const eager = result.rows.map((row): Row | string => {
            try {
              return rowsOf({ ...result, rows: [row] }, 'object')[0]!;
            } catch (error) {
              return String(error);
            }
          });
          expect(lazy).toHaveLength(eager.length);
          const names = [...new Set(result.fields.map(({ name }) => name))];
          const all = lazy.flatMap((_, row) => names.map((_name, at): [number, number] => [row, at]));
          for (const [row, column] of [...(lazy.length === 0 ? [] : order), ...all]) {
            const at = row % Math.max(lazy.length, 1);
            const wanted = eager[at]!;
            const name = names[column % names.length]!;
            const value = ask(lazy[at]!, name);
            if (typeof wanted !== 'string') {
              if (shown(value) !== shown(wanted[name])) expect(shown(value)).toBe(shown(wanted[name]));
              // The same one each time, as any object's.
              expect(Object.is(ask(lazy[at]!, name), value) || typeof value === 'object').toBe(true);
            }
          }
          eager.forEach((wanted, at) => {
            const errors = names.map((name) => ask(lazy[at]!, name));
            // A column that another of its name hides is never read.
            const column = Number(/Column (\d+)/.exec(typeof wanted === 'string' ? wanted : '')?.[1]) - 1;
            const name = result.fields[column]?.name;
            const hidden = result.fields.findLastIndex((field) => field.name === name) !== column;
            if (typeof wanted === 'string' && !hidden) expect(errors).toContain(wanted);
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  const few = table(
    ['a', 'b', 'n'],
    [
      ['1', '2', null],
      ['3', '4', '5'],
    ],
  );
  const plain = rowsOf(few, 'object');

  it('show their columns as any object does', () => {
    const rows = rowsOf(few, 'lazy');
    const [row] = rows as [Row];
    expect(Object.keys(row)).toEqual(['a', 'b', 'n']);
    expect(Object.entries(row)).toEqual(Object.entries(plain[0]!));
    expect({ ...row, more: true }).toEqual({ a: 1, b: 2, n: null, more: true });
    const { a, ...others } = row;
    expect([a, others]).toEqual([1, { b: 2, n: null }]);
    const seen: string[] = [];
    for (const name in row) seen.push(name);
    expect(seen).toEqual(['a', 'b', 'n']);
    expect(JSON.stringify(rows)).toBe(JSON.stringify(plain));
    expect(inspect(rows)).toBe(inspect(plain));
    expect(inspect(rows, { showProxy: false, depth: 0 })).toBe(inspect(plain, { depth: 0 }));
    expect(rows).toStrictEqual(plain);
    deepStrictEqual(rows, plain);
    expect('a' in row && Object.hasOwn(row, 'b') && !('x' in row) && 'toString' in row).toBe(true);
    expect(Object.hasOwn(row, 'toString')).toBe(false);
    expect(row['x']).toBeUndefined();
    expect(Object.prototype.toString.call(row)).toBe('[object Object]');
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(row instanceof Object && row.constructor === Object).toBe(true);
    expect(Object.assign({}, row)).toEqual(plain[0]);
    expect(structuredClone({ ...row })).toEqual(plain[0]);
  });

  it('can be changed like any object, and their neighbours are not', () => {
    const [row, next] = rowsOf(few, 'lazy') as [Row, Row];
    row['a'] = 'new';
    row['more'] = 1;
    delete row['b'];
    expect(row).toStrictEqual({ a: 'new', n: null, more: 1 });
    expect(Object.keys(row)).toEqual(['a', 'n', 'more']);
    expect(inspect(row)).toBe("{ a: 'new', n: null, more: 1 }");
    expect(JSON.stringify(row)).toBe('{"a":"new","n":null,"more":1}');
    expect(next).toStrictEqual(plain[1]);
    Object.freeze(next);
    expect(Object.isFrozen(next)).toBe(true);
    expect(() => {
      next['a'] = 0;
    }).toThrow(TypeError);
    expect(next).toStrictEqual(plain[1]);
    const [third] = rowsOf(few, 'lazy') as [Row];
    Object.defineProperty(third, 'hidden', { value: 1, enumerable: false, configurable: true });
    expect([Object.keys(third), third['hidden']]).toEqual([['a', 'b', 'n'], 1]);
    Object.setPrototypeOf(third, null);
    expect(Object.getPrototypeOf(third)).toBeNull();
    expect({ ...third }).toEqual(plain[0]);
  });

  it('take any name for a column; of several with one name the last counts, in the order that object rows have', () => {
    const names = ['b', '__proto__', 'constructor', 'a', 'toJSON', '7', 'a', '', 'hasOwnProperty', 'then'];
    const result = table(names, [names.map((_, at) => String(at))]);
    const [row] = rowsOf(result, 'lazy') as [Row];
    const [object] = rowsOf(result, 'object') as [Row];
    expect(Object.entries(row)).toEqual(Object.entries(object));
    expect(row['a']).toBe(6);
    expect(row['__proto__']).toBe(1);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    row['__proto__'] = 'data';
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(Object.hasOwn(row, '__proto__') && row['__proto__'] === 'data').toBe(true);
    expect({}.hasOwnProperty.call(row, 'then')).toBe(true);
  });

  it('throw the error of a value that cannot be read when it is asked for; all others can be read', () => {
    const rows = rowsOf(
      table(
        ['a', 'b'],
        [
          ['1', '2'],
          ['x', '4'],
          ['5', '6'],
          ['y', '8'],
        ],
      ),
      'lazy',
    );
    expect(rows.map((row) => row['b'])).toEqual([2, 4, 6, 8]);
    const error = 'Column 1 "a" (integer): Cannot read "x" as integer';
    for (let time = 0; time < 2; time++) {
      expect(() => rows[1]!['a']).toThrow(new DataError(error));
      expect(rows[0]!['a']).toBe(1);
      expect(rows[2]!['a']).toBe(5);
    }
    expect(() => ({ ...rows[1] })).toThrow(DataError);
    expect(() => JSON.stringify(rows[3])).toThrow('Cannot read "y"');
    expect(inspect(rows[1])).toContain(error);
    expect(inspect(rows[2])).toBe('{ a: 5, b: 6 }');
    expect(() => {
      rows[1]!['b'] = 0;
    }).toThrow(DataError);
  });

  it('are safe to keep: what comes later is never seen in them', () => {
    const result = table(
      ['v'],
      Array.from({ length: 3000 }, (_, at) => [`value ${String(at)} `.repeat(20)]),
      25,
    );
    const kept = rowsOf(result, 'lazy');
    for (let time = 0; time < 3; time++) {
      rowsOf(
        table(
          ['v'],
          Array.from({ length: 3000 }, () => ['poison '.repeat(30)]),
          25,
        ),
        'lazy',
      );
    }
    kept.forEach((row, at) => {
      if (row['v'] !== `value ${String(at)} `.repeat(20)) expect(row['v']).toBe(at);
    });
  });

  it('read a column for their neighbours, too: a function in types runs once a value, when it is asked for', () => {
    let calls = 0;
    const rows = rowsOf(
      table(
        ['a', 'b'],
        Array.from({ length: 40 }, () => ['1', '2']),
      ),
      'lazy',
      {
        integer: (text) => {
          calls++;
          return `<${text}>`;
        },
      },
    );
    expect(calls).toBe(0);
    expect(rows[7]!['b']).toBe('<2>');
    expect(rows.map((row) => row['b'])).toEqual(Array.from({ length: 40 }, () => '<2>'));
    expect(calls).toBe(40);
  });
});
