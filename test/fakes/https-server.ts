/**
 * A loopback HTTPS server for tests: a real TLS listener with a certificate for chosen names, which keeps what it was
 * asked. It never listens on another address than 127.0.0.1.
 *
 * @example A server that answers as an identity provider would
 * const authority = await createAuthority('Test CA');                       // src/local/certificate.js
 * const idp = await startHttpsServer({
 *   certificate: await certificateFor(authority, ['idp.example.test']),
 *   answer: ({ method, path, form }) =>
 *     method === 'POST' && path === '/login' && form.get('username') === 'canary'
 *       ? { body: '<input name="SAMLResponse" value="…">' }
 *       : { status: 401, body: 'no' },
 * });
 * // reach it by its name through startConnectProxy, or as https://localhost:${idp.port}/; clients trust authority.cert
 * idp.requests[0].body;                                                     // what was sent, for the test to check
 * await idp.close();
 */
import { once } from 'node:events';
import type { IncomingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { loopbackNames, type Authority, type Issued } from '../../src/local/certificate.js';

/** One request, read to its end. */
export interface SeenRequest {
  readonly method: string;
  /** Of the Host header, without the port. */
  readonly host: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body read as `application/x-www-form-urlencoded`; empty where it is none. */
  readonly form: URLSearchParams;
  /** Of the Cookie header, by name. */
  readonly cookies: ReadonlyMap<string, string>;
}

export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** `content-type` is `text/html; charset=utf-8` unless given. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

/**
 * `'hang'` never answers, `'cut'` breaks the connection; `undefined`: the function wrote to `response` itself.
 */
export type Answering = (
  request: SeenRequest,
  response: ServerResponse,
) => Answer | 'hang' | 'cut' | undefined | Promise<Answer | 'hang' | 'cut' | undefined>;

export interface HttpsServerOptions {
  readonly certificate: Issued;
  readonly answer: Answering;
}

export interface ListeningServer {
  readonly port: number;
  /** Connections that are open now; a test of leaks waits until it is 0. */
  readonly openConnections: () => number;
  /** Resolves when no connection is open. */
  readonly idle: () => Promise<void>;
  /** Breaks all connections and frees the port. */
  readonly close: () => Promise<void>;
}

export interface HttpsServer extends ListeningServer {
  /** Everything that was asked, in order. */
  readonly requests: readonly SeenRequest[];
  /** From now on this answers. */
  readonly answerWith: (answer: Answering) => void;
}

/** A certificate for these host names, and for localhost and the loopback addresses too. */
export function certificateFor(authority: Authority, names: readonly string[]): Promise<Issued> {
  return authority.issue({
    commonName: names[0] ?? 'localhost',
    dnsNames: [...names, ...loopbackNames.dnsNames],
    ipAddresses: loopbackNames.ipAddresses,
  });
}

/** The bare listener, for those who bring a request listener of their own (an OpenID server, say). */
export async function listenHttps(certificate: Issued, listener: RequestListener): Promise<ListeningServer> {
  const server = createServer({ cert: certificate.cert, key: certificate.key }, listener);
  const sockets = new Set<Socket>();
  let whenIdle: (() => void)[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size > 0) return;
      for (const resolve of whenIdle) resolve();
      whenIdle = [];
    });
  });
  // Clients that refuse the certificate are part of the tests.
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    openConnections: () => sockets.size,
    idle: () =>
      sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => void whenIdle.push(resolve)),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export async function startHttpsServer({ certificate, answer }: HttpsServerOptions): Promise<HttpsServer> {
  const requests: SeenRequest[] = [];
  let answering = answer;
  const listening = await listenHttps(
    certificate,
    answeredBy((request, response) => {
      requests.push(request);
      return answering(request, response);
    }),
  );
  return {
    ...listening,
    requests,
    answerWith: (next) => {
      answering = next;
    },
  };
}

/** For a listener that answers only a part of the requests so. */
export function answeredBy(answer: Answering): RequestListener {
  const serve = async (...[request, response]: Parameters<RequestListener>): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const reply = await answer(readRequest(request, Buffer.concat(pieces).toString('utf8')), response);
    if (reply === 'cut') request.socket.destroy();
    else if (typeof reply === 'object') write(reply, response);
  };
  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      // The client went away while it sent, or the function threw: then the test sees its text.
      if (response.headersSent || response.destroyed) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(`The fake failed: ${String(error)}`);
    });
  };
}

function write({ status = 200, headers = {}, body = '' }: Answer, response: ServerResponse): void {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  for (const [name, value] of Object.entries(headers))
    response.setHeader(name, typeof value === 'string' ? value : [...value]);
  response.statusCode = status;
  response.end(body);
}

function readRequest(request: Parameters<RequestListener>[0], body: string): SeenRequest {
  const host = request.headers.host ?? '';
  const url = new URL(request.url ?? '/', `https://${host || 'nowhere.test'}`);
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
  return {
    method: request.method ?? '',
    host: url.hostname,
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
    form: new URLSearchParams(isForm ? body : ''),
    cookies: readCookies(request.headers.cookie),
  };
}

function readCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header?.split('; ') ?? []) {
    const [name = '', ...value] = pair.split('=');
    cookies.set(name, value.join('='));
  }
  return cookies;
}
