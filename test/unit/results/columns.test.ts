/** What columns become, and what has no place in them. */
import { describe, expect, it } from 'vitest';
import { planColumns } from '../../../src/results/column-plan.js';
import { typeText } from '../../../src/results/schema.js';
import { TypeRegistry, type TypeOptions } from '../../../src/types/registry.js';
import { float32, float64, int32, int64, postgresNumeric, text } from '../kernel/blocks.js';
import { numericModifier, postgresql, redshift } from '../types/cells.js';
import { column, frameOf } from './result-columns.js';

function typeOf(oid: number, types?: TypeOptions, modifier = -1): string {
  const registry = TypeRegistry.defaults.with(types);
  return typeText(planColumns([column(oid, modifier)], [1], registry, redshift(2))[0]!.field.type);
}

describe('the type of a column', () => {
  it.each([
    [16, 'bool'],
    [21, 'int16'],
    [23, 'int32'],
    [20, 'int64'],
    [26, 'uint32'],
    [28, 'int64'],
    [700, 'float32'],
    [701, 'float64'],
    [1082, 'date32'],
    [1083, 'time64'],
    [1266, 'utf8'],
    [1114, 'timestamp'],
    [1184, 'timestamp UTC'],
    [702, 'timestamp UTC'],
    [1186, 'interval'],
    [1188, 'interval'],
    [1190, 'interval'],
    [6551, 'binary'],
    [17, 'binary'],
    [3000, 'utf8'],
    [3001, 'utf8'],
    [4000, 'utf8'],
    [114, 'utf8'],
    [1043, 'utf8'],
    [1007, 'utf8'],
    [22, 'utf8'],
    [99_999, 'utf8'],
  ])('%i is %s', (oid, wanted) => {
    expect(typeOf(oid)).toBe(wanted);
    // A function is for rows.
    expect(typeOf(oid, { [oid]: () => 1 })).toBe(wanted);
  });

  it.each([
    [38, 10, 'decimal(38, 10)'],
    [5, 0, 'decimal(5, 0)'],
    [38, 38, 'decimal(38, 38)'],
    // PostgreSQL has a scale beyond the precision, and digits that no decimal128 holds.
    [3, 5, 'decimal(5, 5)'],
    [39, 2, 'utf8'],
  ])('numeric(%i, %i) is %s', (precision, scale, wanted) => {
    expect(typeOf(1700, undefined, numericModifier(precision, scale))).toBe(wanted);
  });

  it('a numeric of any scale is text, which loses nothing', () => {
    expect(typeOf(1700)).toBe('utf8');
  });

  it('a choice of numbers is float64, a choice of text is utf8, bytes are binary', () => {
    expect(typeOf(20, { bigint: 'number' })).toBe('float64');
    expect(typeOf(1700, { numeric: 'number' })).toBe('float64');
    for (const [oid, types] of [
      [20, { bigint: 'string' }],
      [1700, { numeric: 'string' }],
      [1082, { date: 'string' }],
      [1083, { time: 'string' }],
      [1114, { timestamp: 'string' }],
      [1186, { interval: 'string' }],
      [6551, { varbyte: 'hex' }],
    ] as const) {
      expect(typeOf(oid, types)).toBe('utf8');
    }
    expect(typeOf(1082, { date: 'date' })).toBe('date32');
    expect(typeOf(1114, { timestamp: 'micros' })).toBe('timestamp');
    expect(typeOf(3000, { geometry: 'buffer' })).toBe('binary');
    expect(typeOf(4000, { super: 'json' })).toBe('utf8');
  });

  it("follows the preset 'json': numbers, ISO texts, hex", () => {
    expect([20, 1114, 1184, 6551, 700, 1186].map((oid) => typeOf(oid, 'json'))).toEqual([
      'float64',
      'utf8',
      'utf8',
      'utf8',
      'float32',
      'utf8',
    ]);
    const frame = frameOf([column(1114)], [[int64(1n)]], {
      server: redshift(2),
      formats: [1],
      types: 'json',
    });
    expect(frame.column(0).get(0)).toBe('2000-01-01T00:00:00.000001Z');
  });
});

