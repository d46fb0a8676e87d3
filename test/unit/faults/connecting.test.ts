import { describe, expect, it } from 'vitest';
import { connect, type ConnectOptions } from '../../../src/index.js';
import { startScriptedServer } from '../../scripted/server.js';

const base: ConnectOptions = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'u',
  password: 'Secret1!',
  sslmode: 'disable',
  connectTimeout: 2,
  closeTimeout: 0.3,
};

describe('H4: a logger that throws', () => {
  it('changes nothing of connecting', async () => {
    const server = await startScriptedServer('! login');
    const fail = (): never => {
      throw new Error('the logger is broken');
    };
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    const conn = await connect({ ...base, port: server.port, logger });
    expect(conn.closed).toBe(false);
    await conn.close();
    await server.close();
  });
});
