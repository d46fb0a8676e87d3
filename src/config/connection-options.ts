/**
 * The options of `connect` as editors show them. A test holds this interface against the table of options.
 */
import type { Logger } from '../trace.js';
import type { AuthMethod, Paramstyle } from './options.js';
import type { SecretSource } from './secret.js';

/**
 * What `connect` takes. All durations are seconds, fractions allowed. The snake_case spelling of every option is taken
 * too, and so are the names that JDBC, ODBC and pg have for it. What is left out comes from the URL, from the
 * environment (`REDSHIFT_` and the snake_case name in capitals), or is the default.
 */
export interface ConnectionOptions {
  /** `redshift://user:password@host:port/database?option=value`, `postgresql://…` or `jdbc:redshift://…`; the other options win over it. */
  url?: string | undefined;
  /** The endpoint: a name or an IP address. A path is the directory of a Unix socket. */
  host?: string | undefined;
  /** The TCP port. Default 5439; 5432 for `postgresql`. */
  port?: number | undefined;
  /** The path of a Unix socket, instead of `host` and `port`. */
  unixSock?: string | undefined;
  /** The database to connect to, for example `dev`. Required; the user for `postgresql`. */
  database?: string | undefined;
  /** The database user; needed for a login by password. */
  user?: string | undefined;
  /** The password, or a function that gives it (or a promise of it), called once a connection. */
  password?: SecretSource | undefined;
  /** `postgresql` talks to a plain PostgreSQL server. Default `redshift`. */
  protocol?: 'redshift' | 'postgresql' | undefined;
  /** The newest of Redshift's protocol versions to ask for. Default 2; 3 only when you ask for it. */
  clientProtocolVersion?: 0 | 1 | 2 | 3 | undefined;
  /** What the server shows for this connection in its session tables. Default: the program's name. */
  applicationName?: string | undefined;
  /** The local IP address to connect from. */
  sourceAddress?: string | undefined;

  /** `false` is `sslmode: 'disable'`. Default true. */
  ssl?: boolean | undefined;
  /**
   * What the server's certificate must prove: `verify-full` its chain and host name (the default), `verify-ca` its chain,
   * `require` nothing, which leaves the door open to a man in the middle; `disable` is no TLS.
   */
  sslmode?: 'verify-full' | 'verify-ca' | 'require' | 'disable' | undefined;
  /** A path or PEM text of certificates to trust beside Node's own. */
  sslrootcert?: string | undefined;
  /** The host name to ask for and to check in the certificate, where `host` is a tunnel or another name. */
  sslServername?: string | undefined;
  /** The login methods that are good enough; any by default. */
  requireAuth?: readonly AuthMethod[] | AuthMethod | undefined;
  /**
   * Tie a SCRAM login to the TLS connection (`SCRAM-SHA-256-PLUS`), so that nobody can stand in between and pass it on:
   * `prefer`, the default, where the server offers it; `require` refuses every other login; `disable` never does it.
   */
  channelBinding?: 'disable' | 'prefer' | 'require' | undefined;
  /** Send the password as clear text even without TLS. Default false. */
  allowCleartextPassword?: boolean | undefined;

  /** An identity token to log in with, or a function that gives it, called once a connection. */
  token?: SecretSource | undefined;
  /** What the token is: `ACCESS_TOKEN` of IAM Identity Center, or `EXT_JWT` of a trusted issuer. */
  tokenType?: string | undefined;
  /** The Identity Center namespace, where there are several. */
  identityNamespace?: string | undefined;
  /** The name of the identity provider as Redshift knows it; without `tokenType`, the token is its JSON Web Token. */
  providerName?: string | undefined;
  /** The name by which Identity Center shows this client. */
  idcClientDisplayName?: string | undefined;

