import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, RedshiftError, type ConnectOptions } from '../../src/index.js';
import { makeCertificates, type Certificates } from '../certificates/certificates.js';
import { startPostgresql, type TestServer } from './postgresql.js';

let server: TestServer;

beforeAll(async () => {
  server = await startPostgresql({
    hba: [
      'host all plain 127.0.0.1/32 password',
      'host all hashed 127.0.0.1/32 md5',
      'host all anybody 127.0.0.1/32 trust',
    ],
  });
  const admin = await server.connect({ autocommit: true });
  await admin.script(`
    create role plain login password 'Clear text 1';
    create role anybody login;
    set password_encryption to 'md5';
    create role hashed login password 'Hashed 1';
    set password_encryption to 'scram-sha-256';
    create role spaced login password 'I\u00ADX \u2168';
    create role "naïve user" login password 'p';
  `);
  await admin.close();
});
afterAll(async () => {
  await server.stop();
});

async function who(options: ConnectOptions): Promise<unknown> {
  const conn = await server.connect({ host: '127.0.0.1', autocommit: true, ...options });
  try {
    return (await conn.query('select current_user::text as me')).rows[0]!['me'];
  } finally {
    await conn.close();
  }
}

async function failure(options: ConnectOptions): Promise<RedshiftError> {
  const started = performance.now();
  const error: unknown = await connect(server.options(options)).then(
    async (conn) => conn.close(),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RedshiftError);
  expect(performance.now() - started).toBeLessThan(5000);
  for (const text of [
    String(error),
    (error as Error).stack ?? '',
    inspect(error, { depth: 10, showHidden: true }),
    JSON.stringify(error),
  ]) {
    expect(text).not.toContain('Secret1!');
    expect(text).not.toContain('Wrong password');
  }
  return error as RedshiftError;
}

describe('logins', () => {
  it('by SCRAM-SHA-256, MD5, clear text over TLS, and none', async () => {
    expect(await who({})).toBe('tester');
    expect(await who({ user: 'hashed', password: 'Hashed 1' })).toBe('hashed');
    expect(await who({ user: 'plain', password: 'Clear text 1' })).toBe('plain');
    expect(await who({ user: 'anybody', password: undefined })).toBe('anybody');
  });

  it('prepare the password as RFC 4013 says', async () => {
    expect(await who({ user: 'spaced', password: 'IX IX' })).toBe('spaced');
    expect(await who({ user: 'naïve user', password: 'p' })).toBe('naïve user');
  });

  it('ask a function for the password, once a connection', async () => {
    let asked = 0;
    const password = (): Promise<string> => {
      asked++;
      return Promise.resolve('Secret1!');
    };
    expect(await who({ password })).toBe('tester');
    expect(await who({ password })).toBe('tester');
    expect(asked).toBe(2);
    expect(await failure({ password: () => Promise.reject(new Error('vault is shut')) })).toMatchObject({
      name: 'AuthenticationError',
      cause: { message: 'vault is shut' },
    });
  });

  it('that are refused are AuthenticationErrors with the SQLSTATE', async () => {
    expect(await failure({ password: 'Wrong password' })).toMatchObject({
      name: 'AuthenticationError',
      sqlState: '28P01',
    });
    expect(await failure({ user: 'nobody' })).toMatchObject({ name: 'AuthenticationError' });
    expect(await failure({ password: undefined })).toMatchObject({
      name: 'AuthenticationError',
      message: expect.stringMatching(/set the option password/),
    });
    expect(await failure({ database: 'nowhere' })).toMatchObject({
      name: 'ProgrammingError',
      sqlState: '3D000',
    });
  });

  it('do not show the password without TLS, unless told to', async () => {
    const plain = {
      host: '127.0.0.1',
      user: 'plain',
      password: 'Clear text 1',
      sslmode: 'disable',
      sslrootcert: undefined,
    } as const;
    expect((await failure(plain)).message).toMatch(/clear text/);
    expect(await who({ ...plain, allowCleartextPassword: true })).toBe('plain');
  });

  it('take no weaker method than requireAuth', async () => {
    expect(await who({ requireAuth: ['scram-sha-256'] })).toBe('tester');
    expect(
      (
        await failure({
          host: '127.0.0.1',
          user: 'hashed',
          password: 'Hashed 1',
          requireAuth: ['scram-sha-256'],
        })
      ).message,
    ).toMatch(/asks for login method md5/);
    expect(
      (await failure({ host: '127.0.0.1', user: 'anybody', requireAuth: ['scram-sha-256'] })).message,
    ).toMatch(/without a login/);
  });

  it('work over a Unix socket', async () => {
    const conn = await connect({
      protocol: 'postgresql',
      unixSock: `${server.engine.socketDir}/.s.PGSQL.${String(server.engine.port)}`,
      user: 'tester',
      database: 'postgres',
    });
    expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await conn.rollback();
    await conn.close();
  });

  it('work by URL', async () => {
    const { port } = server.engine;
    const url = `postgresql://tester:Secret1%21@localhost:${String(port)}/postgres?application_name=by%20url&sslmode=require`;
    const conn = await connect(url);
    expect((await conn.query("select current_setting('application_name') as name")).rows).toEqual([
      { name: 'by url' },
    ]);
    await conn.rollback();
    await conn.close();
  });
});

