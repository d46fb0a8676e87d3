import { describe, expect, it } from 'vitest';
import { connectMemory } from '../session/harness.js';
import { against, asked, column, complete, describedAs, row, run } from '../faults/dialogues.js';

const open = (): ReturnType<typeof connectMemory> => connectMemory({ autocommit: true });

/** The tags of the rows that the memory server gives: `rows 1 a` gives one row that begins with `a`. */
async function first(call: Promise<{ rows: Record<string, unknown>[] }>): Promise<string> {
  const [found] = (await call).rows;
  return String(Object.values(found ?? {})[0]).slice(0, 1);
}

describe('conn.pipeline', () => {
  it('sends what is called without waiting, in the order of the calls, and gives what its function gives', async () => {
    const whole = (name: string): string =>
      `> Parse statement=$${name} sql="select ${name}"\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n`;
    const answer = (name: string): string =>
      `< ParseComplete\n< BindComplete\n< RowDescription fields=[{"name":"${name}","typeOid":25}]\n${row(name)}${complete()}`;
    // The server says nothing before it has heard all.
    const script = `${asked}${describedAs([column('a')])}${run}${whole('b')}${whole('c')}< BindComplete\n${row('a')}${complete()}${answer('b')}${answer('c')}`;
    const got = await against(script, (conn) =>
      conn.pipeline(async (p) => {
        const all = await Promise.all([p.query('select a'), p.query('select b'), p.query('select c')]);
        return all.map(({ rows }) => rows);
      }),
    );
    expect(got).toEqual([[{ a: 'a' }], [{ b: 'b' }], [{ c: 'c' }]]);
  });

  it('prepares a text once, however often it is called at a time', async () => {
    const { connection, server } = await open();
    await connection.pipeline(async (p) => {
      const calls = Array.from({ length: 50 }, (_, index) => p.query(`rows 1 ${'ab'[index % 2]!}`));
      expect(await Promise.all(calls.map(first))).toEqual(
        Array.from({ length: 50 }, (_, index) => 'ab'[index % 2]),
      );
    });
    expect(server.prepared).toBe(2);
    expect(server.executed).toHaveLength(50);
    await connection.close();
  });

  it('keeps an error with its own call', async () => {
    const { connection, server } = await open();
    const got = await connection.pipeline((p) =>
      Promise.allSettled([
        first(p.query('rows 1 a')),
        first(p.query('rows 1 b fail')),
        first(p.query('rows 1 c')),
      ]),
    );
    expect(got.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(got[2]).toMatchObject({ value: 'c' });
    expect(await first(connection.query('rows 1 d'))).toBe('d');
    expect(server.executed).toHaveLength(4);
    await connection.close();
  });

  it('waits for calls that nobody awaits, and throws the first error of those', async () => {
    const { connection, server } = await open();
    let called = false;
    await connection.pipeline((p) => {
      for (const tag of 'abc') void p.query(`rows 1 ${tag}`);
      called = true;
    });
    expect(called).toBe(true);
    expect(server.executed).toEqual(['rows 1 a', 'rows 1 b', 'rows 1 c']);
    const handled: unknown[] = [];
    const failing = connection.pipeline((p) => {
      p.query('rows 1 x fail').catch((error: unknown) => handled.push(error));
      void p.query('rows 1 y fail');
      void p.query('rows 1 z fail');
    });
    await expect(failing).rejects.toMatchObject({ name: expect.stringMatching(/Error$/) as string });
    expect(handled).toHaveLength(1);
    expect(await failing.catch((error: unknown) => error)).not.toBe(handled[0]);
    expect(server.executed).toHaveLength(6);
    await connection.close();
  });

  it('throws what its function throws, when all that was called has been answered', async () => {
    const { connection, server } = await open();
    const mine = new Error('mine');
    const call = connection.pipeline((p) => {
      void p.query('rows 1 a');
      void p.query('rows 1 b fail');
      throw mine;
    });
    await expect(call).rejects.toBe(mine);
    expect(server.executed).toHaveLength(2);
    await connection.close();
  });

  it('cancels one of its calls and leaves the others alone', async () => {
    const { connection, server } = await open();
    const stop = new AbortController();
    const got = await connection.pipeline(async (p) => {
      const calls = [
        first(p.query('rows 1 a')),
        first(p.query('rows 1 b', null, { signal: stop.signal })),
        first(p.query('rows 1 c')),
      ];
      stop.abort();
      return Promise.allSettled(calls);
    });
    expect(got[0]).toMatchObject({ value: 'a' });
    expect(got[1]).toMatchObject({ reason: { name: 'AbortError' } });
    expect(got[2]).toMatchObject({ value: 'c' });
    // A request to cancel could have hit a neighbour.
    expect(server.cancels).toBe(0);
    expect(await first(connection.query('rows 1 d'))).toBe('d');
    await connection.close();
  });

  it('rejects every call when the connection is lost in the middle', async () => {
    const { connection } = await connectMemory({ autocommit: true, closeTimeout: 0.2 });
    await connection.query('rows 1 a');
    const calls: Promise<unknown>[] = [];
    const call = connection.pipeline((p) => {
      calls.push(p.query('rows 1 a'), p.query('hang'), p.query('rows 1 c'));
      setTimeout(() => void connection.close(), 20);
      return Promise.allSettled(calls);
    });
    const [one, two, three] = await call;
    expect(one).toMatchObject({ status: 'fulfilled' });
    expect(two).toMatchObject({ status: 'rejected' });
    expect(three).toMatchObject({ status: 'rejected' });
    expect(connection.closed).toBe(true);
  });

  it.each(['cut', 'reset'])(
    'tells every call when the socket is %s in the middle of an answer',
    async (how) => {
      const whole = '> Parse ...\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n';
      const half = `< ParseComplete\n< BindComplete\n< RowDescription fields=[${column('b')}]\n${row('b')}`;
      // RST throws away what was not read: the client gets the time to read it.
      const script = `${asked}${describedAs([column('a')])}${run}${whole}${whole}< BindComplete\n${row('a')}${complete()}${half}! wait 30\n! ${how}\n`;
      await against(script, async (conn) => {
        const pipeline = conn.pipeline(async (p) => {
          const calls = ['a', 'b', 'c'].map((name) => p.query(`select ${name}`));
          const ends = await Promise.allSettled(calls);
          return [...ends, ...(await Promise.allSettled([p.query('select d')]))];
        });
        const lost = (sent: boolean): object => ({
          status: 'rejected',
          reason: expect.objectContaining({ name: 'ConnectionLostError', sent }) as unknown,
        });
        const [a, ...others] = await pipeline;
        expect(a).toMatchObject({ status: 'fulfilled', value: { rows: [{ a: 'a' }] } });
        expect(others).toMatchObject([lost(true), lost(true), lost(false)]);
        expect(conn.closed).toBe(true);
      });
    },
  );

  it('throws that the socket was cut where nobody awaits the calls', async () => {
    const script = `${asked}${describedAs([column('a')])}! cut\n`;
    await against(script, async (conn) => {
      const call = conn.pipeline((p) => {
        void p.query('select a');
        void p.query('select b');
      });
      await expect(call).rejects.toMatchObject({ name: 'ConnectionLostError' });
    });
  });

  it('is refused without autocommit and in a transaction, and over when it is over', async () => {
    const off = await connectMemory({ autocommit: false });
    const refused = { name: 'ProgrammingError', message: expect.stringContaining('autocommit') as string };
    await expect(off.connection.pipeline((p) => p.query('rows 1 a'))).rejects.toMatchObject(refused);
    await off.connection.close();
    const { connection, server } = await open();
    await connection.transaction(async (conn) => {
      await expect(conn.pipeline((p) => p.query('rows 1 a'))).rejects.toMatchObject(refused);
    });
    expect(server.executed).toEqual([]);
    const kept = await connection.pipeline((p) => p);
    await expect(kept.query('rows 1 a')).rejects.toMatchObject({ name: 'InterfaceError', sent: false });
    await connection.close();
  });
});

describe('what a statement costs', () => {
  it.each([
    ['not prepared yet', 'rows 1 b', 2],
    ['prepared', 'rows 1 a', 1],
    ['one that can give no rows', 'set', 1],
  ])('%s: as many writes as round trips', async (_, sql, trips) => {
    const { connection, server } = await open();
    await connection.query('rows 1 a');
    const [writes, roundTrips] = [server.writes, connection.stats.roundTrips];
    await connection.query(sql);
    expect(connection.stats.roundTrips - roundTrips).toBe(trips);
    expect(server.writes - writes).toBe(trips);
    await connection.close();
  });
});
