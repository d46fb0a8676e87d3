/** Section 6 of the failure matrix, rows S1 to S4: what is sent, or refused before a byte of it has left. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ArgumentError, typed, type Connection } from '../../../src/index.js';
import { encodeFrontendAll } from '../../../src/protocol/frontend.js';
import { quoteLiteral } from '../../../src/sql/quote.js';
import { checkTextSize } from '../../../src/types/sizes.js';
import type { Script } from '../../scripted/server.js';
import { against, expectRefused, failure, playLines, works } from './dialogues.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('S1: a message that no length can say is refused before a byte, never with a wrapped length', () => {
  const megabytes32 = typed.varchar('x'.repeat(32 * 1024 * 1024));
  // One value many times over: as much as the limit, 2^31 and 2^32, in the memory of one.
  for (const [what, count] of [
    ['1 GiB - 2', 33],
    ['2^31', 70],
    ['4 GiB', 140],
  ] as const) {
    it(`S1: parameters of over ${what} in sum`, async () => {
      const values = Array.from({ length: count }, () => megabytes32);
      const sql = `select ${values.map(() => '%s').join(', ')}`;
      await expectRefused((conn) => conn.query(sql, values), /bytes; a message holds at most 1073741822/);
      await expectRefused(
        (conn) => conn.cursor().execute(`delete from t where a in (${sql.slice(7)})`, values),
        /bytes/,
      );
      await expectRefused((conn) => conn.cursor().executeMany(sql, [values]), /bytes/);
    });
  }

  it('S1: in the middle of a batch: what went before is rolled back, the connection works', async () => {
    const values = Array.from({ length: 33 }, () => megabytes32);
    const small = Array.from({ length: 33 }, () => typed.varchar('x'));
    const sql = `delete from t where a in (${values.map(() => '%s').join(', ')})`;
    const script: Script = async (peer) => {
      await playLines(peer, '! login');
      // 256 statements are a block; the large one stands in the next.
      for (let message = await peer.next(); message?.type !== 'Sync'; message = await peer.next());
      const one = '< BindComplete\n< CommandComplete tag="DELETE 1"\n';
      await playLines(
        peer,
        `< ParseComplete\n< BindComplete\n< CommandComplete tag="BEGIN"\n< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n${one.repeat(256)}< ReadyForQuery status="T"\n> Parse sql="rollback"\n> Bind ...\n> Execute\n> Sync\n< ParseComplete\n< BindComplete\n< CommandComplete tag="ROLLBACK"\n< ReadyForQuery status="I"\n${works}`,
      );
      await peer.silence();
    };
    await against(script, async (conn) => {
      const rows = [...Array.from({ length: 256 }, () => small), values];
      const error = await failure(conn.cursor().executeMany(sql, rows));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(conn.transactionStatus).toBe('idle');
      await conn.query('select a');
    });
  });

  it('S1: one parameter: bytes whose text no string can hold', async () => {
    // Memory that is never touched takes none.
    const bytes = Buffer.alloc(300 * 1024 * 1024);
    await expectRefused((conn) => conn.query('select %s', [bytes]), /Parameter 1 is larger/);
    await expectRefused((conn) => conn.query('select %s, %s', [1, bytes]), /Parameter 2 is larger/);
    expect(() => typed.varbyte(bytes)).toThrow(ArgumentError);
  });

  it('S1: one text, by its bytes and not by its length', () => {
    for (const bytes of [0x3fff_ffff, 2 ** 31, 2 ** 32 + 7]) {
      vi.spyOn(Buffer, 'byteLength').mockReturnValue(bytes);
      const text = { length: 0x1fff_ffe8 } as unknown as string;
      expect(() => checkTextSize(text, 'Parameter 1')).toThrow(/Parameter 1 is larger/);
    }
    vi.restoreAllMocks();
    expect(() => checkTextSize('short', 'Parameter 1')).not.toThrow();
  });

  it('S1: SQL text', () => {
    const sql = 'x'.repeat(5000);
    for (const bytes of [0x3fff_ffff, 2 ** 31, 2 ** 32 + 7]) {
      vi.spyOn(Buffer, 'byteLength').mockReturnValue(bytes);
      expect(() => encodeFrontendAll([{ type: 'Query', sql }])).toThrow(ArgumentError);
      expect(() => encodeFrontendAll([{ type: 'Parse', statement: '', sql, parameterOids: [] }])).toThrow(
        ArgumentError,
      );
    }
  });
});

describe('S2: parameters are counted in a signed int16', () => {
  const markers = (count: number): string => `select ${new Array(count).fill('%s').join(',')}`;

  it('S2: 32,767 go out, and the count says so', async () => {
    const script: Script = async (peer) => {
      await playLines(peer, '! login');
      const parse = await peer.expect('Parse ...');
      expect(parse.parameterOids).toHaveLength(32_767);
      await playLines(
        peer,
        '> Describe ...\n> Sync\n< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n< ReadyForQuery status="I"',
      );
      const bind = await peer.expect('Bind ...');
      expect(bind.values).toHaveLength(32_767);
      await playLines(
        peer,
        '> Execute\n> Sync\n< BindComplete\n< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"',
      );
    };
    await against(script, async (conn, server) => {
      await conn.query(markers(32_767), new Array(32_767).fill(1));
      await server.done();
    });
  });

  it.each([32_768, 65_535, 65_536, 65_537])('S2: %i are refused, named, before a byte', async (count) => {
    const values = new Array<number>(count).fill(1);
    const text = new RegExp(`32767 parameters; ${String(count)}|${String(count)} parameters`);
    await expectRefused((conn) => conn.query(markers(count), values), text);
    await expectRefused((conn) => conn.cursor().execute(markers(count), values), text);
    await expectRefused((conn) => conn.cursor().executeMany(markers(count), [values]), text);
    await expectRefused((conn) => conn.query(`select $${String(count)}`, values), text);
    await expectRefused((conn) => conn.cursor().callProc('p', values), text);
    const names = Object.fromEntries(values.map((value, index) => [`p${String(index)}`, value]));
    const named = Object.keys(names).map((name) => `:${name}`);
    await expectRefused(
      (conn) => conn.query(`select ${named.join(',')}`, names, { paramstyle: 'named' }),
      text,
    );
  });
});

describe('S3: NUL, which ends a text on the wire', () => {
  const places: readonly [string, (conn: Connection) => Promise<unknown>, RegExp][] = [
    ['SQL text', (conn) => conn.query('select 1\0; drop table t'), /SQL text contains a NUL/],
    ['SQL text of a cursor', (conn) => conn.cursor().execute('select 1\0'), /SQL text contains a NUL/],
    [
      'SQL text of a statement without rows',
      (conn) => conn.query('delete from t\0'),
      /SQL text contains a NUL/,
    ],
    ['SQL text of a script', (conn) => conn.script('select 1;\0select 2'), /SQL text contains a NUL/],
    [
      'SQL text of executeMany',
      (conn) => conn.cursor().executeMany('delete from t where a = %s\0', [[1]]),
      /SQL text contains a NUL/,
    ],
    ['a parameter', (conn) => conn.query('select %s', ['a\0b']), /Parameter 1 contains a NUL/],
    [
      'the second parameter',
      (conn) => conn.query('select %s, %s', ['a', 'b\0']),
      /Parameter 2 contains a NUL/,
    ],
    [
      'a named parameter',
      (conn) => conn.query('select :x', { x: '\0' }, { paramstyle: 'named' }),
      /Parameter 1 contains a NUL/,
    ],
    [
      'an element of an array',
      (conn) => conn.query('select %s', [['a', '\0']]),
      /Parameter 1 contains a NUL/,
    ],
    [
      'a row of executeMany',
      (conn) => conn.cursor().executeMany('insert into t values (%s)', [['a'], ['\0']]),
      /Parameter 1 contains a NUL/,
    ],
    ['the name of a procedure', (conn) => conn.cursor().callProc('"a\0b"'), /NUL/],
    ['the name of a procedure, unquoted', (conn) => conn.cursor().callProc('a\0b'), /name/],
    [
      'a parameter of a procedure',
      (conn) => conn.cursor().callProc('p', ['\0']),
      /Parameter 1 contains a NUL/,
    ],
    [
      'the table of insertDataBulk',
      (conn) => conn.cursor().insertDataBulk('/dev/null', '"t\0"', [0], ['a']),
      /NUL/,
    ],
    [
      'a column of insertDataBulk',
      (conn) => conn.cursor().insertDataBulk('/dev/null', 't', [0], ['a\0']),
      /NUL/,
    ],
  ];
  it.each(places)('S3: in %s', async (_name, call, text) => {
    await expectRefused(call, text);
    await expectRefused((conn) => {
      conn.autocommit = false;
      return call(conn).finally(() => {
        conn.autocommit = true;
      });
    }, text);
  });

  it('S3: in values that bring their type', () => {
    for (const make of [typed.varchar, typed.text, typed.char, typed.numeric, typed.time] as const) {
      expect(() => (make as (value: string) => unknown)('1\0')).toThrow(ArgumentError);
    }
    expect(() => typed.oid(1043, 'a\0')).toThrow(ArgumentError);
    expect(() => quoteLiteral('\0', { backslashEscapes: true })).toThrow(ArgumentError);
  });
});

describe('S4: text whose bytes are more than its characters', () => {
  const texts = [
    '😀',
    'a😀b',
    '\ud800',
    '\udc00',
    '\ud800\ud800',
    '\udc00\ud800',
    'x\ud83d',
    '\ude00x',
    '\ufeff',
    '\uffff',
    'é'.repeat(1000),
    '€'.repeat(1024),
    '€'.repeat(1025),
    '😀'.repeat(512),
    '😀'.repeat(513),
    `${'a'.repeat(1023)}€`,
    `${'a'.repeat(1024)}\ud800`,
  ];
  const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

  it('S4: as SQL text, as a parameter and in a script, the server hears every byte and counts right', async () => {
    const heard: string[] = [];
    const script: Script = async (peer) => {
      await playLines(peer, '! login');
      for (const _ of texts) {
        const parse = await peer.expect('Parse ...');
        await playLines(
          peer,
          '> Describe ...\n> Sync\n< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n< ReadyForQuery status="I"',
        );
        const bind = await peer.expect('Bind ...');
        heard.push(parse.sql, Buffer.from(bind.values[0]!).toString('utf8'));
        await playLines(
          peer,
          '> Execute\n> Sync\n< BindComplete\n< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"',
        );
        heard.push((await peer.expect('Query ...')).sql);
        await playLines(peer, '< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"');
      }
    };
    await against(script, async (conn, server) => {
      for (const text of texts) {
        await conn.query(`select '${text}', %s`, [text]);
        await conn.script(`select '${text}'`);
      }
      await server.done();
    });
    expect(heard).toEqual(
      texts.flatMap((text) => [`select '${utf8(text)}', $1`, utf8(text), `select '${utf8(text)}'`]),
    );
  });

  it('S4: what the server sends comes back the same, wherever it is cut', async () => {
    const sound = texts.filter((text) => utf8(text) === text);
    for (const piece of [0, 1, 3]) {
      const rows = sound.map((text) => `< DataRow values=[${JSON.stringify(text)}]\n`).join('');
      const lines = works
        .replace(/< DataRow.*\n/, rows)
        .replace('> Bind', `! split ${String(piece)}\n> Bind`);
      const { rows: read } = await against(lines, (conn) => conn.query<{ a: string }>('select a'));
      expect(read.map(({ a }) => a)).toEqual(sound);
    }
  });
});
