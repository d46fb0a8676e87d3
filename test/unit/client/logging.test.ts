import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, type ConnectOptions, type Connection, type Logger } from '../../../src/index.js';
import { startScriptedServer } from '../../scripted/server.js';
import { startToyServer, type ToyServer } from '../../scripted/toy-server.js';

type Line = readonly [level: string, message: string, details?: Readonly<Record<string, unknown>>];

class RecordingLogger implements Logger {
  readonly lines: Line[] = [];
  debug = this.#level('debug');
  info = this.#level('info');
  warn = this.#level('warn');
  error = this.#level('error');

  #level(name: string): Logger['debug'] {
    return (message, details) => {
      this.lines.push(details === undefined ? [name, message] : [name, message, details]);
    };
  }
}

let server: ToyServer;
const open: Connection[] = [];
const base = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'alice',
  password: 'Secret1!',
  sslmode: 'disable',
} as const;

beforeEach(async () => {
  server = await startToyServer();
});
afterEach(async () => {
  for (const conn of open.splice(0)) await conn.close();
  await server.close();
});

async function connected(options: ConnectOptions = {}): Promise<Connection> {
  const conn = await connect({ ...base, port: server.port, autocommit: true, closeTimeout: 0.2, ...options });
  open.push(conn);
  return conn;
}

describe('the logger', () => {
  it('hears at debug of connecting, statements and closing', async () => {
    const logger = new RecordingLogger();
    const conn = await connected({ logger });
    const { processId } = conn;
    await conn.query('rows 2');
    await conn.query('fail %s', ['me']).catch(() => undefined);
    await conn.close();
    const milliseconds: unknown = expect.any(Number);
    expect(logger.lines).toEqual([
      [
        'debug',
        'Connected',
        {
          host: '127.0.0.1',
          port: server.port,
          database: 'dev',
          protocol: 'redshift',
          secure: false,
          loginMethod: 'none',
          processId,
          milliseconds,
        },
      ],
      [
        'debug',
        'Done: query',
        { sql: 'rows 2', command: 'SELECT', rowCount: 2, sent: true, milliseconds, processId },
      ],
      [
        'debug',
        'Failed: query',
        { sql: 'fail %s', error: 'DataError', code: '22012', sent: true, milliseconds, processId },
      ],
      ['debug', 'Connection closed', { processId }],
    ]);
  });

  it('hears of the method of the login, also when it is refused', async () => {
    const transcript =
      '> StartupMessage ...\n! digest "Secret1!"\n< AuthenticationOk\n< ReadyForQuery status="I"\n> Terminate';
    const scripted = await startScriptedServer(transcript);
    const logger = new RecordingLogger();
    const conn = await connect({ ...base, port: scripted.port, logger });
    await conn.close();
    await scripted.close();
    expect(logger.lines[0]).toMatchObject(['debug', 'Connected', { loginMethod: 'sha256' }]);
    const refusing = new RecordingLogger();
    const refused = connect({ ...base, port: server.port, logger: refusing, requireAuth: ['sha256'] });
    await expect(refused).rejects.toThrow('requireAuth');
    expect(refusing.lines).toEqual([
      [
        'debug',
        'Connecting failed',
        expect.objectContaining({
          loginMethod: 'none',
          error: 'AuthenticationError',
          code: 'ERR_RS_AUTHENTICATION',
        }),
      ],
    ]);
  });

  it('hears at info of notices and of a loss', async () => {
    const logger = new RecordingLogger();
    const conn = await connected({ logger });
    await conn.query('notice loaded 7 rows');
    await conn.query('cut').catch(() => undefined);
    await vi.waitFor(() => {
      expect(conn.closed).toBe(true);
    });
    expect(logger.lines.filter(([level]) => level === 'info')).toEqual([
      ['info', 'Notice: loaded 7 rows', { severity: 'INFO', sqlState: '00000', processId: conn.processId }],
      [
        'info',
        expect.stringMatching(/^Connection lost: The connection to 127\.0\.0\.1:\d+ was lost/),
        { error: 'ConnectionLostError', code: 'ERR_RS_CONNECTION_LOST', processId: conn.processId },
      ],
    ]);
  });

  it('hears at warn of changes that are not committed, and of a connection that does not end in time', async () => {
    const stubborn = await startToyServer({ stubborn: true });
    const logger = new RecordingLogger();
    const conn = await connect({ ...base, port: stubborn.port, closeTimeout: 0.2, logger });
    await conn.query('insert into t values (1)');
    const call = expect(conn.query('hang')).rejects.toThrow('closeTimeout');
    await vi.waitFor(() => {
      expect(stubborn.executed).toContain('hang');
    });
    await conn.close();
    await call;
    await stubborn.close();
    expect(logger.lines.filter(([level]) => level === 'warn').map(([, message]) => message)).toEqual([
      expect.stringContaining('uncommitted changes'),
      expect.stringContaining(
        'The connection was destroyed: closing took more than closeTimeout (0.2 seconds)',
      ),
    ]);
  });

  it('hears of options that were passed over at info', async () => {
    const logger = new RecordingLogger();
    await connected({ logger, DSILogLevel: '6' } as never);
    expect(logger.lines[0]).toEqual(['info', expect.stringContaining('DSILogLevel')]);
  });

  it('never sees values, unless logParameters asks for it', async () => {
    for (const logParameters of [false, true]) {
      const logger = new RecordingLogger();
      const conn = await connected({ logger, logParameters });
      await conn.query('set %s', ['the value']);
      expect(JSON.stringify(logger.lines).includes('the value')).toBe(logParameters);
    }
  });

  it('may throw, reject, or not be what it says it is', async () => {
    const bad = {
      debug: () => {
        throw new Error('logger');
      },
      info: () => Promise.reject(new Error('logger')),
      warn: () => ({
        get then() {
          throw new Error('then');
        },
      }),
      error: () => undefined,
    };
    const conn = await connected({ logger: bad, autocommit: false });
    await conn.query('notice a');
    await conn.query('insert into t');
    await conn.close();
    expect(server.executed).toContain('insert into t');
  });
});

