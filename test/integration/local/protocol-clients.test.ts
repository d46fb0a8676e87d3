/** Several clients of the local Redshift at once, clients that leave, cancel, read slowly, or talk nonsense. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FrontendMessage } from '../../../src/protocol/messages.js';
import { startLocal, type LocalServer } from './harness.js';
import { allOf, rowsOf, stateOf, statusOf, tagsOf, Wire } from './wire.js';

let server: LocalServer;
let open: Wire[] = [];
let wire: Wire;

async function client(version = 0, user = server.redshift.user): Promise<Wire> {
  const made = await Wire.open(server.redshift);
  open.push(made);
  await made.login({ user, database: server.redshift.database, version });
  return made;
}

beforeAll(async () => {
  server = await startLocal({ auth: 'trust', ssl: false, users: { guest: null } });
});
afterAll(async () => {
  await server.stop();
});
beforeEach(async () => {
  wire = await client();
});
afterEach(() => {
  for (const one of open) one.destroy();
  open = [];
});

/** Asks until the answer is there; a moment may pass until the server has noticed something. */
async function eventually(check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error('It did not come about');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const parse = (sql: string, statement = ''): FrontendMessage => ({
  type: 'Parse',
  statement,
  sql,
  parameterOids: [],
});
const bind = (statement = ''): FrontendMessage => ({
  type: 'Bind',
  portal: '',
  statement,
  parameterFormats: [],
  values: [],
  resultFormats: [],
});
const execute: FrontendMessage = { type: 'Execute', portal: '', maxRows: 0 };
const sync: FrontendMessage = { type: 'Sync' };

/** Long enough that it is still running whatever the machine does, short enough that a lost one ends. */
const endless = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000000) select max(i) from n`;

describe('login', () => {
  it.each([0, 1, 2, 3, 7])('with version %i', async (version) => {
    const other = await client(version);
    const spoken = String(Math.min(version, 3));
    expect(other.parameters.get('server_protocol_version')).toBe(spoken);
    expect(other.parameters.get('server_version')).toBe('8.0.2');
    expect(other.parameters.get('client_encoding')).toBe('UNICODE');
    expect(other.parameters.get('integer_datetimes')).toBe('on');
    for (const unknown of [
      'standard_conforming_strings',
      'IntervalStyle',
      'search_path',
      'scram_iterations',
    ]) {
      expect(other.parameters.has(unknown)).toBe(false);
    }
    expect(other.processId).toBeGreaterThan(0);
    expect(rowsOf(await other.query("select 1, 'x', 1.5"))).toEqual([['1', 'x', '1.5']]);
  });

  it('of a user who is not there, of a database that is not there', async () => {
    await expect(client(0, 'nobody')).rejects.toThrow(/nobody/);
    const made = await Wire.open(server.redshift);
    open.push(made);
    await expect(made.login({ user: server.redshift.user, database: 'nowhere' })).rejects.toThrow(/nowhere/);
  });
});

describe('clients', () => {
  it('have temporary tables, statements and settings of their own', async () => {
    const other = await client();
    for (const [one, value] of [
      [wire, '1'],
      [other, '2'],
    ] as const) {
      await one.query(`create temp table mine as select ${value} as v`);
      one.send(parse(`select v + ${value}0 from mine`, 's'), sync);
      await one.untilReady();
      await one.query(`set query_group to 'g${value}'`);
    }
    for (const [one, value, sum] of [
      [wire, '1', '11'],
      [other, '2', '22'],
    ] as const) {
      one.send(bind('s'), execute, sync);
      expect(rowsOf(await one.untilReady())).toEqual([[sum]]);
      expect(rowsOf(await one.query('show query_group'))).toEqual([[`g${value}`]]);
    }
  });

  it('see each other’s rows when they are committed', async () => {
    const other = await client();
    await wire.query('create table shared (v integer)');
    await wire.query('begin; insert into shared values (1)');
    expect(rowsOf(await other.query('select count(*) from shared'))).toEqual([['0']]);
    await wire.query('commit');
    expect(rowsOf(await other.query('select count(*) from shared'))).toEqual([['1']]);
    await wire.query('drop table shared');
  });

  it('work side by side, twelve at once', async () => {
    const wires = await Promise.all(Array.from({ length: 12 }, () => client()));
    await Promise.all(
      wires.map(async (one, index) => {
        const name = String(index);
        await one.query(`create temp table own as select ${name} as v`);
        for (let round = 0; round < 10; round += 1) {
          expect(rowsOf(await one.query(`select v + ${String(round)} from own`))).toEqual([
            [String(index + round)],
          ]);
        }
      }),
    );
  });
});

describe('a client that leaves in the middle of a transaction', () => {
  beforeEach(async () => {
    await wire.query('create table left_behind (v integer)');
  });
  afterEach(async () => {
    await wire.query('drop table left_behind');
  });

  it.each(['Terminate', 'end', 'destroy'] as const)(
    'by %s: is rolled back and holds no locks',
    async (how) => {
      const other = await client();
      await other.query('begin; insert into left_behind values (1); lock left_behind');
      if (how === 'Terminate') other.send({ type: 'Terminate' });
      else other[how]();
      await eventually(
        async () => rowsOf(await wire.query('select count(*) from left_behind'))[0]?.[0] === '0',
      );
      expect(tagsOf(await wire.query('truncate left_behind'))).toHaveLength(1);
      if (how === 'Terminate') await other.hungUp();
    },
  );

  it('while its statement runs: the statement ends', async () => {
    const other = await client();
    await other.query('begin; lock left_behind');
    other.send({ type: 'Query', sql: endless });
    await new Promise((resolve) => setTimeout(resolve, 150));
    other.destroy();
    expect(tagsOf(await wire.query('insert into left_behind values (2)'))).toEqual(['INSERT 0 1']);
  });

  it('without reading the rows: nothing waits for it', async () => {
    const other = await client();
    other.pause();
    other.send({
      type: 'Query',
      sql: `begin; lock left_behind; select repeat('x', 60000) from ${numbers(3000)}`,
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    other.destroy();
    expect(tagsOf(await wire.query('insert into left_behind values (3)'))).toEqual(['INSERT 0 1']);
  });
});

/** So many rows, of a table that is no table function: n. */
function numbers(count: number): string {
  const digits =
    '(select 0 as d union all select 1 union all select 2 union all select 3 union all select 4 union all select 5 union all select 6 union all select 7 union all select 8 union all select 9)';
  return `(select a.d + 10 * b.d + 100 * c.d + 1000 * e.d as n from ${digits} a, ${digits} b, ${digits} c, ${digits} e) numbers where n < ${String(count)}`;
}

describe('cancel', () => {
  const cancel = async (processId: number, secretKey: number): Promise<void> => {
    const side = await Wire.open(server.redshift);
    open.push(side);
    side.send({ type: 'CancelRequest', processId, secretKey });
    await side.hungUp();
  };

  it('ends a running statement, and the session goes on', async () => {
    wire.send({ type: 'Query', sql: endless });
    await new Promise((resolve) => setTimeout(resolve, 150));
    await cancel(wire.processId, wire.secretKey);
    const heard = await wire.untilReady();
    expect(stateOf(heard)).toBe('57014');
    expect(statusOf(heard)).toBe('I');
    expect(rowsOf(await wire.query('select 1'))).toEqual([['1']]);
  });

  it('ends a statement of the extended protocol, and fails its transaction', async () => {
    await wire.query('begin');
    wire.send(parse(endless), bind(), execute, sync);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await cancel(wire.processId, wire.secretKey);
    const heard = await wire.untilReady();
    expect([stateOf(heard), statusOf(heard)]).toEqual(['57014', 'E']);
  });

  it('needs the right key, and does nothing to a client that waits', async () => {
    await cancel(wire.processId, wire.secretKey);
    await cancel(wire.processId, wire.secretKey + 1);
    await cancel(99_999_999, 1);
    expect(rowsOf(await wire.query('select 1'))).toEqual([['1']]);
    wire.send({ type: 'Query', sql: `select count(*) from ${numbers(2000)}` });
    await cancel(wire.processId, wire.secretKey ^ 0x55);
    expect(rowsOf(await wire.untilReady())).toEqual([['2000']]);
  });

  it('finds nothing to hit in a session that has just told its key', async () => {
    // Many at once, so that the server is slow enough for a request to come before it waits for the first statement.
    for (let turn = 0; turn < 4; turn++) {
      const sides = await Promise.all(Array.from({ length: 25 }, () => Wire.open(server.redshift)));
      open.push(...sides);
      const answers = sides.map(async (side) => {
        const fresh = await client();
        side.send({ type: 'CancelRequest', processId: fresh.processId, secretKey: fresh.secretKey });
        await side.hungUp();
        const rows = rowsOf(await fresh.query('select 1'));
        fresh.end();
        return rows;
      });
      expect(await Promise.all(answers)).toEqual(sides.map(() => [['1']]));
    }
  });

  it('does not reach the next client’s statement', async () => {
    const other = await client();
    other.send({ type: 'Query', sql: `select count(*) from ${numbers(2000)}` });
    await cancel(wire.processId, wire.secretKey);
    expect(rowsOf(await other.untilReady())).toEqual([['2000']]);
  });
});

describe('large answers and questions', () => {
  it('of many megabytes come whole to a client that reads late', async () => {
    wire.pause();
    wire.send({ type: 'Query', sql: `select n, repeat('x', 30000) from ${numbers(1000)} order by n` });
    await new Promise((resolve) => setTimeout(resolve, 300));
    wire.resume();
    const rows = allOf(await wire.untilReady(), 'DataRow');
    expect(rows).toHaveLength(1000);
    expect(rows.every(({ values }) => values[1]?.length === 30_000)).toBe(true);
    expect(rows.map(({ values }) => Buffer.from(values[0] ?? []).toString())).toEqual(
      Array.from({ length: 1000 }, (_, index) => String(index)),
    );
  });

  it('keep NULL apart from the empty string, in rows of any width', async () => {
    const columns = Array.from({ length: 500 }, (_, index) =>
      index % 3 === 0 ? 'null' : index % 3 === 1 ? "''" : `${String(index)}.5`,
    );
    const [row] = rowsOf(await wire.query(`select ${columns.join(', ')}`));
    expect(row).toEqual(columns.map((column) => (column === 'null' ? null : column === "''" ? '' : column)));
  });

  it('may be statements of a megabyte', async () => {
    const filler = 'x'.repeat(1_000_000);
    const heard = await wire.query(`select length('${filler}') /* ${filler} */`);
    expect(rowsOf(heard)).toEqual([['1000000']]);
    wire.send(parse(`select length('${filler}')`), bind(), execute, sync);
    expect(rowsOf(await wire.untilReady())).toEqual([['1000000']]);
  });

  it('may be computed columns in many rows', async () => {
    const rows = rowsOf(
      await wire.query(`select n / 7.0 as q, null::decimal(5,2) * n from ${numbers(5000)} order by n`),
    );
    expect(rows).toHaveLength(5000);
    expect(rows[1]).toEqual(['0.1428', null]);
    expect(rows.every(([, nothing]) => nothing === null)).toBe(true);
  });
});

describe('nonsense', () => {
  async function raw(bytes: Uint8Array): Promise<string> {
    const socket = connect(server.redshift.port, server.redshift.host);
    await once(socket, 'connect');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close');
    return text;
  }
  const int32 = (...values: number[]): Buffer => {
    const buffer = Buffer.alloc(values.length * 4);
    for (const [index, value] of values.entries()) buffer.writeInt32BE(value, index * 4);
    return buffer;
  };

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a TLS greeting', Buffer.from('16030100a5010000a1', 'hex')],
    ['protocol 2', Buffer.concat([int32(8, 0x2_0000)])],
    ['a packet of no length', int32(0, 0)],
    ['a packet of a gigabyte', int32(0x4000_0000, 0x3_0000)],
    ['no user', Buffer.concat([int32(9, 0x3_0000), Buffer.of(0)])],
    ['a packet without an end', Buffer.concat([int32(13, 0x3_0000), Buffer.from('user\0')])],
  ])('before the login ends the connection: %s', async (_, bytes) => {
    await raw(bytes);
    expect(rowsOf(await wire.query('select 1'))).toEqual([['1']]);
  });

  it('is told when encryption is off', async () => {
    const socket = connect(server.redshift.port, server.redshift.host);
    await once(socket, 'connect');
    socket.write(int32(8, 80_877_103));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toBe('N');
    socket.destroy();
  });

  it.each([
    ['an unknown type', Buffer.from('!\0\0\0\x04', 'latin1')],
    ['a length below 4', Buffer.from('Q\0\0\0\x01', 'latin1')],
    ['a length of two gigabytes', Buffer.from('Q\x7f\xff\xff\xff', 'latin1')],
    ['a Bind that is cut off', Buffer.from('B\0\0\0\x06\0\0', 'latin1')],
    ['a Query without its zero', Buffer.from('Q\0\0\0\x05x', 'latin1')],
    ['a Describe of nothing', Buffer.from('D\0\0\0\x06X\0', 'latin1')],
  ])('after the login ends that connection only, with a reason: %s', async (_, bytes) => {
    const other = await client();
    other.raw(bytes);
    const heard = await other.untilReady();
    expect(stateOf(heard)).toBe('08P01');
    expect(allOf(heard, 'ErrorResponse')[0]?.fields.get('S')).toBe('FATAL');
    await other.hungUp();
    expect(rowsOf(await wire.query('select 1'))).toEqual([['1']]);
  });

  it('in the text of a statement is an error of the statement', async () => {
    const sql = Buffer.concat([
      Buffer.from("select '"),
      Buffer.of(0xff, 0xfe, 0xc3),
      Buffer.from("' as x\0"),
    ]);
    wire.raw(Buffer.concat([Buffer.from('Q'), int32(sql.length + 4), sql]));
    await wire.untilReady();
    expect(rowsOf(await wire.query('select 1'))).toEqual([['1']]);
    for (const text of [
      "select 'open",
      'select "open',
      'select $$open',
      '/* open',
      "select E'\\",
      ')))',
      '$1',
      'select $99999',
    ]) {
      expect(stateOf(await wire.query(text))).toMatch(/^42|^22|^0A/);
    }
    expect(rowsOf(await wire.query('select 1'))).toEqual([['1']]);
  });

  it('of the copy protocol is passed over', async () => {
    wire.send(
      { type: 'CopyData', data: Buffer.from('x') },
      { type: 'CopyDone' },
      { type: 'CopyFail', reason: 'x' },
    );
    expect(rowsOf(await wire.query('select 1'))).toEqual([['1']]);
    for (const sql of [
      'copy pg_user from stdin',
      'copy pg_user to stdout',
      "copy t from 's3://b/k' iam_role 'r'",
    ]) {
      expect(stateOf(await wire.query(sql))).toMatch(/^0A000$|^42/);
    }
    expect(rowsOf(await wire.query('select 1'))).toEqual([['1']]);
  });
});
