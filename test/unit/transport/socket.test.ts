/**
 * What a transport promises about bytes: all of them, in order, nothing while it is paused, and the end behind the last
 * one. The handler scribbles over each piece when it has copied it, as the next read does.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTlsIntoBuffer, takeFrom } from '../../../src/transport/read-buffer.js';
import { openTransport, type TransportOptions } from '../../../src/transport/socket.js';
import type { Transport } from '../../../src/transport/transport.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';

let certificates: Certificates;
let folder: string;
beforeAll(async () => {
  certificates = await makeCertificates();
  folder = await mkdtemp(join(tmpdir(), 'transport-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bytes that tell where they belong. */
const payload = Buffer.alloc(2_000_003);
for (let at = 0, state = 1; at < payload.length; at++) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  payload[at] = state >>> 16;
}

type Kind = 'plain' | 'a Unix socket' | 'TLS' | 'TLS in small records';
const kinds: readonly Kind[] = ['plain', 'a Unix socket', 'TLS', 'TLS in small records'];

interface Peer {
  /** The server's end; over TLS what is inside of it. */
  readonly socket: Promise<Socket>;
  readonly raw: Promise<Socket>;
  readonly transport: Transport;
  close(): Promise<void>;
}

async function open(kind: Kind): Promise<Peer> {
  let found: (socket: Socket) => void;
  let foundRaw: (socket: Socket) => void;
  const socket = new Promise<Socket>((resolve) => (found = resolve));
  const raw = new Promise<Socket>((resolve) => (foundRaw = resolve));
  const secureContext = createSecureContext(certificates.server);
  const server = createServer((accepted) => {
    accepted.on('error', () => undefined);
    foundRaw(accepted);
    if (!kind.startsWith('TLS')) {
      found(accepted);
      return;
    }
    accepted.once('data', () => {
      accepted.write('S');
      const secured = new TLSSocket(accepted, { isServer: true, secureContext });
      secured.on('error', () => undefined);
      if (kind === 'TLS in small records') secured.setMaxSendFragment(1400);
      found(secured);
    });
  });
  const path = join(folder, `${String(Math.random())}.sock`);
  await new Promise<void>((resolve) => {
    if (kind === 'a Unix socket') server.listen(path, resolve);
    else server.listen(0, '127.0.0.1', resolve);
  });
  const transport = await openTransport(
    { address: addressOf(server, path), tls: tlsOf(kind), keepalive: true, keepaliveIdle: 60 },
    AbortSignal.timeout(10_000),
  );
  return {
    socket,
    raw,
    transport,
    async close() {
      transport.destroy();
      (await raw).destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function addressOf(server: Server, path: string): TransportOptions['address'] {
  const address = server.address();
  if (address === null || typeof address === 'string') return { kind: 'unix', path };
  return { kind: 'tcp', host: 'localhost', port: address.port };
}

function tlsOf(kind: Kind): TransportOptions['tls'] {
  return kind.startsWith('TLS')
    ? { kind: 'on', mode: 'verify-full', roots: certificates.ca }
    : { kind: 'off' };
}

/** Whatever came, as a handler that keeps nothing but its copy. */
class Heard {
  readonly memory = new Set<ArrayBufferLike>();
  readonly closed: Promise<Error | undefined>;
  length = 0;
  pieces = 0;
  closings = 0;
  readonly #copies: Buffer[] = [];

  constructor(transport: Transport, react: (heard: Heard) => void = () => undefined) {
    this.closed = new Promise((resolve) => {
      transport.start({
        data: (chunk) => {
          expect(this.closings).toBe(0);
          this.pieces++;
          this.length += chunk.length;
          this.memory.add(chunk.buffer);
          this.#copies.push(Buffer.from(chunk));
          chunk.fill(0xaa);
          react(this);
        },
        closed: (error) => {
          this.closings++;
          resolve(error);
        },
      });
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#copies);
  }
}

const turn = (milliseconds = 20): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await turn(5);
}

describe.each(kinds)('bytes over %s', (kind) => {
  it('come whole and in order, and the end behind them', async () => {
    const peer = await open(kind);
    const heard = new Heard(peer.transport);
    (await peer.socket).end(payload);
    expect(await heard.closed).toBeUndefined();
    expect(heard.bytes.equals(payload)).toBe(true);
    expect(heard.closings).toBe(1);
    await peer.close();
  });

  it('lie in one buffer that every read uses again', async () => {
    const peer = await open(kind);
    const heard = new Heard(peer.transport);
    (await peer.socket).end(payload);
    await heard.closed;
    expect(heard.pieces).toBeGreaterThan(3);
    expect(heard.memory.size).toBe(1);
    await peer.close();
  });

  const later: Readonly<Record<string, (resume: () => void) => unknown>> = {
    'at once': (resume) => {
      resume();
    },
    'a tick later': (resume) => {
      process.nextTick(resume);
    },
    'in the next turn': setImmediate,
    'a while later': (resume) => setTimeout(resume, 2),
  };
  it.each(Object.keys(later))('are the same when it pauses again and again, and resumes %s', async (when) => {
    const peer = await open(kind);
    let paused = false;
    const heard = new Heard(peer.transport, ({ pieces }) => {
      expect(paused).toBe(false);
      if (pieces % 3 !== 0) return;
      paused = true;
      peer.transport.pause();
      later[when]!(() => {
        paused = false;
        peer.transport.resume();
      });
    });
    (await peer.socket).end(payload);
    expect(await heard.closed).toBeUndefined();
    expect(heard.bytes.equals(payload)).toBe(true);
    await peer.close();
  });

  it('wait while it is paused, and so does the end', async () => {
    const peer = await open(kind);
    const heard = new Heard(peer.transport, () => peer.transport.pause());
    (await peer.socket).end(payload.subarray(0, 100_000));
    await until(() => heard.pieces > 0);
    await turn(50);
    expect([heard.pieces, heard.closings]).toEqual([1, 0]);
    peer.transport.resume();
    peer.transport.pause();
    await turn(50);
    expect([heard.pieces, heard.closings]).toEqual([1, 0]);
    while (heard.closings === 0) {
      peer.transport.resume();
      await turn(2);
    }
    expect(heard.bytes.equals(payload.subarray(0, 100_000))).toBe(true);
    await peer.close();
  });

  it('that came before it was started are not lost', async () => {
    const peer = await open(kind);
    const socket = await peer.socket;
    socket.write(payload.subarray(0, 100_000));
    await turn(50);
    const heard = new Heard(peer.transport);
    socket.end(payload.subarray(100_000));
    await heard.closed;
    expect(heard.bytes.equals(payload)).toBe(true);
    await peer.close();
  });

  it('end when the handler destroys it', async () => {
    const peer = await open(kind);
    const heard = new Heard(peer.transport, () => peer.transport.destroy());
    (await peer.socket).write(payload);
    expect(await heard.closed).toBeUndefined();
    await turn();
    expect([heard.pieces, heard.closings]).toEqual([1, 1]);
    await peer.close();
  });

  it('go on being read while what was written is on its way', async () => {
    const peer = await open(kind);
    const heard = new Heard(peer.transport);
    const socket = await peer.socket;
    let received = 0;
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    peer.transport.write(payload);
    socket.write(payload);
    await until(() => received === payload.length && heard.length === payload.length);
    expect(peer.transport.unsent).toBe(0);
    await peer.close();
  });

  it.skipIf(kind === 'a Unix socket')('a reset is an end with its cause', async () => {
    const peer = await open(kind);
    const heard = new Heard(peer.transport);
    (await peer.socket).write(payload.subarray(0, 1000));
    await until(() => heard.length === 1000);
    (await peer.raw).resetAndDestroy();
    expect(await heard.closed).toMatchObject({ code: 'ECONNRESET' });
    expect(heard.closings).toBe(1);
    await peer.close();
  });
});

describe('a TLS socket that cannot be made to read into the buffer', () => {
  const inside = (socket: TLSSocket): { _handle: { useUserBuffer?: unknown } } => socket as never;

  it('reads as it did', async () => {
    const secureContext = createSecureContext(certificates.server);
    const server = createServer((accepted) => {
      const secured = new TLSSocket(accepted, { isServer: true, secureContext });
      secured.on('error', () => undefined);
      secured.end(payload);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connectTls({
      port: (server.address() as { port: number }).port,
      servername: 'localhost',
      ca: certificates.ca,
    });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    socket.pause();
    inside(socket)._handle.useUserBuffer = undefined;
    expect(readTlsIntoBuffer(socket)).toBe(false);
    const came: Uint8Array[] = [];
    takeFrom(socket, (piece) => came.push(piece));
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(Buffer.concat(came).equals(payload)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });
});
