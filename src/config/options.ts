/**
 * The table of options: every option once, with its names, type, default and documentation.
 * Types, URL and environment parsing, validation, masking and the table in the README come from it; it reads nothing itself.
 */
import { laterOptions } from './later-options.js';
import { loginOptions } from './login-options.js';
import type { OptionRow } from './option-types.js';
import { poolOptions } from './pool-options.js';

const MiB = 2 ** 20;
const any = Number.MAX_SAFE_INTEGER;

export const authMethods = ['none', 'password', 'md5', 'scram-sha-256', 'sha256', 'token'] as const;
/** A login method, by libpq's names; `sha256` is Redshift's digest, `none` a server that does not ask. */
export type AuthMethod = (typeof authMethods)[number];

/** How statements mark their parameters. */
export type Paramstyle = 'format' | 'pyformat' | 'qmark' | 'numeric' | 'named';

// One row a line, so that it reads as the table it is.
// prettier-ignore
const connection = [
  { name: 'url', type: { is: 'secret' }, aliases: ['connectionString'], doc: 'All of these as a URL: `redshift://user:password@host:port/database?option=value`, `postgresql://…` or `jdbc:redshift://…`; options given beside it win.' },
  { name: 'host', type: { is: 'string' }, aliases: ['HostName', 'Server', 'Servername'], doc: 'The endpoint: a name or an IP address. A path is the directory of a Unix socket.' },
  { name: 'port', type: { is: 'integer', min: 1, max: 65535 }, default: 5439, defaultNote: '5439; 5432 for `postgresql`', aliases: ['PortNumber'], doc: 'The TCP port.' },
  { name: 'unixSock', type: { is: 'string' }, doc: 'The path of a Unix socket, instead of host and port.' },
  { name: 'database', type: { is: 'string' }, defaultNote: 'required; the user for `postgresql`', aliases: ['DBNAME', 'DB', 'dbname'], doc: 'The database to connect to, for example `dev`.' },
  { name: 'user', type: { is: 'string' }, aliases: ['UID', 'LogonID', 'username'], doc: 'The database user; needed for a login by password.' },
  { name: 'password', type: { is: 'secret', source: true }, aliases: ['PWD'], doc: 'The password, or a function that gives it (or a promise of it), called once a connection.' },
  { name: 'protocol', type: { is: 'enum', values: ['redshift', 'postgresql'] }, default: 'redshift', doc: '`postgresql` talks to a plain PostgreSQL server.' },
  { name: 'clientProtocolVersion', type: { is: 'integer', min: 0, max: 3 }, default: 2, doc: "The newest of Redshift's protocol versions to ask for: 0 text, 1 and more column metadata, 2 and more binary NUMERIC." },
  { name: 'applicationName', type: { is: 'string' }, defaultNote: "the program's name", doc: 'What the server shows for this connection in its session tables.' },
  { name: 'sourceAddress', type: { is: 'string' }, doc: 'The local IP address to connect from.' },
] as const satisfies readonly OptionRow[];

// prettier-ignore
const security = [
  { name: 'ssl', type: { is: 'boolean' }, default: true, doc: '`false` is `sslmode=disable`.' },
  { name: 'sslmode', type: { is: 'enum', values: ['verify-full', 'verify-ca', 'require', 'disable'], refused: { allow: 'it gives up TLS without telling; choose verify-full, or disable', prefer: 'it gives up TLS without telling; choose verify-full, or disable' } }, default: 'verify-full', aliases: ['SSLMode', 'AuthMech'], doc: 'What the certificate must prove: `verify-full` (chain and host), `verify-ca` (chain), `require` (nothing: open to a man in the middle), `disable` (no TLS).' },
  { name: 'sslrootcert', type: { is: 'file' }, aliases: ['SSLRootCert', 'CaFile'], doc: "A path or PEM text of certificates to trust beside Node's own." },
  { name: 'sslServername', type: { is: 'string' }, doc: 'The host name to ask for and to check in the certificate, where `host` is a tunnel or another name.' },
  { name: 'requireAuth', type: { is: 'list', values: authMethods }, defaultNote: 'any', doc: 'The login methods that are good enough: `none`, `password`, `md5`, `scram-sha-256`, `sha256`, `token`.' },
  { name: 'channelBinding', type: { is: 'enum', values: ['disable', 'prefer', 'require'] }, default: 'prefer', doc: 'Tie a SCRAM login to the TLS connection (`SCRAM-SHA-256-PLUS`): `prefer` where the server offers it, `require` or no login at all, `disable`.' },
  { name: 'allowCleartextPassword', type: { is: 'boolean' }, default: false, doc: 'Send the password as clear text even without TLS.' },
] as const satisfies readonly OptionRow[];

// prettier-ignore
const token = [
  { name: 'token', type: { is: 'secret', source: true }, doc: 'An identity token to log in with, or a function that gives it, called once a connection.' },
  { name: 'tokenType', type: { is: 'string' }, doc: 'What the token is: `ACCESS_TOKEN` of IAM Identity Center, or `EXT_JWT` of a trusted issuer.' },
  { name: 'identityNamespace', type: { is: 'string' }, doc: 'The Identity Center namespace, where there are several.' },
  { name: 'providerName', type: { is: 'string' }, doc: 'The name of the identity provider as Redshift knows it; without `tokenType`, the token is its JSON Web Token.' },
  { name: 'idcClientDisplayName', type: { is: 'string' }, doc: "The name by which Identity Center shows this client." },
] as const satisfies readonly OptionRow[];

