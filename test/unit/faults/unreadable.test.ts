/** Rows M11 and M12 of the failure matrix: frames that are right around values that are none, and texts made to be slow. */
import { describe, expect, it } from 'vitest';
import { DataError, serverFields } from '../../../src/errors.js';
import type { Connection } from '../../../src/index.js';
import { parseCommandTag } from '../../../src/protocol/command-tag.js';
import { lex } from '../../../src/sql/lexer.js';
import { plainInsertValues } from '../../../src/sql/insert-values.js';
import { paramstyles, parsePlaceholders } from '../../../src/sql/placeholders.js';
import { parseQualifiedName } from '../../../src/sql/quote.js';
import { splitStatements, statementKind } from '../../../src/sql/statements.js';
import { blockOf } from '../../../src/types/codec.js';
import { defaultCodecs, vectors } from '../../../src/types/defaults.js';
import { TypeRegistry } from '../../../src/types/registry.js';
import { elementOfArray } from '../../../src/types/type-options.js';
import { cellServer, type Cell } from './cell-server.js';
import { against, asked, complete, column, describedAs, failure, row, run, settled } from './dialogues.js';

async function eachCell(
  cells: readonly Cell[],
  check: (end: Awaited<ReturnType<typeof settled>>, cell: Cell) => void,
  options: Parameters<typeof against>[2] = {},
): Promise<void> {
  await against(
    cellServer(cells),
    async (conn) => {
      for (const [index, cell] of cells.entries()) {
        const end = await settled(
          conn.script(String(index)).then(([result]) => result?.rows[0]?.['odd"name']),
          `type ${String(cell.oid)}, format ${String(cell.format)}, ${String(cell.bytes.length)} bytes`,
        );
        check(end, cell);
        expect(conn.closed).toBe(false);
      }
    },
    options,
  );
}

const names = TypeRegistry.defaults;
function expectRefused(end: Awaited<ReturnType<typeof settled>>, cell: Cell): void {
  const shown = `${names.typeName(cell.oid)} ${String(cell.format)} ${Buffer.from(cell.bytes.subarray(0, 30)).toString('latin1')}`;
  if (!('error' in end)) throw new Error(`${shown} was read as ${JSON.stringify(end.value)}`);
  expect(end.error, shown).toBeInstanceOf(DataError);
  expect(end.error.message, shown).toContain(`Column 1 "odd"name" (${names.typeName(cell.oid)})`);
  // The message shows little of a value, however long it is.
  expect(end.error.message.length, shown).toBeLessThan(500);
}

/** Any text is a value of these, or the server's text is handed on as it is. */
const textual = new Set(
  [
    ...defaultCodecs.filter(({ oid }) => {
      try {
        const bytes = Buffer.from("garbage'");
        names.readers([{ typeOid: oid, typeModifier: -1 }], [0], {
          dialect: 'redshift',
          protocolVersion: 2,
        })[0]!(blockOf(bytes), 0, bytes.length);
        return true;
      } catch {
        return false;
      }
    }),
  ].map(({ oid }) => oid),
);

const long = 100_000;
const noValues = [
  'garbage',
  "__import__('os').system('id')",
  '${process.exit(1)}',
  'constructor',
  '__proto__',
  'NaNx',
  '1;2',
  '--1',
  '0x1g',
  '١',
  '1'.repeat(long) + 'x',
  '{'.repeat(long),
  '[['.repeat(long),
  '9999-99-99',
  '2024-02-30 25:61:61',
  '1 fortnight',
  '\0',
  '\ud83d\ude00',
];
const wrongLengths = [0, 1, 3, 5, 7, 9, 11, 13, 15, 17, long];

