/**
 * What has to fit together: address and TLS of a connection, and its database. Looks at what was given and says what is wrong with it;
 * returns undefined where something is, and the problem is then in the list.
 */
import { isIP } from 'node:net';
import type { Address, SoughtAddress, TlsConfig } from './config.js';
import type { Given } from './given.js';
import type { OptionName } from './options.js';

type Protocol = 'redshift' | 'postgresql';

const text = (given: Given, name: OptionName): string | undefined => given.get(name) as string | undefined;

/** `sought`: AWS can be asked where the cluster is, so that no host is needed. */
export function addressOf(
  given: Given,
  protocol: Protocol,
  sought = false,
): Address | SoughtAddress | undefined {
  const port = (given.get('port') as number | undefined) ?? (protocol === 'redshift' ? 5439 : 5432);
  const path = text(given, 'unixSock');
  // A host of a stronger source makes the socket of a weaker one moot, and the other way round.
  if (path !== undefined && given.standsAgainst('unixSock', 'host')) {
    if (given.standsAgainst('host', 'unixSock'))
      given.wrong('unixSock', 'cannot be given together with host; give one of them');
    return Object.freeze({ kind: 'unix', path });
  }
  const host = text(given, 'host');
  if (host === undefined) {
    if (protocol === 'postgresql') return Object.freeze({ kind: 'tcp', host: 'localhost', port });
    if (sought && !given.isUnreadable('host'))
      return Object.freeze({ kind: 'lookup', port: given.get('port') as number | undefined });
    given.missing('host', 'is required: the endpoint of the cluster or workgroup');
    return undefined;
  }
  // As libpq: a path is the directory of the socket, whose name holds the port.
  if (host.startsWith('/'))
    return Object.freeze({ kind: 'unix', path: `${host.replace(/\/+$/, '')}/.s.PGSQL.${port}` });
  const bare = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  const problem = hostProblem(bare);
  if (problem !== undefined) {
    given.wrong('host', problem);
    return undefined;
  }
  return Object.freeze({ kind: 'tcp', host: bare, port });
}

function hostProblem(host: string): string | undefined {
  if (isIP(host) !== 0) return undefined;
  if (host.includes(',')) return 'names several hosts; one host is connected to';
  if (host.includes('://')) return 'is a name, not a URL; give the URL as url';
  if (host.includes(':') || host.includes('/')) {
    return 'is a name without port and database; give these as port and database';
  }
  if (/[\s@?#%\\[\]\u0000-\u001f\u007f]/u.test(host)) return 'holds a character that no host name has';
  if (host.length > 254) return 'is longer than any host name';
  return undefined;
}

export function tlsOf(given: Given, address: Address | SoughtAddress | undefined): TlsConfig | undefined {
  const ssl = given.get('ssl') as boolean | undefined;
  const mode = text(given, 'sslmode') as 'verify-full' | 'verify-ca' | 'require' | 'disable' | undefined;
  if (address?.kind === 'unix') {
    const socket: OptionName = given.has('unixSock') ? 'unixSock' : 'host';
    if (mode !== undefined && mode !== 'disable' && given.standsAgainst('sslmode', socket)) {
      given.wrong('sslmode', 'is for TCP; a Unix socket has no TLS');
    }
    if (ssl === true && given.standsAgainst('ssl', socket))
      given.wrong('ssl', 'is for TCP; a Unix socket has no TLS');
    return Object.freeze({ kind: 'off' });
  }
  if (ssl !== undefined && mode !== undefined && ssl === (mode === 'disable')) {
    const equal = given.standsAgainst('ssl', 'sslmode') && given.standsAgainst('sslmode', 'ssl');
    if (equal) given.wrong('ssl', `is ${String(ssl)}, but sslmode is ${mode}; give one of them`);
  }
  // Where they differ, the stronger source has its way.
  const sslWins = ssl !== undefined && given.standsAgainst('ssl', 'sslmode');
  if (sslWins ? !ssl : mode === 'disable') {
    const switchName = sslWins ? 'ssl' : 'sslmode';
    for (const name of ['sslrootcert', 'sslServername'] as const) {
      if (given.standsAgainst(name, switchName)) given.wrong(name, 'has no use without TLS');
    }
    return Object.freeze({ kind: 'off' });
  }
  return Object.freeze({
    kind: 'on',
    mode: mode === undefined || mode === 'disable' ? 'verify-full' : mode,
    roots: text(given, 'sslrootcert'),
    servername: text(given, 'sslServername'),
  });
}

export function databaseOf(given: Given, protocol: Protocol): string | undefined {
  const database = text(given, 'database');
  if (database !== undefined) return database;
  // PostgreSQL takes the database called as the user; Redshift has no such habit.
  if (protocol === 'postgresql') return text(given, 'user');
  given.missing('database', 'is required (for example dev)');
  return undefined;
}
