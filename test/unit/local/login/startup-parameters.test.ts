/** What the startup packets of known clients mean, what is refused, and what is reported back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoginRefused } from '../../../../src/local/login/refused.js';
import { parameterStatuses, readStartup } from '../../../../src/local/login/startup-parameters.js';

const read = (parameters: Record<string, string>) => readStartup(Object.entries(parameters));

function refusal(parameters: Record<string, string>): LoginRefused {
  try {
    read(parameters);
  } catch (error) {
    expect(error).toBeInstanceOf(LoginRefused);
    return error as LoginRefused;
  }
  throw new Error('accepted');
}

describe('the startup packet', () => {
  it('of psql names a user of PostgreSQL', () => {
    const startup = read({
      user: 'alice',
      database: 'dev',
      application_name: 'psql',
      client_encoding: 'UTF8',
    });
    expect(startup).toMatchObject({
      user: 'alice',
      database: 'dev',
      protocolVersion: 0,
      redshiftClient: false,
      token: undefined,
      applicationName: 'psql',
    });
    expect(startup.settings).toEqual([
      ['application_name', 'psql'],
      ['client_encoding', 'UTF8'],
    ]);
  });

  it('of redshift_connector asks for version 2, and its own facts are no settings', () => {
    const startup = read({
      user: 'alice',
      database: 'dev',
      application_name: 'x',
      client_protocol_version: '2',
      driver_version: 'Redshift Python Driver 2.1.15',
      os_version: 'Linux',
      driver_discovery_version: '1',
    });
    expect(startup).toMatchObject({
      protocolVersion: 2,
      redshiftClient: true,
      driverVersion: 'Redshift Python Driver 2.1.15',
    });
    expect(startup.settings).toEqual([['application_name', 'x']]);
  });

  it('of the JDBC driver has settings, and extensions that nobody has to know', () => {
    const startup = read({
      user: 'alice',
      database: 'dev',
      client_encoding: 'UTF8',
      DateStyle: 'ISO',
      TimeZone: 'Europe/Berlin',
      extra_float_digits: '2',
      client_protocol_version: '3',
      '_pq_.compression': 'lz4:1',
      search_path: 'a,b',
    });
    expect(startup.protocolVersion).toBe(3);
    expect(startup.settings.map(([name]) => name)).toEqual([
      'client_encoding',
      'DateStyle',
      'TimeZone',
      'extra_float_digits',
      'search_path',
    ]);
  });

  it('of a client with a token has no user', () => {
    const startup = read({
      user: '',
      database: 'dev',
      plugin_name: 'IdpTokenAuthPlugin',
      idp_type: 'AwsIdc',
      token_type: 'EXT_JWT',
      identity_namespace: 'ns',
    });
    expect(startup).toMatchObject({
      user: '',
      pluginName: 'IdpTokenAuthPlugin',
      token: { idpType: 'AwsIdc', tokenType: 'EXT_JWT', identityNamespace: 'ns', providerName: undefined },
    });
    expect(read({ database: 'dev', idp_type: 'AzureAD' }).token?.idpType).toBe('AzureAD');
  });

  it('names the database after the user where it names none', () => {
    expect(read({ user: 'alice' }).database).toBe('alice');
    expect(read({ user: 'alice', database: '' }).database).toBe('alice');
  });

  it.each([
    ['0', 0],
    ['1', 1],
    ['2', 2],
    ['3', 3],
    ['4', 3],
    ['99999', 3],
  ])('asking for version %s gives %i', (asked, version) => {
    expect(read({ user: 'a', client_protocol_version: asked }).protocolVersion).toBe(version);
  });

  it.each([
    [{}, '28000', 'no PostgreSQL user name specified in startup packet'],
    [{ user: '' }, '28000', 'no PostgreSQL user name specified in startup packet'],
    [{ user: 'a', replication: 'true' }, '0A000', 'replication'],
    [{ user: 'a', replication: 'database' }, '0A000', 'replication'],
    [{ user: 'a', client_protocol_version: '-1' }, '22023', 'client_protocol_version'],
    [{ user: 'a', client_protocol_version: 'two' }, '22023', 'client_protocol_version'],
    [{ user: 'a', client_encoding: 'LATIN1' }, '22023', 'client_encoding'],
    [{ user: 'a', options: '-c client_encoding=EUC_JP' }, '22023', 'client_encoding'],
    [{ user: 'a', options: '-d 5' }, '42601', 'invalid command-line arguments'],
    [{ user: 'a', options: '-c' }, '42601', 'invalid command-line arguments'],
    [{ user: 'a', options: '-c search_path' }, '42601', 'invalid command-line arguments'],
    [{ user: 'a', options: 'search_path=x' }, '42601', 'invalid command-line arguments'],
  ])('%j is refused', (parameters, sqlState, message) => {
    const refused = refusal(parameters);
    expect(refused.sqlState).toBe(sqlState);
    expect(refused.message).toContain(message);
  });

  it('takes the names of UTF-8, and what psql says without a locale', () => {
    for (const client_encoding of ['UTF8', 'utf-8', 'UNICODE', "'utf-8'", 'SQL_ASCII']) {
      expect(read({ user: 'a', client_encoding }).clientEncoding).toBe(client_encoding);
    }
    expect(read({ user: 'a', replication: 'false' }).user).toBe('a');
  });
});

describe('options', () => {
  const settings = (options: string) => read({ user: 'a', options }).settings;

  it('are settings in three spellings', () => {
    expect(settings('-c search_path=x -cstatement_timeout=5 --query-group=a-b')).toEqual([
      ['search_path', 'x'],
      ['statement_timeout', '5'],
      ['query_group', 'a-b'],
    ]);
    expect(settings('   ')).toEqual([]);
  });

  it('keep blanks behind a backslash', () => {
    expect(settings(String.raw`-c search_path=a,\ b -c x=c\\d`)).toEqual([
      ['search_path', 'a, b'],
      ['x', 'c\\d'],
    ]);
  });

  it('come before what the packet itself says', () => {
    const startup = read({ user: 'a', application_name: 'own', options: '-c application_name=other' });
    expect(startup.settings.at(-1)).toEqual(['application_name', 'own']);
    expect(startup.applicationName).toBe('own');
  });

  it('any value comes through when it is escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const escaped = value.replace(/[\s\\]/g, String.raw`\$&`);
        expect(settings(`-c x=${escaped}`)).toEqual([['x', value]]);
      }),
    );
  });
});

describe('what is reported', () => {
  const reported = (parameters: Record<string, string> = {}, over = {}) =>
    parameterStatuses({
      startup: read({ user: 'alice', ...parameters }),
      user: 'alice',
      superuser: false,
      ...over,
    });

  it('is what Redshift says to a client of PostgreSQL', () => {
    const values = Object.fromEntries(reported());
    expect(values).toMatchObject({
      client_encoding: 'UNICODE',
      DateStyle: 'ISO, MDY',
      integer_datetimes: 'on',
      is_superuser: 'off',
      server_version: '8.0.2',
      session_authorization: 'alice',
      TimeZone: 'UTC',
      server_protocol_version: '0',
      external_database: 'off',
      show_discovery: '0',
    });
    expect(['on', 'off']).toContain(values['datashare_enabled']);
    expect(values['padb_version']).toMatch(/^1\.0\.\d+$/);
  });

  it('never names what only PostgreSQL has', () => {
    const names = reported().map(([name]) => name);
    for (const name of [
      'standard_conforming_strings',
      'IntervalStyle',
      'search_path',
      'scram_iterations',
      'in_hot_standby',
      'default_transaction_read_only',
    ]) {
      expect(names).not.toContain(name);
    }
    expect(new Set(names).size).toBe(names.length);
  });

  it('follows the client and the session', () => {
    const values = Object.fromEntries(
      reported(
        { client_protocol_version: '9', client_encoding: "'utf-8'", application_name: 'etl' },
        { superuser: true, timeZone: 'Asia/Tokyo', dateStyle: 'ISO, DMY', sessionId: 'id' },
      ),
    );
    expect(values).toMatchObject({
      server_protocol_version: '3',
      client_encoding: 'UTF8',
      application_name: 'etl',
      is_superuser: 'on',
      TimeZone: 'Asia/Tokyo',
      DateStyle: 'ISO, DMY',
      session_id: 'id',
    });
  });
});
