/** The local Redshift message by message: pipelines, portals, formats, errors and what is passed over after them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FrontendMessage } from '../../../src/protocol/messages.js';
import { encodeFrontendAll } from '../../../src/protocol/frontend.js';
import { startLocal, type LocalServer } from './harness.js';
import { allOf, rowsOf, stateOf, statusOf, tagsOf, typesOf, Wire } from './wire.js';

let server: LocalServer;
let wire: Wire;

async function client(version = 0): Promise<Wire> {
  const { redshift } = server;
  const made = await Wire.open(redshift);
  await made.login({ user: redshift.user, database: redshift.database, version });
  return made;
}

beforeAll(async () => {
  server = await startLocal({ auth: 'trust', ssl: false });
});
afterAll(async () => {
  await server.stop();
});
beforeEach(async () => {
  wire = await client();
  await wire.query('create temp table pets (id integer not null, name varchar(20), weight decimal(6,2))');
  await wire.query("insert into pets values (1, 'Ada', 4.5), (2, 'Bob', null), (3, null, 12.25)");
});
afterEach(() => {
  wire.destroy();
});

const parse = (sql: string, statement = '', ...parameterOids: number[]): FrontendMessage => ({
  type: 'Parse',
  statement,
  sql,
  parameterOids,
});
const bind = (
  values: readonly (string | Uint8Array | null)[] = [],
  over: { portal?: string; statement?: string; parameterFormats?: number[]; resultFormats?: number[] } = {},
): FrontendMessage => ({
  type: 'Bind',
  portal: '',
  statement: '',
  parameterFormats: [],
  resultFormats: [],
  ...over,
  values: values.map((value) => (typeof value === 'string' ? Buffer.from(value) : value)),
});
const execute = (portal = '', maxRows = 0): FrontendMessage => ({ type: 'Execute', portal, maxRows });
const describeStatement = (name = ''): FrontendMessage => ({ type: 'Describe', target: 'statement', name });
const describePortal = (name = ''): FrontendMessage => ({ type: 'Describe', target: 'portal', name });
const close = (target: 'statement' | 'portal', name: string): FrontendMessage => ({
  type: 'Close',
  target,
  name,
});
const sync: FrontendMessage = { type: 'Sync' };
const flush: FrontendMessage = { type: 'Flush' };

const run = (sql: string): FrontendMessage[] => [parse(sql), bind(), describePortal(), execute()];

describe('one statement', () => {
  it('is answered message by message', async () => {
    wire.send(
      parse('select id from pets order by id'),
      describeStatement(),
      bind(),
      describePortal(),
      execute(),
      sync,
    );
    expect(await wire.heard()).toEqual([
      'ParseComplete',
      'ParameterDescription',
      'RowDescription',
      'BindComplete',
      'RowDescription',
      'DataRow',
      'CommandComplete',
      'ReadyForQuery',
    ]);
  });

  it('without rows has no description of any', async () => {
    wire.send(...run('create temp table toys (id integer)'), sync);
    const heard = await wire.untilReady();
    expect(typesOf(heard)).toEqual([
      'ParseComplete',
      'BindComplete',
      'NoData',
      'CommandComplete',
      'ReadyForQuery',
    ]);
    expect(tagsOf(heard)).toEqual(['CREATE TABLE']);
  });

  it('that is empty is told so', async () => {
    for (const sql of ['', '  ', '-- nothing', '/* nothing */ ;']) {
      wire.send(...run(sql), sync);
      expect(await wire.heard()).toEqual([
        'ParseComplete',
        'BindComplete',
        'NoData',
        'EmptyQueryResponse',
        'ReadyForQuery',
      ]);
    }
  });

  it('gives all rows whatever the row limit, and none the second time', async () => {
    wire.send(parse('select id from pets'), bind(), execute('', 1), sync);
    const heard = await wire.untilReady();
    expect(rowsOf(heard)).toHaveLength(3);
    expect(typesOf(heard)).not.toContain('PortalSuspended');
    expect(tagsOf(heard)).toEqual(['SELECT']);
    wire.send(parse('select id from pets'), bind(), execute(), execute(), sync);
    const twice = await wire.untilReady();
    expect(rowsOf(twice)).toHaveLength(3);
    expect(tagsOf(twice)).toEqual(['SELECT', 'SELECT']);
  });

  it.each([
    ['insert into pets values (4, null, null), (5, null, null)', 'INSERT 0 2'],
    ['update pets set weight = 1 where id < 3', 'UPDATE 2'],
    ['delete from pets where id = 1', 'DELETE 1'],
    ['select 1', 'SELECT'],
    ['create temp table toys (id integer)', 'CREATE TABLE'],
    ['drop table pets', 'DROP TABLE'],
    ["set query_group to 'a'", 'SET'],
    ['begin', 'BEGIN'],
    ['rollback', 'ROLLBACK'],
    ['commit', 'COMMIT'],
  ])('%s: %s', async (sql, tag) => {
    expect(tagsOf(await wire.query(sql))).toEqual([tag]);
    wire.send(...run('rollback'), sync);
    await wire.untilReady();
  });
});

