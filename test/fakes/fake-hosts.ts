/**
 * Fixed host names that lead to fakes: one authority, one HTTPS server with a certificate for all the names, and a
 * CONNECT proxy in front. What a test of an identity provider usually wants, in one call. Loopback only.
 *
 * @example
 * const hosts = await startFakeHosts({
 *   'login.microsoftonline.com': (request) => ({ body: JSON.stringify({ access_token: '…' }) }),
 *   '*.okta.test': (request) => …,
 * });
 * const http = new HttpClient({ ...hosts.settings, insecure: false });
 * …
 * hosts.requests;          // all requests, in order; `request.host` tells which host was meant
 * await hosts.close();
 */
import { createAuthority, type Authority } from '../../src/local/certificate.js';
import { startConnectProxy, type ConnectProxy } from './connect-proxy.js';
import { certificateFor, startHttpsServer, type Answering, type SeenRequest } from './https-server.js';

export interface FakeHosts {
  /** The root, as PEM text: for `httpsCa`. */
  readonly ca: string;
  /** More certificates of the same root, for fakes with listeners of their own: then `proxy.map(name, port)`. */
  readonly authority: Authority;
  readonly proxy: ConnectProxy;
  /** Of the server behind the proxy, for who reaches it by another way. */
  readonly port: number;
  /** What HttpSettings need to reach the hosts, without `insecure`. */
  readonly settings: {
    readonly proxy: string;
    readonly ca: string;
    readonly env: Readonly<Record<string, string>>;
  };
  readonly requests: readonly SeenRequest[];
  /** Connections open now, at proxy and server. */
  readonly openConnections: () => number;
  /** Resolves when nobody is connected to proxy and server. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface FakeHostsOptions {
  /** The proxy's own; without it everybody may use it. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Default: one made for this call. */
  readonly authority?: Authority;
}

/** By host name; `*.domain` stands for all names one label below it, as in a certificate. */
export async function startFakeHosts(
  sites: Readonly<Record<string, Answering>>,
  options: FakeHostsOptions = {},
): Promise<FakeHosts> {
  const authority = options.authority ?? (await createAuthority('Test CA'));
  const names = Object.keys(sites);
  const server = await startHttpsServer({
    certificate: await certificateFor(authority, names),
    answer: (request, response) => {
      const site = sites[request.host] ?? sites[request.host.replace(/^[^.]+/, '*')];
      return site === undefined ? { status: 404, body: 'no such host' } : site(request, response);
    },
  });
  const proxy = await startConnectProxy({
    hosts: Object.fromEntries(names.map((name) => [name, server.port])),
    ...(options.auth === undefined ? {} : { auth: options.auth }),
  });
  return {
    ca: authority.cert,
    authority,
    proxy,
    port: server.port,
    settings: { proxy: proxy.url, ca: authority.cert, env: {} },
    requests: server.requests,
    openConnections: () => proxy.openConnections() + server.openConnections(),
    idle: async () => {
      await Promise.all([proxy.idle(), server.idle()]);
    },
    close: async () => {
      await proxy.close();
      await server.close();
    },
  };
}