describe('M11: a cell that is no value of its type: the error names column and type, the connection stays usable', () => {
  const scalars = defaultCodecs.filter(({ oid }) => !textual.has(oid));

  it('M11: the types that refuse nonsense are those that mean something by their text', () => {
    expect(scalars.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'boolean',
        'smallint',
        'integer',
        'bigint',
        'oid',
        'real',
        'double precision',
        'numeric',
        'date',
        'time',
        'timetz',
        'timestamp',
        'timestamptz',
        'abstime',
        'interval',
        'interval year to month',
        'interval day to second',
        'varbyte',
        'geometry',
        'geography',
        'json',
      ]),
    );
  });

  for (const { name, oid } of scalars) {
    it(`M11: ${name} in text`, async () => {
      await eachCell(
        noValues.map((text) => ({ oid, format: 0, bytes: Buffer.from(text) })),
        expectRefused,
      );
    });
  }

  it('M11: every type of a fixed size, in binary of another size', async () => {
    const fixed: readonly [number, readonly number[]][] = [
      [16, [1]],
      [21, [2]],
      [23, [4]],
      [20, [8]],
      [26, [4, 8]],
      [28, [4, 8]],
      [700, [4]],
      [701, [8]],
      [1700, [8, 16]],
      [1082, [4]],
      [1083, [8]],
      [1266, [12]],
      [1114, [8]],
      [1184, [8]],
      [1186, [12, 16]],
      [1188, [4]],
      [1190, [8]],
    ];
    const cells = fixed.flatMap(([oid, sizes]) =>
      wrongLengths
        .filter((size) => !sizes.includes(size))
        .map((size): Cell => ({
          oid,
          format: 1,
          bytes: Buffer.alloc(size, 0xff),
          modifier: (38 << 16) + 10 + 4,
        })),
    );
    await eachCell(cells, expectRefused);
  });

  it('M11: binary of the right size that is no value', async () => {
    const cells: Cell[] = [
      { oid: 16, format: 1, bytes: Uint8Array.of(2) },
      { oid: 16, format: 1, bytes: Uint8Array.of(0xff) },
      // Times of day outside of the day.
      { oid: 1083, format: 1, bytes: Buffer.alloc(8, 0xff) },
      { oid: 1083, format: 1, bytes: Buffer.alloc(8, 0x7f) },
      // Timestamps that no Date can say.
      { oid: 1114, format: 1, bytes: Buffer.concat([Uint8Array.of(0x7f), Buffer.alloc(7, 0xfe)]) },
    ];
    await eachCell(cells, expectRefused);
  });

  it('M11: a binary numeric with a negative digit count, a digit above 9999, an unknown sign (PostgreSQL)', async () => {
    const numeric = (...words: number[]): Cell => {
      const bytes = Buffer.alloc(words.length * 2);
      for (const [index, word] of words.entries()) bytes.writeUInt16BE(word & 0xffff, index * 2);
      return { oid: 1700, format: 1, bytes };
    };
    await eachCell(
      [
        numeric(-1, 0, 0, 0),
        numeric(-32_768, 0, 0, 0, 1),
        numeric(2, 0, 0, 0, 1),
        numeric(1, 0, 0, 0, 10_000),
        numeric(1, 0, 0x1234, 0, 1),
      ],
      expectRefused,
      { protocol: 'postgresql' },
    );
  });

  it('M11: a numeric of 100,000 digits is read to the last one, or refused', async () => {
    const digits = '7'.repeat(long);
    await eachCell([{ oid: 1700, format: 0, bytes: Buffer.from(digits) }], (end) => {
      if ('value' in end) expect(end.value).toBe(digits);
      else expect(end.error).toBeInstanceOf(DataError);
    });
    await eachCell([{ oid: 1700, format: 0, bytes: Buffer.from('7'.repeat(1_000_000)) }], expectRefused);
  });

  const arrays = [...elementOfArray.keys()].filter((oid) => !vectors.has(oid));
  it('M11: arrays of every type, in text', async () => {
    const bad = [
      '',
      'garbage',
      '{',
      '}',
      '{1',
      '{1,}',
      '{,1}',
      '{"1}',
      '{1}}',
      '{{1},2}',
      '{{1,2},{3}}',
      '{"a"b}',
      '[0:1',
      '[0:1]={1}x',
      '{'.repeat(long),
      `${'{'.repeat(long)}${'}'.repeat(long)}`,
      `{${'1,'.repeat(long)}`,
      '[-2147483648:2147483647]={',
    ];
    await eachCell(
      arrays.flatMap((oid) => bad.map((text): Cell => ({ oid, format: 0, bytes: Buffer.from(text) }))),
      expectRefused,
    );
  });

  it('M11: arrays of every type, in binary', async () => {
    const head = (dimensions: number, element: number, ...more: number[]): Buffer => {
      const words = [dimensions, 0, element, ...more];
      const bytes = Buffer.alloc(words.length * 4);
      for (const [index, word] of words.entries()) bytes.writeUInt32BE(word >>> 0, index * 4);
      return bytes;
    };
    const cells = arrays.flatMap((oid): Cell[] => {
      const element = elementOfArray.get(oid)!;
      return [
        Buffer.alloc(0),
        Buffer.alloc(11),
        head(-1, element),
        head(long, element, ...Array.from({ length: 200 }, () => 1)),
        head(0x7fff_ffff, element),
        // A length that is not there, a negative one, a product beyond all memory.
        head(1, element, 5, 1),
        head(1, element, -1, 1),
        head(6, element, ...Array.from({ length: 12 }, () => 0x7fff_ffff)),
        // An element that runs over the end; bytes left over; an array of arrays of itself.
        head(1, element, 1, 1, 99),
        head(0, element, 7),
        head(1, oid, 1, 1, 0),
        head(1, 0x7fff_ffff, 1, 1, 0),
      ].map((bytes) => ({ oid, format: 1, bytes }));
    });
    await eachCell(cells, expectRefused);
  });

  it('M11: an element of an array, named by the column that it is in', async () => {
    await eachCell(
      [
        { oid: 1007, format: 0, bytes: Buffer.from('{1,x,3}') },
        { oid: 1231, format: 0, bytes: Buffer.from('{1.5,1.5.5}') },
        { oid: 1115, format: 0, bytes: Buffer.from('{"2024-01-01 00:00:00","2024-13-01 00:00:00"}') },
      ],
      expectRefused,
    );
  });

  it('M11: SUPER as a value; choices of the user; functions of the user', async () => {
    const cells: Cell[] = [
      '{',
      '{"a":}',
      '[1,]',
      'undefined',
      '{"a":1}x',
      '',
      `[1234567890123456789,${'['.repeat(long)}`,
    ].map((text) => ({
      oid: 4000,
      format: 0,
      bytes: Buffer.from(text),
    }));
    await eachCell(cells, expectRefused, { types: { super: 'json' } });
    await eachCell(cells, expectRefused, { types: 'json' });
    await eachCell([{ oid: 20, format: 0, bytes: Buffer.from('9007199254740993') }], expectRefused, {
      types: 'json',
    });
    const thrown = new Error('not mine');
    await eachCell(
      [{ oid: 1043, format: 0, bytes: Buffer.from('x') }],
      (end, cell) => {
        expectRefused(end, cell);
        if ('error' in end) expect(end.error.cause).toBe(thrown);
      },
      {
        types: {
          varchar: () => {
            throw thrown;
          },
        },
      },
    );
  });

  it('M11: in the middle of a result: the rows before and behind it are read', async () => {
    const lines = `${asked}${describedAs([column('n', 1700)])}${run}< BindComplete\n${row('1')}${row('one')}${row('2')}${complete()}`;
    await against(`! repeat 1\n${lines}${lines}${lines}`, async (conn: Connection) => {
      const cursor = await conn.cursor().execute('select n from a');
      expect(await cursor.fetchOne()).toEqual(['1']);
      const refused = await failure(cursor.fetchOne());
      expect(refused).toBeInstanceOf(DataError);
      expect(refused.message).toContain('Column 1 "n" (numeric)');
      expect(await cursor.fetchOne()).toEqual(['2']);
      expect(await cursor.fetchOne()).toBeNull();

      const iterated: unknown[] = [];
      const broken = await failure(
        (async () => {
          for await (const one of await conn.cursor().execute('select n from b')) iterated.push(one);
        })(),
      );
      expect(broken).toBeInstanceOf(DataError);
      expect(iterated).toEqual([['1']]);

      expect(await failure(conn.query('select n from c'))).toBeInstanceOf(DataError);
      expect(conn.closed).toBe(false);
    });
  });
});