describe('session settings', () => {
  it('reach the server', async () => {
    const conn = await server.connect({
      autocommit: true,
      searchPath: 'pg_catalog, public',
      applicationName: 'a test',
      statementTimeout: 30,
      readOnly: true,
    });
    const { rows } = await conn.query(
      "select current_setting('search_path') as path, current_setting('statement_timeout') as timeout, current_setting('application_name') as name",
    );
    expect(rows).toEqual([{ path: 'pg_catalog, public', timeout: '30s', name: 'a test' }]);
    await expect(conn.query('create table forbidden (a int)')).rejects.toMatchObject({ code: '25006' });
    await conn.close();
  });

  it('collect notices, and a listener that throws breaks nothing', async () => {
    const conn = await server.connect({ autocommit: true });
    const heard: string[] = [];
    conn.on('notice', () => {
      throw new Error('bad listener');
    });
    conn.on('notice', ({ message }) => heard.push(message));
    await conn.query("do $$ begin raise notice 'hello %', 1; end $$");
    expect(heard).toEqual(['hello 1']);
    expect(conn.notices[0]).toMatchObject({ message: 'hello 1', severity: 'NOTICE' });
    await conn.close();
  });
});

describe('a connection that breaks', () => {
  it('while idle ends quietly; the next call says why', async () => {
    const conn = await server.connect({ autocommit: true });
    const admin = await server.connect({ autocommit: true });
    const closed = new Promise((resolve) => conn.on('close', resolve));
    await admin.query('select pg_terminate_backend($1)', [conn.processId]);
    expect(await closed).toMatchObject({ code: '57P01' });
    await expect(conn.query('select 1')).rejects.toMatchObject({
      name: 'ConnectionLostError',
      sent: false,
      retryable: true,
      cause: { code: '57P01' },
    });
    await conn.close();
    await admin.close();
  });

  it('in a statement rejects it and what waits behind it', async () => {
    const conn = await server.connect({ autocommit: true });
    const admin = await server.connect({ autocommit: true });
    const running = conn.query('select pg_sleep(20)').catch((error: unknown) => error);
    const waiting = conn.query('select 1').catch((error: unknown) => error);
    await admin.query('select pg_terminate_backend($1)', [conn.processId]);
    expect(await running).toMatchObject({ code: '57P01' });
    expect(await waiting).toMatchObject({ name: 'ConnectionLostError', sent: false });
    await admin.close();
  });
});