describe('pipelines', () => {
  it('answers two hundred blocks of one write in their order', async () => {
    const messages = Array.from({ length: 200 }, (_, index) => [
      ...run(`select ${String(index)} as n, name from pets where id = 1`),
      sync,
    ]).flat();
    wire.send(...messages);
    for (let index = 0; index < 200; index += 1) {
      const heard = await wire.untilReady();
      expect(rowsOf(heard)).toEqual([[String(index), 'Ada']]);
    }
  });

  it('reads messages that come in pieces of any size', async () => {
    const bytes = encodeFrontendAll([
      ...run("select id, 'å😀' as smile from pets order by 1"),
      sync,
      { type: 'Query', sql: 'select 1; select 2' },
    ]);
    for (const size of [1, 2, 3, 5, 7, 11, 64]) {
      for (let at = 0; at < bytes.length; at += size) {
        wire.raw(bytes.subarray(at, at + size));
        if (size < 5) await new Promise(setImmediate);
      }
      expect(rowsOf(await wire.untilReady())).toEqual([
        ['1', 'å😀'],
        ['2', 'å😀'],
        ['3', 'å😀'],
      ]);
      expect(rowsOf(await wire.untilReady())).toEqual([['1'], ['2']]);
    }
  });

  it('runs several statements before one Sync as one transaction', async () => {
    wire.send(
      ...run('insert into pets values (7, null, null)'),
      ...run('select 1/0'),
      ...run('select 1'),
      sync,
    );
    const heard = await wire.untilReady();
    expect(stateOf(heard)).toBe('22012');
    expect(tagsOf(heard)).toEqual(['INSERT 0 1']);
    expect(statusOf(heard)).toBe('I');
    expect(rowsOf(await wire.query('select count(*) from pets'))).toEqual([['3']]);
  });

  it('keeps portals of several statements apart', async () => {
    wire.send(
      parse('select id from pets where id = $1', 'one', 23),
      bind(['1'], { portal: 'a', statement: 'one' }),
      bind(['2'], { portal: 'b', statement: 'one' }),
      execute('b'),
      execute('a'),
      sync,
    );
    expect(rowsOf(await wire.untilReady())).toEqual([['2'], ['1']]);
  });

  it('answers at Flush, before Sync', async () => {
    wire.send(parse('select id from pets where name = $1'), describeStatement(), flush);
    const types = [];
    for (let count = 0; count < 3; count += 1) types.push((await wire.next())?.type);
    expect(types).toEqual(['ParseComplete', 'ParameterDescription', 'RowDescription']);
    wire.send(bind(['Ada']), execute(), sync);
    expect(rowsOf(await wire.untilReady())).toEqual([['1']]);
  });

  it('answers every Sync', async () => {
    wire.send(sync, sync, flush, sync);
    for (let count = 0; count < 3; count += 1) expect(await wire.heard()).toEqual(['ReadyForQuery']);
  });
});

