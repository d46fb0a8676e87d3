/**
 * A Config as a log may show it: by a list of what is harmless, never by a list of what is secret.
 */
import type { Config, LoginConfig } from './config.js';
import type { ProviderChoice } from './login-config.js';

/** Plain values only; what is not named here does not appear, however it came into the Config. */
export function describeConfig(config: Config): Readonly<Record<string, string | number | boolean>> {
  const { address, tls, login } = config;
  const shown: Record<string, string | number | boolean | undefined> = {
    protocol: config.protocol,
    ...placeOf(address),
    database: config.database,
    user: login.user,
    login: wayOf(login),
    sslmode: tls.kind === 'off' ? 'disable' : tls.mode,
    applicationName: config.applicationName,
    clientProtocolVersion: config.clientProtocolVersion,
    connectTimeout: config.connectTimeout,
    queryTimeout: config.queryTimeout,
    closeTimeout: config.closeTimeout,
    autocommit: config.autocommit,
    readOnly: config.readOnly,
    paramstyle: config.paramstyle,
    pipeline: config.pipeline,
    fetchBufferSize: config.fetchBufferSize,
    maxResultBytes: config.maxResultBytes,
    maxPreparedStatements: config.maxPreparedStatements,
  };
  const given = Object.entries(shown).filter(
    (entry): entry is [string, string | number | boolean] => entry[1] !== undefined,
  );
  return Object.freeze(Object.fromEntries(given));
}

function placeOf(address: Config['address']): Readonly<Record<string, string | number | undefined>> {
  switch (address.kind) {
    case 'tcp':
      return { host: address.host, port: address.port };
    case 'unix':
      return { unixSock: address.path };
    case 'lookup':
      return { host: '(asked of AWS)', port: address.port };
  }
}

function wayOf(login: LoginConfig): string {
  switch (login.kind) {
    case 'password':
      return 'password';
    case 'token':
      return `token (${login.issuer.kind})`;
    case 'auth-profile':
      return 'authentication profile';
    case 'provider':
      return providerOf(login.provider);
    case 'iam':
      return `iam (${login.keys.kind === 'provider' ? providerOf(login.keys.provider) : login.keys.kind})`;
  }
}

/** One's own may be called anything, so it is not named. */
function providerOf(provider: ProviderChoice): string {
  return provider.kind === 'own' ? 'own provider' : provider.plugin;
}
