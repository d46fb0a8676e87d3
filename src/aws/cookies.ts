/**
 * The cookies of one conversation with an identity provider (RFC 6265, with the name prefixes of its successor).
 * In memory only; gone with the conversation. Never sends a cookie to a host that did not set it or may not see it.
 */
import { isIP } from 'node:net';

interface Cookie {
  readonly name: string;
  readonly value: string;
  /** The host itself when `hostOnly`, else the host and all below it. */
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  /** Milliseconds since 1970; Infinity: until the conversation ends. */
  readonly expires: number;
  readonly order: number;
}

/** RFC 6265, 6.1 asks for at least 50 a domain and 4096 bytes each. An identity provider that needs more is none. */
const mostCookies = 200;
const longestCookie = 8192;

export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();
  readonly #now: () => number;
  #order = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Keeps what the Set-Cookie lines of an answer from `url` say; lines that break the rules are passed over. */
  keep(url: URL, lines: readonly string[]): void {
    for (const line of lines) {
      const cookie = this.#read(url, line);
      if (cookie === undefined) continue;
      const key = JSON.stringify([cookie.name, cookie.domain, cookie.path]);
      const before = this.#cookies.get(key);
      this.#cookies.delete(key);
      // 5.3, 11: a cookie in the place of another keeps its age.
      if (cookie.expires > this.#now())
        this.#cookies.set(key, before === undefined ? cookie : { ...cookie, order: before.order });
      if (this.#cookies.size > mostCookies) this.#cookies.delete(this.#cookies.keys().next().value!);
    }
  }

  /** Value of the Cookie header for a request to `url` (5.4); undefined when there is none. */
  header(url: URL): string | undefined {
    const host = url.hostname;
    const sent = [...this.#cookies.values()].filter(
      (cookie) =>
        cookie.expires > this.#now() &&
        (cookie.hostOnly ? host === cookie.domain : domainMatches(host, cookie.domain)) &&
        pathMatches(url.pathname, cookie.path),
    );
    if (sent.length === 0) return undefined;
    sent.sort((a, b) => b.path.length - a.path.length || a.order - b.order);
    return sent.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  /** RFC 6265, 5.2 and 5.3. Every request is https, so Secure changes nothing, and HttpOnly is for scripts. */
  #read(url: URL, line: string): Cookie | undefined {
    const [pair = '', ...rest] = line.split(';');
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    const value = pair.slice(equals + 1).trim();
    if (equals === -1 || name === '' || name.length + value.length > longestCookie) return undefined;
    // A control character would let one cookie pass for another header.

    if (/[\x00-\x1f\x7f]/.test(pair)) return undefined;
    const attributes = new Map<string, string>();
    for (const part of rest) {
      const [key = '', ...text] = part.split('=');
      attributes.set(key.trim().toLowerCase(), text.join('=').trim());
    }
    const domain = domainOf(url.hostname, attributes.get('domain'));
    if (domain === undefined) return undefined;
    const path = attributes.get('path');
    const cookie = {
      name,
      value,
      ...domain,
      path: path?.startsWith('/') === true ? path : defaultPath(url.pathname),
      expires: this.#expiry(attributes),
      order: this.#order++,
    };
    return prefixKept(cookie, attributes) ? cookie : undefined;
  }

  /** Max-Age wins over Expires (5.3, 3); what cannot be read is not there. */
  #expiry(attributes: ReadonlyMap<string, string>): number {
    const maxAge = attributes.get('max-age');
    if (maxAge !== undefined && /^-?\d+$/.test(maxAge))
      return Number(maxAge) <= 0 ? -Infinity : this.#now() + Number(maxAge) * 1000;
    const expires = attributes.get('expires');
    return (expires === undefined ? undefined : readCookieDate(expires)) ?? Infinity;
  }
}

/**
 * Without the list of public suffixes: a host may set cookies for itself and, when it says so, for a parent that has a
 * dot in it. `undefined`: the cookie is refused.
 */
function domainOf(
  host: string,
  attribute: string | undefined,
): { domain: string; hostOnly: boolean } | undefined {
  const domain = attribute?.toLowerCase().replace(/^\./, '');
  if (domain === undefined || domain === '') return { domain: host, hostOnly: true };
  if (domain === host) return { domain, hostOnly: isIP(host) !== 0 || !domain.includes('.') };
  return domainMatches(host, domain) && domain.includes('.') ? { domain, hostOnly: false } : undefined;
}

/** 5.1.3; `1.2.3.4` is no host below `3.4`. */
function domainMatches(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && isIP(host) === 0);
}

/** 5.1.4 */
function defaultPath(path: string): string {
  const end = path.lastIndexOf('/');
  return end <= 0 ? '/' : path.slice(0, end);
}

function pathMatches(path: string, cookiePath: string): boolean {
  return (
    path === cookiePath ||
    (path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/'))
  );
}

/** draft-ietf-httpbis-rfc6265bis, 4.1.3: what the names `__Secure-…` and `__Host-…` promise. */
function prefixKept(cookie: Omit<Cookie, 'order'>, attributes: ReadonlyMap<string, string>): boolean {
  if (/^__secure-/i.test(cookie.name)) return attributes.has('secure');
  if (/^__host-/i.test(cookie.name))
    return attributes.has('secure') && !attributes.get('domain') && attributes.get('path') === '/';
  return true;
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** RFC 6265, 5.1.1: the first time, day, month and year in the text, in any order. */
function readCookieDate(text: string): number | undefined {
  let time: readonly number[] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.toLowerCase().split(/[^\da-z:]+/)) {
    const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/.exec(token);
    if (clock !== null && time === undefined) time = clock.slice(1).map(Number);
    else if (day === undefined && /^\d{1,2}(?!\d)/.test(token)) day = parseInt(token, 10);
    else if (month === undefined && months.includes(token.slice(0, 3)))
      month = months.indexOf(token.slice(0, 3));
    else if (year === undefined && /^\d{2,4}(?!\d)/.test(token)) year = parseInt(token, 10);
  }
  const [hour, minute, second] = time ?? [];
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  if (day === undefined || month === undefined || year === undefined) return undefined;
  if (year < 100) year += year < 70 ? 2000 : 1900;
  if (year < 1601 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined;
  const at = new Date(Date.UTC(year, month, day, hour, minute, second));
  return at.getUTCDate() === day ? at.getTime() : undefined;
}
