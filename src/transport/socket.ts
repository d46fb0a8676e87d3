/**
 * TCP and Unix sockets: every address that the name has is tried in turn, under the one clock of the caller.
 * Knows nothing of messages but the eight bytes that ask for TLS (those are tls.ts's).
 */
import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ConnectError } from '../errors.js';
import { firstToConnect } from './addresses.js';
import { onread, readTlsIntoBuffer, takeFrom } from './read-buffer.js';
import type { Transport, TransportHandler } from './transport.js';
import { secureSocket, trustedRoots, type TlsOptions } from './tls.js';

export interface TransportOptions {
  readonly address:
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
    | { readonly kind: 'unix'; readonly path: string };
  readonly tls: { readonly kind: 'off' } | ({ readonly kind: 'on' } & TlsOptions);
  readonly keepalive: boolean;
  /** Seconds without traffic before the first probe. */
  readonly keepaliveIdle: number;
  /** Local address to bind to. */
  readonly sourceAddress?: string | undefined;
  /** The address that an earlier transport has found: the same server again, whatever DNS says by now. */
  readonly remote?: LookupAddress | undefined;
}

/**
 * Opens a transport, TLS included. The signal bounds all of it (DNS, TCP, TLS); its reason is thrown when it fires.
 *
 * @throws ConnectError naming host and port; `cause` is the last network error.
 */
export async function openTransport(options: TransportOptions, signal: AbortSignal): Promise<Transport> {
  signal.throwIfAborted();
  const { address, tls } = options;
  if (address.kind === 'unix') {
    const socket = await openSocket({ path: address.path }, address.path, true, signal);
    return new SocketTransport(socket, address.path, false, true, undefined);
  }
  const peer = `${address.host.includes(':') ? `[${address.host}]` : address.host}:${String(address.port)}`;
  const roots = tls.kind === 'off' ? undefined : trustedRoots(tls);
  const socket = await openAnyAddress(options, address.host, address.port, peer, signal);
  socket.setNoDelay(true);
  if (options.keepalive) socket.setKeepAlive(true, options.keepaliveIdle * 1000);
  const remote = remoteOf(socket);
  if (tls.kind === 'off' || roots === undefined)
    return new SocketTransport(socket, peer, false, false, remote);
  const secured = await secureSocket(socket, address.host, peer, tls, roots, signal);
  readTlsIntoBuffer(secured);
  return new SocketTransport(secured, peer, true, true, remote);
}

async function openAnyAddress(
  options: TransportOptions,
  host: string,
  port: number,
  peer: string,
  signal: AbortSignal,
): Promise<Socket> {
  const local = options.sourceAddress;
  const found = options.remote === undefined ? await resolve(host, signal) : [options.remote];
  // A bound local address of the other family could never connect; Node would report EINVAL for it.
  const addresses = found.filter(({ family }) => local === undefined || isIP(local) === family);
  if (addresses.length === 0) {
    throw new ConnectError(
      `Cannot connect to ${peer}: no address of the host has the family of sourceAddress ${String(local)}`,
    );
  }
  return firstToConnect(
    addresses,
    ({ address, family }, givenUp) =>
      openSocket(
        { host: address, port, family, ...(local === undefined ? {} : { localAddress: local }) },
        peer,
        options.tls.kind === 'off',
        givenUp,
      ),
    signal,
  );
}

async function resolve(host: string, signal: AbortSignal): Promise<LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  try {
    return await abortable(lookup(host, { all: true, verbatim: true }), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new ConnectError(`Cannot resolve host ${host}: ${reason(error)}. Check the option host`, {
      cause: error,
      retryable: (error as NodeJS.ErrnoException).code === 'EAI_AGAIN',
    });
  }
}

type SocketTarget = { path: string } | { host: string; port: number; family: number; localAddress?: string };

/** @param plain nothing but the transport reads it: TLS is not asked for first */
function openSocket(
  target: SocketTarget,
  peer: string,
  plain: boolean,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // allowHalfOpen stays off: a server that sends FIN is gone for us (a half-open session answers nothing).
    const socket: Socket = connectSocket({
      ...target,
      noDelay: true,
      ...(plain ? { onread: onread(() => socket) } : {}),
    });
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect);
      socket.off('error', onError);
    };
    const onConnect = (): void => {
      settle();
      socket.pause();
      resolve(socket);
    };
    const onError = (error: Error): void => {
      settle();
      socket.on('error', ignore);
      socket.destroy();
      reject(
        new ConnectError(`Cannot connect to ${peer}: ${reason(error)}`, { cause: error, retryable: true }),
      );
    };
    const onAbort = (): void => {
      settle();
      socket.on('error', ignore);
      socket.destroy();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', onConnect);
    socket.once('error', onError);
  });
}

/** A promise that cannot be aborted itself loses the race against the signal. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

function remoteOf(socket: Socket): LookupAddress | undefined {
  const { remoteAddress } = socket;
  return remoteAddress === undefined ? undefined : { address: remoteAddress, family: isIP(remoteAddress) };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function ignore(): void {
  // The socket is being thrown away; its last words change nothing.
}

/** From here on a piece is written by itself; what was written before goes first. */
const ownWrite = 16 * 1024;

/**
 * What is held leaves together when the turn of the event loop is over, before anything is read or waited for: with a
 * hundred statements in flight 29 to 26 µs of CPU each.
 */
class SocketTransport implements Transport {
  readonly #socket: Socket;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  readonly peer: string;
  readonly secure: boolean;
  readonly private: boolean;
  readonly certificate: Uint8Array | undefined;
  readonly remote: LookupAddress | undefined;

  constructor(
    socket: Socket,
    peer: string,
    secure: boolean,
    isPrivate: boolean,
    remote: LookupAddress | undefined,
  ) {
    this.#socket = socket;
    this.peer = peer;
    this.secure = secure;
    this.private = isPrivate;
    this.certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined;
    this.remote = remote;
    // Until start() somebody must listen, or Node throws the error at the process.
    socket.on('error', ignore);
  }

  start(handler: TransportHandler): void {
    const socket = this.#socket;
    let cause: Error | undefined;
    let gone = false;
    const close = (): void => {
      if (gone) return;
      gone = true;
      handler.closed(cause);
    };
    if (socket.destroyed) {
      queueMicrotask(close);
      return;
    }
    takeFrom(socket, (piece) => {
      handler.data(piece);
    });
    socket.on('error', (error) => {
      cause = error;
    });
    socket.on('end', close);
    socket.on('close', close);
    socket.resume();
  }

  write(bytes: Uint8Array, held = false): void {
    if (!this.#socket.writable) return;
    if (!held || bytes.length >= ownWrite) {
      if (this.#waiting.length > 0) this.#flush();
      this.#socket.write(bytes);
      return;
    }
    if (this.#waiting.length === 0) process.nextTick(this.#flush);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= ownWrite) this.#flush();
  }

  /** What was written since the last time, as one piece. */
  readonly #flush = (): void => {
    const [first, ...others] = this.#waiting;
    if (first === undefined) return;
    const bytes = others.length === 0 ? first : Buffer.concat(this.#waiting, this.#waitingBytes);
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#socket.writable) this.#socket.write(bytes);
  };

  get unsent(): number {
    return this.#socket.writableLength + this.#waitingBytes;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#flush();
    // Not end(): a server that never closes its side would leave the socket, and with it the process, open for good.
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#socket.destroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }
}
