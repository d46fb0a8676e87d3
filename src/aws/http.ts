/**
 * The one HTTPS client of all logins: requests to identity providers, and the agent that AWS clients are given.
 * https only (a proxy may be http), certificates checked unless told otherwise, bounded in time, size and redirects.
 * Never lets cookies, Authorization or a form's body reach a host that they are not for.
 */
import type { Agent } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { CancelledError, type LoginStage } from '../errors.js';
import { makeAgent } from './agents.js';
import { CookieJar } from './cookies.js';
import { exchange, type Exchanged } from './exchange.js';
import { refusedRequest } from './http-errors.js';
import { ProxyRules } from './proxy.js';
import { certificatesOf, contextWith } from './roots.js';

export interface HttpSettings {
  /** `http://[user:password@]host:port`, for all hosts; `''`: none; undefined: HTTPS_PROXY / NO_PROXY of `env`. A Secret's text. */
  readonly proxy: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Extra roots, PEM text. */
  readonly ca: string | undefined;
  /** Identity providers only: certificates are not checked. Never reaches AWS calls. */
  readonly insecure: boolean;
  /** Told before each request who is asked; never a path, a query or anything that is sent. */
  readonly onAsk?: ((stage: LoginStage, whom: string) => void) | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** URLSearchParams go as a form; text needs a `content-type` among the headers. */
  readonly body?: string | URLSearchParams;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** After redirects. */
  readonly url: string;
  readonly body: string;
}

/** Bounds of one answer; tests make them small. */
export interface HttpLimits {
  /** From asking for the socket until the last byte of the body. */
  readonly seconds: number;
  readonly bodyBytes: number;
  readonly redirects: number;
}
const usualLimits: HttpLimits = { seconds: 60, bodyBytes: 4 * 2 ** 20, redirects: 10 };

/** How one login talks to the world. Holds no socket while nothing is asked. */
export class HttpClient {
  readonly #settings: HttpSettings;
  readonly #rules: ProxyRules;
  readonly #limits: HttpLimits;
  #agent: Promise<Agent> | undefined;

  /** @throws ArgumentError when the proxy or the roots cannot be read; its text names the option or the variable. */
  constructor(settings: HttpSettings, limits: Partial<HttpLimits> = {}) {
    this.#settings = settings;
    this.#limits = { ...usualLimits, ...limits };
    this.#rules = new ProxyRules(settings.proxy, settings.env);
    if (settings.ca !== undefined) certificatesOf(settings.ca);
  }

