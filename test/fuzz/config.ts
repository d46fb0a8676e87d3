/**
 * Target `config`: URLs, objects and environments, whole and mangled. Whatever comes, it is a Config or an ArgumentError
 * that names an option; a planted secret never shows, and no prototype changes.
 */
import { inspect } from 'node:util';
import type { Config } from '../../src/config/config.js';
import type { ConnectOptionsInput } from '../../src/config/connection-options.js';
import { environmentName, options, snakeCase } from '../../src/config/options.js';
import { parseConfig, parsePoolConfig } from '../../src/config/parse.js';
import { foreignOptions } from '../../src/config/foreign-options.js';
import { ArgumentError, NotSupportedError } from '../../src/errors.js';
import { TypeRegistry, type TypeOptions } from '../../src/types/registry.js';
import { Finding, hold, type Target } from './engine.js';
import { mangleBytes } from './mangle.js';
import type { Random } from './random.js';
import { smallerList, smallerText } from './shrink.js';

interface ConfigInput {
  readonly url: string | undefined;
  readonly urlFirst: boolean;
  readonly pool: boolean;
  readonly entries: readonly (readonly [name: string, value: unknown])[];
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** Words of the secrets: those that only secret options hold, and those that stand anywhere. */
  readonly secrets: readonly string[];
  readonly misplaced: readonly string[];
  /** The parts of `url`, when it is whole: it has to mean exactly these. */
  readonly means: Readonly<Record<string, string>> | undefined;
}

/** What a password may hold, and how it is undone when nobody escapes it. */
const nasty = [
  ' ',
  "'",
  '"',
  '@',
  '/',
  '\\',
  '?',
  '#',
  '&',
  '=',
  ':',
  '%',
  '%4',
  '%zz',
  '%40',
  '%2F',
  '+',
  ';',
  '[',
  ']',
  ',',
  '\u00e9',
  '\u{1f600}',
  '<',
  '>',
  '$',
  '`',
  '{',
  '}',
  '|',
  '\t',
  '\n',
  '://',
];

/** Words that no message has by chance. */
function secretOf(random: Random, words: string[]): string {
  let text = random.text(nasty, 2);
  for (let left = random.between(1, 3); left > 0; left--) {
    const word = `Qz${String(random.between(1000, 9999))}Xk`;
    words.push(word);
    text += word + random.text(nasty, 2);
  }
  return text;
}

const encodings: readonly ((text: string) => string)[] = [
  encodeURIComponent,
  (text) => text,
  encodeURI,
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  (text) => text.replaceAll('%', '%25'),
];

const schemes = [
  'redshift://',
  'redshift://',
  'postgresql://',
  'postgres://',
  'redshift+redshift_connector://',
  'jdbc:redshift://',
  'jdbc:redshift:iam://',
  'jdbc:redshift:',
  'REDSHIFT://',
  'mysql://',
  'redshift:/',
  '',
  'http://',
];
const hosts = [
  'h.example',
  'localhost',
  '127.0.0.1',
  '[::1]',
  '::1',
  'c.x.us-east-1.redshift.amazonaws.com',
  'wg.123.eu-west-1.redshift-serverless.amazonaws.com',
  '',
  'a,b',
  '/tmp',
  'h\u00e9.example',
  'a b',
  '%2Ftmp',
  'x'.repeat(300),
];

function generateUrl(random: Random, words: string[]): string {
  const encode = (): ((text: string) => string) => random.pick(encodings);
  const pick = (list: readonly string[]): string => random.pick(list);
  const scheme = pick(schemes);
  let url = scheme;
  if (random.below(5) > 0 && !scheme.startsWith('jdbc')) {
    url += encode()(pick(['user', 'IAM:joe', 'a@b', 'u%', '']));
    if (random.below(5) > 0) url += `:${encode()(secretOf(random, words))}`;
    if (random.below(12) > 0) url += '@';
  }
  url += pick(hosts);
  if (random.oneIn(2)) url += `:${pick(['5439', '0', '99999', 'x', '', '1e3', '-1'])}`;
  if (random.below(6) > 0) url += `/${encode()(pick(['dev', 'a b', 'a/b', '\u00e9', '', 'd?x', '%']))}`;
  const parameters = random.list(random.few(4), () => {
    const [name, value] = entry(random, words);
    return `${encode()(name)}${random.oneIn(8) ? '' : '='}${encode()(typeof value === 'string' ? value : inspect(value))}`;
  });
  if (parameters.length > 0) url += pick(['?', '?', ';']) + parameters.join(pick(['&', '&', ';']));
  return url;
}

const oddNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  '0',
  '',
  'pasword',
  'hots',
  'sslMode',
  'Password',
  'x y',
  'a=b',
  '\u00e9',
  'valueOf',
  'length',
  'PWD',
  'UID',
];
const names: readonly string[] = [
  ...options.flatMap(({ name, ...rest }) => [
    name,
    snakeCase(name),
    ...('aliases' in rest ? rest.aliases : []),
  ]),
  ...foreignOptions.keys(),
];
const secretNames: readonly string[] = options
  .filter(({ type, name }) => type.is === 'secret' && name !== 'url')
  .map(({ name }) => name);

const oddValues: readonly unknown[] = [
  null,
  undefined,
  true,
  false,
  0,
  -0,
  1,
  -1,
  0.5,
  NaN,
  Infinity,
  2 ** 53,
  1e300,
  5n,
  '',
  ' ',
  'true',
  'off',
  '1',
  '30',
  '-1',
  '1e3',
  '0x10',
  '8 MiB',
  '1g',
  'verify-full',
  'prefer',
  'disable',
  'format',
  'json',
  'redshift',
  'postgresql',
  'a\0b',
  'x'.repeat(5000),
  [],
  ['a'],
  [1],
  [[]],
  {},
  { a: 1 },
  new Map(),
  new Date(0),
  Symbol('s'),
  () => 'x',
  Object.create(null),
  { toString: 5 },
  [null],
  ['md5', 'none'],
  { bigint: 'number' },
  { bigint: 'nope' },
  { nope: 'x' },
];

function entry(random: Random, words: string[]): readonly [string, unknown] {
  const name = random.oneIn(12) ? random.pick(oddNames) : random.pick(names);
  return [name, random.oneIn(4) ? secretOf(random, words) : random.pick(oddValues)];
}

function generate(random: Random): ConfigInput {
  const secrets: string[] = [];
  const misplaced: string[] = [];
  if (random.oneIn(4)) return generateWhole(random, secrets);
  const entries: [string, unknown][] = [];
  if (random.oneIn(2)) entries.push(['host', 'h.example'], ['database', 'dev'], ['user', 'u']);
  for (const name of secretNames) {
    if (random.oneIn(6))
      entries.push([random.oneIn(2) ? name : snakeCase(name), wrapped(random, secretOf(random, secrets))]);
  }
  entries.push(...random.list(random.few(4), () => entry(random, misplaced) as [string, unknown]));
  let url = random.oneIn(2) ? generateUrl(random, misplaced) : undefined;
  if (url !== undefined && random.oneIn(3))
    url = mangleBytes(random, Buffer.from(url), [...nasty, 'password=', '?', '@', '//']).toString('utf8');
  const environment = random.list(random.oneIn(3) ? random.few(4) : 0, (): [string, string] => {
    const { name, type } = random.pick(options);
    if (name === 'url') return ['REDSHIFT_URL', generateUrl(random, misplaced)];
    return [
      environmentName(name),
      type.is === 'secret'
        ? secretOf(random, secrets)
        : random.pick(oddValues.filter((value) => typeof value === 'string')),
    ];
  });
  return {
    url,
    urlFirst: random.oneIn(2),
    pool: random.oneIn(3),
    entries,
    environment,
    secrets,
    misplaced,
    means: undefined,
  };
}

/** A secret in the form that it should have, or in one that it should not. */
function wrapped(random: Random, secret: string): unknown {
  return random.oneIn(8)
    ? random.pick<unknown>([
        [secret],
        { secret },
        { toString: () => secret },
        Buffer.from(secret),
        Symbol(secret),
        secret + '\0',
      ])
    : random.oneIn(8)
      ? () => secret
      : secret;
}

