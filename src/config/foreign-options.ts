/**
 * Names that JDBC, ODBC, libpq and pg know and we do not act on: refused with the reason, or passed over where leaving
 * them out changes nothing that a caller could see. Kept so that a setting is never mistaken for a spelling error.
 */

export type ForeignOption =
  /** `unless`: values (lower case) that ask for what happens anyway. */
  | { readonly is: 'refused'; readonly reason: string; readonly unless?: readonly string[] }
  | { readonly is: 'passed-over' };

interface Refusal {
  readonly names: readonly string[];
  readonly reason: string;
  readonly unless?: readonly string[];
}

const refusals: readonly Refusal[] = [
  {
    names: ['tcpKeepaliveInterval', 'tcpKeepaliveCount', 'KeepAliveInterval', 'KeepAliveCount'],
    reason: 'Node.js can only set the idle time of keepalive probes: use tcpKeepaliveIdle',
  },
  {
    names: ['socketTimeout'],
    reason: 'long statements are silent for as long as they take: use queryTimeout',
  },
  { names: ['cancelSignalTimeout'], reason: 'use closeTimeout, which bounds cancelling too', unless: ['10'] },
  {
    names: ['SSLCert', 'SSLKey', 'SSLPassword', 'SSLPasswordCallback', 'sslcrl'],
    reason: 'Redshift takes no client certificates',
  },
  {
    names: [
      'SSLFactory',
      'SSLFactoryArg',
      'SSLHostnameVerifier',
      'SSLTruststorePath',
      'SSLTruststore',
      'SSLTruststorePassword',
    ],
    reason: 'it is for Java: use sslmode and sslrootcert',
  },
  { names: ['EncryptionMethod', 'EM', 'ValidateServerCertificate', 'VSC'], reason: 'use sslmode' },
  { names: ['TrustStore', 'CaPath'], reason: 'use sslrootcert with a file of PEM certificates' },
  { names: ['Min_TLS'], reason: 'TLS 1.2 is the oldest version that we speak', unless: ['1.2'] },
  { names: ['socketFactory', 'socketFactoryArg'], reason: 'it is for Java' },
  {
    names: ['ProxyHost', 'ProxyPort', 'ProxyUid', 'ProxyPwd'],
    reason: 'the database socket takes no proxy: tunnel to it, and set sslServername',
  },
  {
    names: [
      'https_proxy_host',
      'https_proxy_port',
      'https_proxy_username',
      'https_proxy_password',
      'idp_use_https_proxy',
    ],
    reason: 'use proxy, a URL',
  },
  { names: ['ConnectionTimezone'], reason: 'run SET TIMEZONE after connecting' },
  { names: ['InitializationString', 'IS'], reason: 'run the statement after connecting' },
  {
    names: ['ConnectionRetryCount', 'CRC', 'ConnectionRetryDelay', 'CRD'],
    reason: 'connect again when the error says retryable',
    unless: ['0'],
  },
  { names: ['TransactionErrorBehavior', 'TEB'], reason: 'call rollback() after an error', unless: ['0'] },
  {
    names: ['FetchRefCursor', 'FRC'],
    reason: 'run FETCH on the cursor that the procedure names',
    unless: ['0'],
  },
  {
    names: ['autosave', 'cleanupSavepoints'],
    reason: 'Redshift has no savepoints',
    unless: ['never', 'false'],
  },
  { names: ['raiseExceptionOnSilentRollback'], reason: 'it is not built', unless: ['false'] },
  { names: ['readOnlyMode'], reason: 'readOnly sets the session read-only at once', unless: ['always'] },
  { names: ['protocolVersion'], reason: 'only protocol 3 is spoken', unless: ['3'] },
  {
    names: ['assumeMinServerVersion', 'allowEncodingChanges'],
    reason: 'the driver relies on what the server reports',
  },
  {
    names: ['preferQueryMode'],
    reason: 'statements go by the extended protocol; use script() for several at once',
    unless: ['extended'],
  },
  {
    names: ['enableMultiSqlSupport'],
    reason: 'use script() for several statements at once',
    unless: ['false'],
  },
  { names: ['escapeSyntaxCallMode'], reason: 'JDBC escapes are not read: use callProc()' },
  {
    names: ['reWriteBatchedInserts', 'reWriteBatchedInsertsSize', 'MultiInsertCmdConvertEnable', 'MICCE'],
    reason: 'executeMany() makes multi-row statements of itself',
    unless: ['true', '1'],
  },
  {
    names: ['defaultRowFetchSize', 'BlockingRowsMode', 'StreamingCursorRows', 'SCR'],
    reason: 'results are streamed anyway: bound what waits with fetchBufferSize',
    unless: ['0'],
  },
  { names: ['maxResultBuffer'], reason: 'use maxResultBytes' },
  { names: ['compression'], reason: 'compression of the protocol is not spoken', unless: ['off'] },
  {
    names: ['targetServerType', 'loadBalanceHosts', 'hostRecheckSeconds'],
    reason: 'one host is connected to',
    unless: ['any', 'false', '10'],
  },
  {
    names: ['MaxVarcharSize', 'MaxLongVarcharSize', 'unknownLength'],
    reason: 'values are never cut, and need no declared length',
  },
  {
    names: ['IniFile', 'IniSection', 'DSN', 'Driver'],
    reason: 'no ini files are read: give the options, a URL or REDSHIFT_ variables',
  },
  {
    names: [
      'gsslib',
      'jaasApplicationName',
      'jaasLogin',
      'kerberosServerName',
      'sspiServiceClass',
      'useSpnego',
      'KerberosServiceName',
      'KSN',
      'KerberosAPI',
      'KSA',
      'krbsrvname',
      'gssencmode',
    ],
    reason: 'Redshift has no Kerberos login',
  },
  { names: ['vpc_endpoint_url'], reason: 'use endpointUrl, or stsEndpointUrl' },
  { names: ['StsConnectionTimeout'], reason: 'use authTimeout, which bounds the whole login' },
  { names: ['AuthType'], reason: 'use iam, with profile, AWS keys or credentialsProvider' },
  {
    // `{ iam: true, ...credentials }`; the SDK itself writes $source into objects that its clients have used.
    names: ['$source', 'expiration', 'credentialScope', 'accountId'],
    reason:
      'it is a part of what the AWS SDK calls credentials: instead of its parts, give the whole as credentialsProvider: () => credentials',
  },
  { names: ['lock_timeout', 'idle_in_transaction_session_timeout'], reason: 'run SET after connecting' },
  { names: ['stream', 'Promise', 'Client'], reason: 'the driver makes its own sockets and promises' },
  {
    names: ['target_session_attrs', 'service', 'passfile'],
    reason: 'it is a setting of libpq that the driver does not have',
  },
];

