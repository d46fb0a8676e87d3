/**
 * What startLocalRedshift may be told, and how that becomes settings that hold. It starts nothing and reads no file. All
 * problems are reported in one error, each naming its option; none shows a password.
 */
import { ArgumentError } from '../errors.js';
import {
  type LocalIdentityProvider,
  type LocalTemporaryUsers,
  type LocalTokenIssuer,
  readClock,
  readProviders,
  readTemporaryUsers,
} from './login-options.js';
import { isObject, OptionReader } from './options-reader.js';
import { authMethods, type LoginSettings } from './login/login.js';

/** How clients log in; see `LocalRedshiftOptions.auth`. */
export type LocalAuth = (typeof authMethods)[number];

/** A database user that is there from the start. */
export interface LocalUser {
  readonly name: string;
  /**
   * Clear text, `md5` and 32 hex digits, `sha256|digest|salt` (as CREATE USER takes them), or null for a user who cannot
   * log in with a password. Default: null.
   */
  readonly password?: string | null;
  /** Groups that the user belongs to; made if they are not there. */
  readonly groups?: readonly string[];
  /** Default: false. */
  readonly superuser?: boolean;
}

/** What `startLocalRedshift` takes; everything has a default. */
export interface LocalRedshiftOptions {
  /** The address to listen on; default `127.0.0.1`. Reachable from other machines only with a password of your own. */
  readonly host?: string;
  /** Default: 5439, or a free one if that is taken. 0 is a free one. */
  readonly port?: number;
  /** The administrator: a superuser in the sense of Redshift; default `awsuser`. */
  readonly user?: string;
  /** The administrator's password; default `LocalRedshift1`. */
  readonly password?: string;
  /** The first database; default `dev`. */
  readonly database?: string;
  /** More users: a list, or an object of passwords (or the rest of a user) by name. */
  readonly users?: readonly LocalUser[] | Readonly<Record<string, string | null | Omit<LocalUser, 'name'>>>;
  /**
   * How clients log in. `auto`: Redshift's SHA-256 digest for its own drivers and MD5 for the others, or what a stored
   * hash demands. `trust` asks for nothing; `clear`, `md5`, `sha256` and `scram` ask for that; `token` takes identity tokens
   * only. With `identityProvider`, clients that announce a token are asked for it whatever stands here. Default `auto`.
   */
  readonly auth?: LocalAuth;
  /** `true`: encrypted and plain connections; `'required'`: encrypted ones only; `false`: plain ones only. Default true. */
  readonly ssl?: boolean | 'required';
  /** A folder that keeps the databases; made if it is not there. Default: nothing is kept. */
  readonly dataDirectory?: string;
  /** Whose identity tokens are taken: one provider, or a list of them, of which the issuer of a token chooses. */
  readonly identityProvider?:
    LocalIdentityProvider | LocalTokenIssuer | readonly (LocalIdentityProvider | LocalTokenIssuer)[];
  /**
   * Temporary users of the AWS API: a list, or a function that is asked at each of their logins, for a service in its place
   * that hands them out.
   */
  readonly temporaryUsers?: LocalTemporaryUsers;
  /** The clock that ends temporary users and identity tokens: milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number;
  /** Called with a line of text for each login, with the reason for a refusal that the client is not told. */
  readonly log?: (line: string) => void;
}

export interface UserSettings {
  readonly name: string;
  readonly password: string | null;
  readonly groups: readonly string[];
  readonly superuser: boolean;
}

/** The options, checked and complete. */
export interface Settings {
  readonly host: string;
  /** Undefined: 5439, or a free one if that is taken. */
  readonly port: number | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Without the administrator. */
  readonly users: readonly UserSettings[];
  readonly auth: LocalAuth;
  readonly ssl: 'allowed' | 'required' | 'off';
  readonly dataDirectory: string | undefined;
  readonly identityProviders: LoginSettings['identityProviders'];
  readonly temporaryUsers: LoginSettings['temporaryUsers'];
  readonly now: LoginSettings['now'];
  readonly log: ((line: string) => void) | undefined;
}

export const defaultPort = 5439;
const defaults = { host: '127.0.0.1', user: 'awsuser', password: 'LocalRedshift1', database: 'dev' } as const;

