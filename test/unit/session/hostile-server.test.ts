import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connect, RedshiftError, type Connection, type ConnectOptions } from '../../../src/index.js';
import { startScriptedServer, type ScriptedServer } from '../../scripted/server.js';

const base: ConnectOptions = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'u',
  password: 'Secret1!',
  sslmode: 'disable',
  connectTimeout: 2,
  closeTimeout: 0.3,
  autocommit: true,
};

/** Logs in to a server that then plays these lines, and runs what the test does. */
async function against<T>(
  lines: string,
  use: (conn: Connection, server: ScriptedServer) => Promise<T>,
  options: ConnectOptions = {},
): Promise<T> {
  const server = await startScriptedServer(`! login\n${lines}\n! silence`);
  const conn = await connect({ ...base, ...options, port: server.port });
  try {
    return await use(conn, server);
  } finally {
    await conn.close();
    await server.close();
  }
}

const cold = '> Parse ...\n> Describe ...\n> Sync\n';
const described = `${cold}< ParseComplete\n< ParameterDescription typeOids=[]\n< RowDescription fields=[{"name":"a","typeOid":25}]\n< ReadyForQuery status="I"\n> Bind ...\n> Execute\n> Sync\n< BindComplete\n`;
const oneRow = '< DataRow values=["x"]\n';
const end = '< CommandComplete tag="SELECT"\n< ReadyForQuery status="I"\n';

const violations: readonly [string, string][] = [
  ['a length of 3', `${described}! raw \\x4400000003`],
  ['a negative length', `${described}! raw \\x44ffffffff`],
  ['a length of 1 GiB', `${described}! raw \\x4440000000`],
  ['an unknown type', `${described}! raw \\x7a7a00000004`],
  ['a type of clients', `${described}! raw \\x5100000004`],
  ['a row of too few values', `${described}! raw \\x44000000060000`],
  ['a row whose value runs over its end', `${described}! raw \\x440000000a000100000063`],
  ['a row with bytes left over', `${described}! raw \\x440000000c0001ffffffff0000`],
  ['a value length below -1', `${described}! raw \\x440000000a0001fffffffe`],
  ['a row before its description', `${cold}< ParseComplete\n${oneRow}`],
  [
    'a row when there is no result',
    `${cold}< ParseComplete\n< ParameterDescription typeOids=[]\n< NoData\n< ReadyForQuery status="I"\n> Bind ...\n> Execute\n> Sync\n< BindComplete\n${oneRow}`,
  ],
  ['BindComplete before ParseComplete', `${cold}< BindComplete`],
  [
    'two descriptions',
    `${cold}< ParseComplete\n< ParameterDescription typeOids=[]\n< RowDescription fields=[{"name":"a","typeOid":25}]\n< RowDescription fields=[]`,
  ],
  ['ReadyForQuery too early', `${cold}< ParseComplete\n< ReadyForQuery status="I"`],
  ['an unknown transaction status', `${described}! raw \\x5a0000000558`],
  ['a second ReadyForQuery', `${described}${oneRow}${end}< ReadyForQuery status="I"`],
  ['PortalSuspended', `${described}${oneRow}< PortalSuspended`],
  ['a login message', `${described}< AuthenticationOk`],
  ['BackendKeyData', `${described}< BackendKeyData processId=1 secretKey=2`],
  ['CopyData', `${cold}< CopyData data="x"`],
  [
    'a message between an error and ReadyForQuery',
    `${cold}< ErrorResponse S="ERROR" C="42601" M="m"\n< ParseComplete`,
  ],
  ['a parameter that we cannot live with', `${cold}< ParameterStatus name="client_encoding" value="LATIN1"`],
];

describe('a server that says nonsense', () => {
  it.each(violations)('(%s) costs the connection, and nothing else', async (name, lines) => {
    await against(lines, async (conn) => {
      const first = conn.query('select a').then(
        () => undefined,
        (error: unknown) => error,
      );
      const queued = conn.query('select b').catch((error: unknown) => error);
      const [one, two] = [await first, await queued];
      // What was complete before the nonsense may be right; what comes after it never is.
      if (one !== undefined)
        expect((one as RedshiftError).name).toMatch(
          name.includes('error') ? /ProgrammingError/ : /ProtocolError/,
        );
      expect(two).toBeInstanceOf(RedshiftError);
      expect((two as RedshiftError).name).toMatch(/ProtocolError|ConnectionLostError/);
      expect(conn.closed).toBe(true);
      await expect(conn.query('select c')).rejects.toMatchObject({ sent: false });
    });
  });

  it('while nothing was asked costs the connection quietly', async () => {
    for (const line of [
      oneRow,
      '< CommandComplete tag="X"',
      '< ReadyForQuery status="I"',
      '! raw "HTTP/1.1 400"',
    ]) {
      await against(line, async (conn) => {
        while (!conn.closed) await new Promise((resolve) => setTimeout(resolve, 5));
        await expect(conn.query('select 1')).rejects.toMatchObject({
          name: 'ConnectionLostError',
          sent: false,
          cause: { name: 'ProtocolError' },
        });
      });
    }
  });
});

