/** Row S6 of the failure matrix: SQL that the driver writes stays what it was meant to be, whatever the values are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { typed, type Connection, type ConnectOptions } from '../../../src/index.js';
import { lex } from '../../../src/sql/lexer.js';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../../../src/sql/quote.js';
import type { Script } from '../../scripted/server.js';
import { against, expectRefused, playLines } from './dialogues.js';

describe('S6: a value in SQL is inert', () => {
  /** What a statement is to the server: its tokens, without those of the value. */
  const shape = (sql: string, backslashEscapes: boolean): string[] =>
    lex(sql, { backslashEscapes })
      .filter(({ kind }) => kind !== 'space' && kind !== 'comment')
      .map(({ kind, start, end, unterminated }) => {
        const text = kind === 'string' || kind === 'quoted-identifier' ? '' : sql.slice(start, end);
        return `${kind}${unterminated === true ? '!' : ''} ${text}`;
      });
  const hostile = fc.oneof(
    fc.string({
      unit: fc.constantFrom(
        "'",
        '"',
        '\\',
        '$',
        '-',
        '/',
        '*',
        ';',
        '%',
        's',
        '?',
        ':',
        '1',
        '\n',
        ' ',
        'E',
        'x',
        '🐘',
      ),
      maxLength: 30,
    }),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', '')),
    fc.constantFrom(
      "\\' or 1=1 --",
      "' or ''='",
      '\\',
      "\\\\'",
      '$$ ; drop table t; $$',
      '*/ ; --',
      '"; drop table t; --',
      "E'\\''",
      '%s',
      '$1',
      ':a',
      '?',
      '%(a)s',
    ),
  );

  it('S6: literals and identifiers: the tokens around them are those of a harmless value', () => {
    fc.assert(
      fc.property(hostile, hostile, fc.boolean(), (value, name, backslashEscapes) => {
        const write = (literal: string, identifier: string): string =>
          `select a -${quoteLiteral(literal, { backslashEscapes })}, "b" as ${quoteIdentifier(identifier)} from ${quoteQualified(['s', identifier])} where c = ${quoteLiteral(literal, { backslashEscapes })} -- end`;
        const id = name === '' || Buffer.byteLength(name) > 127 ? 'n' : name;
        expect(shape(write(value, id), backslashEscapes)).toEqual(
          shape(write('harmless', 'n'), backslashEscapes),
        );
      }),
      { numRuns: 2000 },
    );
  });

  /** Answers every statement, and keeps what it heard. */
  async function listening(
    calls: (conn: Connection) => Promise<unknown>,
    options: ConnectOptions = {},
  ): Promise<{ sql: string[]; values: Uint8Array[] }> {
    const sql: string[] = [];
    const values: Uint8Array[] = [];
    const script: Script = async (peer) => {
      await playLines(peer, '! login');
      for (let message = await peer.next(); message !== undefined; message = await peer.next()) {
        if (message.type === 'Query') {
          sql.push(message.sql);
          await peer.say('CommandComplete tag="SET"', 'ReadyForQuery status="I"');
        } else if (message.type === 'Parse') {
          sql.push(message.sql);
          await peer.say('ParseComplete');
        } else if (message.type === 'Describe') {
          if (message.target === 'statement') await peer.say('ParameterDescription typeOids=[]');
          await peer.say('NoData');
        } else if (message.type === 'Bind') {
          values.push(...message.values.filter((value) => value !== null));
          await peer.say('BindComplete');
        } else if (message.type === 'Execute') await peer.say('CommandComplete tag="SELECT"');
        else if (message.type === 'Close') await peer.say('CloseComplete');
        else if (message.type === 'Sync') await peer.say('ReadyForQuery status="I"');
        else return;
      }
    };
    await against(script, calls, options);
    return { sql, values };
  }

  const negatives: readonly [string, unknown][] = [
    ['int2', typed.int2(-1)],
    ['int4', -1],
    ['int4, typed', typed.int4(-1)],
    ['int8', -1n],
    ['int8, typed', typed.int8(-9_223_372_036_854_775_808n)],
    ['numeric', typed.numeric('-1.5')],
    ['float4', typed.float4(-1)],
    ['float8', -1.5],
    ['negative zero', -0],
    ['NaN', NaN],
    ['minus infinity', -Infinity],
    ['text', '-1'],
    ['text that is SQL', '1; drop table t; --'],
  ];
  it('S6: a negative number behind a minus, in every style, for every type: no comment comes of it', async () => {
    const styles = {
      format: 'select 5 -%s, 5 - -%s',
      qmark: 'select 5 -?, 5 - -?',
      numeric: 'select 5 -:1, 5 - -:2',
      named: 'select 5 -:a, 5 - -:b',
      pyformat: 'select 5 -%(a)s, 5 - -%(b)s',
    } as const;
    const { sql } = await listening(async (conn) => {
      for (const [paramstyle, text] of Object.entries(styles)) {
        for (const [, value] of negatives) {
          const given =
            paramstyle === 'named' || paramstyle === 'pyformat' ? { a: value, b: value } : [value, value];
          await conn.query(text, given, { paramstyle: paramstyle as keyof typeof styles });
        }
      }
    });
    expect(new Set(sql)).toEqual(new Set(['select 5 -$1, 5 - -$2']));
  });

  it('S6: markers inside dollar quotes, comments, identifiers, literals and other values are no markers', async () => {
    const text = `select %s, '%s ''%s', "%s", $$ %s $1 $$, $a$ %s $$ $a$, E'\\'%s' /* %s /* %s */ */ -- %s\n, %s`;
    const { sql, values } = await listening((conn) =>
      conn.query(text.replace('$1 ', ''), ["%s'; --", '$1 %s ?']),
    );
    expect(sql).toEqual([text.replace('$1 ', '').replace('%s', '$1').replace(/%s$/, '$2')]);
    expect(values.map((value) => Buffer.from(value).toString())).toEqual(["%s'; --", '$1 %s ?']);
  });

  it('S6: whatever the values are, the server hears the SQL of harmless ones, and the values apart from it', async () => {
    const text = 'select a -%s, %s from t where b = %s';
    const samples = fc.sample(
      fc.tuple(
        hostile,
        hostile,
        fc.oneof(fc.integer(), fc.double(), fc.bigInt(), fc.array(hostile, { maxLength: 3 })),
      ),
      { numRuns: 60, seed: 4 },
    );
    const { sql, values } = await listening(async (conn) => {
      for (const sample of samples) await conn.query(text, sample);
      await conn.cursor().executeMany(
        'insert into t (a, b) values (%s, %s)',
        samples.map(([a, b]) => [a, b]),
      );
      await conn.cursor().callProc('s."p"', [samples[0]![0]]);
    });
    const own = /^(?:begin transaction|commit)$/;
    const inserts = sql.filter((one) => one.startsWith('insert'));
    expect(inserts).toHaveLength(1);
    expect(shape(inserts[0]!, true)).toEqual(
      shape(
        `insert into t (a, b) values ${samples.map((_, row) => `($${String(row * 2 + 1)}, $${String(row * 2 + 2)})`).join(', ')}`,
        true,
      ),
    );
    const others = sql.filter((one) => !own.test(one) && !one.startsWith('insert'));
    expect(new Set(others)).toEqual(new Set(['select a -$1, $2 from t where b = $3', 'call "s"."p"($1)']));
    expect(Buffer.from(values[0]!).toString()).toBe(Buffer.from(samples[0]![0]).toString());
  });

  it('S6: names of procedures', async () => {
    for (const name of ['"a""; drop table t; --"', '"\\"', `"it's"`, 's."--"', '"/*"."*/"']) {
      const { sql } = await listening((conn) => conn.cursor().callProc(name, [1]));
      const dotted = name.includes('"."') || name.startsWith('s.');
      expect(shape(sql[0]!, true)).toEqual(shape(`call ${dotted ? '"s"."p"' : '"p"'}($1)`, true));
    }
    for (const name of ['p; drop table t', 'p(', 'p--', "p'", 'p"', '"p', '', '.', 'a..b', 'p /* */ x']) {
      await expectRefused((conn) => conn.cursor().callProc(name, [1]), /name|identifier|part/i);
    }
  });

  it('S6: options that become SQL when connecting', async () => {
    for (const queryGroup of ["it's", "\\' ; drop table t; --", '\\', "''", '$1', '-- x', 'a\nb']) {
      const { sql } = await listening(() => Promise.resolve(), { queryGroup });
      expect(sql).toHaveLength(1);
      expect(shape(sql[0]!, true)).toEqual(shape("set query_group to 'x'", true));
    }
  });
});
