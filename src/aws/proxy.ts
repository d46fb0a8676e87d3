/**
 * Which proxy a host is reached through: the option `proxy`, else HTTPS_PROXY and NO_PROXY of the environment.
 * Only reads settings; opens nothing. The proxy's password is in `authorization` and nowhere else, never in an error.
 */
import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { ArgumentError } from '../errors.js';

/** The name of a proxy, and what it asks for. */
export interface Proxy {
  /** Where brackets of IPv6 are left out. */
  readonly host: string;
  readonly port: number;
  /** Value of Proxy-Authorization, a secret. */
  readonly authorization: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The one proxy of some settings, and the hosts that are reached without it. */
export class ProxyRules {
  readonly #proxy: Proxy | undefined;
  readonly #direct: (host: string, port: number) => boolean;

  /**
   * `option` is for all hosts; `''` means no proxy, whatever the environment says. Lower-case variables come first, as in curl.
   * @throws ArgumentError naming the option or the variable that is no `http://[user:password@]host:port`
   */
  constructor(option: string | undefined, env: Environment) {
    if (option !== undefined) {
      this.#proxy = option === '' ? undefined : readProxy(option, 'Option proxy');
      this.#direct = () => false;
      return;
    }
    const [name, value] = firstSet(env, ['https_proxy', 'HTTPS_PROXY']);
    this.#proxy = value === undefined ? undefined : readProxy(value, `Environment variable ${name}`);
    const [, exceptions = ''] = firstSet(env, ['no_proxy', 'NO_PROXY']);
    const listed = this.#proxy === undefined ? () => false : readExceptions(exceptions);
    // Nobody's proxy reaches this machine's own loopback (a local AWS imitation, say); Go's client has the same rule.
    this.#direct = (host, port) => isLoopback(host) || listed(host, port);
  }

  /** Whether there is a proxy for any host at all. */
  get any(): boolean {
    return this.#proxy !== undefined;
  }

  /** The proxy for a host, undefined where it is reached directly. IPv6 with or without brackets. */
  for(host: string, port: number): Proxy | undefined {
    if (this.#proxy === undefined) return undefined;
    return this.#direct(plainHost(host), port) ? undefined : this.#proxy;
  }
}

function firstSet(env: Environment, names: readonly string[]): [string, string | undefined] {
  for (const name of names) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') return [name, value];
  }
  return ['', undefined];
}

/** The text never enters the error, nor does the error of URL, which holds it: a password may stand in it. */
function readProxy(text: string, source: string): Proxy {
  const refuse = (what: string): never => {
    throw new ArgumentError(`${source}: ${what}; write http://host:port or http://user:password@host:port`);
  };
  const trimmed = text.trim();
  const url = parse(/^[a-z][a-z\d+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
  if (url === undefined)
    return refuse('is no URL of a proxy (characters like # / ? @ in a password are written %23 %2F %3F %40)');
  if (url.protocol !== 'http:')
    return refuse(`a proxy of the kind ${url.protocol.slice(0, -1)} cannot be used`);
  if (url.hostname === '' || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return refuse('has to name a host and a port only');
  const credentials = `${decode(url.username)}:${decode(url.password)}`;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 80 : Number(url.port),
    authorization:
      credentials === ':' ? undefined : `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`,
  };
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** A `%` that begins no escape stands for itself: people paste passwords as they are. */
function decode(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
}

/**
 * NO_PROXY: parts separated by commas or blanks. `*` is every host; `example.com` and `.example.com` are the host and
 * all below it; `*.example.com` too; an address is itself; `10.0.0.0/8` is a network; `:port` behind any of them limits it.
 */
function readExceptions(text: string): (host: string, port: number) => boolean {
  const tests = text.split(/[\s,]+/).flatMap((part) => readException(part.toLowerCase()));
  return (host, port) => tests.some((test) => test(host, port));
}

function readException(part: string): ((host: string, port: number) => boolean)[] {
  if (part === '') return [];
  if (part === '*') return [() => true];
  const [, address, bits] = /^([\da-f.:]+)\/(\d{1,3})$/.exec(part) ?? [];
  if (address !== undefined && bits !== undefined) return network(address, Number(bits));
  const { name, port } = splitPort(part);
  const wanted = plainHost(name.replace(/^\*?\./, ''));
  if (wanted === '' || wanted === '*') return wanted === '' ? [] : [(_, asked) => asked === port];
  const matches =
    isIP(wanted) === 0
      ? (host: string) => host === wanted || host.endsWith(`.${wanted}`)
      : (host: string) => host === wanted;
  return [(host, asked) => (port === undefined || port === asked) && matches(host)];
}

function splitPort(part: string): { name: string; port: number | undefined } {
  // An IPv6 address without brackets has no port: its last group could not be told from one.
  if (isIP(part) === 6) return { name: part, port: undefined };
  const [, name, port] = /^(.*?):(\d{1,5})$/.exec(part) ?? [];
  return name === undefined ? { name: part, port: undefined } : { name, port: Number(port) };
}

function network(address: string, bits: number): ((host: string) => boolean)[] {
  const family = isIP(address);
  if (family === 0 || bits > (family === 4 ? 32 : 128)) return [];
  const list = new BlockList();
  list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  return [
    (host) => {
      const kind = isIP(host);
      return kind !== 0 && list.check(host, kind === 4 ? 'ipv4' : 'ipv6');
    },
  ];
}

/** As hosts are compared: lower case, no brackets, no final dot, letters beyond ASCII as DNS has them, IPv6 in its shortest form. */
function plainHost(host: string): string {
  const bare = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  if (isIP(bare) === 6) return parse(`http://[${bare}]/`)?.hostname.slice(1, -1) ?? bare;
  return domainToASCII(bare) || bare;
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  );
}
