/**
 * Agents of HTTPS: how a socket to a host comes about, directly or through a proxy. The one file that imports
 * `https-proxy-agent`, and only when there is a proxy. An agent keeps no socket for later, so none is ever left behind.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { Agent } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type SecureContext } from 'node:tls';
import type { HttpsProxyAgent } from 'https-proxy-agent';
import type { Proxy, ProxyRules } from './proxy.js';

export interface AgentSettings {
  readonly rules: ProxyRules;
  /** Undefined: the roots of Node. */
  readonly secureContext: SecureContext | undefined;
  /** Whether any certificate will do. */
  readonly insecure: boolean;
}

/** The way to the proxy or the proxy's own answer, not the host behind it, is what failed. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly hint: string;
  /** That of the system (`ECONNREFUSED`), or `ERR_RS_PROXY`. */
  readonly code: string;

  constructor(message: string, hint: string, cause?: NodeJS.ErrnoException) {
    super(`${message} (${hint})`, cause === undefined ? undefined : { cause });
    this.hint = hint;
    this.code = cause?.code ?? 'ERR_RS_PROXY';
  }
}

export async function makeAgent(settings: AgentSettings): Promise<Agent> {
  const options: TlsOptions = {
    // Spelled out: else NODE_TLS_REJECT_UNAUTHORIZED=0 would switch the check off.
    rejectUnauthorized: !settings.insecure,
    minVersion: 'TLSv1.2',
    ...(settings.secureContext === undefined ? {} : { secureContext: settings.secureContext }),
  };
  if (!settings.rules.any) return new Agent({ keepAlive: false, ...options });
  const TunnelAgent = await (tunnelAgent ??= loadTunnelAgent());
  // It is an http.Agent that speaks TLS, which is all that https.request and AWS clients ask for.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
  return new TunnelAgent(settings.rules, options);
}

let tunnelAgent: ReturnType<typeof loadTunnelAgent> | undefined;

async function loadTunnelAgent() {
  const { HttpsProxyAgent } = await import('https-proxy-agent');

  return class TunnelAgent extends HttpsProxyAgent<string> {
    readonly #rules: ProxyRules;
    readonly #tls: TlsOptions;

    constructor(rules: ProxyRules, tls: TlsOptions) {
      // The package prints the URL it is given when DEBUG is set, so the password is not in it; see proxyHeaders.
      super('http://proxy.invalid', { keepAlive: false });
      this.#rules = rules;
      this.#tls = tls;
    }

    override async connect(request: ClientRequest, asked: Target): ReturnType<Connect> {
      // The package forgets the options of its agents.
      const target = { ...asked, ...this.#tls };
      const host = target.host ?? 'localhost';
      const proxy = this.#rules.for(host, target.port);
      if (proxy === undefined) return connectTls({ ...named(target, host), ALPNProtocols: ['http/1.1'] });
      const leaving = new AbortController();
      this.connectOpts = { host: proxy.host, port: proxy.port, signal: leaving.signal };
      this.proxyHeaders = () =>
        proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization };
      // A request that is given up while it has no socket tells nobody; the socket to the proxy has to go with it.
      const destroy = request.destroy.bind(request);
      request.destroy = (error) => {
        leaving.abort();
        return destroy(error);
      };
      request.once('proxyConnect', ({ statusCode, headers }: ProxyAnswer) => {
        // Else the proxy's answer would pass for the host's.
        if (statusCode !== 200) throw refusal(proxy, host, target.port, statusCode, headers);
      });
      try {
        // It reads connectOpts and proxyHeaders, and opens its socket, before its first wait, so requests at once do not
        // mix them up.
        return await whileWatched(request, () => super.connect(request, target));
      } catch (error) {
        leaving.abort();
        throw error instanceof ProxyError ? error : unreachable(proxy, error as NodeJS.ErrnoException);
      } finally {
        request.destroy = destroy;
      }
    }
  };
}

/** Of the proxy's answer to CONNECT: as many as Node takes of any other. */
const longestAnswer = 16_384;

/**
 * Bounds what a proxy may say before the tunnel is there: the package collects it without an end, and reads all of it
 * anew with every packet. The socket that `open` makes is known from Node's own announcement only.
 */
function whileWatched<T>(request: ClientRequest, open: () => T): T {
  const watch = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    const look = (): void => {
      if (socket.bytesRead > longestAnswer) socket.destroy(new Error('The answer of the proxy has no end'));
    };
    socket.on('readable', look);
    request.once('proxyConnect', () => socket.off('readable', look));
  };
  subscribe('net.client.socket', watch);
  try {
    return open();
  } finally {
    unsubscribe('net.client.socket', watch);
  }
}

type TlsOptions = Pick<ConnectionOptions, 'rejectUnauthorized' | 'minVersion' | 'secureContext'>;
type Connect = HttpsProxyAgent<string>['connect'];
type Target = Parameters<Connect>[1] & { readonly port: number };
interface ProxyAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** RFC 6066 forbids addresses as server names. */
function named(target: Target, host: string): ConnectionOptions {
  const options = target as ConnectionOptions;
  return options.servername === undefined && isIP(host) === 0 ? { ...options, servername: host } : options;
}

const shown = ({ host, port }: Proxy): string => `${isIP(host) === 6 ? `[${host}]` : host}:${String(port)}`;

function unreachable(proxy: Proxy, cause: NodeJS.ErrnoException): ProxyError {
  const hint = 'check the proxy option, or HTTPS_PROXY and NO_PROXY';
  const name = `The proxy ${shown(proxy)}`;
  if (cause.code === undefined)
    // The package's own words; they quote what the proxy sent.
    return new ProxyError(`${name} broke off, or answered something that is no HTTP`, hint);
  if (cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN')
    return new ProxyError(
      `The name of the proxy ${shown(proxy)} cannot be found (${cause.code})`,
      hint,
      cause,
    );
  return new ProxyError(`${name} cannot be reached (${cause.code})`, hint, cause);
}

function refusal(
  proxy: Proxy,
  host: string,
  port: number,
  status: number,
  headers: ProxyAnswer['headers'],
): ProxyError {
  const answer = Number.isInteger(status) ? String(status) : 'something that is no HTTP';
  if (status !== 407)
    return new ProxyError(
      `The proxy ${shown(proxy)} answered ${answer} when asked for ${host}:${String(port)}`,
      status === 403
        ? 'it does not let this host through; ask who runs it, or put the host into NO_PROXY'
        : status >= 500
          ? "it could not reach the host: check the host's name (and the region, where that is a part of it), or put the host into NO_PROXY"
          : 'check that it is an HTTP proxy that can reach the host, or put the host into NO_PROXY',
    );
  const offered = [headers['proxy-authenticate'] ?? []].flat().join(', ');
  const hint =
    offered !== '' && !/\bbasic\b/i.test(offered)
      ? `it offers ${offered.match(/\b(?:negotiate|ntlm|digest|bearer)\b/gi)?.join(', ') ?? 'no Basic login'}, and this driver knows Basic only`
      : proxy.authorization === undefined
        ? 'give them as http://user:password@host:port'
        : 'check them in the proxy option or in HTTPS_PROXY';
  return new ProxyError(
    proxy.authorization === undefined
      ? `The proxy ${shown(proxy)} asks for user and password (407)`
      : `The proxy ${shown(proxy)} refused user and password (407)`,
    hint,
  );
}