function generateWhole(random: Random, secrets: string[]): ConfigInput {
  const text = (): string => random.text([...nasty, 'a', 'B', '9', '-', '.', '_', '~', '!', '*'], 8).trim();
  const means: Record<string, string> = {
    user: `u${text()}`,
    password: secretOf(random, secrets),
    host: random.pick(['h.example', '127.0.0.1', 'localhost', 'a-b.c']),
    port: String(random.between(1, 65_535)),
    database: `d${text()}`,
    applicationName: `a${text()}`,
    queryTimeout: random.pick(['5', '0.5', '3600']),
  };
  const strict = (value: string | undefined): string => encodeURIComponent(value ?? '');
  const { user, password, host = '', port = '', database, applicationName, queryTimeout } = means;
  const query = `applicationName=${strict(applicationName)}&query${random.oneIn(2) ? 'T' : '%54'}imeout=${strict(queryTimeout)}`;
  const url = random.oneIn(3)
    ? `jdbc:redshift://${host}:${port}/${strict(database)}?user=${strict(user)}&password=${strict(password)}&${query}`
    : `redshift://${strict(user)}:${strict(password)}@${host}:${port}/${strict(database)}?${query}`;
  return { url, urlFirst: true, pool: false, entries: [], environment: [], secrets, misplaced: [], means };
}

function parse({ url, urlFirst, pool, entries, environment }: ConfigInput): Config {
  // fromEntries defines: `__proto__` becomes an own property, as JSON.parse makes it.
  const object: Record<string, unknown> = Object.fromEntries(entries);
  if (url !== undefined && !urlFirst) object['url'] = url;
  const input = url !== undefined && urlFirst ? url : (object as ConnectOptionsInput);
  const sources = { env: Object.fromEntries(environment) };
  const config = pool ? parsePoolConfig(input, sources).connection : parseConfig(input, sources);
  TypeRegistry.defaults.with(config.types as TypeOptions | undefined);
  return config;
}

function check(input: ConfigInput): void {
  const before = Object.getOwnPropertyNames(Object.prototype).length;
  let config: Config | undefined;
  try {
    config = parse(input);
  } catch (error) {
    if (!(error instanceof ArgumentError || error instanceof NotSupportedError)) throw error;
    hold(
      /option|types|connect takes|url/i.test(error.message),
      () => `An error that names no option: ${error.message}`,
    );
    // `types` says which choice there is not; nobody mistakes it for a place of secrets.
    unseen(
      error,
      error.message.startsWith('types') ? input.secrets : [...input.secrets, ...input.misplaced],
      'The error',
    );
    hold(input.means === undefined, () => `A whole URL is refused: ${error.message}`);
  }
  hold(Object.getOwnPropertyNames(Object.prototype).length === before, () => 'Object.prototype has changed');
  if (config === undefined) return;
  // What stands in an option that is no secret may be seen there.
  unseen(
    config,
    input.secrets.filter((word) => !input.misplaced.includes(word)),
    'The configuration',
  );
  if (input.means === undefined) return;
  const same = parseConfig(input.means);
  hold(
    JSON.stringify(same) === JSON.stringify(config),
    () => `The URL means ${JSON.stringify(config)}, its parts ${JSON.stringify(same)}`,
  );
  const password = (each: Config): unknown =>
    each.login.kind === 'password' ? each.login.password?.reveal() : undefined;
  hold(
    password(config) === input.means['password'] && password(same) === password(config),
    () => 'The password of the URL is another',
  );
}

/** In no form in which a program shows things. */
function unseen(shown: object, words: readonly string[], what: string): void {
  if (words.length === 0) return;
  const forms = [
    inspect(shown, { depth: 10, showHidden: true }),
    JSON.stringify(shown),
    shown instanceof Error
      ? `${shown.message}${shown.stack ?? ''}${String(shown)}${inspect(shown.cause)}`
      : '',
  ];
  for (const form of forms) {
    const told = form.toLowerCase();
    const word = words.find((each) => told.includes(each.toLowerCase()));
    if (word !== undefined)
      throw new Finding(`${what} shows ${word}: ${form.slice(0, 500)}`, `${what} shows`);
  }
}

export const config: Target<ConfigInput> = {
  name: 'config',
  about: 'URLs, options and environments: a Config or an ArgumentError, and no secret in sight',
  needs: 'nothing',
  open: () =>
    Promise.resolve({
      generate,
      check,
      *smaller(input) {
        for (const entries of smallerList(input.entries, () => [])) yield { ...input, entries };
        for (const environment of smallerList(input.environment, () => [])) yield { ...input, environment };
        if (input.url !== undefined && input.means === undefined)
          for (const url of smallerText(input.url)) yield { ...input, url };
      },
    }),
};
