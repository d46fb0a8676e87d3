/**
 * The listening half: TCP, TLS and CancelRequest. What a client says after its startup packet belongs to a session.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { ArgumentError, OperationalError } from '../../errors.js';
import { encodeBackend } from '../../protocol/backend.js';
import type { FrontendMessage } from '../../protocol/messages.js';
import { ClientInput } from './client-input.js';

export type StartupMessage = Extract<FrontendMessage, { type: 'StartupMessage' }>;

/** A client whose startup packet has come. */
export interface Arrival {
  readonly socket: Socket;
  readonly input: ClientInput;
  readonly startup: StartupMessage;
  readonly secure: boolean;
}

export interface ServerOptions {
  readonly host: string;
  /** Undefined: 5439, or a free port where that is taken. */
  readonly port: number | undefined;
  /** PEM texts; undefined: SSLRequest is answered with `N`. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Serves a client until it is gone. */
  readonly serve: (arrival: Arrival) => Promise<void>;
  readonly cancel: (processId: number, secretKey: number) => Promise<void>;
}

export interface ListeningServer {
  readonly port: number;
  /** Stops listening and hangs up on every client. */
  close(): Promise<void>;
}

/** Redshift's own port. */
const usualPort = 5439;
/** A client that says nothing is not kept. */
const startupTimeout = 60_000;

/** @throws ArgumentError when the port is taken or the host is not this machine's */
export async function listen(options: ServerOptions): Promise<ListeningServer> {
  const context = options.tls && createSecureContext(options.tls);
  const clients = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    socket.on('error', () => undefined);
    void welcome(socket, context, options);
  });
  const port = await bind(server, options);
  server.on('error', () => undefined);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of clients) socket.destroy();
      }),
  };
}

async function bind(server: Server, { host, port }: ServerOptions): Promise<number> {
  const attempt = (wanted: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port: wanted }, () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  try {
    return await attempt(port ?? usualPort);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (port === undefined && code === 'EADDRINUSE') return await attempt(0);
    if (code === 'EADDRINUSE') {
      throw new ArgumentError(`port: ${String(port)} is taken; give another one, or leave it out`, { cause });
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new ArgumentError(`host: ${host} is no address of this machine`, { cause });
    }
    throw new OperationalError(`The local Redshift cannot listen on ${host}:${String(port ?? usualPort)}`, {
      cause,
    });
  }
}

async function welcome(
  plain: Socket,
  context: SecureContext | undefined,
  options: ServerOptions,
): Promise<void> {
  let socket: Socket = plain;
  let input = new ClientInput(socket);
  let secure = false;
  const impatience = setTimeout(() => plain.destroy(), startupTimeout);
  try {
    for (;;) {
      const message = await input.next();
      if (message === undefined) return;
      if (message.type === 'StartupMessage') {
        clearTimeout(impatience);
        await options.serve({ socket, input, startup: message, secure });
        return;
      }
      if (message.type === 'CancelRequest') {
        await options.cancel(message.processId, message.secretKey);
        return;
      }
      if (message.type !== 'SSLRequest' || context === undefined || secure) {
        socket.write('N');
        continue;
      }
      // Bytes that were sent in the clear behind the request must never count as encrypted (CVE-2021-23214).
      if (input.pending) return;
      input.release();
      socket.write('S');
      socket = await encrypted(plain, context);
      input = new ClientInput(socket);
      secure = true;
    }
  } catch (error) {
    // Whatever went wrong with one client must not reach the others.
    farewell(socket, error);
  } finally {
    clearTimeout(impatience);
    socket.destroySoon();
  }
}

function encrypted(plain: Socket, secureContext: SecureContext): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new TLSSocket(plain, { isServer: true, secureContext });
    socket.on('error', () => undefined);
    socket.once('secure', () => resolve(socket));
    socket.once('error', (error: Error) => {
      socket.destroy();
      reject(error);
    });
    socket.once('close', () => {
      // Where TLS broke off, Node closes its layer and leaves the connection below it open.
      plain.destroy();
      reject(new OperationalError('The client left during the TLS handshake'));
    });
  });
}

function farewell(socket: Socket, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const fields = new Map([
    ['S', 'FATAL'],
    ['C', '08P01'],
    ['M', text],
  ]);
  if (socket.writable) socket.end(encodeBackend({ type: 'ErrorResponse', fields }, 0));
}