// prettier-ignore
const time = [
  { name: 'connectTimeout', type: { is: 'seconds', off: true, likely: 3600 }, default: 30, aliases: ['timeout', 'loginTimeout', 'LoginTimeout'], milliseconds: ['connectionTimeoutMillis'], doc: 'Seconds for DNS, TCP, TLS and login together; 0 is no limit.' },
  { name: 'queryTimeout', type: { is: 'seconds', off: true }, defaultNote: 'none', aliases: ['QueryTimeout'], milliseconds: ['query_timeout'], doc: 'Seconds a statement may keep us waiting before it is cancelled; 0 is no limit. (`query_timeout` is in milliseconds, as in pg.)' },
  { name: 'statementTimeout', type: { is: 'seconds', off: true }, defaultNote: "the server's", milliseconds: ['statement_timeout'], doc: "Seconds after which the server itself ends a statement; 0 is no limit. (`statement_timeout` is in milliseconds, as in pg and on the server.)" },
  { name: 'closeTimeout', type: { is: 'seconds', likely: 3600 }, default: 5, doc: 'Seconds for closing, draining and cancelling; then the socket is destroyed.' },
  { name: 'tcpKeepalive', type: { is: 'boolean' }, default: true, aliases: ['keepAlive', 'KeepAlive'], doc: 'Probe an idle connection, so that a dead one is noticed.' },
  { name: 'tcpKeepaliveIdle', type: { is: 'seconds', likely: 86_400 }, default: 60, aliases: ['KeepAliveIdle'], milliseconds: ['keepAliveInitialDelayMillis'], doc: 'Seconds of silence before the first probe.' },
] as const satisfies readonly OptionRow[];

// prettier-ignore
const session = [
  { name: 'autocommit', type: { is: 'boolean' }, default: false, defaultNote: '`false`; `true` for a pool', doc: 'Whether each statement is its own transaction.' },
  { name: 'readOnly', type: { is: 'boolean' }, default: false, aliases: ['ReadOnly'], doc: 'A session that cannot write.' },
  { name: 'searchPath', type: { is: 'string' }, defaultNote: "the server's", aliases: ['currentSchema', 'current_schema'], doc: 'The schemas in which names are looked up, as `SET search_path` takes them.' },
  { name: 'queryGroup', type: { is: 'string' }, doc: 'The query group of this session, for workload management.' },
  { name: 'options', type: { is: 'string' }, doc: "Command-line options for the server's session, as libpq's `options`." },
  { name: 'stringtype', type: { is: 'enum', values: ['unspecified'], refused: { varchar: "a text parameter takes the type that the statement wants; for one VARCHAR use typed.varchar(value)" } }, default: 'unspecified', aliases: ['stringType', 'StringType', 'string_type'], doc: 'The type of text parameters: only `unspecified`.' },
] as const satisfies readonly OptionRow[];

// prettier-ignore
const statements = [
  { name: 'paramstyle', type: { is: 'enum', values: ['format', 'pyformat', 'qmark', 'numeric', 'named'] }, default: 'format', doc: 'How statements mark parameters: `%s`, `%(name)s`, `?`, `:1` or `:name`. `$1` works in all of them.' },
  { name: 'rowMode', type: { is: 'enum', values: ['array', 'object', 'lazy'] }, defaultNote: "`array`; `object` for `query`", doc: 'Rows as arrays, as objects by column name, or as objects that read a value when it is asked for (`lazy`).' },
  { name: 'types', type: { is: 'types' }, doc: 'What values of a type become: an object by type name, or the preset `json`.' },
  { name: 'numericToFloat', type: { is: 'boolean' }, default: false, doc: 'NUMERIC as a JavaScript number, which loses digits; the same as `types: { numeric: \'number\' }`.' },
  { name: 'fetchBufferSize', type: { is: 'bytes' }, default: 8 * MiB, defaultNote: '8 MiB', doc: 'Bytes of rows that may wait to be read before the server is made to wait.' },
  { name: 'maxResultBytes', type: { is: 'bytes' }, default: 1024 * MiB, defaultNote: '1 GiB', doc: 'The most that is kept in memory of one result.' },
  { name: 'maxPreparedStatements', type: { is: 'integer', min: 0, max: any }, default: 1000, doc: 'Prepared statements kept on the server for reuse; 0 is none.' },
  { name: 'pipeline', type: { is: 'boolean' }, default: false, doc: 'Send statements without waiting for the one before, where autocommit is on.' },
  { name: 'logger', type: { is: 'logger' }, doc: 'An object with `debug`, `info`, `warn` and `error`: pino, `console` …' },
  { name: 'logParameters', type: { is: 'boolean' }, default: false, doc: 'Show parameter values to the logger and to tracing.' },
] as const satisfies readonly OptionRow[];

export const options = [
  ...connection,
  ...security,
  ...token,
  ...loginOptions,
  ...time,
  ...session,
  ...statements,
  ...poolOptions,
  ...laterOptions,
] as const satisfies readonly OptionRow[];

export type OptionName = (typeof options)[number]['name'];

/** The spelling of redshift_connector: `connectTimeout` is `connect_timeout`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The environment variable of an option. */
export function environmentName(name: string): string {
  return `REDSHIFT_${snakeCase(name).toUpperCase()}`;
}
