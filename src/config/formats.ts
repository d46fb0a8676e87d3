/**
 * What the values of login options have to look like where more depends on it than their type: many become part of a
 * host name, a path or a request. A problem is told without the value.
 */
import type { Given } from './given.js';
import type { OptionName } from './options.js';
import { findProvider } from './providers.js';

/** The problem with a value, if it has one. */
type Format = (value: string) => string | undefined;

function read(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

// AWS General Reference, "Regional endpoints": us-east-1, us-gov-west-1, eusc-de-east-1.
const region: Format = (value) =>
  /^[a-z]{2,}(?:-[a-z]+)+-\d{1,2}$/.test(value) ? undefined : 'must look like us-east-1';

const page: Format = (value) => {
  const url = read(value);
  if (url?.protocol !== 'https:') return 'must be a URL that begins with https://';
  if (url.username !== '' || url.password !== '') return 'must be a URL without user and password';
  return /[\u0000-\u0020\u007f]/u.test(value) ? 'holds a character that no URL has' : undefined;
};

/** A name, or what the browser's address line shows of it. */
const hostName: Format = (pasted) => {
  const value = pasted.replace(/^https:\/\//i, '').replace(/\/$/, '');
  if (value.includes('/')) return 'is a host name, without https:// and path';
  if (value.includes(':')) return 'is a host name without port; give the port as idpPort';
  return /^[a-z\d](?:[a-z\d._-]{0,252}[a-z\d])?$/i.test(value) ? undefined : 'must be a host name';
};

const pathPart: Format = (value) =>
  /^[\w.~-]+$/.test(value) && !/^\.+$/.test(value)
    ? undefined
    : 'may hold letters, digits and . _ ~ - only, since it becomes part of a URL';

const path: Format = (value) =>
  value.split('/').every((part) => pathPart(part) === undefined)
    ? undefined
    : 'may hold letters, digits and . _ ~ - / only, since it becomes part of a URL';

const role: Format = (value) =>
  /^arn:aws[-a-z]*:iam::\d*:role\/[\w+=,.@/-]+$/.test(value)
    ? undefined
    : 'must be the ARN of a role (arn:aws:iam::123456789012:role/name)';

const expression: Format = (value) => {
  try {
    new RegExp(value);
    return undefined;
  } catch {
    return 'is no regular expression';
  }
};

/** Empty: no proxy, although the environment names one. */
const proxy: Format = (value) => {
  if (value === '') return undefined;
  const url = read(value);
  return url?.protocol === 'http:' && url.hostname !== '' && /^\/?$/.test(url.pathname)
    ? undefined
    : 'must be http://host:port or http://user:password@host:port';
};

function api(value: string): URL | undefined {
  const url = read(value);
  return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.username === '' ? url : undefined;
}

/** This machine: nobody else hears what goes there. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** redshift_connector#241: the plugin's name in provider_name ends in "no PostgreSQL user name specified". */
const identityProvider: Format = (value) => {
  const found = findProvider(value);
  return found !== undefined && value.endsWith(found.plugin)
    ? 'is the name of a plugin: give it as credentialsProvider (providerName is what Redshift calls the identity provider)'
    : undefined;
};

const formats: readonly (readonly [OptionName, Format])[] = [
  ['region', region],
  ['idcRegion', region],
  ['loginUrl', page],
  ['issuerUrl', page],
  ['idpHost', hostName],
  ['idpTenant', pathPart],
  ['appId', path],
  ['preferredRole', role],
  ['dbGroupsFilter', expression],
  ['proxy', proxy],
  ['providerName', identityProvider],
];

/** Checks what was given, whether or not the login uses it. */
export function checkFormats(given: Given): void {
  for (const [name, format] of formats) {
    const value = given.get(name);
    if (typeof value !== 'string') continue;
    const problem = format(value);
    if (problem !== undefined) given.wrong(name, problem);
  }
  const timeout = given.get('authTimeout') as number | undefined;
  // As redshift_connector and JDBC have it: nobody has typed a password in less.
  if (timeout !== undefined && timeout < 10) given.wrong('authTimeout', 'must be at least 10 seconds');
  for (const name of ['endpointUrl', 'stsEndpointUrl'] as const) {
    const value = given.get(name) as string | undefined;
    if (value === undefined) continue;
    const url = api(value);
    if (url === undefined) given.wrong(name, 'must be a URL that begins with https://');
    // An assertion is as good as a password for five minutes, and what AWS answers is one.
    else if (url.protocol === 'http:' && !isLoopback(url))
      given.wrong(name, 'must begin with https:// (http:// is for this machine only)');
  }
}
