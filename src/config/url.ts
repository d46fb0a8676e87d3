/**
 * The URL forms: `redshift://`, `postgresql://`, `jdbc:redshift://`. From text to names and values, nothing more.
 * Where a URL cannot be read no piece of it is repeated: what looks like a host may be half of a password.
 */

export interface UrlEntry {
  readonly name: string;
  readonly value: string;
}

export interface UrlParts {
  readonly entries: readonly UrlEntry[];
  /** JDBC keys are case-insensitive. */
  readonly caseInsensitive: boolean;
  readonly problems: readonly string[];
}

const schemes: Readonly<Record<string, 'redshift' | 'postgresql'>> = {
  redshift: 'redshift',
  'redshift+redshift_connector': 'redshift',
  postgresql: 'postgresql',
  postgres: 'postgresql',
};

/** Whether there is an option of this name. */
type IsKnown = (name: string, caseInsensitive: boolean) => boolean;

/** `isKnown` tells names of options from pieces of a password that holds an unescaped `?` or `&`. */
export function readUrl(url: string, isKnown: IsKnown): UrlParts {
  const text = url.trim();
  const jdbc = /^jdbc:redshift:/i.exec(text)?.[0];
  if (jdbc !== undefined) return readJdbcUrl(text.slice(jdbc.length), isKnown);
  const [opening, name] = /^([a-z][a-z0-9+_.-]*):\/\//i.exec(text) ?? [];
  const scheme = (name ?? '').toLowerCase();
  if (opening === undefined || !Object.hasOwn(schemes, scheme)) {
    return failed('begins with redshift://, postgresql:// or jdbc:redshift://');
  }
  return readPlainUrl(text.slice(opening.length), schemes[scheme]!, isKnown);
}

const escape =
  'write @ as %40, / as %2F, ? as %3F, # as %23 and % as %25 in a user or password, or give them as options beside the URL';

/** `[user[:password]@][host[:port]][/database][?name=value&…]` */
function readPlainUrl(rest: string, protocol: string, isKnown: IsKnown): UrlParts {
  const question = rest.indexOf('?');
  const [place, query] = question < 0 ? [rest, ''] : [rest.slice(0, question), rest.slice(question + 1)];
  const slash = place.indexOf('/');
  const [authority, path] = slash < 0 ? [place, ''] : [place.slice(0, slash), place.slice(slash + 1)];
  const pairs = query.split('&').filter((pair) => pair !== '');
  const astray = pairs.some((pair) => pair.includes('@') && !isKnown(pair.split('=')[0]!, false));
  if (path.includes('@') || astray || rest.includes('#')) return failed(`cannot be taken apart: ${escape}`);

  const out = new Entries(false, isKnown);
  out.add('protocol', protocol);
  const at = authority.lastIndexOf('@');
  if (at >= 0) {
    const [, user, password] = /^([^:]*)(?::(.*))?$/s.exec(authority.slice(0, at)) ?? [];
    out.addDecoded('user', user);
    if (password !== undefined) out.addDecoded('password', password, true);
  }
  out.hostAndPort(authority.slice(at + 1));
  out.addDecoded('database', path);
  for (const pair of pairs) out.pair(pair, false);
  return out.parts();
}

/** `//host[:port]/database[?k=v&k=v|;k=v;k=v]`, `iam://…` and, for this machine, `database`. */
function readJdbcUrl(rest: string, isKnown: IsKnown): UrlParts {
  const out = new Entries(true, isKnown);
  out.add('protocol', 'redshift');
  const iam = /^iam:/i.test(rest);
  if (iam) out.add('iam', 'true');
  const body = iam ? rest.slice(4) : rest;
  const opening = body.search(/[?;]/);
  const [place, query] = opening < 0 ? [body, ''] : [body.slice(0, opening), body.slice(opening + 1)];
  const pairs = query.split(/[&;]/).filter((pair) => pair !== '');
  if (pairs.some((pair) => pair.includes('@') && !isKnown(pair.split('=')[0]!, true))) {
    return failed('cannot be taken apart: percent-encode the values of its parameters');
  }
  if (place.startsWith('//')) {
    const slash = place.indexOf('/', 2);
    const authority = slash < 0 ? place.slice(2) : place.slice(2, slash);
    if (place.includes('@'))
      return failed('a JDBC URL gives user and password as parameters: ?user=…&password=…');
    if (slash < 0) return failed('a JDBC URL needs a / and the database behind the host');
    // In jdbc:redshift:iam://cluster:region/database the second part is no port.
    const [, cluster, region] = (iam ? /^([^:]+):(?!\d+$)(.+)$/.exec(authority) : null) ?? [];
    if (cluster !== undefined && region !== undefined) {
      out.addDecoded('clusterIdentifier', cluster);
      out.addDecoded('region', region);
    } else out.hostAndPort(authority);
    out.addDecoded('database', place.slice(slash + 1));
  } else if (iam || place === '' || /[/@:]/.test(place)) {
    return failed('a JDBC URL is jdbc:redshift://host:port/database');
  } else {
    out.add('host', 'localhost');
    out.addDecoded('database', place);
  }
  for (const pair of pairs) out.pair(pair, true);
  return out.parts();
}

function failed(problem: string): UrlParts {
  return { entries: [], caseInsensitive: false, problems: [problem] };
}

class Entries {
  readonly #entries: UrlEntry[] = [];
  readonly #problems: string[] = [];
  readonly #caseInsensitive: boolean;
  readonly #isKnown: IsKnown;

  constructor(caseInsensitive: boolean, isKnown: IsKnown) {
    this.#caseInsensitive = caseInsensitive;
    this.#isKnown = isKnown;
  }

  parts(): UrlParts {
    return { entries: this.#entries, caseInsensitive: this.#caseInsensitive, problems: this.#problems };
  }

  add(name: string, value: string): void {
    this.#entries.push({ name, value });
  }

  addDecoded(name: string, raw: string | undefined, evenEmpty = false): void {
    if (raw === undefined || (raw === '' && !evenEmpty)) return;
    const value = decode(raw);
    if (value === undefined)
      this.#problems.push(`the ${name} holds a % that is not followed by two hex digits of UTF-8`);
    else this.add(name, value);
  }

  hostAndPort(text: string): void {
    if (text.includes(',')) {
      this.#problems.push('names several hosts; one host is connected to');
      return;
    }
    const [whole, six, name, port] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text) ?? [];
    if (whole === undefined) {
      this.#problems.push('has a host that cannot be read (an IPv6 address stands in brackets)');
      return;
    }
    if (port !== undefined && port !== '') {
      if (/^\d{1,5}$/.test(port)) this.add('port', port);
      else this.#problems.push(`has a port that is no number; ${escape}`);
    }
    this.addDecoded('host', six ?? name);
  }

  /** `name=value`; JDBC reads values as forms do, where `+` is a space. */
  pair(text: string, form: boolean): void {
    const equals = text.indexOf('=');
    const rawName = equals < 0 ? text : text.slice(0, equals);
    const rawValue = equals < 0 ? '' : text.slice(equals + 1);
    const name = decode(rawName);
    const value = decode(form ? rawValue.replaceAll('+', ' ') : rawValue);
    if (name === undefined || value === undefined) {
      const which =
        name !== undefined && equals >= 0 && this.#isKnown(name, this.#caseInsensitive)
          ? `the parameter ${name}`
          : 'a parameter';
      this.#problems.push(`${which} holds a % that is not followed by two hex digits of UTF-8`);
    } else this.add(name, value);
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
