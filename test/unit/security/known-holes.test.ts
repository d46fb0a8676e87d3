/**
 * Holes that other drivers had, each with a test that a driver with the hole fails: SECURITY.md lists them. Those of TLS
 * and of the login are in test/unit/faults, where their rows are.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadModule, parseSync } from 'libpg-query';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect, typed, type ConnectOptions } from '../../../src/index.js';
import { encodeFrontendAll } from '../../../src/protocol/frontend.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import { startScriptedServer } from '../../scripted/server.js';
import { attempt, startRawServer } from '../faults/connecting-to.js';
import { toldBy, type Answer } from './willing-server.js';

const evil = globalThis as { evil?: unknown };
let folder = '';
let certificates: Certificates;
beforeAll(async () => {
  await loadModule();
  folder = mkdtempSync(join(tmpdir(), 'known-holes-'));
  certificates = await makeCertificates();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  expect(evil.evil).toBeUndefined();
  expect(({} as { evil?: unknown }).evil).toBeUndefined();
});

/** By PostgreSQL's own parser, which has never seen ours. */
function statementsIn(sql: string): number {
  return (parseSync(sql) as { stmts?: unknown[] }).stmts?.length ?? 0;
}

const payloads = [
  "x'; drop table canary; --",
  'x"; drop table canary; --',
  '"; drop table canary; --',
  "'",
  '"',
  '""',
  '\\',
  "\\'; drop table canary; --",
  'x; drop table canary',
  'x -- y',
  'x /* y',
  '*/ drop table canary; /*',
  '$$; drop table canary; $$',
  '$1',
  'x\ny',
  '${x}',
  '%s',
  'x) values (1); drop table canary; --',
];

describe('CVE-2024-12744, CVE-2024-12745, CVE-2024-12746: SQL in names (the Redshift drivers for Java, Python and ODBC wrote names into catalog SQL)', () => {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

  it.each(payloads)('callProc with %j is one call of a procedure of that name, or refused', async (name) => {
    const told = await toldBy((conn) => conn.cursor().callProc(quoted(name), [1]));
    const calls = told.sql.filter((sql) => sql.startsWith('call'));
    expect(calls).toEqual([`call ${quoted(name)}($1)`]);
    const [{ stmt }] = (parseSync(calls[0]!) as { stmts: [{ stmt: { CallStmt: { funccall: unknown } } }] })
      .stmts;
    expect(JSON.stringify(stmt.CallStmt.funccall)).toContain(JSON.stringify({ String: { sval: name } }));
    // As it stands it is no name at all, but for those that are: `x` and the like.
    const bare = await toldBy(async (conn) => {
      await conn
        .cursor()
        .callProc(name, [1])
        .catch(() => undefined);
    });
    for (const sql of bare.sql.filter((each) => each.startsWith('call'))) {
      expect(statementsIn(sql)).toBe(1);
      expect(sql).toMatch(/^call (?:"(?:[^"]|"")+"\.?)+\(\$1\)$/);
    }
  });

  it.each(payloads)(
    'insertDataBulk into a table and a column %j: catalog names are parameters, the rest one identifier',
    async (name) => {
      const file = join(folder, 'data.csv');
      writeFileSync(file, 'a,b\n1,2\n');
      const known = (sql: string): Answer | undefined =>
        sql.startsWith('select') ? { columns: [['attname', 25]], rows: [[name]] } : undefined;
      const told = await toldBy(
        (conn) => conn.cursor().insertDataBulk(file, quoted(name), [0], [name]),
        {},
        { answer: known },
      );
      const inserts = told.sql.filter((sql) => sql.startsWith('insert'));
      expect(inserts).toEqual([`insert into ${quoted(name)} (${quoted(name)}) values ($1)`]);
      expect(statementsIn(inserts[0]!)).toBe(1);
      const lookups = told.sql.filter((sql) => sql.startsWith('select'));
      expect(lookups.length).toBeGreaterThan(0);
      for (const sql of lookups) {
        expect(sql).not.toContain('canary');
        expect(statementsIn(sql)).toBe(1);
      }
      expect(told.values).toContain(name);
    },
  );
});