// M12

const size = 1_000_000;
const fill = (piece: string): string => piece.repeat(Math.ceil(size / piece.length));
/** Texts of a megabyte that make parsers slow which look ahead, go back, count again or keep too much. */
const slow: readonly string[] = [
  ...[
    '1',
    '-',
    ' ',
    '{',
    '"',
    '\\',
    '.',
    '1 ',
    '1 day ',
    '[0:1]',
    '{"a":',
    '{1,',
    "'",
    "''",
    '$a$',
    '$',
    '/*',
    '*/',
    '--',
    '%(',
    '%s',
    '%',
    ':a',
    '?',
    '$1',
    "E'\\",
    '(',
    'a.',
    '"a".',
    '\n',
    'a\n',
    '0:',
    'é',
    '99999999999999999999 ',
  ].map(fill),
  `{${fill('1,')}1}`,
  `{"${fill('\\"')}"}`,
  `[1234567890123456,"${fill('\\\\')}"]`,
  `error: ${fill('-')}x`,
  `error: ${fill(' ')}x`,
  `code: 1\nerror: 2\n${fill('  -----  x\n')}`,
  `UPDATE ${fill('1 ')}`,
  `select E'a'${fill('\n-- \n')}x`,
  `insert into t values (${fill('$1,')}$1)`,
];