describe('certificates', () => {
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await makeCertificates();
  });

  /** A server that asks for TLS as the protocol does, shows a certificate, and then says that anybody may come in. */
  async function shows(
    issued: { cert: string; key: string },
    use: (port: number) => Promise<void>,
  ): Promise<void> {
    const tls = createTlsServer({ cert: issued.cert, key: issued.key }, (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.from('520000000800000000' + '5a0000000549', 'hex')));
    });
    tls.on('tlsClientError', () => undefined);
    const front = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write('S');
        tls.emit('connection', socket);
      });
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    try {
      await use((front.address() as { port: number }).port);
    } finally {
      await new Promise((resolve) => front.close(resolve));
    }
  }

  const opens = async (port: number, options: ConnectOptions): Promise<string> =>
    connect({
      database: 'dev',
      user: 'u',
      host: 'localhost',
      port,
      connectTimeout: 5,
      sslrootcert: certificates.ca,
      ...options,
    }).then(
      async (conn) => {
        await conn.close();
        return 'open';
      },
      (error: unknown) =>
        `${(error as Error).name} ${String(((error as Error).cause as { code?: string } | undefined)?.code)}`,
    );

  it('that are right pass every mode', async () => {
    for (const good of [certificates.server, certificates.chained]) {
      await shows(good, async (port) => {
        for (const sslmode of ['verify-full', 'verify-ca', 'require'] as const) {
          expect(await opens(port, { sslmode })).toBe('open');
          expect(await opens(port, { sslmode, host: '127.0.0.1' })).toBe('open');
        }
      });
    }
  });

  it('that are wrong are refused by verify-full; verify-ca lets only a wrong name pass', async () => {
    const { bad } = certificates;
    const cases: readonly [keyof Certificates['bad'], ConnectOptions, string][] = [
      ['expired', {}, 'ConnectError CERT_HAS_EXPIRED'],
      ['notYetValid', {}, 'ConnectError CERT_NOT_YET_VALID'],
      ['selfSigned', {}, 'ConnectError DEPTH_ZERO_SELF_SIGNED_CERT'],
      ['otherAuthority', {}, 'ConnectError UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ['missingIntermediate', {}, 'ConnectError UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ];
    for (const [name, options, expected] of cases) {
      await shows(bad[name], async (port) => {
        expect(await opens(port, { sslmode: 'verify-full', ...options })).toBe(expected);
        expect(await opens(port, { sslmode: 'verify-ca', ...options })).toBe(expected);
        expect(await opens(port, { sslmode: 'require', ...options, sslrootcert: undefined })).toBe('open');
      });
    }
    const names: readonly [keyof Certificates['bad'], string][] = [
      ['otherHost', 'localhost'],
      ['noIpAddress', '127.0.0.1'],
      ['commonNameOnly', 'localhost'],
    ];
    for (const [name, host] of names) {
      await shows(bad[name], async (port) => {
        expect(await opens(port, { sslmode: 'verify-full', host })).toBe(
          'ConnectError ERR_TLS_CERT_ALTNAME_INVALID',
        );
        expect(await opens(port, { sslmode: 'verify-ca', host })).toBe('open');
      });
    }
  });
});

describe('servers that misbehave while connecting', () => {
  async function serving(
    behave: (socket: Socket) => void,
    use: (port: number, received: Buffer[]) => Promise<void>,
  ): Promise<void> {
    const received: Buffer[] = [];
    const sockets = new Set<Socket>();
    const listener: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data) => received.push(data));
      behave(socket);
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    try {
      await use((listener.address() as { port: number }).port, received);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    }
  }
  const fails = async (
    port: number,
    over: ConnectOptions = {},
  ): Promise<{ error: RedshiftError; ms: number }> => {
    const started = performance.now();
    const error: unknown = await connect({
      host: '127.0.0.1',
      port,
      database: 'dev',
      user: 'u',
      password: 'p',
      connectTimeout: 0.2,
      ...over,
    }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RedshiftError);
    return { error: error as RedshiftError, ms: performance.now() - started };
  };

  // Bounds are wall-clock time: on a machine that is busy with other tests one miss is no finding, three are.
  it('are given up after connectTimeout when they say nothing', { retry: 2 }, async () => {
    await serving(
      () => undefined,
      async (port) => {
        for (const sslmode of ['verify-full', 'disable'] as const) {
          const { error, ms } = await fails(port, { sslmode });
          expect(error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
          expect(ms).toBeLessThan(450);
        }
      },
    );
  });

  it('are never told the user before TLS is up', { retry: 2 }, async () => {
    for (const answer of ['N', 'ESFATAL\0', 'HTTP/1.1 400', 'SR\0\0\0\u0008\0\0\0\0', 'x']) {
      await serving(
        (socket) => socket.once('data', () => socket.write(answer)),
        async (port, received) => {
          const { error, ms } = await fails(port);
          expect(error.name).toBe('ConnectError');
          expect(ms).toBeLessThan(200);
          expect(Buffer.concat(received).toString('hex')).toBe('0000000804d2162f');
        },
      );
    }
  });

  it('and hang up at any point are a ConnectError at once', async () => {
    await serving(
      (socket) => socket.end(),
      async (port) => {
        expect((await fails(port)).error.name).toBe('ConnectError');
        expect((await fails(port, { sslmode: 'disable' })).error.name).toBe('ConnectError');
      },
    );
  });

  it('and hosts that do not exist name host and port', async () => {
    const { error } = await fails(1, { connectTimeout: 5 });
    expect(error).toMatchObject({
      name: 'ConnectError',
      message: expect.stringContaining('127.0.0.1:1'),
      cause: { code: 'ECONNREFUSED' },
    });
    const unknown = await fails(5439, { host: 'does-not-exist.invalid', connectTimeout: 5 });
    expect(unknown.error).toMatchObject({
      name: 'ConnectError',
      message: expect.stringContaining('does-not-exist.invalid'),
    });
  });
});
