import { describe, expect, it } from 'vitest';
import type { ConnectionOptions, SnakeCaseOptions } from '../../../src/config/connection-options.js';
import { findOption, nearestOption } from '../../../src/config/lookup.js';
import { type OptionName, environmentName, options, snakeCase } from '../../../src/config/options.js';
import { type OptionRow, readValue } from '../../../src/config/option-types.js';
import type { poolOptions, PoolSettings, SnakePoolSettings } from '../../../src/config/pool-options.js';
import { parseConfig } from '../../../src/config/parse.js';
import { optionsTable, withTable } from '../../../tools/options-table.js';

const rows: readonly OptionRow[] = options;

describe('the table', () => {
  it('says each name once', () => {
    const names = rows.flatMap((row) => [
      ...new Set([row.name, snakeCase(row.name), ...(row.aliases ?? []), ...(row.milliseconds ?? [])]),
    ]);
    const twice = names.filter((name, i) => names.indexOf(name) !== i);
    // pg's names in milliseconds stand before our snake_case.
    expect(twice).toEqual(['query_timeout', 'statement_timeout'].filter((name) => twice.includes(name)));
  });

  it.each(rows.map((row) => [row.name, row] as const))('%s is found by every spelling', (name, row) => {
    for (const spelling of [name, ...(row.aliases ?? []), ...(row.milliseconds ?? []), snakeCase(name)]) {
      expect(findOption(spelling, false)).toMatchObject({ is: 'option', row: { name } });
      expect(findOption(spelling.toUpperCase(), true)).toMatchObject({ is: 'option', row: { name } });
    }
    expect(environmentName(name)).toMatch(/^REDSHIFT_[A-Z0-9_]+$/);
    expect(row.doc.length).toBeGreaterThan(5);
    expect(row.doc).toMatch(/[.)…]$/);
  });

  it.each(rows.map((row) => [row.name, row] as const))(
    '%s takes its default and refuses a symbol',
    (_name, row) => {
      if (row.default !== undefined) expect(readValue(row.type, row.default)).toEqual({ value: row.default });
      expect(readValue(row.type, Symbol('x'))).toHaveProperty('problem');
      expect(readValue(row.type, Number.NaN)).toHaveProperty('problem');
    },
  );

  it('refuses by name what is not built, unless it asks for the default', () => {
    const sample = (row: OptionRow): unknown => {
      switch (row.type.is) {
        case 'boolean':
          return row.default !== true;
        case 'integer':
          return row.type.max === 65535 ? 1234 : 1000;
        case 'seconds':
          return 17;
        case 'object':
          return new Map();
        case 'function':
          return () => undefined;
        case 'enum':
          return row.type.values.at(-1);
        default:
          return 'x';
      }
    };
    for (const row of rows.filter(({ later }) => later !== undefined)) {
      const give = (value: unknown): unknown =>
        parseConfig({ host: 'h', database: 'd', user: 'u', [row.name]: value });
      expect(() => give(sample(row)), row.name).toThrow(
        `Option ${row.name}: ${row.later!} are not built yet`,
      );
      if (row.default !== undefined) expect(() => give(row.default), row.name).not.toThrow();
    }
  });

  it('knows every option of redshift_connector', () => {
    const theirs =
      `host port database user password application_name timeout source_address unix_sock tcp_keepalive tcp_keepalive_idle
       client_protocol_version max_prepared_statements numeric_to_float database_metadata_current_db_only ssl sslmode ssl_insecure
       iam access_key_id secret_access_key session_token profile auth_profile cluster_identifier region endpoint_url db_user
       db_groups auto_create force_lowercase allow_db_user_override iam_disable_cache group_federation is_serverless
       serverless_acct_id serverless_work_group credentials_provider idp_host app_id app_name preferred_role principal_arn
       login_to_rp partner_sp_id login_url idp_response_timeout listen_port idp_tenant client_id client_secret scope idp_partition
       web_identity_token role_arn role_session_name provider_name token token_type identity_namespace issuer_url idc_region
       idc_client_display_name`.split(/\s+/);
    expect(theirs.filter((name) => findOption(name, false)?.is !== 'option')).toEqual([]);
    expect(findOption('tcp_keepalive_interval', false)).toMatchObject({ is: 'refused' });
  });

  it('knows every setting of JDBC and ODBC, in any case', () => {
    const theirs =
      `Host Port DBNAME User UID Password PWD ApplicationName connectTimeout socketTimeout loginTimeout cancelSignalTimeout
       tcpKeepAlive client_protocol_version preparedStatementCacheQueries preparedStatementCacheSizeMiB prepareThreshold
       enableStatementCache enableGeneratedName databaseMetadataCurrentDbOnly ConnectionTimezone currentSchema options queryGroup
       readOnly readOnlyMode autosave cleanupSavepoints raiseExceptionOnSilentRollback assumeMinServerVersion protocolVersion
       allowEncodingChanges preferQueryMode enableMultiSqlSupport escapeSyntaxCallMode stringtype binaryTransfer binaryTransferEnable
       binaryTransferDisable reWriteBatchedInserts reWriteBatchedInsertsSize defaultRowFetchSize BlockingRowsMode
       enableFetchRingBuffer fetchRingBufferSize maxResultBuffer maxWarningCount receiveBufferSize sendBufferSize compression
       targetServerType loadBalanceHosts hostRecheckSeconds socketFactory socketFactoryArg disableIsValidQuery disableColumnSanitiser
       hideUnprivilegedObjects OverrideSchemaPatternType unknownLength databaseMetadataCacheFields databaseMetadataCacheFieldsMiB
       logUnclosedConnections logServerErrorDetail LogLevel DSILogLevel LogPath MaxLogFileSize MaxLogFileCount SSL SSLMode AuthMech
       SSLRootCert SSLCert SSLKey SSLPassword SSLPasswordCallback SSLFactory SSLFactoryArg SSLHostnameVerifier SSLTruststorePath
       ssl_insecure IamAuth AccessKeyID SecretAccessKey SessionToken Profile AuthProfile ClusterID Region EndpointUrl StsEndpointUrl
       DbUser DbGroups DbGroupsFilter AutoCreate ForceLowercase AllowDBUserOverride IAMDuration IAMDisableCache groupFederation
       isServerless serverlessAcctId serverlessWorkGroup plugin_name idp_host idp_port app_id app_name preferred_role loginToRp
       partner_spid login_url idp_response_timeout listen_port idp_tenant client_id client_secret scope idp_partition webIdentityToken
       roleArn roleSessionName providerName token token_type identity_namespace issuer_url idc_region idc_client_display_name
       saml_assertion gsslib jaasApplicationName jaasLogin kerberosServerName sspiServiceClass useSpnego IniFile IniSection
       HostName Server Servername PortNumber Database DB LogonID LoginTimeout QueryTimeout KeepAlive KeepAliveIdle KeepAliveInterval
       KeepAliveCount InitializationString ConnectionRetryCount ConnectionRetryDelay TransactionErrorBehavior FetchRefCursor
       ApplicationUsingThreads StringType MultiInsertCmdConvertEnable StreamingCursorRows CscEnable CscThreshold CscMaxFileSize CscPath
       ProxyHost ProxyPort ProxyUid ProxyPwd MaxVarcharSize MaxLongVarcharSize UseUnicode Trace TraceFile TraceLevel EncryptionMethod
       TrustStore CaPath CaFile ValidateServerCertificate Min_TLS AuthType InstanceProfile vpc_endpoint_url StsConnectionTimeout
       dbgroups_filter DisableCache group_federation Serverless Workgroup https_proxy_host https_proxy_port https_proxy_username
       https_proxy_password idp_use_https_proxy duration KerberosServiceName KerberosAPI Compression`.split(
        /\s+/,
      );
    expect(theirs.filter((name) => findOption(name, true) === undefined)).toEqual([]);
  });

  it('is what editors show', () => {
    type Aliases = 'timeout' | 'currentSchema';
    type Later = Extract<(typeof options)[number], { later: string }>['name'];
    type Pool = (typeof poolOptions)[number]['name'];
    type Hooks = 'onConnect' | 'onRelease';
    type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
    const same: Same<Exclude<keyof ConnectionOptions, Aliases>, Exclude<OptionName, Later | Pool>> = true;
    const pool: Same<keyof PoolSettings | Hooks, Pool> = true;
    const snakePool: SnakePoolSettings = { idle_timeout: 1, allow_exit_on_idle: true };
    for (const name of Object.keys(snakePool)) expect(findOption(name, false)).toBeDefined();
    const snake: SnakeCaseOptions = {
      connect_timeout: 5,
      max_prepared_statements: 1,
      unix_sock: 'x',
      idc_client_display_name: 'x',
    };
    expect([same, pool, Object.keys(snake).length]).toEqual([true, true, 4]);
  });
});