describe('CVE-2025-5279: sslInsecure (redshift_connector stopped checking the identity provider’s certificate by default)', () => {
  it('never weakens the TLS of the database', async () => {
    const server = await startScriptedServer(() => undefined, { tls: certificates.bad.selfSigned });
    for (const over of [{ sslInsecure: true }, { ssl_insecure: true }, {}] as ConnectOptions[]) {
      const { error } = await attempt({ port: server.port, ...over });
      expect(error).toBeDefined();
    }
    for (const peer of server.connections) {
      expect(peer.messages.map(({ type }) => type)).toEqual(['SSLRequest']);
    }
    await server.close();
  });
});

describe('CVE-2026-8838: values of the server that are run (redshift_connector gave int2vector to eval)', () => {
  const code = [
    '__import__("os").system("true")',
    'globalThis.evil=1',
    '(globalThis.evil=1)',
    '1 2 globalThis.evil=1',
    '[1,globalThis.evil=1]',
    '{1,"globalThis.evil=1"}',
    'constructor.constructor("globalThis.evil=1")()',
    '${globalThis.evil=1}',
    '`${globalThis.evil=1}`',
    '{"__proto__":{"evil":1}}',
    '{"constructor":{"prototype":{"evil":1}}}',
    '); globalThis.evil=1; (',
  ];
  // int2vector, oidvector, their arrays, and every kind of value that is read out of text.
  const types = [22, 30, 1006, 1013, 16, 20, 21, 23, 26, 700, 701, 1700, 1082, 1083, 1114, 1184, 1186, 1188, 1190, 114, 3802, 4000, 6551, 1007, 1009, 17]; // prettier-ignore

  it('are read as what they are, or refused by column and type', async () => {
    for (const typeOid of types) {
      const answer = (sql: string): Answer | undefined =>
        sql === 'select v' ? { columns: [['v', typeOid]], rows: code.map((text) => [text]) } : undefined;
      await toldBy(
        async (conn) => {
          for (const options of [
            {},
            { types: { super: 'json' as const, json: 'parsed' as never } },
            { types: 'json' as const },
          ]) {
            const cursor = conn.cursor();
            // What one cell cannot be read as must not keep the others from being tried.
            await cursor.execute('select v', null, options).catch(() => undefined);
            for (let row = 0; row < code.length; row++) {
              await cursor.fetchOne().catch((error: unknown) => {
                expect((error as Error).name).toMatch(/^(DataError|ProgrammingError)$/);
              });
            }
          }
        },
        {},
        { answer },
      );
      expect(evil.evil, String(typeOid)).toBeUndefined();
    }
  });
});