describe('descriptions and formats', () => {
  it('gives format 0 for a statement and the chosen ones for a portal', async () => {
    wire.send(
      parse('select id, name, weight from pets order by id'),
      describeStatement(),
      bind([], { resultFormats: [1, 0, 1] }),
      describePortal(),
      execute(),
      sync,
    );
    const heard = await wire.untilReady();
    const [statement, portal] = allOf(heard, 'RowDescription');
    expect(statement?.fields.map(({ format }) => format)).toEqual([0, 0, 0]);
    expect(portal?.fields.map(({ format }) => format)).toEqual([1, 0, 1]);
    const [first] = allOf(heard, 'DataRow');
    expect(first?.values.map((value) => value && Buffer.from(value).toString('hex'))).toEqual([
      '00000001',
      Buffer.from('Ada').toString('hex'),
      '00000000000001c2',
    ]);
  });

  it('takes one format for all columns, and refuses a number that fits none', async () => {
    wire.send(
      parse('select id, id + 1 from pets where id = 1'),
      bind([], { resultFormats: [1] }),
      execute(),
      sync,
    );
    const [row] = allOf(await wire.untilReady(), 'DataRow');
    expect(row?.values.map((value) => value && Buffer.from(value).toString('hex'))).toEqual([
      '00000001',
      '00000002',
    ]);
    wire.send(parse('select id, id from pets'), bind([], { resultFormats: [1, 0, 1] }), execute(), sync);
    expect(stateOf(await wire.untilReady())).toBe('08P01');
  });

  it('tells types and modifiers of columns', async () => {
    wire.send(...run('select id, name, weight, weight * 2 as twice from pets'), sync);
    const [{ fields } = { fields: [] }] = allOf(await wire.untilReady(), 'RowDescription');
    expect(
      fields.map(({ name, typeOid, typeSize, typeModifier }) => [name, typeOid, typeSize, typeModifier]),
    ).toEqual([
      ['id', 23, 4, -1],
      ['name', 1043, -1, 24],
      ['weight', 1700, -1, ((6 << 16) | 2) + 4],
      ['twice', 1700, -1, ((17 << 16) | 2) + 4],
    ]);
  });

  it('carries schema, table, column and flags from version 1 on, also for a temporary table of this transaction', async () => {
    const other = await client(2);
    await other.query('begin');
    await other.query('create temp table fresh (k integer not null, v varchar(5))');
    other.send(...run('select k, v as renamed, 1 + 1 as expression from fresh'), sync);
    const [{ fields } = { fields: [] }] = allOf(await other.untilReady(), 'RowDescription');
    expect(
      fields.map(({ name, extended }) => [
        name,
        extended?.table,
        extended?.column,
        (extended?.flags ?? 0) & 1,
      ]),
    ).toEqual([
      ['k', 'fresh', 'k', 1],
      ['renamed', 'fresh', 'v', 0],
      ['expression', '', '', 0],
    ]);
    other.destroy();
  });

  it('describes parameters, those that were typed and those that it finds', async () => {
    wire.send(
      parse('select $1, name from pets where id = $2 and weight > $3', '', 1043),
      describeStatement(),
      sync,
    );
    const [described] = allOf(await wire.untilReady(), 'ParameterDescription');
    expect(described?.typeOids).toEqual([1043, 23, 1700]);
  });

  it('takes parameters as text, in binary and NULL', async () => {
    const select = parse('select $1::int + 1, $2::varchar, $3::int is null', '');
    wire.send(
      select,
      bind([Uint8Array.of(0, 0, 0, 41), 'x', null], { parameterFormats: [1, 0, 0] }),
      execute(),
      bind(['41', 'x', null]),
      execute(),
      sync,
    );
    expect(rowsOf(await wire.untilReady())).toEqual([
      ['42', 'x', 't'],
      ['42', 'x', 't'],
    ]);
  });
});

