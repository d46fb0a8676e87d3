/** Section 12 of the failure matrix: names that mean something to JavaScript or to SQL, and values at the ends of their types. */
import { describe, expect, it } from 'vitest';
import { DataError, type Connection } from '../../../src/index.js';
import { cellServer, type Cell } from './cell-server.js';
import { against, asked, column, complete, describedAs, failure, run } from './dialogues.js';

const special = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'then',
  'length',
  '0',
  'valueOf',
  'toJSON',
  'prototype',
  'catch',
  '__defineGetter__',
];
const values = special.map((name) => `value of ${name}`);

/** A result of these columns, all text, with one row. */
const result = (names: readonly string[], row: readonly string[], times = 1): string =>
  `${asked}${describedAs(names.map((name) => column(name)))}${run}< BindComplete\n! repeat ${String(times)}\n< DataRow values=${JSON.stringify(row)}\n${complete()}`;
const again = (row: readonly string[]): string =>
  `${run}< BindComplete\n< DataRow values=${JSON.stringify(row)}\n${complete()}`;

function expectOwn(
  row: object,
  names: readonly string[] = special,
  expected: readonly unknown[] = values,
): void {
  expect(new Set(Object.keys(row))).toEqual(new Set(names));
  for (const [index, name] of names.entries()) {
    expect(Object.getOwnPropertyDescriptor(row, name), name).toEqual({
      value: expected[index],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  expect([Object.prototype, null]).toContain(Object.getPrototypeOf(row));
}

const prototypeBefore = JSON.stringify(Reflect.ownKeys(Object.prototype).map(String));
function expectPrototypesUntouched(): void {
  expect(JSON.stringify(Reflect.ownKeys(Object.prototype).map(String))).toBe(prototypeBefore);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.prototype.toString.call({})).toBe('[object Object]');
}

describe('N1: names that objects have already', () => {
  it('N1: columns: own, enumerable properties of rows, wherever rows come from', async () => {
    await against(
      `${result(special, values)}${again(values)}${again(values)}${again(values)}${again(values)}> Query ...\n< RowDescription fields=[${special.map((name) => column(name)).join(',')}]\n< DataRow values=${JSON.stringify(values)}\n${complete()}`,
      async (conn) => {
        const rows: object[] = [];
        rows.push(...(await conn.query<object>('select a')).rows);
        const cursor = (): ReturnType<Connection['cursor']> => conn.cursor({ rowMode: 'object' });
        rows.push((await (await cursor().execute<object>('select a')).fetchOne())!);
        rows.push(...(await (await cursor().execute<object>('select a')).fetchMany(5)));
        rows.push(...(await (await cursor().execute<object>('select a')).fetchAll()));
        for await (const row of await cursor().execute<object>('select a')) rows.push(row);
        rows.push(...(await conn.script('select a'))[0]!.rows);
        expect(rows).toHaveLength(6);
        for (const row of rows) expectOwn(row);
        expectPrototypesUntouched();
      },
    );
  });

  it('N1: a NULL and a value in the same column, row after row', async () => {
    const lines = `${asked}${describedAs([column('__proto__'), column('b')])}${run}< BindComplete\n< DataRow values=[null,"1"]\n< DataRow values=["x",null]\n< DataRow values=[null,null]\n${complete()}`;
    await against(lines, async (conn) => {
      const { rows } = await conn.query<object>('select a');
      expectOwn(rows[0]!, ['__proto__', 'b'], [null, '1']);
      expectOwn(rows[1]!, ['__proto__', 'b'], ['x', null]);
      expectOwn(rows[2]!, ['__proto__', 'b'], [null, null]);
    });
  });

  it('N1: a row with a column "then" survives await, Promise.resolve and return from async functions', async () => {
    await against(result(special, values), async (conn) => {
      const { rows } = await conn.query<object>('select a');
      const row: unknown = rows[0];
      expect(await row).toBe(row);
      expect(await Promise.resolve(row)).toBe(row);
      expect(await (async () => Promise.resolve(row))()).toBe(row);
      expect(await Promise.all([row])).toEqual([row]);
    });
  });

  it('N1: JSON.stringify, spread, structuredClone and Object.entries have them all', async () => {
    await against(result(special, values), async (conn) => {
      const { rows } = await conn.query<object>('select a', null, { types: 'json' });
      const row = rows[0]!;
      expectOwn(JSON.parse(JSON.stringify(row)) as object);
      expectOwn({ ...row });
      expect(new Map(Object.entries(row))).toEqual(
        new Map(special.map((name, index) => [name, values[index]])),
      );
      expect(Object.keys(structuredClone(row))).toHaveLength(special.length);
    });
  });

  it('N1: keys of SUPER and JSON, also where numbers beyond 2^53 are read', async () => {
    const members = special
      .map((name, index) => `${JSON.stringify(name)}:${JSON.stringify(values[index])}`)
      .join(',');
    const texts = [
      `{${members}}`,
      `{${members},"big":12345678901234567890}`,
      `{"__proto__":{"polluted":true},"a":[{"__proto__":{"polluted":1234567890123456789}}]}`,
    ];
    const cells = texts.flatMap((text) =>
      [4000, 114].map((oid): Cell => ({ oid, format: 0, bytes: Buffer.from(text) })),
    );
    for (const types of ['json', { super: 'json' }] as const) {
      await against(
        cellServer(cells),
        async (conn) => {
          for (const [index, cell] of cells.entries()) {
            const [read] = await conn.script(String(index));
            const value = read!.rows[0]!['odd"name'] as object;
            const text = Buffer.from(cell.bytes).toString();
            if (text.includes('polluted')) expect(Object.keys(value)).toEqual(['__proto__', 'a']);
            else {
              const big = Object.getOwnPropertyDescriptor(value, 'big')?.value as unknown;
              if (text.includes('"big"')) expect(String(big)).toBe('12345678901234567890');
              expectOwn(value, text.includes('"big"') ? [...special, 'big'] : special, [...values, big]);
            }
          }
          expectPrototypesUntouched();
        },
        { types },
      );
    }
  });

  it('N1: parameters that the server reports', async () => {
    const reported = special
      .map((name, index) => `< ParameterStatus name="${name}" value="${values[index]!}"\n`)
      .join('');
    await against(`${reported}${result(['a'], ['x'])}`, async (conn) => {
      await conn.query('select a');
      for (const [index, name] of special.entries()) expect(conn.parameters.get(name)).toBe(values[index]);
      expectPrototypesUntouched();
    });
  });

  it('N1: names of parameters that nobody gave are missing, whatever objects inherit', async () => {
    await against('', async (conn) => {
      for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
        const error = await failure(conn.query(`select :${name}`, { other: 1 }, { paramstyle: 'named' }));
        expect(error).toMatchObject({
          name: 'ProgrammingError',
          message: expect.stringContaining(name) as string,
        });
      }
    });
  });
});

describe('N2: two columns of one name', () => {
  it('N2: of an object row the last one counts; array rows and the description have all', async () => {
    const names = ['a', 'b', 'a', '__proto__', '__proto__', ''];
    const row = ['1', '2', '3', '4', '5', '6'];
    await against(`${result(names, row)}${again(row)}`, async (conn) => {
      const { rows, columns } = await conn.query<object>('select a');
      expectOwn(rows[0]!, ['a', 'b', '__proto__', ''], ['3', '2', '5', '6']);
      expect(columns.map(({ name }) => name)).toEqual(names);
      const cursor = await conn.cursor().execute('select a');
      expect(await cursor.fetchAll()).toEqual([row]);
      expect(cursor.description?.map(({ name }) => name)).toEqual(names);
    });
  });
});

describe('N3: names of every shape', () => {
  const names = [
    '"',
    "'",
    '`',
    '\\',
    '""',
    '\n',
    '\r\n',
    '\t',
    '*/',
    '/*',
    '--',
    ';',
    '${x}',
    "');process.exit(1)//",
    '\u2028',
    '?column?',
    '',
    ' ',
    '😀',
    'naïve',
    'ﬀ',
    'a'.repeat(127),
    'é'.repeat(63),
    '%s',
    '$1',
    '[object Object]',
    'a b',
    '1',
    '-1',
    '01',
    'NaN',
  ];
  it('N3: exact, as keys and in the description; no code comes of them', async () => {
    const row = names.map((_, index) => String(index));
    await against(`${result(names, row)}${again(row)}`, async (conn) => {
      const { rows, columns } = await conn.query<object>('select a');
      expect(columns.map(({ name }) => name)).toEqual(names);
      expectOwn(rows[0]!, names, row);
      expect(await (await conn.cursor().execute('select a')).fetchAll()).toEqual([row]);
    });
  });

  it('N3: in the error of a cell, too', async () => {
    for (const name of names) {
      const lines = `${asked}${describedAs([column(name, 1700)])}${run}< BindComplete\n< DataRow values=["x"]\n${complete()}`;
      await against(lines, async (conn) => {
        expect((await failure(conn.query('select a'))).message).toContain(`Column 1 "${name}" (numeric)`);
      });
    }
  });
});

describe('N4: values at the ends of their types', () => {
  const int64 = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return bytes;
  };
  const int128 = (value: bigint): Buffer => {
    const bits = BigInt.asUintN(128, value);
    return Buffer.concat([int64(BigInt.asIntN(64, bits >> 64n)), int64(BigInt.asIntN(64, bits))]);
  };
  const float64 = (value: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return bytes;
  };
  const text = (oid: number, written: string): Cell => ({ oid, format: 0, bytes: Buffer.from(written) });
  const binary = (oid: number, bytes: Buffer, modifier?: number): Cell => ({
    oid,
    format: 1,
    bytes,
    ...(modifier === undefined ? {} : { modifier }),
  });
  const numeric3837 = (38 << 16) + 37 + 4;
  const most = 10n ** 38n - 1n;
  const written3837 = `${String(most).slice(0, 1)}.${String(most).slice(1)}`;
  /** Microseconds since 2000-01-01. */
  const micros = (iso: string): bigint =>
    (BigInt(Date.parse(iso)) - BigInt(Date.parse('2000-01-01T00:00:00Z'))) * 1000n;

  async function read(cell: Cell, types?: Parameters<typeof against>[2]): Promise<unknown> {
    return against(
      cellServer([cell]),
      async (conn) => (await conn.script('0'))[0]!.rows[0]!['odd"name'],
      types ?? {},
    );
  }

  const exact: readonly [string, Cell[], unknown][] = [
    ['2^53 + 1', [text(20, '9007199254740993'), binary(20, int64(9007199254740993n))], 9007199254740993n],
    [
      '2^63 - 1',
      [text(20, '9223372036854775807'), binary(20, int64(9223372036854775807n))],
      9223372036854775807n,
    ],
    [
      '-2^63',
      [text(20, '-9223372036854775808'), binary(20, int64(-9223372036854775808n))],
      -9223372036854775808n,
    ],
    ['numeric(38,37)', [text(1700, written3837), binary(1700, int128(most), numeric3837)], written3837],
    [
      'the smallest numeric(38,37)',
      [text(1700, `0.${'0'.repeat(36)}1`), binary(1700, int128(1n), numeric3837)],
      `0.${'0'.repeat(36)}1`,
    ],
    [
      'minus the smallest',
      [text(1700, `-0.${'0'.repeat(36)}1`), binary(1700, int128(-1n), numeric3837)],
      `-0.${'0'.repeat(36)}1`,
    ],
    ['NaN', [text(701, 'NaN'), binary(701, float64(NaN))], NaN],
    ['Infinity', [text(701, 'Infinity'), binary(701, float64(Infinity))], Infinity],
    ['-Infinity', [text(701, '-Infinity'), binary(701, float64(-Infinity))], -Infinity],
    ['-0', [text(701, '-0'), binary(701, float64(-0))], -0],
    ['the smallest double', [text(701, '5e-324'), binary(701, float64(5e-324))], 5e-324],
    [
      'the largest double',
      [text(701, '1.7976931348623157e+308'), binary(701, float64(Number.MAX_VALUE))],
      Number.MAX_VALUE,
    ],
    [
      'a timestamp that is endless',
      [text(1114, 'infinity'), binary(1114, int64(9223372036854775807n))],
      Infinity,
    ],
    [
      'a timestamp without beginning',
      [text(1184, '-infinity'), binary(1184, int64(-9223372036854775808n))],
      -Infinity,
    ],
    [
      'a date that is endless',
      [text(1082, 'infinity'), binary(1082, Buffer.from('7fffffff', 'hex'))],
      Infinity,
    ],
    [
      '4713 BC as a Date',
      [text(1114, '4713-01-01 00:00:00 BC'), binary(1114, int64(micros('-004712-01-01T00:00:00Z')))],
      new Date('-004712-01-01T00:00:00Z'),
    ],
    ['4713 BC as a date', [text(1082, '4713-01-01 BC')], '4713-01-01 BC'],
    ['the last day of dates', [text(1082, '5874897-12-31')], '5874897-12-31'],
  ];
  it.each(exact)('N4: %s, in text and in binary', async (_name, cells, expected) => {
    for (const cell of cells) {
      const value = await read(cell);
      if (typeof expected === 'number') expect(Object.is(value, expected), String(value)).toBe(true);
      else expect(value).toEqual(expected);
    }
  });

  it('N4: 294276 AD, which no Date can say: refused by name, exact as text and as microseconds', async () => {
    const end = '294276-12-31 23:59:59.999999';
    const error = await failure(read(text(1114, end)));
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toMatch(/odd"name.*'string'/);
    expect(await read(text(1114, end), { types: { timestamp: 'string' } })).toBe(end);
    expect(await read(text(1184, `${end}+00`), { types: { timestamptz: 'string' } })).toBe(`${end}+00`);
    const micro = (await read(text(1114, end), { types: { timestamp: 'micros' } })) as bigint;
    // The same instant in binary.
    const bytes = int64(micro - 946_684_800_000_000n);
    expect(await read(binary(1114, bytes), { types: { timestamp: 'string' } })).toBe(end);
    expect(await read(binary(1114, bytes), { types: { timestamp: 'micros' } })).toBe(micro);
  });

  it('N4: a choice that would round is refused, never rounded', async () => {
    expect(await failure(read(text(20, '9007199254740993'), { types: { bigint: 'number' } }))).toBeInstanceOf(
      DataError,
    );
    expect(await failure(read(binary(20, int64(-9007199254740993n)), { types: 'json' }))).toBeInstanceOf(
      DataError,
    );
    expect(await read(text(20, '9007199254740991'), { types: { bigint: 'number' } })).toBe(9007199254740991);
    expect(await read(text(701, 'NaN'), { types: 'json' })).toBe('NaN');
  });

  it('N4: microseconds of a timestamp are kept, and sent back', async () => {
    const value = (await read(text(1114, '2024-02-29 12:34:56.789012'))) as Date;
    expect(value.toISOString()).toBe('2024-02-29T12:34:56.789012Z');
    expect(JSON.stringify(value)).toBe('"2024-02-29T12:34:56.789012Z"');
  });
});
