/**
 * A Config as a log may show it: by a list of what is harmless, never by a list of what is secret.
 */
import type { Config } from './config.js';

/** Plain values only; what is not named here does not appear, however it came into the Config. */
export function describeConfig(config: Config): Readonly<Record<string, string | number | boolean>> {
  const { address, tls, login } = config;
  const shown: Record<string, string | number | boolean | undefined> = {
    protocol: config.protocol,
    ...(address.kind === 'tcp' ? { host: address.host, port: address.port } : { unixSock: address.path }),
    database: config.database,
    user: login.user,
    login: login.kind === 'password' ? 'password' : `token (${login.issuer.kind})`,
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