describe('values written into SQL', () => {
  const markers = { format: '%s', qmark: '?', numeric: ':1', named: ':v', pyformat: '%(v)s' } as const;
  const negative = [
    -1,
    -1n,
    -1.5,
    -0,
    typed.int2(-1),
    typed.int8(-1n),
    typed.numeric('-1'),
    typed.float4(-1),
  ];

  it('CVE-2024-1597, CVE-2024-32888, CVE-2024-27289: a negative number behind a minus sign stays a number (pgjdbc, the Redshift driver for Java and pgx made a comment of it)', async () => {
    for (const [paramstyle, marker] of Object.entries(markers) as [keyof typeof markers, string][]) {
      for (const value of negative) {
        const parameters = paramstyle === 'named' || paramstyle === 'pyformat' ? { v: value } : [value];
        const told = await toldBy(
          (conn) => conn.cursor().execute(`select 1-${marker} -- x\n, 'y'`, parameters),
          {
            paramstyle,
          },
        );
        expect(told.sql).toEqual(["select 1-$1 -- x\n, 'y'"]);
        expect(told.messages.filter(({ type }) => type === 'Query')).toEqual([]);
      }
    }
  });

  it('CVE-2026-41889 (GHSA-j88v-2chj-qfwx): what looks like a marker inside a literal, a comment or a name is none (pgx put the value there)', async () => {
    const attack = '$tag$; drop table canary; --';
    const texts = [
      '$tag$ @ $tag$',
      '$$ @ $$',
      "'@'",
      '"@"',
      '/* @ */ 1',
      '/* /* @ */ @ */ 1',
      '-- @\n 1',
      "E'\\'@'",
      "'@''@'",
    ];
    for (const text of texts) {
      for (const [paramstyle, marker] of Object.entries(markers) as [keyof typeof markers, string][]) {
        const inert = text.replaceAll('@', marker);
        const parameters = paramstyle === 'named' || paramstyle === 'pyformat' ? { v: attack } : [attack];
        const told = await toldBy((conn) => conn.cursor().execute(`select ${inert}, ${marker}`, parameters), {
          paramstyle,
        });
        expect(told.sql).toEqual([`select ${inert}, $1`]);
        expect(told.values).toEqual([attack]);
      }
      const dollar = text.replaceAll('@', '$1');
      const told = await toldBy((conn) => conn.query(`select ${dollar}, $1`, [attack]));
      expect(told.sql).toEqual([`select ${dollar}, $1`]);
      expect(told.values).toEqual([attack]);
    }
  });

  it('CVE-2025-61385: lists are values like others (pg8000 wrote their texts into SQL unescaped)', async () => {
    for (const payload of payloads) {
      const told = await toldBy((conn) =>
        conn.query('select * from t where a = any(%s)', [[payload, "b'", null]]),
      );
      expect(told.sql).toEqual(['select * from t where a = any($1)']);
      expect(told.values).toHaveLength(1);
      expect(told.values[0]).toContain(payload);
    }
    const many = await toldBy((conn) =>
      conn.cursor().executeMany(
        'insert into t (a) values (%s)',
        payloads.map((payload) => [payload]),
      ),
    );
    for (const sql of many.sql) expect(sql).not.toContain('canary');
    expect(many.values).toEqual(payloads);
  });

  it('CVE-2025-61385: what has to be written into SQL, the query group, is one literal for either reading of a backslash', async () => {
    for (const queryGroup of payloads) {
      const told = await toldBy(async () => undefined, { queryGroup });
      expect(told.sql).toHaveLength(1);
      expect(statementsIn(told.sql[0]!)).toBe(1);
      // Redshift reads \ as an escape; the parser above does not. Where each comes doubled only, both find the same end.
      expect(told.sql[0]).toMatch(/^set query_group to '(?:[^'\\]|''|\\\\)*'$/);
    }
  });
});

