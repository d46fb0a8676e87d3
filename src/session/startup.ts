/** The startup packet: which parameters each dialect is sent, in which order. Pure. */
import type { Login } from '../auth/credentials.js';
import { encodeFrontend } from '../protocol/frontend.js';

export interface StartupOptions {
  readonly dialect: 'redshift' | 'postgresql';
  readonly database: string;
  readonly applicationName: string;
  /** server_protocol_version that we would like; Redshift only. */
  readonly clientProtocolVersion: number;
  readonly driverVersion: string;
  readonly osVersion: string;
  /** `search_path`. */
  readonly searchPath?: string | undefined;
  /** `options`: command-line options for the server's session. */
  readonly options?: string | undefined;
}

/**
 * Our decoders depend on client_encoding, DateStyle and extra_float_digits, so both dialects are told. What only Redshift
 * knows (`client_protocol_version`, `driver_version`, `plugin_name` …) a plain PostgreSQL would refuse.
 */
export function startupParameters(login: Login, options: StartupOptions): [string, string][] {
  const parameters: [string, string][] = [
    ['user', login.user],
    ['database', options.database],
    ['application_name', options.applicationName],
  ];
  if (options.dialect === 'redshift') {
    parameters.push(
      ['client_protocol_version', String(options.clientProtocolVersion)],
      ['driver_version', options.driverVersion],
      ['os_version', options.osVersion],
      ['driver_discovery_version', '1'],
    );
    for (const [key, value] of login.announced ?? []) parameters.push([key, value]);
  }
  parameters.push(['client_encoding', 'UTF8'], ['DateStyle', 'ISO'], ['extra_float_digits', '2']);
  // Redshift knows one style only; PostgreSQL could be set to one that our reader does not take.
  if (options.dialect === 'postgresql') parameters.push(['IntervalStyle', 'postgres']);
  if (options.searchPath !== undefined) parameters.push(['search_path', options.searchPath]);
  if (options.options !== undefined) parameters.push(['options', options.options]);
  return parameters;
}

/** @throws ArgumentError for a packet that is too long, or that would say something else than it should (a NUL): nothing was sent yet. */
export function checkStartup(parameters: readonly (readonly [string, string])[]): void {
  encodeFrontend({ type: 'StartupMessage', parameters });
}