/** @throws ArgumentError with all problems, each naming its option */
export function readOptions(options: LocalRedshiftOptions = {}): Settings {
  const given: unknown = options;
  if (!isObject(given)) throw new ArgumentError('startLocalRedshift takes an object of options');
  const reader = new OptionReader(given, '', knownOptions);
  const host = reader.text('host') ?? defaults.host;
  const user = nameAt(reader, 'user', 'user') ?? defaults.user;
  const ownPassword = reader.text('password');
  const settings: Settings = {
    host,
    port: reader.integer('port', 0, 65_535),
    user,
    password: ownPassword ?? defaults.password,
    database: nameAt(reader, 'database', 'database') ?? defaults.database,
    users: readUsers(reader, user),
    auth: reader.oneOf('auth', authMethods) ?? 'auto',
    ssl: sslOf(reader),
    dataDirectory: reader.text('dataDirectory'),
    identityProviders: readProviders(reader),
    temporaryUsers: readTemporaryUsers(reader),
    now: readClock(reader),
    log: reader.function('log') as Settings['log'],
  };
  // Whoever reaches the port could read this default in our documentation.
  if (!isLoopback(host) && (settings.auth === 'trust' || ownPassword === undefined)) {
    reader.wrong(
      'host',
      settings.auth === 'trust'
        ? `${host} can be reached from other machines, which does not go with auth "trust"`
        : `${host} can be reached from other machines; give a password of your own`,
    );
  }
  if (settings.auth === 'token' && options.identityProvider === undefined) {
    reader.wrong('auth', '"token" needs the option identityProvider');
  }
  reader.finish();
  return Object.freeze(settings);
}

const knownOptions = [
  'host',
  'port',
  'user',
  'password',
  'database',
  'users',
  'auth',
  'ssl',
  'dataDirectory',
  'identityProvider',
  'temporaryUsers',
  'now',
  'log',
] as const satisfies readonly (keyof LocalRedshiftOptions)[];

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function sslOf(reader: OptionReader): Settings['ssl'] {
  const value = reader.get('ssl');
  if (value === undefined || value === true) return 'allowed';
  if (value === false) return 'off';
  if (value !== 'required') reader.wrong('ssl', 'must be true, false or "required"');
  return 'required';
}

const reservedNames = {
  user: /^(?:(?:public|rdsdb|rs_superusers|none)$|pg_|group:|role:)/i,
  group: /^(?:(?:public|rdsdb|rs_superusers|none)$|pg_|group:|role:|__)/i,
  database: /^(?:template[01]|postgres|padb_harvest)$/i,
} as const;

/**
 * Redshift takes 127 bytes (AWS manual, Names and identifiers), the engine 63, of which a group's prefix takes some. Names
 * that the engine needs for itself are refused.
 */
function nameAt(reader: OptionReader, option: string, kind: 'user' | 'database'): string | undefined {
  const name = reader.text(option);
  if (name !== undefined) checkName(reader, option, name, kind);
  return name;
}

function checkName(
  reader: OptionReader,
  option: string,
  name: string,
  kind: keyof typeof reservedNames,
): void {
  const limit = kind === 'database' ? 63 : 57;
  if (Buffer.byteLength(name) > limit) reader.wrong(option, `must be at most ${String(limit)} bytes long`);
  if (reservedNames[kind].test(name)) reader.wrong(option, 'is a name that Redshift keeps for itself');
}

function readUsers(reader: OptionReader, administrator: string): readonly UserSettings[] {
  const given = reader.get('users');
  if (given === undefined) return [];
  const entries: (readonly [path: string, value: unknown])[] | undefined = Array.isArray(given)
    ? given.map((value: unknown, at) => [`users[${String(at)}]`, value] as const)
    : isObject(given)
      ? Object.entries(given).map(([name, value]) => [
          `users.${name}`,
          isObject(value) ? { ...value, name } : { name, password: value },
        ])
      : undefined;
  if (entries === undefined) {
    reader.wrong('users', 'must be a list of users, or an object of passwords by name');
    return [];
  }
  const users: UserSettings[] = [];
  const taken = new Set([administrator]);
  for (const [path, value] of entries) {
    if (!isObject(value)) {
      reader.wrong(path, 'must be an object with a name');
      continue;
    }
    const inner = reader.inside(value, path, ['name', 'password', 'groups', 'superuser']);
    const name = nameAt(inner, 'name', 'user');
    if (name === undefined) inner.wrong('name', 'is missing');
    else if (taken.has(name)) inner.wrong('name', 'is already that of another user');
    taken.add(name ?? '');
    const superuser = inner.boolean('superuser') ?? false;
    const groups = inner.texts('groups') ?? [];
    for (const group of groups) checkName(inner, 'groups', group, 'group');
    users.push({
      name: name ?? '',
      password: inner.get('password') === null ? null : (inner.text('password') ?? null),
      groups,
      superuser,
    });
    // AWS manual, CREATE USER: the password of a superuser cannot be disabled.
    if (superuser && typeof inner.get('password') !== 'string')
      inner.wrong('password', 'is missing; a superuser needs one');
  }
  return users;
}