describe('CVE-2022-41828, CVE-2026-8178, CVE-2022-21724: classes named in options (the drivers for Java loaded them without looking)', () => {
  it('no option loads a module, whatever it is called', async () => {
    const path = join(folder, 'evil.mjs');
    writeFileSync(path, 'globalThis.evil = "loaded"; export default class {}');
    writeFileSync(join(folder, 'evil.cjs'), 'globalThis.evil = "loaded"; module.exports = class {};');
    const names = [
      'credentialsProvider', 'plugin_name', 'pluginName', 'logger', 'types', 'openBrowser', 'socketFactory', 'SSLFactory',
      'SSLHostnameVerifier', 'authenticationPluginClassName', 'sslpasswordcallback', 'datatype.numeric', 'Promise', 'Client', 'stream',
    ]; // prettier-ignore
    const values = [path, pathToFileURL(path).href, join(folder, 'evil.cjs'), './evil.mjs', '__proto__', 'constructor', 'node:child_process', 'a.b.C', 'data:text/javascript,globalThis.evil=1']; // prettier-ignore
    const server = await startRawServer(() => undefined);
    for (const name of names) {
      for (const value of values) {
        const url = `redshift://u:p@127.0.0.1:${String(server.port)}/dev?sslmode=disable&connectTimeout=0.05&${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
        const error: unknown = await connect(url).catch((caught: unknown) => caught);
        expect((error as Error).name, `${name}=${value}`).toMatch(/^(ArgumentError|NotSupportedError)$/);
      }
    }
    expect(server.connections()).toBe(0);
    await server.close();
  });
});

describe('CVE-2022-26520, CVE-2022-41946: files (pgjdbc wrote a log where a URL said, and large values where everybody could read them)', () => {
  it('no option names a file that is written, and no value is put into one', async () => {
    const log = join(folder, 'planted.log');
    const before = readdirSync(folder);
    for (const name of ['LogPath', 'loggerFile', 'TraceFile', 'logFile']) {
      const { error } = await attempt({ host: '127.0.0.1', port: 1, sslmode: 'disable', [name]: log });
      expect(error).toBeDefined();
    }
    const large = 'x'.repeat(300_000);
    const temporary = readdirSync(tmpdir()).filter((name) => /pg|redshift|\.tmp/i.test(name));
    await toldBy((conn) => conn.query('select %s, %s', [large, Buffer.alloc(300_000)]));
    expect(
      readdirSync(tmpdir()).filter((name) => /pg|redshift|\.tmp/i.test(name) && !temporary.includes(name)),
    ).toEqual([]);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('CVE-2024-27304, CVE-2024-32655: lengths that wrap (pgx and Npgsql sent the tail of a value as messages of its own)', () => {
  /** As long as it says, without the memory. */
  const long = (length: number): Uint8Array => {
    const bytes = new Uint8Array(1);
    Object.defineProperty(bytes, 'length', { value: length });
    return bytes;
  };
  const bind = (values: readonly Uint8Array[]): Parameters<typeof encodeFrontendAll>[0] => [
    { type: 'Bind', portal: '', statement: '', parameterFormats: [], values, resultFormats: [] },
    { type: 'Sync' },
  ];

  it.each([
    ['just over the limit', [0x3ffffffe]],
    ['2^31', [2 ** 31]],
    ['2^32 and a little', [2 ** 32 + 100]],
    ['40 values of 128 MB', Array.from({ length: 40 }, () => 128 * 2 ** 20)],
    ['4 values of 1 GiB', Array.from({ length: 4 }, () => 2 ** 30)],
    ['a sum of 2^32 exactly', [2 ** 31, 2 ** 31]],
  ])('%s is refused before anything is encoded', (_, lengths) => {
    expect(() => encodeFrontendAll(bind(lengths.map(long)))).toThrow(
      expect.objectContaining({ name: 'ArgumentError' }),
    );
  });

  it('counts that wrap are refused, and the connection goes on', async () => {
    await toldBy(async (conn) => {
      for (const count of [32_768, 65_536, 65_537]) {
        const sql = `select ${Array.from({ length: count }, (_, at) => `$${String(at + 1)}`).join(',')}`;
        await expect(conn.query(sql, new Array(count).fill(1))).rejects.toMatchObject({
          name: 'ArgumentError',
        });
      }
      await conn.query('select 1');
    }).then(({ sql }) => expect(sql).toEqual(['select 1']));
  });
});

describe('names and values of the server in objects', () => {
  const hostile = [
    '"+(globalThis.evil=1)+"',
    "'+(globalThis.evil=1)+'",
    '`;globalThis.evil=1;`',
    '\\"];globalThis.evil=1;//',
    '*/globalThis.evil=1/*',
    '\n;globalThis.evil=1',
    '\u2028globalThis.evil=1',
    '${globalThis.evil=1}',
    'constructor',
    'toString',
    'hasOwnProperty',
    'then',
    '',
  ];

  it('CVE-2017-16082: no code is made of column names (pg compiled a function of them)', async () => {
    const answer = (sql: string): Answer | undefined =>
      sql === 'select names' ? { columns: hostile.map((name) => [name, 25]), rows: [hostile] } : undefined;
    await toldBy(
      async (conn) => {
        const { rows } = await conn.query('select names');
        expect(Object.keys(rows[0]!)).toEqual(hostile);
        expect(Object.values(rows[0]!)).toEqual(hostile);
      },
      {},
      { answer },
    );
  });

  it('CVE-2024-21508, CVE-2024-21511: none of options, types or a time zone either (mysql2 compiled readers of them)', async () => {
    const zone = "UTC');globalThis.evil=1;('";
    const answer = (sql: string): Answer | undefined =>
      sql === 'select t' ? { columns: [['t', 1184], ['n', 20]], rows: [['2024-01-02 03:04:05+00', '1']] } : undefined; // prettier-ignore
    await toldBy(
      async (conn) => {
        expect(conn.parameters.get('TimeZone')).toBe(zone);
        for (const types of [undefined, { timestamptz: 'string' as const }, { bigint: 'string' as const }]) {
          await conn.query('select t', null, types === undefined ? {} : { types }).catch(() => undefined);
        }
        for (const choice of ["string');globalThis.evil=1;('", '__proto__', 'constructor']) {
          const types = { bigint: choice } as never;
          await expect(conn.query('select t', null, { types })).rejects.toMatchObject({
            name: 'ArgumentError',
          });
        }
      },
      {},
      { answer, reports: { TimeZone: zone, server_protocol_version: '0' } },
    );
  });

  it('CVE-2024-21509, CVE-2024-21512: a column __proto__ is a column (mysql2 set prototypes from them)', async () => {
    const names = ['__proto__', 'constructor', '__proto__.evil', 'prototype'];
    const answer = (sql: string): Answer | undefined =>
      sql === 'select p'
        ? { columns: names.map((name) => [name, 4000]), rows: [names.map(() => '{"evil":1}')] }
        : undefined;
    await toldBy(
      async (conn) => {
        for (const types of [undefined, 'json'] as const) {
          const { rows } = await conn.query('select p', null, types === undefined ? {} : { types });
          const [row] = rows;
          expect(Object.keys(row!)).toEqual(names);
          const prototype: unknown = Object.getPrototypeOf(row);
          expect([null, Object.prototype]).toContain(prototype);
          expect((row as { evil?: unknown }).evil).toBeUndefined();
        }
      },
      {},
      { answer },
    );
  });

  it('CVE-2024-21507: statements that only look alike share no plan (mysql2 ran cache keys together)', async () => {
    const told = await toldBy(async (conn) => {
      await conn.query('select $1', [1]);
      await conn.query('23 select $1', [typed.varchar('x')]);
      await conn.query(' select $1', [1]);
      await conn.query('select $1', ['1']);
      await conn.query('select $1', [1]);
    });
    expect(told.sql).toEqual(['select $1', '23 select $1', ' select $1', 'select $1']);
  });
});

describe('CVE-2026-4427: a value with a negative length (pgproto3 crashed the process)', () => {
  it.each(['fffffffe', '80000000', '80000001'])(
    '%s ends the connection with an error, and nothing else',
    async (length) => {
      const server = await startScriptedServer(
        `! login\n> Parse ...\n> Describe ...\n> Sync\n< ParseComplete\n< ParameterDescription typeOids=[]\n< RowDescription fields=[{"name":"a","typeOid":25}]\n< ReadyForQuery status="I"\n> Bind ...\n> Execute\n> Sync\n< BindComplete\n! raw \\x440000000a0001${length}\n! silence`,
      );
      const conn = await connect({
      host: '127.0.0.1', port: server.port, database: 'dev', user: 'u', password: 'p', sslmode: 'disable', autocommit: true,
    }); // prettier-ignore
      await expect(conn.query('select a')).rejects.toMatchObject({ name: 'ProtocolError' });
      expect(conn.closed).toBe(true);
      await server.close();
    },
  );
});

describe('CVE-2020-25694: further connections (libpq dropped the security of the first for them)', () => {
  it.each([
    ['refuses TLS', false],
    ['shows another certificate', true],
  ])('the cancel request, with its key, is not told to a server that %s', async (_, other) => {
    const secretKey = 0x5ec2e7;
    const server = await startScriptedServer(
      async (peer) => {
        if (peer.index > 1) {
          await peer.expect('SSLRequest');
          if (other) await peer.raw(Buffer.concat([Buffer.from('S'), Buffer.from('15030300020228', 'hex')]));
          else await peer.raw('"N"');
          await peer.silence();
          return;
        }
        await peer.expect('StartupMessage');
        await peer.say({ type: 'AuthenticationOk' }, { type: 'BackendKeyData', processId: 7, secretKey }, { type: 'ReadyForQuery', status: 'I' }); // prettier-ignore
        await peer.silence();
      },
      { tls: certificates.server },
    );
    const conn = await connect({
      host: 'localhost', port: server.port, database: 'dev', user: 'u', password: 'p', autocommit: true, closeTimeout: 0.3, sslrootcert: certificates.ca,
    }); // prettier-ignore
    await expect(conn.query('select 1', null, { timeout: 0.05 })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    await conn.close();
    expect(server.connections.length).toBeGreaterThan(1);
    for (const peer of server.connections.slice(1)) {
      expect(peer.messages.map(({ type }) => type)).toEqual(['SSLRequest']);
      expect(Buffer.from(peer.received).includes(Buffer.from('005ec2e7', 'hex'))).toBe(false);
    }
    await server.close();
  });
});
