import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, NotSupportedError, RedshiftError } from '../../../src/errors.js';
import type { Config } from '../../../src/config/config.js';
import type { ConnectOptionsInput } from '../../../src/config/connection-options.js';
import { type OptionSources, parseConfig } from '../../../src/config/parse.js';
import type { Secret } from '../../../src/config/secret.js';

const base = { host: 'h.example', database: 'dev', user: 'u', password: 'p' };

function parse(input: unknown, env: OptionSources['env'] = {}): Config {
  return parseConfig(input as ConnectOptionsInput, { env });
}

function problemsOf(input: unknown, env: OptionSources['env'] = {}): RedshiftError {
  try {
    parse(input, env);
  } catch (error) {
    if (error instanceof RedshiftError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

function secretIn({ login }: Config): Secret | undefined {
  if (login.kind === 'password') return login.password;
  return login.kind === 'token' ? login.token : undefined;
}

const secretOf = (config: Config): unknown => secretIn(config)?.reveal();

describe('defaults', () => {
  it('are complete', () => {
    expect(JSON.parse(JSON.stringify(parse(base)))).toEqual({
      protocol: 'redshift',
      address: { kind: 'tcp', host: 'h.example', port: 5439 },
      endpoint: { kind: 'custom' },
      tls: { kind: 'on', mode: 'verify-full' },
      login: { kind: 'password', user: 'u', password: '***' },
      database: 'dev',
      clientProtocolVersion: 2,
      requireAuth: [],
      channelBinding: 'prefer',
      allowCleartextPassword: false,
      connectTimeout: 30,
      closeTimeout: 5,
      tcpKeepalive: true,
      tcpKeepaliveIdle: 60,
      autocommit: false,
      readOnly: false,
      paramstyle: 'format',
      numericToFloat: false,
      fetchBufferSize: 8 * 1024 * 1024,
      maxResultBytes: 1024 ** 3,
      maxPreparedStatements: 1000,
      pipeline: false,
      logParameters: false,
      notices: [],
      warnings: [],
    });
  });

  it('include what the host tells', () => {
    expect(parse({ ...base, host: 'c.x.us-east-1.redshift.amazonaws.com' }).endpoint).toEqual({
      kind: 'provisioned',
      cluster: 'c',
      region: 'us-east-1',
    });
  });

  it('of postgresql differ', () => {
    const config = parse({ protocol: 'postgresql', user: 'u' });
    expect(config.address).toEqual({ kind: 'tcp', host: 'localhost', port: 5432 });
    expect(config.database).toBe('u');
  });

  it('are frozen all through', () => {
    const config = parse(base);
    for (const part of [
      config,
      config.address,
      config.tls,
      config.login,
      config.requireAuth,
      config.notices,
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe('names', () => {
  it.each<[Record<string, unknown>, Partial<Config>]>([
    [{ connect_timeout: 3 }, { connectTimeout: 3 }],
    [{ timeout: 3 }, { connectTimeout: 3 }],
    [{ timeout: 3, connectTimeout: 3 }, { connectTimeout: 3 }],
    [{ connectionTimeoutMillis: 2500 }, { connectTimeout: 2.5 }],
    [{ connectTimeout: 0 }, { connectTimeout: undefined }],
    [{ queryTimeout: 5 }, { queryTimeout: 5 }],
    [{ query_timeout: 5000 }, { queryTimeout: 5 }],
    [{ statementTimeout: 5 }, { statementTimeout: 5 }],
    [{ statement_timeout: 5000 }, { statementTimeout: 5 }],
    [{ application_name: 'x' }, { applicationName: 'x' }],
    [{ client_protocol_version: 0 }, { clientProtocolVersion: 0 }],
    [{ tcp_keepalive: false }, { tcpKeepalive: false }],
    [{ keepAliveInitialDelayMillis: 1000 }, { tcpKeepaliveIdle: 1 }],
    [{ currentSchema: 'a, b' }, { searchPath: 'a, b' }],
    [{ search_path: 'a' }, { searchPath: 'a' }],
    [{ max_prepared_statements: 0 }, { maxPreparedStatements: 0 }],
    [{ numeric_to_float: true }, { numericToFloat: true }],
    [{ fetchBufferSize: '4M' }, { fetchBufferSize: 4 * 2 ** 20 }],
    [{ maxResultBytes: '2GiB' }, { maxResultBytes: 2 ** 31 }],
    [{ requireAuth: 'sha256,scram-sha-256' }, { requireAuth: ['sha256', 'scram-sha-256'] }],
    [{ requireAuth: ['token'] }, { requireAuth: ['token'] }],
    [
      { autocommit: 'true', readOnly: 1, pipeline: 'off' },
      { autocommit: true, readOnly: true, pipeline: false },
    ],
    [
      { paramstyle: 'NAMED', rowMode: 'object' },
      { paramstyle: 'named', rowMode: 'object' },
    ],
    [
      { queryGroup: 'g', options: '-c a=b', stringtype: 'unspecified' },
      { queryGroup: 'g', options: '-c a=b' },
    ],
    [{ sourceAddress: '127.0.0.1' }, { sourceAddress: '127.0.0.1' }],
    [{ types: { bigint: 'number' } }, { types: { bigint: 'number' } }],
    [
      { logger: console, logParameters: true },
      { logger: console, logParameters: true },
    ],
    [
      { applicationName: undefined, autocommit: null },
      { applicationName: undefined, autocommit: false },
    ],
    [{ iam: false, dbGroups: undefined, databaseMetadataCurrentDbOnly: true, idpPort: 443 }, {}],
    [{ port: '1234' }, { address: { kind: 'tcp', host: 'h.example', port: 1234 } }],
  ])('%o', (given, expected) => {
    expect(parse({ ...base, ...given })).toMatchObject(expected);
  });

  it('of a file of secrets as AWS writes it', () => {
    const config = parse({ host: 'h', port: 5439, dbname: 'dev', username: 'u', password: 'p' });
    expect(config).toMatchObject({ database: 'dev', login: { user: 'u' } });
  });

  it('given twice have to agree', () => {
    expect(problemsOf({ ...base, connectTimeout: 3, timeout: 4 }).message).toBe(
      'Option connectTimeout: is given twice, with different values (given as timeout)',
    );
  });
});

describe('precedence', () => {
  const env = {
    REDSHIFT_HOST: 'env',
    REDSHIFT_DATABASE: 'env',
    REDSHIFT_USER: 'env',
    REDSHIFT_PASSWORD: 'env',
    REDSHIFT_PORT: '1',
  };

  it('is object, URL, environment, default', () => {
    const config = parse(
      { host: 'object', url: 'redshift://url:url@url:2/url?autocommit=true' },
      { ...env, REDSHIFT_APPLICATION_NAME: 'env' },
    );
    expect(config).toMatchObject({
      address: { host: 'object', port: 2 },
      database: 'url',
      login: { user: 'url' },
      autocommit: true,
      applicationName: 'env',
      connectTimeout: 30,
    });
    expect(secretOf(config)).toBe('url');
    expect(parse('redshift://url', env)).toMatchObject({
      address: { host: 'url', port: 1 },
      database: 'env',
    });
    expect(parse({}, env)).toMatchObject({ address: { host: 'env', port: 1 } });
  });

  it('takes REDSHIFT_URL as the weakest of all', () => {
    expect(parse({}, { REDSHIFT_URL: 'redshift://u:p@h/db', REDSHIFT_DATABASE: 'env' })).toMatchObject({
      address: { host: 'h' },
      database: 'env',
    });
    expect(parse('redshift://a@b/c', { REDSHIFT_URL: 'nonsense' }).database).toBe('c');
  });

  it('reads the environment in seconds, and skips what is empty or of others', () => {
    const config = parse(base, {
      REDSHIFT_QUERY_TIMEOUT: '5',
      REDSHIFT_PORT: '',
      REDSHIFT_CLUSTER: 'x',
      PGHOST: 'x',
      PGSSLMODE: 'disable',
    });
    expect(config).toMatchObject({
      queryTimeout: 5,
      tls: { mode: 'verify-full' },
      address: { host: 'h.example', port: 5439 },
    });
    expect(problemsOf(base, { REDSHIFT_DATABASE_METADATA_CURRENT_DB_ONLY: 'no' }).message).toBe(
      'Option databaseMetadataCurrentDbOnly: catalog calls are not built yet (given as REDSHIFT_DATABASE_METADATA_CURRENT_DB_ONLY)',
    );
  });

  it('reads nothing but what it is handed', () => {
    process.env['REDSHIFT_HOST'] = 'from-the-process';
    try {
      expect(parseConfig({ ...base, host: 'h' }).address).toMatchObject({ host: 'h' });
      expect(problemsOf({ database: 'd', user: 'u' }).message).toContain('host: is required');
    } finally {
      delete process.env['REDSHIFT_HOST'];
    }
  });
});

describe('TLS', () => {
  it.each<[Record<string, unknown>, Record<string, string>, unknown]>([
    [{}, {}, { kind: 'on', mode: 'verify-full' }],
    [{ ssl: true }, {}, { kind: 'on', mode: 'verify-full' }],
    [{ ssl: false }, {}, { kind: 'off' }],
    [{ sslmode: 'disable' }, {}, { kind: 'off' }],
    [{ ssl: false, sslmode: 'disable' }, {}, { kind: 'off' }],
    [{ sslmode: 'require' }, {}, { kind: 'on', mode: 'require' }],
    [
      { sslmode: 'verify-ca', sslrootcert: '/ca.pem', sslServername: 'n' },
      {},
      { kind: 'on', mode: 'verify-ca', roots: '/ca.pem', servername: 'n' },
    ],
    // The stronger source has its way.
    [{ ssl: false }, { REDSHIFT_SSLMODE: 'verify-ca' }, { kind: 'off' }],
    [{ ssl: true }, { REDSHIFT_SSLMODE: 'disable' }, { kind: 'on', mode: 'verify-full' }],
    [{ ssl: true }, { REDSHIFT_SSLMODE: 'verify-ca' }, { kind: 'on', mode: 'verify-ca' }],
    [{ sslmode: 'verify-ca' }, { REDSHIFT_SSL: 'false' }, { kind: 'on', mode: 'verify-ca' }],
    [{ sslmode: 'disable' }, { REDSHIFT_SSLROOTCERT: '/ca' }, { kind: 'off' }],
    [{ unixSock: '/s' }, { REDSHIFT_SSLMODE: 'verify-ca', REDSHIFT_HOST: 'h' }, { kind: 'off' }],
  ])('%o with %o', (given, env, expected) => {
    const { host, ...rest } = base;
    expect(
      parse('unixSock' in given ? { ...rest, ...given } : { host, ...rest, ...given }, env).tls,
    ).toMatchObject(expected as object);
  });

  it.each([
    [{ ssl: false, sslmode: 'verify-full' }, 'ssl: is false, but sslmode is verify-full'],
    [{ ssl: true, sslmode: 'disable' }, 'ssl: is true, but sslmode is disable'],
    [{ sslmode: 'prefer' }, 'sslmode: prefer is refused'],
    [{ sslmode: 'allow' }, 'sslmode: allow is refused'],
    [{ sslmode: 'nonsense' }, 'sslmode: must be one of verify-full, verify-ca, require, disable'],
    [{ ssl: { rejectUnauthorized: false } }, 'ssl: must be true or false'],
    [{ sslmode: 'disable', sslrootcert: '/ca' }, 'sslrootcert: has no use without TLS'],
  ])('refuses %o', (given, message) => {
    const error = problemsOf({ ...base, ...given });
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain(message);
  });
});

describe('addresses', () => {
  it.each<[Record<string, unknown>, unknown]>([
    [{ host: '::1' }, { kind: 'tcp', host: '::1' }],
    [{ host: '[::1]' }, { kind: 'tcp', host: '::1' }],
    [{ host: 'fe80::1%eth0' }, { kind: 'tcp', host: 'fe80::1%eth0' }],
    [{ host: 'bücher.example' }, { kind: 'tcp', host: 'bücher.example' }],
    [
      { host: '/var/run/', port: 6000 },
      { kind: 'unix', path: '/var/run/.s.PGSQL.6000' },
    ],
    [
      { host: undefined, unix_sock: '/tmp/s' },
      { kind: 'unix', path: '/tmp/s' },
    ],
  ])('%o', (given, expected) => {
    expect(parse({ ...base, ...given }).address).toMatchObject(expected as object);
  });

  it.each([
    [{ host: 'h:5439/dev' }, 'give these as port and database'],
    [{ host: 'redshift://h' }, 'give the URL as url'],
    [{ host: 'a,b' }, 'several hosts'],
    [{ host: 'a b' }, 'no host name has'],
    [{ host: '' }, 'host: is required'],
    [{ port: 0 }, 'port: must be a whole number, from 1 to 65535'],
    [{ port: 65536 }, 'port: must be'],
    [{ port: '54x' }, 'port: must be'],
    [{ port: 1.5 }, 'port: must be'],
    [{ unixSock: '/s' }, 'unixSock: cannot be given together with host'],
    [{ host: '/tmp', sslmode: 'require' }, 'sslmode: is for TCP'],
    [{ host: undefined, unixSock: '/s', ssl: true }, 'ssl: is for TCP'],
    [{ sourceAddress: 'localhost' }, 'sourceAddress: must be an IP address'],
  ])('refuses %o', (given, message) => {
    expect(problemsOf({ ...base, ...given }).message).toContain(message);
  });
});

describe('logins', () => {
  const { user: _user, password: _password, ...place } = base;

  it('take a password as text or function', async () => {
    const config = parse({ ...base, password: () => Promise.resolve('later') });
    expect(config.login).toMatchObject({ kind: 'password', user: 'u' });
    if (config.login.kind === 'password') expect(await config.login.password?.read()).toBe('later');
    expect(secretOf(parse({ ...base, password: '' }))).toBe('');
    expect(secretOf(parse({ ...base, password: undefined }))).toBeUndefined();
  });

  it('take a token', () => {
    const token = (): string => 't';
    expect(parse({ ...place, token, tokenType: 'EXT_JWT', identityNamespace: 'n' }).login).toMatchObject({
      kind: 'token',
      user: '',
      issuer: {
        kind: 'identity-center',
        tokenType: 'EXT_JWT',
        identityNamespace: 'n',
        providerName: undefined,
      },
    });
    const jwt = parse(
      { ...place, user: 'u', token: 't', provider_name: 'azure' },
      { REDSHIFT_PASSWORD: 'weaker' },
    );
    expect(jwt.login).toMatchObject({ user: 'u', issuer: { kind: 'jwt', providerName: 'azure' } });
    expect(parse(base, { REDSHIFT_TOKEN: 'weaker', REDSHIFT_TOKEN_TYPE: 'x' }).login.kind).toBe('password');
  });

  it.each([
    [{ ...place }, 'user: is required'],
    [{ ...place, token: 't' }, 'token: needs a tokenType'],
    [{ ...base, token: 't', tokenType: 'x' }, 'token: cannot be given together with password'],
    [{ ...place, token: 't', tokenType: 'x', ssl: false }, 'token: needs TLS'],
    [{ ...place, token: 't', tokenType: 'x', protocol: 'postgresql' }, 'token: is a login of Redshift'],
    [
      { ...place, token: 't', providerName: 'x', identityNamespace: 'n' },
      'identityNamespace: goes with tokenType',
    ],
    [{ ...base, tokenType: 'x' }, 'tokenType: has no use without a token'],
    [{ ...base, password: 5 }, 'password: must be text, or a function'],
    [{ ...base, database: '' }, 'database: is required (for example dev)'],
    [{ ...base, protocol: 'postgresql', queryGroup: 'g' }, 'queryGroup: is a setting of Redshift'],
  ])('refuse %o', (given, message) => {
    const error = problemsOf(given);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain(message);
  });
});

describe('problems', () => {
  it('are all told in one error', () => {
    const error = problemsOf({
      hots: 'x',
      port: 'many',
      sslmode: 'off',
      autocommit: 'maybe',
      databaseMetadataCurrentDbOnly: false,
      connectTimeout: 5000,
      socketTimeout: 1,
    });
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message.split('\n')).toEqual([
      '7 problems with the connection options:',
      '- hots: is no option; did you mean host?',
      '- port: must be a whole number, from 1 to 65535',
      '- sslmode: must be one of verify-full, verify-ca, require, disable',
      '- autocommit: must be true or false',
      '- connectTimeout: is in seconds, at most 3600; did you mean 5?',
      '- socketTimeout: is refused: long statements are silent for as long as they take: use queryTimeout',
      '- databaseMetadataCurrentDbOnly: catalog calls are not built yet',
    ]);
  });

  it('are NotSupportedErrors when nothing else is wrong', () => {
    const later = { databaseMetadataCurrentDbOnly: false };
    const error = problemsOf({ ...base, ...later });
    expect(error).toBeInstanceOf(NotSupportedError);
    expect(error.message).toContain('Option databaseMetadataCurrentDbOnly: catalog calls are not built yet');
    expect(problemsOf({ ...base, ...later, port: 'x' })).toBeInstanceOf(ArgumentError);
  });

  it.each([
    [{ clientProtocolVersion: 4 }, 'from 0 to 3'],
    [{ maxPreparedStatements: -1 }, '0 or more'],
    [{ queryTimeout: -1 }, 'queryTimeout: must be a number of seconds, 0 or more'],
    [{ queryTimeout: Number.NaN }, 'queryTimeout: must be a number of seconds'],
    [{ queryTimeout: 1e9 }, 'queryTimeout: is in seconds, at most 2147483'],
    [{ closeTimeout: 5000 }, 'did you mean 5?'],
    [{ connectionTimeoutMillis: 5_000_000 }, 'did you mean 5?'],
    [{ fetchBufferSize: 0 }, 'fetchBufferSize: must be a number of bytes'],
    [{ stringtype: 'varchar' }, 'stringtype: varchar is refused'],
    [{ requireAuth: ['kerberos'] }, 'requireAuth: may hold none, password'],
    [{ logger: {} }, 'logger: must be an object with the functions'],
    [{ types: 5 }, 'types: must be'],
    [{ tcpKeepaliveInterval: 5 }, 'Node.js can only set the idle time'],
    [{ tcp_keepalive_count: 5 }, 'Node.js can only set the idle time'],
    [{ SSLCert: 'x' }, 'client certificates'],
    [{ compression: 'lz4' }, 'compression: is refused'],
    [{ applicationNam: 'x' }, 'did you mean applicationName?'],
    [{ fetch_bufer_size: 1 }, 'did you mean fetchBufferSize?'],
    [{ zzzzzzzzzzzzzzzzz: 1 }, 'Option zzzzzzzzzzzzzzzzz: is no option'],
    [{ signal: AbortSignal.abort() }, 'signal: is given beside the options, as connect(options, { signal })'],
    [{ constructor: 1 }, 'constructor: is no option'],
    [{ toString: 1 }, 'toString: is no option'],
  ])('%o', (given: object, message) => {
    expect(problemsOf({ ...base, ...given }).message).toContain(message);
  });

  it('include a key that sets prototypes elsewhere', () => {
    expect(problemsOf(JSON.parse('{"host":"h","__proto__":{"user":"x"}}')).message).toContain(
      '__proto__: is no option',
    );
  });

  it.each([5, null, undefined, [], true, () => 1])('refuse %o as options', (input) => {
    expect(() => parse(input)).toThrow(ArgumentError);
  });

  it('pass over what is harmless, with a notice', () => {
    const config = parse({
      ...base,
      LogLevel: 3,
      loglevel: 4,
      compression: 'off',
      targetServerType: 'any',
      protocolVersion: 3,
    });
    expect(config.notices).toEqual([
      'Option LogLevel is of another driver and was passed over',
      'Option loglevel is of another driver and was passed over',
    ]);
  });
});

describe('a NUL', () => {
  it.each([
    ...[
      'host',
      'unixSock',
      'database',
      'user',
      'password',
      'applicationName',
      'sslrootcert',
      'sslServername',
      'token',
      'tokenType',
    ],
    ...[
      'identityNamespace',
      'providerName',
      'idcClientDisplayName',
      'searchPath',
      'queryGroup',
      'options',
      'sourceAddress',
      'types',
    ],
    ...['url', 'region', 'clientSecret', 'dbGroups'],
  ])('in %s is refused by name', (name) => {
    const error = problemsOf({ ...base, [name]: 'x\0user\0admin' });
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain(`${name}: holds a NUL character`);
    expect(error.message).not.toContain('admin');
  });

  it('in a URL is refused too', () => {
    expect(problemsOf('redshift://u:p@h/d%00b').message).toContain('database: holds a NUL character');
  });

  it('in what a function gives is refused when it is read', async () => {
    const { login } = parse({ ...base, password: () => 'a\0b' });
    if (login.kind !== 'password') throw new Error('no password login');
    await expect(login.password?.read()).rejects.toThrow('Option password: holds a NUL character');
  });
});

describe('secrets', () => {
  const canary = 'C4nary-s3cret';

  /** Everything that a log could hold of an error or a value. */
  function seen(value: unknown): string {
    const error = value instanceof Error ? [value.message, value.stack, JSON.stringify(value)] : [];
    return [
      String(value),
      inspect(value, { depth: 9, showHidden: true }),
      JSON.stringify(value),
      ...error,
    ].join('\n');
  }

  it.each([
    [{ ...base, password: canary }],
    [{ host: 'h', database: 'd', token: canary, tokenType: 'x' }],
    [`redshift://u:${canary}@h/d`],
    [`jdbc:redshift://h/d?UID=u&PWD=${canary}`],
  ])('do not show in a Config: %#', (input) => {
    const config = parse(input);
    expect(secretOf(config)).toBe(canary);
    expect(seen(config)).not.toContain(canary);
    expect(String(secretIn(config))).toBe('***');
  });

  it.each([
    [
      {
        ...base,
        password: canary,
        port: canary,
        sslmode: canary,
        ssl: canary,
        connectTimeout: canary,
        host: `${canary}:1`,
      },
    ],
    [
      {
        ...base,
        password: [canary],
        token: { canary },
        clientSecret: canary,
        secretAccessKey: canary,
        iam: canary,
      },
    ],
    [
      {
        ...base,
        [`${canary} with blanks`]: canary,
        requireAuth: canary,
        fetchBufferSize: canary,
        LogLevel: canary,
        SSLKey: canary,
      },
    ],
    [`redshift://u:${canary}@h:x/d?sslmode=prefer`],
    [`redshift://u:${canary}@h%zz/d`],
    [`redshift://u:${canary}%zz@h/d`],
    [`redshift://u:p/${canary}@h/d`],
    [`redshift://u:p?${canary}@h/d`],
    [`redshift://u:p#${canary}@h/d`],
    [`redshift://u:12${canary}/h`],
    [`nonsense://u:${canary}@h/d`],
    [`u:${canary}@h/d`],
    [`jdbc:redshift://u:${canary}@h/d`],
    [`jdbc:redshift://h/d?PWD=${canary}%zz`],
    [`jdbc:redshift://h/d;PWD=a;b@${canary}`],
    [`jdbc:redshift:u:${canary}@h`],
  ])('do not show in an error: %#', (input) => {
    expect(seen(problemsOf(input))).not.toContain(canary);
  });

  it('never show, and nothing but the two errors is thrown, whatever the URL', { timeout: 30_000 }, () => {
    const piece = fc.constantFrom(
      '@',
      '/',
      ':',
      '%',
      '#',
      '?',
      '&',
      '=',
      ';',
      '[',
      ']',
      ',',
      '%40',
      '%zz',
      'a',
      '1',
      ' ',
      'user',
      'sslmode',
      '\0',
      'é',
    );
    const mess = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''));
    const scheme = fc.constantFrom(
      'redshift://',
      'postgresql://',
      'postgres://',
      'redshift+redshift_connector://',
      'jdbc:redshift://',
      'jdbc:redshift:iam://',
      'jdbc:redshift:',
      '',
    );
    const secret = '5ecret!Canary';
    fc.assert(
      fc.property(scheme, mess, mess, mess, mess, (start, user, before, after, rest) => {
        const url = `${start}${user}:${before}${secret}${after}@${rest}`;
        try {
          parse(url);
        } catch (error) {
          expect(error instanceof ArgumentError || error instanceof NotSupportedError).toBe(true);
          expect(seen(error)).not.toContain('5ecret');
          expect(seen(error)).not.toContain('Canary');
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('give any text as URL an answer or one of the two errors', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.webUrl(),
          fc.string().map((s) => `redshift://${s}`),
        ),
        (url) => {
          try {
            parse(url);
          } catch (error) {
            expect(error instanceof ArgumentError || error instanceof NotSupportedError).toBe(true);
          }
        },
      ),
    );
  });
});