describe('nearest names', () => {
  it.each([
    ['hots', 'host'],
    ['pasword', 'password'],
    ['sslMode', 'sslmode'],
    ['databse', 'database'],
    ['conect_timeout', 'connectTimeout'],
    ['auto_commit', 'autocommit'],
    ['param_style', 'paramstyle'],
    ['clusterIdentifer', 'clusterIdentifier'],
    ['qqqqqqqqq', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('%s', (name, expected) => {
    expect(nearestOption(name)).toBe(expected);
  });
});

describe('the README table', () => {
  it('has a line for every option that is built, and names the others', () => {
    const table = optionsTable();
    for (const row of rows)
      expect(table).toContain(row.later === undefined ? `\n| \`${row.name}\` |` : `\`${row.name}\``);
    for (const line of table.split('\n').filter((text) => text.startsWith('|'))) {
      expect(line.replaceAll('\\|', '').split('|')).toHaveLength(6);
    }
  });

  it('stands between its markers, and fails without them', () => {
    const text = 'a\n<!-- options:begin -->\nold\n<!-- options:end -->\nb';
    const once = withTable(text, 'T');
    expect(once).toBe('a\n<!-- options:begin -->\n\nT\n\n<!-- options:end -->\nb');
    expect(withTable(once, 'T')).toBe(once);
    expect(() => withTable('<!-- options:end --><!-- options:begin -->', 'T')).toThrow('options:begin');
  });
});