  /** Log in with temporary database credentials from AWS (`GetClusterCredentials` and its like). Default false. */
  iam?: boolean | undefined;
  /** AWS access key; without keys, `profile` and `credentialsProvider` the AWS SDK's default chain is asked. */
  accessKeyId?: string | undefined;
  /** AWS secret key; `password` stands in for it. */
  secretAccessKey?: string | undefined;
  /** AWS session token, of temporary keys. */
  sessionToken?: string | undefined;
  /** A profile of the AWS configuration files; SSO and `credential_process` included. */
  profile?: string | undefined;
  /** Credentials of the EC2 instance's role. Default false. */
  instanceProfile?: boolean | undefined;
  /** A Redshift authentication profile to take options from; what is given here wins over it. Needs AWS keys and a region. */
  authProfile?: string | undefined;
  /** The cluster, where the host name does not tell. */
  clusterIdentifier?: string | undefined;
  /** The AWS region, where the host name does not tell: `us-east-1`. */
  region?: string | undefined;
  /** Another endpoint of the Redshift API. */
  endpointUrl?: string | undefined;
  /** Another endpoint of AWS STS. */
  stsEndpointUrl?: string | undefined;
  /** The database user that temporary credentials are for. */
  dbUser?: string | undefined;
  /** Database groups to join for this session. */
  dbGroups?: readonly string[] | string | undefined;
  /** A regular expression of groups to leave out, of those that an assertion names. */
  dbGroupsFilter?: string | undefined;
  /** Create the database user if it does not exist. Default false. */
  autoCreate?: boolean | undefined;
  /** Lower-case the database groups. Default false; those of a SAML assertion are, unless this is false. */
  forceLowercase?: boolean | undefined;
  /** Let the database user of a SAML assertion win over `dbUser`. Default false. */
  allowDbUserOverride?: boolean | undefined;
  /** Seconds that temporary credentials are valid, 900 to 3600. */
  iamDuration?: number | undefined;
  /** Fetch credentials, and what AWS says of a cluster or a profile, anew for every connection. Default false. */
  iamDisableCache?: boolean | undefined;
  /** Where credentials are kept until they expire. Default: in memory. */
  credentialsCache?: object | undefined;
  /** Users and groups of the AWS identity itself (`GetClusterCredentialsWithIAM`). Default false. */
  groupFederation?: boolean | undefined;
  /** The host is Redshift Serverless under another name. Default false. */
  isServerless?: boolean | undefined;
  /** The AWS account of the workgroup. */
  serverlessAcctId?: string | undefined;
  /** The workgroup, where the host name does not tell. */
  serverlessWorkGroup?: string | undefined;

  /**
   * The identity provider to log in through: the name of a plugin, or a function or object of your own that gives AWS keys, a token
   * or a password. The plugins that give AWS keys (SAML) need `iam: true`.
   */
  credentialsProvider?: string | object | undefined;
  /** Do not check the identity provider's certificate; never concerns the database or AWS. Default false. */
  sslInsecure?: boolean | undefined;
  /** AD FS, Okta, Ping: the host of the identity provider. */
  idpHost?: string | undefined;
  /** Its port. Default 443. */
  idpPort?: number | undefined;
  /** Okta: the application's id. */
  appId?: string | undefined;
  /** Okta: the application's name. Default `amazon_aws_redshift`. */
  appName?: string | undefined;
  /** SAML: the ARN of the role to assume; default the first that the assertion names. */
  preferredRole?: string | undefined;
  /** SAML: passed over, the assertion names it. */
  principalArn?: string | undefined;
  /** AD FS: the relying party. Default `urn:amazon:webservices`. */
  loginToRp?: string | undefined;
  /** PingFederate: the partner's id. Default `urn:amazon:webservices`. */
  partnerSpId?: string | undefined;
  /** Browser SAML: the https page to open. */
  loginUrl?: string | undefined;
  /**
   * Browser SAML: the entity ID of the identity provider whose response is taken. Without it, one of any provider that AWS trusts
   * for the role is, even if another page of the browser has posted it (the protocol has no `state` that could tell).
   */
  expectedIssuer?: string | undefined;
  /** Seconds for an identity provider's login, at least 10. Default 120. */
  authTimeout?: number | undefined;
  /** The local port on which the browser answers. Default 7890; any free one for Microsoft Entra. */
  listenPort?: number | undefined;
  /** Microsoft Entra: the tenant. */
  idpTenant?: string | undefined;
  /** Microsoft Entra: the application's client id. */
  clientId?: string | undefined;
  /** Microsoft Entra: the application's client secret. */
  clientSecret?: string | undefined;
  /** Microsoft Entra: the scope to ask for. */
  scope?: string | undefined;
  /** Microsoft's cloud. Default `commercial`. */
  idpPartition?: '' | 'commercial' | 'us-gov' | 'cn' | undefined;
  /** JWT plugins: the JSON Web Token, or a function that gives it, called once a connection. */
  webIdentityToken?: SecretSource | undefined;
  /** JwtIamAuthPlugin: the ARN of the role that the token stands for. The other JWT plugins pass it over. */
  roleArn?: string | undefined;
  /** JwtIamAuthPlugin: what CloudTrail calls the session of the role. Default `jwt_redshift_session`. */
  roleSessionName?: string | undefined;
  /** Identity Center: the issuer or start URL. */
  issuerUrl?: string | undefined;
  /** Identity Center: its AWS region. */
  idcRegion?: string | undefined;
  /** SAML: the base64 response that was fetched elsewhere, or a function that gives it, called once a login. */
  samlAssertion?: SecretSource | undefined;
  /** Called with the page to open, for machines without a browser. */
  openBrowser?: ((url: string) => unknown) | undefined;
  /** `http://[user:password@]host:port`, for AWS and identity providers, not for the database. Default: `HTTPS_PROXY` and `NO_PROXY`. */
  proxy?: string | undefined;
  /** A path or PEM text of certificates to trust beside Node's own, for AWS and identity providers. */
  httpsCa?: string | undefined;