function timed(what: string, call: () => void): void {
  const start = performance.now();
  try {
    call();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof RangeError || error instanceof TypeError) throw error;
  }
  expect(performance.now() - start, what).toBeLessThan(1000);
}

// Wall-clock bounds: one miss on a busy machine is no finding, three are.
const patient = { retry: 2, timeout: 60_000 };

describe('M12: a megabyte of the worst input is read or refused within a second', () => {
  const sql = { backslashEscapes: true };
  /** What lies on top of the lexer sees its tokens only: the texts of many tokens, and of the longest, are its worst. */
  const ofTokens = slow.filter((text) => /^(?:%s|%\(|:a|\$1|\?|a\.|insert)/.test(text));
  const parsers: Readonly<Record<string, readonly [readonly string[], (text: string) => void]>> = {
    'the error box': [slow, (text) => void serverFields(new Map([['M', text]]))],
    'command tags': [slow, (text) => void parseCommandTag(text)],
    'the SQL lexer, as Redshift reads': [slow, (text) => void lex(text, sql)],
    'the SQL lexer, as PostgreSQL reads': [
      slow.filter((text) => /['\\$]/.test(text)),
      (text) => void lex(text, { backslashEscapes: false }),
    ],
    'the kind of a statement': [ofTokens, (text) => void statementKind(text, sql)],
    'the statements of a script': [ofTokens, (text) => void splitStatements(text, sql)],
    'plain INSERTs': [ofTokens, (text) => void plainInsertValues(text, sql)],
    'qualified names': [ofTokens, (text) => void parseQualifiedName(text)],
    ...Object.fromEntries(
      paramstyles.map((style): [string, readonly [readonly string[], (text: string) => void]] => [
        `placeholders of ${style}`,
        [ofTokens, (text) => void parsePlaceholders(text, style, sql)],
      ]),
    ),
  };
  for (const [name, [texts, parse]] of Object.entries(parsers)) {
    it(`M12: ${name}`, patient, () => {
      expect(texts.length).toBeGreaterThan(6);
      for (const text of texts) timed(`${name}: ${text.slice(0, 20)}`, () => parse(text));
    });
  }

  const blocks = slow.map((text) => blockOf(Buffer.from(text)));
  /** One of each reader: those that share a reader share its speed. */
  const readers: Readonly<Record<string, readonly number[]>> = {
    numbers: [16, 20, 23, 26, 700, 701, 1700],
    'dates and times': [1082, 1083, 1266, 1114, 1184, 702],
    intervals: [1186, 1188, 1190],
    bytes: [6551, 17, 3000],
    json: [114, 4000],
    arrays: [1007, 1009, 1231, 1115, 1016, 22],
  };
  for (const [name, oids] of Object.entries(readers)) {
    it(`M12: ${name}`, patient, () => {
      for (const oid of oids) {
        for (const types of name === 'json'
          ? [TypeRegistry.defaults, TypeRegistry.defaults.with('json')]
          : [TypeRegistry.defaults]) {
          const [read] = types.readers([{ typeOid: oid, typeModifier: -1 }], [0], {
            dialect: 'redshift',
            protocolVersion: 2,
          });
          for (const block of blocks) {
            timed(
              `type ${String(oid)}: ${block.bytes.toString('utf8', 0, 20)}`,
              () => void read!(block, 0, block.bytes.length),
            );
          }
        }
      }
    });
  }

  it('M12: none of it is evaluated', async () => {
    const code = [
      'globalThis.evaluated = true',
      '${globalThis.evaluated = true}',
      "__import__('os').system('true')",
      '{"a":globalThis.evaluated=true}',
      '{constructor}',
      '(()=>{globalThis.evaluated=true})()',
      '{"__proto__":{"evaluated":true}}',
    ];
    const oids = [...defaultCodecs.map(({ oid }) => oid), ...elementOfArray.keys(), 99_999];
    for (const types of [undefined, 'json', { super: 'json' }] as const) {
      await eachCell(
        oids.flatMap((oid) => code.map((text): Cell => ({ oid, format: 0, bytes: Buffer.from(text) }))),
        (end) => {
          if ('error' in end) expect(end.error).toBeInstanceOf(DataError);
        },
        types === undefined ? {} : { types },
      );
    }
    expect('evaluated' in globalThis).toBe(false);
    expect('evaluated' in Object.prototype).toBe(false);
  });
});
