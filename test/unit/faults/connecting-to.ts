/** What came of connecting to a server that a test has in its hands: the error, what the server was told, how long it took. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import { connect, RedshiftError, type ConnectOptions } from '../../../src/index.js';

/** Planted: neither may reach a server before TLS is up, nor any error at all. */
export const secrets = { user: 'planted-user', password: 'Planted-Secret-1', token: 'planted.token.value' };

export const base: ConnectOptions = {
  host: 'localhost',
  database: 'dev',
  user: secrets.user,
  password: secrets.password,
  connectTimeout: 5,
  closeTimeout: 1,
};

export interface Attempt {
  /** Undefined: it got in, and closed again. */
  readonly error: RedshiftError | undefined;
  readonly milliseconds: number;
}

/** Connects, closes when it got in, and sees to it that no error shows a secret. */
export async function attempt(options: ConnectOptions): Promise<Attempt> {
  const started = performance.now();
  let error: unknown;
  try {
    const conn = await connect({ ...base, ...options });
    const milliseconds = performance.now() - started;
    await conn.close();
    return { error: undefined, milliseconds };
  } catch (caught) {
    error = caught;
  }
  const milliseconds = performance.now() - started;
  if (!(error instanceof RedshiftError)) throw error;
  const { message, stack } = error;
  const shown = inspect(error, { depth: 10, showHidden: true });
  for (const text of [message, String(stack), shown, JSON.stringify(error)]) {
    for (const secret of [secrets.password, secrets.token]) expect(text).not.toContain(secret);
  }
  return { error, milliseconds };
}

/** `Name code`, or `in`: short enough for a table. The code is the one of the network or of TLS, where there is one. */
export function inWords({ error }: Attempt): string {
  if (error === undefined) return 'in';
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return code === undefined ? error.name : `${error.name} ${code}`;
}

export interface RawServer {
  readonly port: number;
  /** Every byte that came, of all connections. */
  readonly received: () => Buffer;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A server that does with each socket what the test says, and nothing else. */
export async function startRawServer(behave: (socket: Socket) => void): Promise<RawServer> {
  const chunks: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => chunks.push(chunk));
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(chunks),
    connections: () => sockets.length,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