  /** Seconds for DNS, TCP, TLS and login together; 0 is no limit. Default 30. */
  connectTimeout?: number | undefined;
  /** The same as `connectTimeout`, by redshift_connector's name. */
  timeout?: number | undefined;
  /** Seconds a statement may keep us waiting before it is cancelled; 0, the default, is no limit. */
  queryTimeout?: number | undefined;
  /** Seconds after which the server itself ends a statement; 0 is no limit. Default: what the server is set to. */
  statementTimeout?: number | undefined;
  /** Seconds for closing, draining and cancelling; then the socket is destroyed. Default 5. */
  closeTimeout?: number | undefined;
  /** Probe an idle connection, so that a dead one is noticed. Default true. */
  tcpKeepalive?: boolean | undefined;
  /** Seconds of silence before the first probe. Default 60. */
  tcpKeepaliveIdle?: number | undefined;

  /** Whether each statement is its own transaction. Default false, as DB-API asks. */
  autocommit?: boolean | undefined;
  /** A session that cannot write. Default false. */
  readOnly?: boolean | undefined;
  /** The schemas in which names are looked up, as `SET search_path` takes them: `'sales, public'`. */
  searchPath?: string | undefined;
  /** The same as `searchPath`, by JDBC's name. */
  currentSchema?: string | undefined;
  /** The query group of this session, for workload management. */
  queryGroup?: string | undefined;
  /** Command-line options for the server's session, as libpq's `options`. */
  options?: string | undefined;
  /** The type of text parameters: only `unspecified`, they take the type that the statement wants. */
  stringtype?: 'unspecified' | undefined;

  /** How statements mark parameters: `%s` (`format`, the default), `%(name)s`, `?`, `:1` or `:name`. `$1` works in all of them. */
  paramstyle?: Paramstyle | undefined;
  /** Rows as arrays, as objects by column name, or as objects that read a value when it is asked for (`lazy`). Default: arrays from cursors, objects from `query`. */
  rowMode?: 'array' | 'object' | 'lazy' | undefined;
  /** What values of a type become: an object by type name or OID, or the preset `json`. */
  types?: string | object | undefined;
  /** NUMERIC as a JavaScript number, which loses digits; the same as `types: { numeric: 'number' }`. Default false. */
  numericToFloat?: boolean | undefined;
  /** Bytes of rows that may wait to be read before the server is made to wait. Default 8 MiB. */
  fetchBufferSize?: number | undefined;
  /** The most that is kept in memory of one result, in bytes. Default 1 GiB. */
  maxResultBytes?: number | undefined;
  /** Prepared statements kept on the server for reuse; 0 is none. Default 1000. */
  maxPreparedStatements?: number | undefined;
  /** Send statements without waiting for the one before, where autocommit is on. Default false. */
  pipeline?: boolean | undefined;
  /** An object with `debug`, `info`, `warn` and `error`: pino, `console` … */
  logger?: Logger | undefined;
  /** Show parameter values to the logger and to tracing. Default false. */
  logParameters?: boolean | undefined;
}

/** The snake_case spelling of a name. */
export type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : Name;

/** The same options as redshift_connector spells them. */
export type SnakeCaseOptions = {
  [
    Name in keyof ConnectionOptions as Name extends Snake<Name> ? never : Snake<Name>
  ]?: ConnectionOptions[Name];
};

/** Everything that `connect` takes beside a URL; unknown names are refused when it runs, with the nearest known one. */
export type ConnectOptionsInput = ConnectionOptions & SnakeCaseOptions;
