/**
 * What a client says in its startup packet, and the parameters that Redshift reports in return. Pure: it decides what a
 * client asked for, never whether it may log in.
 */
import { LoginRefused } from './refused.js';

/** How a client announces an identity token (redshift_connector and the JDBC driver name their plugins so). */
export interface AnnouncedToken {
  /** `AzureAD` for a JSON Web Token, `AwsIdc` for IAM Identity Center, `Okta`. */
  readonly idpType: string;
  readonly providerName: string | undefined;
  readonly tokenType: string | undefined;
  readonly identityNamespace: string | undefined;
}

export interface StartupParameters {
  /** Empty where a token names the user. */
  readonly user: string;
  /** The user's name where the client named none (PostgreSQL protocol, StartupMessage). */
  readonly database: string;
  /** What both sides speak from now on: the lower of what was asked for and 3; 0 for clients of PostgreSQL. */
  readonly protocolVersion: 0 | 1 | 2 | 3;
  /** Knows Redshift's own messages, the digest login among them. */
  readonly redshiftClient: boolean;
  readonly driverVersion: string | undefined;
  readonly osVersion: string | undefined;
  readonly pluginName: string | undefined;
  readonly token: AnnouncedToken | undefined;
  /** As the client wrote it, undefined where it said nothing. */
  readonly clientEncoding: string | undefined;
  readonly applicationName: string | undefined;
  /**
   * Settings of the session in the order in which they hold, the last of a name wins: those of `options` first, then
   * the packet's own. application_name and client_encoding are among them. Whether a name is known is not checked here.
   */
  readonly settings: readonly (readonly [name: string, value: string])[];
}

const newestVersion = 3;

/** Parameters that are no settings: they say who comes and with what. */
const notSettings = new Set([
  'user',
  'database',
  'options',
  'replication',
  'client_protocol_version',
  'driver_version',
  'os_version',
  'driver_discovery_version',
  'plugin_name',
  'idp_type',
  'provider_name',
  'token_type',
  'identity_namespace',
  'idc_client_display_name',
]);

/**
 * Reads the parameters of a StartupMessage. Of a repeated name the last counts, as on PostgreSQL.
 * @throws LoginRefused for what Redshift would hang up on
 */
export function readStartup(parameters: readonly (readonly [string, string])[]): StartupParameters {
  const given = new Map(parameters);
  const text = (name: string): string | undefined => {
    const value = given.get(name);
    return value === '' ? undefined : value;
  };
  const user = text('user');
  const idpType = text('idp_type');
  if (user === undefined && idpType === undefined) {
    throw new LoginRefused('28000', 'no PostgreSQL user name specified in startup packet');
  }
  checkReplication(given.get('replication'));
  const own = [...given].filter(([name]) => !notSettings.has(name) && !name.startsWith('_pq_.'));
  const settings = [...readOptions(given.get('options') ?? ''), ...own];
  const named = (name: string): string | undefined =>
    settings.findLast(([setting]) => setting.toLowerCase() === name)?.[1];
  const clientEncoding = named('client_encoding');
  if (clientEncoding !== undefined) checkEncoding(clientEncoding);
  return {
    user: user ?? '',
    database: text('database') ?? user ?? '',
    protocolVersion: versionOf(text('client_protocol_version')),
    redshiftClient: given.has('client_protocol_version') || given.has('driver_version'),
    driverVersion: text('driver_version'),
    osVersion: text('os_version'),
    pluginName: text('plugin_name'),
    token:
      idpType === undefined
        ? undefined
        : {
            idpType,
            providerName: text('provider_name'),
            tokenType: text('token_type'),
            identityNamespace: text('identity_namespace'),
          },
    clientEncoding,
    applicationName: named('application_name'),
    settings,
  };
}

/** Asking for a version that the server does not know is safe: it answers with its own newest one. */
function versionOf(asked: string | undefined): 0 | 1 | 2 | 3 {
  if (asked === undefined) return 0;
  if (!/^\d{1,9}$/.test(asked)) throw invalid('client_protocol_version', asked);
  return Math.min(Number(asked), newestVersion) as 0 | 1 | 2 | 3;
}

function checkReplication(value: string | undefined): void {
  if (value === undefined || /^(false|off|no|0|)$/i.test(value)) return;
  throw new LoginRefused('0A000', 'replication connections are not supported');
}