describe('errors', () => {
  it.each([
    ['Parse', [parse('select nope from pets'), bind(), execute()], '42703', []],
    ['Bind', [parse('select $1::int'), bind(['x']), execute()], '22P02', ['ParseComplete']],
    ['the number of parameters', [parse('select $1::int'), bind([]), execute()], '08P01', ['ParseComplete']],
    [
      'Execute',
      [parse('select 1/(id - 1) from pets order by id'), bind(), execute()],
      '22012',
      ['ParseComplete', 'BindComplete'],
    ],
    ['an unknown statement', [describeStatement('none'), execute()], '26000', []],
    ['an unknown statement in Bind', [bind([], { statement: 'none' }), execute()], '26000', []],
    ['an unknown portal', [describePortal('none'), execute()], '34000', []],
    ['an unknown portal in Execute', [execute('none')], '34000', []],
    ['a refused statement', [parse('create index i on pets (id)'), bind(), execute()], '0A000', []],
    ['two statements in one Parse', [parse('select 1; select 2'), bind(), execute()], '42601', []],
    ['broken SQL', [parse('selec 1'), bind(), execute()], '42601', []],
  ] as const)(
    'of %s are told once and everything up to Sync is passed over',
    async (_, messages, state, before) => {
      wire.send(
        ...messages,
        parse('select 1', 'later'),
        flush,
        bind([], { statement: 'later' }),
        execute(),
        sync,
      );
      const heard = await wire.untilReady();
      expect(typesOf(heard)).toEqual([...before, 'ErrorResponse', 'ReadyForQuery']);
      expect(stateOf(heard)).toBe(state);
      expect(statusOf(heard)).toBe('I');
      wire.send(bind([], { statement: 'later' }), sync);
      expect(stateOf(await wire.untilReady())).toBe('26000');
      expect(rowsOf(await wire.query('select count(*) from pets'))).toEqual([['3']]);
    },
  );

  it('passes over a simple query too, until Sync', async () => {
    wire.send(parse('selec'), { type: 'Query', sql: 'select 1' }, parse('select 2'), sync);
    expect(await wire.heard()).toEqual(['ErrorResponse', 'ReadyForQuery']);
    expect(await wire.silence(100)).toBe(true);
  });

  it.each([
    ['the engine’s', 'select 1/0'],
    ['the engine’s, found while parsing', 'select nope'],
    ['the front’s', 'create index i on pets (id)'],
  ])('fail the transaction: %s', async (_, sql) => {
    expect(statusOf(await wire.query('begin'))).toBe('T');
    wire.send(...run(sql), sync);
    const heard = await wire.untilReady();
    expect(statusOf(heard)).toBe('E');
    for (const next of [
      'select 1',
      'insert into pets values (9, null, null)',
      "set query_group to 'x'",
      'truncate pets',
    ]) {
      wire.send(...run(next), sync);
      const failed = await wire.untilReady();
      expect([stateOf(failed), statusOf(failed)]).toEqual(['25P02', 'E']);
      expect(stateOf(await wire.query(next))).toBe('25P02');
    }
    const [tag] = tagsOf(await wire.query('commit'));
    expect(tag).toBe('ROLLBACK');
    expect(statusOf(await wire.query('select 1'))).toBe('I');
  });

  it.each([
    ['select nope from pets', 8],
    ['  select id,\n  nope from pets', 16],
    ["select 'å😀', nope from pets", 14],
    ["select dateadd(day, 1, getdate()), nvl(name, 'x'), nope from pets", 52],
    ['select id from nowhere', 16],
    ['select id frm pets where', 15],
    ['select sum(id) fro pets group by 1 limit nope', 20],
  ])('point at the client’s own text: %s', async (sql, position) => {
    wire.send(parse(sql), sync);
    const [error] = allOf(await wire.untilReady(), 'ErrorResponse');
    expect(Number(error?.fields.get('P'))).toBe(position);
    const [simple] = allOf(await wire.query(sql), 'ErrorResponse');
    expect(Number(simple?.fields.get('P'))).toBe(position);
  });

  it('point into the whole text of several statements', async () => {
    const [error] = allOf(await wire.query("select 'å'; select getdate(), nope"), 'ErrorResponse');
    expect(Number(error?.fields.get('P'))).toBe(31);
  });

  it('show nothing of the engine', async () => {
    for (const sql of [
      'select nope',
      'select 1/0',
      'selec',
      "select 'x'::int",
      'create index i on pets (id)',
    ]) {
      const [error] = allOf(await wire.query(sql), 'ErrorResponse');
      const text = [...(error?.fields.values() ?? [])].join('\n');
      expect(text).not.toMatch(/rs_|rdsdb|\u0001|pg_catalog\./);
    }
  });
});

