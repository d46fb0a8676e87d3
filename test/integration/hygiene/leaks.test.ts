/** Rows H2, H3 and H5: what is left of connections, statements and failed connects when they are over. Nothing. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../../src/index.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import { startCheapServer, type CheapServer } from './cheap-server.js';
import { runProgram } from './child.js';
import type { FailedConnectsGiven, FailedConnectsTold } from './programs/failed-connects.js';
import type { HeapGiven, HeapTold } from './programs/heap.js';
import type { ManyQueriesGiven, ManyQueriesTold } from './programs/many-queries.js';

const base: ConnectOptions = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'u',
  password: 'Secret1!',
  autocommit: true,
};
const megabyte = 1024 * 1024;

let certificates: Certificates;
let plain: CheapServer;
let secure: CheapServer;
const servers: { close(): unknown }[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
  plain = await startCheapServer();
  secure = await startCheapServer({ tls: certificates.server });
  servers.push(plain, secure);
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

/** Runs a program that prints one line of JSON, and nothing else. */
async function told<T>(name: string, given: unknown, patience: number): Promise<T> {
  const { code, stdout, stderr, lingered } = await runProgram(name, given, {
    flags: ['--expose-gc'],
    patience,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(lingered).toBeLessThan(1000);
  return JSON.parse(stdout) as T;
}

/** A server that does one thing to each connection. */
async function rude(does: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    does(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return (server.address() as AddressInfo).port;
}

describe('H5: 100,000 statements with one AbortSignal', () => {
  it(
    'H5: leave no listener on it, no timer, no handle but the socket; the heap stays flat',
    { timeout: 180_000, retry: 1 },
    async () => {
      const queries = 100_000;
      const options = { ...base, port: plain.port, sslmode: 'disable' as const };
      const found = await told<ManyQueriesTold>(
        'many-queries',
        { options, queries } satisfies ManyQueriesGiven,
        170_000,
      );
      expect(found.rows).toBe(queries);
      expect(found.abortListeners).toBe(0);
      expect(found.open.handles).toEqual(['TCPSocketWrap']);
      expect(found.closed.handles).toEqual([]);
      expect(found.closed.processListeners).toEqual(found.listenersBefore);
      expect(found.heapGrowth).toBeLessThan(2 * megabyte);
    },
  );
});

describe('H2: 1,000 connects that fail', () => {
  it(
    'H2: leave no socket, no timer and no listener; the heap stays flat',
    { timeout: 120_000, retry: 1 },
    async () => {
      const refusing = await startCheapServer({ refuse: true });
      const selfSigned = await startCheapServer({ tls: certificates.bad.selfSigned });
      servers.push(refusing, selfSigned);
      const closedPort = await rude(() => undefined);
      await servers.pop()!.close();
      const off = { ...base, sslmode: 'disable' } as const;
      const attempts: Record<string, ConnectOptions> = {
        refused: { ...off, port: closedPort },
        reset: { ...off, port: await rude((socket) => socket.resetAndDestroy()) },
        'reset behind the startup message': {
          ...off,
          port: await rude((socket) => socket.once('data', () => socket.resetAndDestroy())),
        },
        silent: { ...off, port: await rude(() => undefined), connectTimeout: 0.05 },
        'silent, TLS wanted': { ...base, port: await rude(() => undefined), connectTimeout: 0.05 },
        'silent in the TLS handshake': {
          ...base,
          port: await rude((socket) => socket.once('data', () => socket.write('S'))),
          connectTimeout: 0.05,
        },
        'bad login': { ...off, port: refusing.port },
        'no TLS there': { ...base, port: plain.port },
        'bad certificate': { ...base, port: selfSigned.port },
      };
      const times = Math.ceil(1000 / Object.keys(attempts).length);
      const found = await told<FailedConnectsTold>(
        'failed-connects',
        { attempts, times } satisfies FailedConnectsGiven,
        110_000,
      );
      expect(found.errors).toEqual({
        refused: ['ConnectError'],
        reset: ['ConnectError'],
        'reset behind the startup message': ['ConnectError'],
        silent: ['TimeoutError'],
        'silent, TLS wanted': ['TimeoutError'],
        'silent in the TLS handshake': ['TimeoutError'],
        'bad login': ['AuthenticationError'],
        'no TLS there': ['ConnectError'],
        'bad certificate': ['ConnectError'],
      });
      expect(found.left.handles).toEqual([]);
      expect(found.left.processListeners).toEqual(found.listenersBefore);
      expect(found.heapGrowth).toBeLessThan(5 * megabyte);
    },
  );
});

describe('H3: 100 times connect, query, close', () => {
  it.each([
    ['plain', false],
    ['TLS', true],
  ])('H3: %s: no connection is left in the heap', { timeout: 120_000, retry: 1 }, async (_, tls) => {
    const options: ConnectOptions = {
      ...base,
      ...(tls
        ? { port: secure.port, sslrootcert: certificates.ca }
        : { port: plain.port, sslmode: 'disable' as const }),
    };
    const found = await told<HeapTold>('heap', { options, times: 100 } satisfies HeapGiven, 110_000);
    const added = Object.fromEntries(
      Object.entries(found.during).map(([name, count]) => [name, count - (found.before[name] ?? 0)]),
    );
    expect(added).toMatchObject({ Connection: 1, Session: 1, Executor: 1, SocketTransport: 1 });
    expect(found.after).toEqual(found.before);
    expect(found.heapGrowth).toBeLessThan(5 * megabyte);
  });
});