describe('what may come at any time', () => {
  it('changes no result: notices, parameters, notifications between any two messages', async () => {
    const noise =
      '< NoticeResponse S="NOTICE" M="n"\n< ParameterStatus name="TimeZone" value="UTC"\n< NotificationResponse processId=1 channel="c" payload="p"\n';
    const noisy = `${described}${oneRow}${end}`.replaceAll('< ', `${noise}< `);
    const rows = await against(noisy, async (conn) => {
      const result = await conn.query('select a');
      expect(conn.notices.length).toBeGreaterThan(5);
      return result.rows;
    });
    expect(rows).toEqual([{ a: 'x' }]);
  });

  it('an error after CommandComplete, or two errors: the first is the one, and the connection stays usable', async () => {
    for (const errors of [
      '< CommandComplete tag="SELECT"\n< ErrorResponse S="ERROR" C="40001" M="first"',
      '< ErrorResponse S="ERROR" C="40001" M="first"\n< ErrorResponse S="ERROR" C="42601" M="second"',
    ]) {
      await against(
        `${described}${oneRow}${errors}\n< ReadyForQuery status="I"\n> Bind ...\n> Execute\n> Sync\n< BindComplete\n${oneRow}${end}`,
        async (conn) => {
          await expect(conn.query('select a')).rejects.toMatchObject({ code: '40001', message: 'first' });
          expect((await conn.query('select a')).rows).toEqual([{ a: 'x' }]);
        },
      );
    }
  });

  it.each(['', 'SELECT', 'SELECT -1', 'SELECT 99999999999999999999999999999', 'NONSENSE 1 2 3', '5'])(
    'command tag %j is no error and never NaN',
    async (tag) => {
      const { rowCount } = await against(
        `${described}${oneRow}< CommandComplete tag=${JSON.stringify(tag)}\n< ReadyForQuery status="I"`,
        (conn) => conn.query('select a'),
      );
      expect(rowCount).toBe(1);
    },
  );
});

describe('a server that stops', () => {
  it.each(['! cut', '! reset'])(
    '(%s) at any message: the call and what waits are rejected at once',
    async (cut) => {
      const lines = `${described}${oneRow}${end}`.trim().split('\n');
      for (let count = 0; count < lines.length; count++) {
        const played = `${lines.slice(0, count).join('\n')}\n${cut}`;
        if (lines[count]?.startsWith('>') === true && count > 0 && lines[count - 1]?.startsWith('>') === true)
          continue;
        await against(played, async (conn) => {
          const outcomes = await Promise.all(
            [conn.query('select a'), conn.query('select b')].map((call) =>
              call.catch((error: unknown) => error),
            ),
          );
          for (const outcome of outcomes) expect(outcome).toMatchObject({ name: 'ConnectionLostError' });
          expect(outcomes[1]).toMatchObject({ sent: false });
        });
      }
    },
  );

  // Wall-clock bounds: one miss on a busy machine is no finding, three are.
  it(
    'answering: a timeout ends the call in time, and the connection within closeTimeout',
    { retry: 2 },
    async () => {
      await against(cold, async (conn) => {
        const started = performance.now();
        await expect(conn.query('select a', null, { timeout: 0.1 })).rejects.toMatchObject({
          name: 'TimeoutError',
          phase: 'query',
        });
        expect(performance.now() - started).toBeLessThan(350);
        await expect(conn.query('select b')).rejects.toBeInstanceOf(RedshiftError);
        expect(performance.now() - started).toBeLessThan(1000);
        expect(conn.closed).toBe(true);
      });
    },
  );

  it('answering in COMMIT leaves its outcome unknown', async () => {
    await against(
      '> Parse sql="commit"\n> Bind ...\n> Describe ...\n> Execute\n> Sync\n! cut',
      async (conn) => {
        await expect(conn.commit()).rejects.toMatchObject({
          name: 'ConnectionLostError',
          outcome: 'unknown',
          retryable: false,
        });
      },
    );
  });
});

describe('random bytes in place of an answer', () => {
  it('settle every call, kill nothing, and never give a result that did not come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (bytes) => {
        const hex = Buffer.from(bytes).toString('hex');
        await against(`${cold}! raw \\x${hex}\n! cut`, async (conn) => {
          const outcome = await conn.query('select a').catch((error: unknown) => error);
          expect(outcome).toBeInstanceOf(RedshiftError);
          expect(conn.closed).toBe(true);
        });
      }),
      { numRuns: 60 },
    );
  }, 30_000);
});