describe('notices', () => {
  it('reach listeners and are kept, the newest 1,000', async () => {
    const conn = await connected();
    const heard: string[] = [];
    conn.on('notice', () => {
      throw new Error('a listener of the user');
    });
    conn.on('notice', ({ message }) => heard.push(message));
    await conn.script(Array.from({ length: 1005 }, (_, index) => `notice ${String(index)}`).join('; '));
    expect(heard).toHaveLength(1005);
    expect(conn.notices).toHaveLength(1000);
    expect([conn.notices[0]?.message, conn.notices.at(-1)?.message]).toEqual(['5', '1004']);
    expect(conn.notices[0]).toEqual({ severity: 'INFO', sqlState: '00000', message: '5' });
  });
});

describe('conn.stats', () => {
  it('counts what the connection did', async () => {
    const before = Date.now();
    const conn = await connected({ autocommit: false });
    const fresh = conn.stats;
    expect(fresh).toEqual({
      connectedAt: expect.any(Date),
      calls: 0,
      statements: 0,
      roundTrips: 1,
      rows: 0,
      bytesReceived: expect.any(Number),
      bytesSent: expect.any(Number),
      notices: 0,
      cancels: 0,
      preparedStatements: 0,
    });
    expect(fresh.connectedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(fresh.bytesSent).toBe(server.connections[0]!.received.length);
    await conn.query('select');
    await conn.query('rows 10');
    await conn.query('notice a');
    const call = expect(conn.query('hang')).rejects.toThrow('cancel');
    await vi.waitFor(() => {
      expect(server.executed).toContain('hang');
    });
    await conn.cancel();
    await call;
    const { stats } = conn;
    // BEGIN is one of the statements; the one that was cancelled is none.
    expect(stats).toMatchObject({ calls: 4, statements: 4, rows: 10, notices: 1, cancels: 1 });
    expect(stats.bytesSent).toBe(server.connections[0]!.received.length);
    expect(stats.bytesReceived).toBeGreaterThan(fresh.bytesReceived);
    expect(fresh.rows).toBe(0);
  });

  it('tells of the prepared statements that the server holds', async () => {
    const conn = await connected({ maxPreparedStatements: 2 });
    for (const value of [1, 2, 3, 3]) {
      await conn.query(`select ${String(value)}`);
    }
    expect(conn.stats.preparedStatements).toBe(2);
  });
});
