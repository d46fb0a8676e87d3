/** A connection over the memory server, with small bounds so that a few rows fill them. */
import { Connection } from '../../../src/client/connection.js';
import { Executor } from '../../../src/client/executor.js';
import type { RedshiftError } from '../../../src/errors.js';
import { Handshake } from '../../../src/session/handshake.js';
import { Session, type SessionOptions } from '../../../src/session/session.js';
import { TypeRegistry } from '../../../src/types/registry.js';
import { MemoryServer } from './memory-server.js';

export interface Harness {
  readonly server: MemoryServer;
  readonly session: Session;
  readonly connection: Connection;
  closedWith: RedshiftError | undefined | 'open';
}

export async function connectMemory(
  options: Partial<SessionOptions> & {
    pipeline?: boolean;
    autocommit?: boolean;
    fetchBufferSize?: number;
  } = {},
): Promise<Harness> {
  const server = new MemoryServer();
  const listener: { harness?: Harness } = {};
  const session = new Session(server.transport(), {
    dialect: 'redshift',
    closeTimeout: 5,
    maxResultBytes: 100_000,
    maxPreparedStatements: 10,
    openCancel: () => Promise.resolve(server.cancelTransport()),
    onNotice: (notice) => listener.harness?.connection.notify(notice),
    onClose: (error) => {
      if (listener.harness !== undefined) listener.harness.closedWith = error;
      listener.harness?.connection.ended(error);
    },
    ...options,
  });
  const executor = new Executor(session, {
    dialect: 'redshift',
    paramstyle: 'format',
    rowMode: 'array',
    queryRowMode: 'object',
    types: TypeRegistry.defaults,
    autocommit: options.autocommit ?? false,
    pipeline: options.pipeline ?? false,
    maxPreparedStatements: 10,
    fetchBufferSize: options.fetchBufferSize ?? 20_000,
    maxResultBytes: options.maxResultBytes ?? 100_000,
    queryTimeout: undefined,
    logger: undefined,
    logParameters: false,
    place: { host: 'memory', port: 0, database: 'dev' },
  });
  const harness: Harness = { server, session, connection: new Connection(executor), closedWith: 'open' };
  listener.harness = harness;
  await new Promise<void>((resolve, reject) => {
    const login = { kind: 'password', user: 'u', password: 'Secret1!' } as const;
    session.login(
      new Handshake(
        {
          login,
          parameters: [['user', 'u']],
          requireAuth: [],
          mayShowPassword: true,
          channelBinding: 'prefer',
          channel: { secure: false },
          fail: reject,
        },
        (error) => {
          if (error === undefined) resolve();
          else reject(error);
        },
      ),
    );
  });
  return harness;
}