/** Logs, caches and hints of other drivers: nothing that a caller could see depends on them. */
const passedOver = [
  ...[
    'LogLevel',
    'DSILogLevel',
    'LogPath',
    'MaxLogFileSize',
    'MaxLogFileCount',
    'Trace',
    'TraceFile',
    'TraceLevel',
  ],
  ...[
    'logUnclosedConnections',
    'logServerErrorDetail',
    'maxWarningCount',
    'disableIsValidQuery',
    'disableColumnSanitiser',
  ],
  ...[
    'hideUnprivilegedObjects',
    'OverrideSchemaPatternType',
    'databaseMetadataCacheFields',
    'databaseMetadataCacheFieldsMiB',
  ],
  ...[
    'preparedStatementCacheQueries',
    'preparedStatementCacheSizeMiB',
    'prepareThreshold',
    'enableStatementCache',
    'enableGeneratedName',
  ],
  ...[
    'binaryTransfer',
    'binaryTransferEnable',
    'binaryTransferDisable',
    'receiveBufferSize',
    'sendBufferSize',
  ],
  ...[
    'enableFetchRingBuffer',
    'fetchRingBufferSize',
    'CscEnable',
    'CscThreshold',
    'CscMaxFileSize',
    'CscPath',
  ],
  ...['ApplicationUsingThreads', 'AUT', 'UseUnicode', 'DriverUnicodeEncoding', 'fallback_application_name'],
];

/** By the name as its owner writes it. */
export const foreignOptions: ReadonlyMap<string, ForeignOption> = new Map<string, ForeignOption>([
  ...refusals.flatMap(({ names, ...rest }) =>
    names.map((name) => [name, { is: 'refused' as const, ...rest }] as const),
  ),
  ...passedOver.map((name) => [name, { is: 'passed-over' as const }] as const),
]);