describe('names', () => {
  it('of statements and portals last until they are closed', async () => {
    wire.send(
      parse('select 1', 's'),
      bind([], { statement: 's', portal: 'p' }),
      execute('p'),
      close('portal', 'p'),
      execute('p'),
      sync,
    );
    expect(await wire.heard()).toEqual([
      'ParseComplete',
      'BindComplete',
      'DataRow',
      'CommandComplete',
      'CloseComplete',
      'ErrorResponse',
      'ReadyForQuery',
    ]);
    wire.send(
      bind([], { statement: 's' }),
      execute(),
      close('statement', 's'),
      close('statement', 'never'),
      sync,
    );
    expect(await wire.heard()).toEqual([
      'BindComplete',
      'DataRow',
      'CommandComplete',
      'CloseComplete',
      'CloseComplete',
      'ReadyForQuery',
    ]);
    wire.send(bind([], { statement: 's' }), sync);
    expect(stateOf(await wire.untilReady())).toBe('26000');
  });

  it('cannot be taken twice, except the empty one', async () => {
    wire.send(parse('select 1', 's'), parse('select 2', 's'), sync);
    expect(stateOf(await wire.untilReady())).toBe('42P05');
    wire.send(parse('select 1'), parse('select 2'), bind(), bind(), execute(), sync);
    expect(rowsOf(await wire.untilReady())).toEqual([['2']]);
    wire.send(parse('select 1'), bind([], { portal: 'p' }), bind([], { portal: 'p' }), sync);
    expect(stateOf(await wire.untilReady())).toBe('42P03');
  });

  it('of portals end with the transaction, those of statements do not', async () => {
    wire.send(parse('select 5', 's'), bind([], { statement: 's', portal: 'p' }), sync);
    await wire.untilReady();
    wire.send(execute('p'), sync);
    expect(stateOf(await wire.untilReady())).toBe('34000');
    await wire.query('begin');
    wire.send(bind([], { statement: 's', portal: 'p' }), sync);
    await wire.untilReady();
    wire.send(execute('p'), sync);
    expect(rowsOf(await wire.untilReady())).toEqual([['5']]);
  });

  it('of statements end with DEALLOCATE', async () => {
    wire.send(parse('select 1', 's'), parse('select 2', 't'), sync);
    await wire.untilReady();
    await wire.query('deallocate s');
    wire.send(bind([], { statement: 's' }), sync);
    expect(stateOf(await wire.untilReady())).toBe('26000');
    await wire.query('deallocate all');
    wire.send(bind([], { statement: 't' }), sync);
    expect(stateOf(await wire.untilReady())).toBe('26000');
  });

  it('of a statement whose Parse failed are free', async () => {
    wire.send(parse('select nope', 's'), sync);
    await wire.untilReady();
    wire.send(parse('select 1', 's'), bind([], { statement: 's' }), execute(), sync);
    expect(rowsOf(await wire.untilReady())).toEqual([['1']]);
  });
});

describe('simple queries', () => {
  it('run several statements in one transaction', async () => {
    const heard = await wire.query(
      'insert into pets values (8, null, null); select id from pets where id = 8; update pets set weight = 1 where id = 8',
    );
    expect(typesOf(heard)).toEqual([
      'CommandComplete',
      'RowDescription',
      'DataRow',
      'CommandComplete',
      'CommandComplete',
      'ReadyForQuery',
    ]);
    expect(tagsOf(heard)).toEqual(['INSERT 0 1', 'SELECT', 'UPDATE 1']);
    const failed = await wire.query(
      'insert into pets values (9, null, null); select 1/(id - 1) from pets order by id; select 3',
    );
    expect(typesOf(failed)).toEqual(['CommandComplete', 'RowDescription', 'ErrorResponse', 'ReadyForQuery']);
    expect(rowsOf(await wire.query('select count(*) from pets'))).toEqual([['4']]);
  });

  it('may begin and end transactions', async () => {
    const heard = await wire.query(
      'begin; insert into pets values (8, null, null); commit; begin; insert into pets values (9, null, null)',
    );
    expect(tagsOf(heard)).toEqual(['BEGIN', 'INSERT 0 1', 'COMMIT', 'BEGIN', 'INSERT 0 1']);
    expect(statusOf(heard)).toBe('T');
    await wire.query('rollback');
    expect(rowsOf(await wire.query('select count(*) from pets'))).toEqual([['4']]);
  });

  it('are empty without a statement', async () => {
    for (const sql of ['', ' \n', '-- only this', ';', ' ; ; ']) {
      expect(typesOf(await wire.query(sql))).toEqual(['EmptyQueryResponse', 'ReadyForQuery']);
    }
  });

  it('have no parameters', async () => {
    const [error] = allOf(await wire.query('select id from pets where id = $1'), 'ErrorResponse');
    expect(['C', 'M', 'P'].map((field) => error?.fields.get(field))).toEqual([
      '42P02',
      'there is no parameter $1',
      '32',
    ]);
  });

  it('end the portals and the unnamed statement as on the engine', async () => {
    wire.send(parse('select 1'), sync);
    await wire.untilReady();
    expect(rowsOf(await wire.query('select 2'))).toEqual([['2']]);
    wire.send(bind(), execute(), sync);
    const state = stateOf(await wire.untilReady());
    expect([undefined, '26000']).toContain(state);
  });

  it('commit with TRUNCATE, whatever follows', async () => {
    await wire.query('create table kept (id integer); insert into kept values (1)');
    await wire.query('begin');
    await wire.query('insert into kept values (2)');
    const heard = await wire.query('truncate kept');
    expect([tagsOf(heard), statusOf(heard)]).toEqual([['TRUNCATE TABLE'], 'I']);
    await wire.query('rollback');
    expect(rowsOf(await wire.query('select count(*) from kept'))).toEqual([['0']]);
    await wire.query('drop table kept');
  });
});
