/** Where a lying server stands: behind a real socket on loopback, or in the same process. Both give a connection to it. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Connection } from '../../src/client/connection.js';
import { connect } from '../../src/client/connect.js';
import { Executor } from '../../src/client/executor.js';
import { Handshake } from '../../src/session/handshake.js';
import { Session } from '../../src/session/session.js';
import type { Transport, TransportHandler } from '../../src/transport/transport.js';
import { TypeRegistry } from '../../src/types/registry.js';
import { LyingServer, type ServerPlan } from './lying-server.js';
import { reset } from '../scripted/reset.js';

export interface Bounds {
  /** Seconds. */
  readonly connect: number;
  readonly query: number;
  readonly close: number;
}

export interface Place {
  /** The server of the session; cancel requests come to others. */
  readonly server: LyingServer | undefined;
  open(): Promise<Connection>;
  /** Sockets that are still open. */
  close(): Promise<void>;
}

const limits = { fetchBufferSize: 2048, maxResultBytes: 100_000, maxPreparedStatements: 3 };

export async function onLoopback(plan: ServerPlan, bounds: Bounds, autocommit: boolean): Promise<Place> {
  const servers: LyingServer[] = [];
  const sockets = new Set<Socket>();
  const listener: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    const server = new LyingServer(
      {
        say: (bytes) => void socket.write(bytes),
        close: (how) => {
          if (how === 'fin') socket.end();
          else reset(socket);
        },
      },
      // What comes to cancel is told no lies: it is told nothing.
      servers.length === 0 ? plan : { ...plan, lies: [] },
    );
    server.onCancel = () => {
      servers[0]?.cancel();
    };
    servers.push(server);
    socket.on('data', (chunk) => {
      server.hear(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('end', () => {
      socket.end();
    });
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  return {
    get server() {
      return servers[0];
    },
    open: () =>
      connect({
        host: '127.0.0.1',
        port,
        database: 'dev',
        user: 'u',
        ssl: false,
        autocommit,
        rowMode: 'array',
        connectTimeout: bounds.connect,
        queryTimeout: bounds.query,
        closeTimeout: bounds.close,
        ...limits,
      }),
    async close() {
      for (const server of servers) server.close('fin');
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        listener.close(() => {
          resolve();
        });
      });
    },
  };
}

/** A transport whose other end is a lying server; what is said is heard a turn of the loop later, as on a socket. */
function memoryPipe(plan: ServerPlan): { readonly server: LyingServer; readonly transport: Transport } {
  let handler: TransportHandler | undefined;
  let paused = false;
  let closed = false;
  let waiting: (Uint8Array | undefined)[] = [];
  const flush = (): void => {
    while (!paused && !closed && handler !== undefined && waiting.length > 0) {
      const next = waiting.shift();
      if (next !== undefined) {
        const piece = Buffer.from(next);
        handler.data(piece);
        // As a read buffer that is used again.
        piece.fill(0xaa);
      } else {
        closed = true;
        handler.closed(undefined);
      }
    }
  };
  const deliver = (item: Uint8Array | undefined): void => {
    waiting.push(item);
    setImmediate(flush);
  };
  const server = new LyingServer({ say: (bytes) => deliver(bytes), close: () => deliver(undefined) }, plan);
  const transport: Transport = {
    secure: false,
    private: true,
    peer: 'memory',
    unsent: 0,
    start(given) {
      handler = given;
    },
    write(bytes) {
      setImmediate(() => {
        if (!closed) server.hear(bytes);
      });
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      setImmediate(flush);
    },
    end() {
      setImmediate(() => {
        closed = true;
        handler?.closed(undefined);
      });
    },
    destroy() {
      closed = true;
      waiting = [];
      server.close('rst');
    },
    ref: () => undefined,
    unref: () => undefined,
  };
  return { server, transport };
}

export function inMemory(plan: ServerPlan, bounds: Bounds, autocommit: boolean): Promise<Place> {
  const { server, transport } = memoryPipe(plan);
  return Promise.resolve({
    server,
    async open() {
      const made: { connection?: Connection } = {};
      const session = new Session(transport, {
        dialect: 'redshift',
        closeTimeout: bounds.close,
        ...limits,
        openCancel: () => {
          const cancel = memoryPipe({ ...plan, lies: [] });
          cancel.server.onCancel = () => {
            server.cancel();
          };
          return Promise.resolve(cancel.transport);
        },
        onNotice: (notice) => made.connection?.notify(notice),
        onClose: (error) => made.connection?.ended(error),
      });
      const executor = new Executor(session, {
        dialect: 'redshift',
        paramstyle: 'format',
        rowMode: 'array',
        queryRowMode: 'array',
        types: TypeRegistry.defaults,
        autocommit,
        pipeline: false,
        ...limits,
        queryTimeout: bounds.query,
        logger: undefined,
        logParameters: false,
        place: { host: 'memory', port: 0, database: 'dev' },
      });
      const connection = (made.connection = new Connection(executor));
      await new Promise<void>((resolve, reject) => {
        // The clock of connecting stands above the session; here it is ours.
        const clock = setTimeout(() => {
          transport.destroy();
          reject(new Error('The login took too long'));
        }, bounds.connect * 1000);
        const settle = (end: () => void): void => {
          clearTimeout(clock);
          end();
        };
        session.login(
          new Handshake(
            {
              login: { kind: 'password', user: 'u', password: 'p' },
              parameters: [['user', 'u']],
              requireAuth: [],
              mayShowPassword: true,
              channelBinding: 'prefer',
              channel: { secure: false },
              fail: (error) => {
                settle(() => {
                  reject(error);
                });
              },
            },
            (error) => {
              settle(() => {
                if (error === undefined) resolve();
                else reject(error);
              });
            },
          ),
        );
      });
      return connection;
    },
    close() {
      server.close('fin');
      return Promise.resolve();
    },
  });
}
