/**
 * A real CONNECT proxy (RFC 9110, 9.3.6) on loopback, with Basic authentication if wanted. It maps host names to ports
 * of 127.0.0.1, so that a client talks TLS to "login.microsoftonline.com" and reaches a fake. A name that it was not
 * given is answered 502: no connection ever leaves the machine.
 *
 * @example
 * const proxy = await startConnectProxy({ hosts: { 'sts.eu-west-1.amazonaws.com': sts.port } });
 * … { proxy: proxy.url, httpsCa: authority.cert } …
 * proxy.tunnels;                    // [{ host: 'sts.eu-west-1.amazonaws.com', port: 443, status: 200 }]
 * await proxy.close();
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ConnectProxyOptions {
  /** Loopback port by host name, `*.domain` (any name below it) or `host:port`. The most exact entry counts. */
  readonly hosts?: Readonly<Record<string, number>>;
  /**
   * Asked first, for tests whose way depends on how often a host was asked: a loopback port, or what it does with this
   * CONNECT; undefined: as `hosts` and `behave` say.
   */
  readonly route?: (host: string, nth: number) => number | ProxyBehaviour | undefined;
  /** Without it, or with another, a CONNECT is answered 407. */
  readonly auth?: { readonly user: string; readonly password: string };
}

/**
 * What it does with a CONNECT: its work; nothing; break the connection; break off in the middle of its answer; write
 * these bytes as answer.
 */
export type ProxyBehaviour = 'tunnel' | 'hang' | 'cut' | 'half' | { readonly raw: string };

/** One CONNECT that arrived; `status` is what was answered, 0 for nothing. */
export interface SeenTunnel {
  readonly host: string;
  readonly port: number;
  readonly status: number;
}

export interface ConnectProxy {
  readonly port: number;
  /** `http://user:password@127.0.0.1:port`, for the option `proxy`. */
  readonly url: string;
  /** Every CONNECT in order, refused ones too. */
  readonly tunnels: readonly SeenTunnel[];
  /** Requests that came without CONNECT; a client of HTTPS makes none. */
  readonly plainRequests: number;
  /** Adds or replaces an entry of `hosts`. */
  readonly map: (host: string, port: number) => void;
  readonly behave: (behaviour: ProxyBehaviour) => void;
  /** Connections of clients that are open now. */
  readonly openConnections: () => number;
  /** Resolves when no client is connected. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const hosts = new Map(
    Object.entries(options.hosts ?? {}).map(([host, port]) => [host.toLowerCase(), port]),
  );
  const expected = options.auth && basic(options.auth.user, options.auth.password);
  const tunnels: SeenTunnel[] = [];
  const asked = new Map<string, number>();
  const sockets = new Set<Duplex>();
  const clients = new Set<Duplex>();
  let whenIdle: (() => void)[] = [];
  let behaviour: ProxyBehaviour = 'tunnel';
  let plainRequests = 0;

  const server = createServer((_, response) => {
    plainRequests++;
    response.writeHead(405).end();
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    clients.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      clients.delete(socket);
      if (clients.size > 0) return;
      for (const resolve of whenIdle) resolve();
      whenIdle = [];
    });
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const { host, port } = authorityForm(request.url ?? '');
    const note = (status: number): void => void tunnels.push({ host, port, status });
    const refuse = (status: number, text: string, headers = ''): void => {
      note(status);
      client.end(
        `HTTP/1.1 ${String(status)} ${text}\r\n${headers}Content-Length: 0\r\nConnection: close\r\n\r\n`,
      );
    };
    const nth = (asked.get(host) ?? 0) + 1;
    asked.set(host, nth);
    const route = options.route?.(host, nth);
    const doing = route === undefined || typeof route === 'number' ? behaviour : route;
    if (doing !== 'tunnel') {
      note(0);
      // Who does not read does not see the client leave.
      client.resume().once('end', () => client.destroy());
      if (doing === 'cut') client.destroy();
      else if (doing === 'half') client.write('HTTP/1.1 200 Conn', () => client.destroy());
      else if (doing !== 'hang') client.write(doing.raw);
      return;
    }
    if (expected !== undefined && request.headers['proxy-authorization'] !== expected) {
      refuse(407, 'Proxy Authentication Required', 'Proxy-Authenticate: Basic realm="test"\r\n');
      return;
    }
    const target = typeof route === 'number' ? route : lookUp(hosts, host, port);
    if (target === undefined) {
      refuse(502, 'Bad Gateway');
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port: target });
    sockets.add(upstream);
    upstream.once('connect', () => {
      note(200);
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) upstream.write(head);
      client.pipe(upstream);
      upstream.pipe(client);
    });
    upstream.once('error', () => {
      if (upstream.connecting || upstream.pending) refuse(502, 'Bad Gateway');
      else client.destroy();
    });
    upstream.once('close', () => {
      sockets.delete(upstream);
      client.destroy();
    });
    client.once('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const credentials = options.auth
    ? `${encodeURIComponent(options.auth.user)}:${encodeURIComponent(options.auth.password)}@`
    : '';

  return {
    port,
    url: `http://${credentials}127.0.0.1:${String(port)}`,
    tunnels,
    get plainRequests() {
      return plainRequests;
    },
    map: (host, target) => void hosts.set(host.toLowerCase(), target),
    behave: (next) => {
      behaviour = next;
    },
    openConnections: () => clients.size,
    idle: () =>
      clients.size === 0 ? Promise.resolve() : new Promise((resolve) => void whenIdle.push(resolve)),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** `host:port` or `[::1]:port`. */
function authorityForm(target: string): { host: string; port: number } {
  const colon = target.lastIndexOf(':');
  const host = target.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host: host.toLowerCase(), port: Number(target.slice(colon + 1)) };
}

function lookUp(hosts: ReadonlyMap<string, number>, host: string, port: number): number | undefined {
  const exact = hosts.get(`${host}:${String(port)}`) ?? hosts.get(host);
  if (exact !== undefined) return exact;
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    const below = hosts.get(`*${host.slice(dot)}`);
    if (below !== undefined) return below;
  }
  return undefined;
}