  /** One conversation with an identity provider: keeps cookies, follows at most 10 redirects, https only; answers up to 4 MiB, 60 s each. */
  session(): HttpSession {
    return new HttpSession(
      () => (this.#agent ??= this.#makeAgent(this.#settings.insecure)),
      this.#limits,
      this.#settings.onAsk,
    );
  }

  /** An AWS client that has an agent of this login's tells whom it asks. */
  asked(stage: LoginStage, whom: string): void {
    this.#settings.onAsk?.(stage, whom);
  }

  /**
   * For AWS SDK clients (`requestHandler: { httpsAgent }`): proxy and CA, never insecure. Undefined when neither is wanted.
   * A new one at every call, since a client that is destroyed destroys the agent it was given.
   */
  async awsAgent(): Promise<Agent | undefined> {
    return this.#rules.any || this.#settings.ca !== undefined ? await this.#makeAgent(false) : undefined;
  }

  #makeAgent(insecure: boolean): Promise<Agent> {
    const { ca, env } = this.#settings;
    const secureContext = ca === undefined ? undefined : contextWith(ca, env);
    return makeAgent({ rules: this.#rules, secureContext, insecure });
  }
}

/** What a browser would keep between pages: cookies. One for every login. */
export class HttpSession {
  readonly #agent: () => Promise<Agent>;
  readonly #limits: HttpLimits;
  readonly #onAsk: HttpSettings['onAsk'];
  readonly #jar = new CookieJar();

  constructor(agent: () => Promise<Agent>, limits: HttpLimits, onAsk?: HttpSettings['onAsk']) {
    this.#agent = agent;
    this.#limits = limits;
    this.#onAsk = onAsk;
  }

  /**
   * Asks, and follows redirects as browsers do. Every status that is no redirect is an answer, not an error.
   * @throws AuthenticationError of the stage 'identity provider': no answer, a certificate that does not pass, a redirect that
   * is not to be followed, an answer too long or too late; the signal's reason when it is aborted
   */
  async request(request: HttpRequest): Promise<HttpResponse> {
    const agent = await this.#agent();
    let step = firstStep(request);
    for (let redirects = 0; ; redirects++) {
      if (request.signal.aborted) throw reasonOf(request.signal);
      const answer = await this.#exchange(agent, step, request.signal);
      this.#jar.keep(step.url, [answer.headers['set-cookie'] ?? []].flat());
      const next = redirected(step, answer);
      if (next === undefined)
        return { status: answer.status, headers: answer.headers, url: step.url.href, body: answer.body };
      if (redirects === this.#limits.redirects)
        throw refusedRequest(
          `The identity provider ${step.url.host} redirected more than ${String(this.#limits.redirects)} times`,
          'it may want something that only a browser has; try a browser plugin',
        );
      step = next;
    }
  }

  #exchange(agent: Agent, step: Step, signal: AbortSignal): Promise<Exchanged> {
    const headers = new Map(step.headers);
    const cookies = [headers.get('cookie'), this.#jar.header(step.url)].filter((text) => text !== undefined);
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
    const { url, method, body } = step;
    this.#onAsk?.('identity provider', url.host);
    const asked = { agent, url, method, headers: Object.fromEntries(headers), body };
    return exchange(asked, this.#limits, signal, () => reasonOf(signal));
  }
}

/** One request of a chain of redirects. */
interface Step {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | undefined;
}

function firstStep(request: HttpRequest): Step {
  const headers = new Map([
    ['accept', '*/*'],
    ['user-agent', 'redshift-connector'],
  ]);
  const body = request.method === 'GET' ? undefined : (request.body ?? '').toString();
  if (request.body instanceof URLSearchParams)
    headers.set('content-type', 'application/x-www-form-urlencoded');
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name.toLowerCase(), value);
  return { url: readUrl(request.url), method: request.method, headers, body };
}

/** The error never holds the text, nor URL's error, which does: addresses carry one-time tokens. */
function readUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refusedRequest('The address of the identity provider is no URL', 'check the host and URL options');
  }
  checkUrl(url, (what) =>
    refusedRequest(`The address of the identity provider ${what}`, 'check the host and URL options'),
  );
  return url;
}

function checkUrl(url: URL, refuse: (what: string) => Error): void {
  if (url.protocol !== 'https:')
    throw refuse(`does not begin with https:// but with ${url.protocol.slice(0, 20)}`);
  if (url.username !== '' || url.password !== '') throw refuse('holds a user or a password');
  url.hash = '';
}

/** What comes next; undefined: this is the answer. RFC 9110, 15.4, and what browsers make of it. */
function redirected(step: Step, answer: Exchanged): Step | undefined {
  const { location } = answer.headers;
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return undefined;
  const from = step.url.host;
  const refuse = (what: string, hint?: string): Error =>
    refusedRequest(`The identity provider ${from} redirected to an address that ${what}`, hint);
  let url: URL;
  try {
    // Header bytes are read as Latin-1; those beyond ASCII are UTF-8 (as browsers take them).
    url = new URL(Buffer.from(location, 'latin1').toString('utf8'), step.url);
  } catch {
    throw refuse('is no URL');
  }
  checkUrl(url, (what) =>
    refuse(what, 'only https is followed, so that nothing of the login is sent in the clear'),
  );
  if (isNear(url.hostname) && !isNear(step.url.hostname))
    throw refuse(
      'is that of this machine or its network',
      'a page out there must not make this program ask its neighbours; if it is right, configure that host',
    );
  const sameOrigin = url.origin === step.url.origin;
  const resent = answer.status === 307 || answer.status === 308;
  if (resent && step.method === 'POST' && !sameOrigin)
    throw refuse(
      `would have what was sent to it sent to ${url.host} too`,
      'a password goes to the host that was configured only; if that is the right one, configure it',
    );
  const dropped = [
    ...(sameOrigin ? [] : ['authorization', 'cookie', 'proxy-authorization']),
    ...(resent ? [] : ['content-type', 'content-length', 'content-encoding', 'content-language']),
  ];
  const headers = new Map([...step.headers].filter(([name]) => !dropped.includes(name)));
  return resent ? { ...step, url, headers } : { url, method: 'GET', headers, body: undefined };
}

/**
 * This machine, and what it alone can ask: the metadata services of clouds are link-local. Private networks are not among
 * them, since companies have their identity providers there.
 */
function isNear(host: string): boolean {
  const bare = host.replace(/\.$/, '');
  const address = bare.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) return bare === 'localhost' || bare.endsWith('.localhost');
  return near.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

const near = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
] as const) {
  near.addSubnet(network, bits, 'ipv4');
  // The same written as IPv6 (RFC 4291, 2.5.5.2).
  near.addSubnet(`::ffff:${network}`, 96 + bits, 'ipv6');
}
near.addSubnet('::', 127, 'ipv6');
near.addSubnet('fe80::', 10, 'ipv6');
// AWS's metadata service over IPv6.
near.addAddress('fd00:ec2::254', 'ipv6');

/** What callers of the signal's owner expect: its own error as it is. */
function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error
    ? reason
    : new CancelledError('The login was cancelled', { cause: reason, retryable: true });
}