/** Redshift keeps UTF-8 only; SQL_ASCII is what psql says in the C locale, and leaves bytes as they are. */
function checkEncoding(value: string): void {
  if (/^(UTF8|UNICODE|SQL_ASCII)$/.test(encodingName(value))) return;
  throw invalid('client_encoding', value, 'The local Redshift speaks UTF8 only.');
}

/** UNICODE is Redshift's own name of UTF8, and what it says unless the client said UTF8. */
function encodingName(value: string): string {
  return value
    .replace(/^'(.*)'$/s, '$1')
    .toUpperCase()
    .replace(/^UTF-8$/, 'UTF8');
}

function invalid(name: string, value: string, detail?: string): LoginRefused {
  return new LoginRefused('22023', `invalid value for parameter "${name}": "${value}"`, detail);
}

/**
 * `-c name=value`, `-cname=value` and `--name=value`, parted by blanks; a backslash takes the character behind it as it
 * stands (PostgreSQL manual, libpq, "options"). In names of the last form `-` stands for `_`.
 */
function readOptions(options: string): [string, string][] {
  const words = options.match(/(?:\\[^]|[^\s\\])+/g) ?? [];
  const settings: [string, string][] = [];
  for (let i = 0; i < words.length; i++) {
    const word = unescape(words[i]!);
    let assignment: string | undefined;
    if (word === '-c') assignment = words[++i] === undefined ? undefined : unescape(words[i]!);
    else if (word.startsWith('-c')) assignment = word.slice(2);
    else if (word.startsWith('--'))
      assignment = word.slice(2).replace(/^[^=]*/, (name) => name.replaceAll('-', '_'));
    const [, name, value] = /^([A-Za-z_][\w.]*)=([^]*)$/.exec(assignment ?? '') ?? [];
    if (name === undefined || value === undefined) {
      throw new LoginRefused('42601', 'invalid command-line arguments for server process');
    }
    settings.push([name, value]);
  }
  return settings;
}

function unescape(word: string): string {
  return word.replace(/\\([^])/g, '$1');
}

/** What the reports depend on, beside the startup packet. */
export interface ReportedSession {
  readonly startup: StartupParameters;
  /** Who the login found; a token's user is not in the startup packet. */
  readonly user: string;
  readonly superuser: boolean;
  /** What the engine's session has after the startup settings were made. */
  readonly dateStyle?: string;
  readonly timeZone?: string;
  /** A UUID of this session; left out, none is reported. */
  readonly sessionId?: string;
}

/** What the local Redshift says of itself: `version()` and `padb_version` agree. */
export const redshiftVersion = '1.0.103246';

/**
 * The ParameterStatus messages between AuthenticationOk and ReadyForQuery, in the order of a real cluster (logs in
 * amazon-redshift-jdbc-driver#6, #39 and #115). Others are never reported: no standard_conforming_strings, no
 * IntervalStyle, and clients take that as the answer of PostgreSQL 8.0.
 */
export function parameterStatuses(session: ReportedSession): (readonly [name: string, value: string])[] {
  const { startup } = session;
  return [
    ['application_name', startup.applicationName ?? ''],
    ['case_sensitive', 'on'],
    ['client_encoding', encodingName(startup.clientEncoding ?? 'UNICODE')],
    ['DateStyle', session.dateStyle ?? 'ISO, MDY'],
    ['integer_datetimes', 'on'],
    ['is_superuser', session.superuser ? 'on' : 'off'],
    ['server_encoding', 'UNICODE'],
    ['server_version', '8.0.2'],
    ['session_authorization', session.user],
    ['TimeZone', session.timeZone ?? 'UTC'],
    ['timezone_abbreviations', 'Default'],
    ['padb_version', redshiftVersion],
    ['padb_revision', '0'],
    ['max_numeric_precision', '38'],
    ['max_varchar_size', '65535'],
    ['datashare_enabled', 'on'],
    ...(session.sessionId === undefined ? [] : [['session_id', session.sessionId] as const]),
    ['server_protocol_version', String(startup.protocolVersion)],
    ['external_database', 'off'],
    // Clients with 4 and above ask for metadata by SHOW, which the local Redshift does not have yet.
    ['show_discovery', '0'],
  ];
}