describe('what has no place in a column', () => {
  const message = (
    oid: number,
    cell: Uint8Array,
    format: number,
    types?: TypeOptions,
    modifier = -1,
  ): string => {
    try {
      frameOf([column(23, -1, 'id'), column(oid, modifier, 'x')], [[int32(1), cell]], {
        server: redshift(2),
        formats: [1, format],
        types,
      });
    } catch (error) {
      return String(error);
    }
    return 'no error';
  };

  it.each([
    ['timestamp', 1114, int64(2n ** 63n - 1n), 1],
    ['timestamp', 1114, text('infinity'), 0],
    ['timestamptz', 1184, int64(-(2n ** 63n)), 1],
    ['date', 1082, int32(2 ** 31 - 1), 1],
    ['date', 1082, text('-infinity'), 0],
    ['interval', 1186, text('infinity'), 0],
  ] as const)('an infinite %s', (name, oid, cell, format) => {
    expect(message(oid, cell, format)).toBe(
      `DataError: Column 2 "x" (${name}): infinity has no place in a typed column; choose 'string' for ${name} (option types), or fetch rows`,
    );
    expect(
      frameOf([column(oid)], [[cell]], {
        server: redshift(2),
        formats: [format],
        types: { [name]: 'string' },
      })
        .column(0)
        .get(0),
    ).toMatch(/^-?infinity$/);
  });

  it('NaN in a decimal; as a number it has one', () => {
    const modifier = numericModifier(10, 2);
    expect(message(1700, text('NaN'), 0, undefined, modifier)).toBe(
      `DataError: Column 2 "x" (numeric): NaN has no place in a column of decimals; choose 'number' (a float64 column) or 'string' for numeric (option types)`,
    );
    const settings = { server: redshift(2), formats: [0], types: { numeric: 'number' } } as const;
    expect(
      frameOf([column(1700, modifier)], [[text('NaN')], [text('1.50')]], settings)
        .column(0)
        .toArray(),
    ).toEqual([NaN, 1.5]);
  });

  it('a decimal that would lose a digit', () => {
    expect(message(1700, text('1.505'), 0, undefined, numericModifier(10, 2))).toMatch(
      /1\.505 does not fit decimal\(10, 2\)/,
    );
  });

  it('a bigint as a number that would be rounded', () => {
    expect(message(20, int64(2n ** 53n), 1, { bigint: 'number' })).toMatch(
      /Column 2 "x" \(bigint\): Cannot read 9007199254740992 as a number/,
    );
  });

  it('a cell that is no value of its type: the first of them in the order of rows', () => {
    const rows = [
      [int32(1), int32(1)],
      [int32(2), text('xyz')],
      [text('abc'), int32(3)],
    ];
    expect(() =>
      frameOf([column(23, -1, 'a'), column(23, -1, 'b')], rows, { server: redshift(2), formats: [1, 1] }),
    ).toThrow('Column 2 "b" (integer): Cannot read 3 bytes as binary integer');
  });
});

describe('the slow way', () => {
  it('takes cells that no lane does, where they are values', () => {
    const modifier = numericModifier(38, 30);
    const settings = { server: redshift(2), formats: [0] };
    const long = `0.${'1234567890'.repeat(3)}`;
    expect(
      frameOf([column(1700, modifier)], [[text(long)], [text(`${long}${'0'.repeat(80)}`)]], settings)
        .column(0)
        .toArray(),
    ).toEqual([long, long]);
    const wide = frameOf([column(1700, modifier)], [[text(long)], [text('0.5')]], {
      ...settings,
      types: { numeric: 'number' },
    });
    expect(wide.column(0).toArray()).toEqual([Number(long), 0.5]);
  });

  it('puts U+FFFD where bytes are no UTF-8, as rows have it, also where a character is cut by a border', () => {
    const broken = [[Buffer.from([0x61, 0xff])], [Buffer.from([0xc3])], [Buffer.from([0xa9])], [text('é')]];
    expect(
      frameOf([column(25)], broken, { server: redshift(2), formats: [1] })
        .column(0)
        .toArray(),
    ).toEqual(['a\ufffd', '\ufffd', '\ufffd', 'é']);
  });

  it('reads dates of the whole range from text as from binary', () => {
    const cells = [
      ['5874897-12-31', 2_145_031_948],
      ['4713-01-01 BC', -2_451_507],
      ['0001-01-01', -730_119],
    ] as const;
    const from = (format: number): unknown[] =>
      frameOf(
        [column(1082)],
        cells.map(([shown, day]) => [format === 0 ? text(shown) : int32(day)]),
        { server: redshift(2), formats: [format] },
      )
        .column(0)
        .toArray();
    expect(from(0)).toEqual(cells.map(([shown]) => shown));
    expect(from(1)).toEqual(from(0));
  });

  it("reads PostgreSQL's binary numerics and NaN, infinities and zeros of floats", () => {
    const settings = { server: postgresql, formats: [1, 1, 1] };
    const columns = [column(1700, numericModifier(18, 4)), column(700), column(701)];
    const frame = frameOf(
      columns,
      [
        [postgresNumeric('-12345678901234.5678'), float32(NaN), float64(-0)],
        [postgresNumeric('0.0001'), float32(-Infinity), float64(Infinity)],
      ],
      settings,
    );
    expect(frame.columns.map((one) => one.toArray())).toEqual([
      ['-12345678901234.5678', '0.0001'],
      [NaN, -Infinity],
      [-0, Infinity],
    ]);
  });
});

describe('columns of no values', () => {
  it('no rows: the columns with their types', () => {
    const frame = frameOf([column(23, -1, 'a'), column(25, -1, 'b'), column(16, -1, 'c')], [], {
      server: redshift(2),
      formats: [1, 1, 1],
    });
    expect(frame.numRows).toBe(0);
    expect(frame.schema.fields.map(({ name, type }) => [name, type.kind])).toEqual([
      ['a', 'int32'],
      ['b', 'utf8'],
      ['c', 'bool'],
    ]);
    expect(frame.columns.map((one) => one.toArray())).toEqual([[], [], []]);
  });

  it('all NULL', () => {
    const rows = Array.from({ length: 20 }, () => [null, null, null, null]);
    const frame = frameOf([column(23), column(25), column(16), column(1266)], rows, {
      server: redshift(2),
      formats: [1, 1, 1, 0],
      block: 7,
    });
    for (const one of frame.columns) {
      expect(one.nullCount).toBe(20);
      expect(one.toArray()).toEqual(Array(20).fill(null));
    }
  });
});
