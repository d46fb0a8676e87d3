/**
 * What a connection is made of once every source of options has been read: one frozen value, complete and checked.
 * Secrets are behind `Secret`, so a Config can be printed.
 */
import type { Logger } from '../trace.js';
import type { Endpoint } from './endpoint.js';
import type { AuthMethod } from './options.js';
import type { Secret } from './secret.js';

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export type TlsConfig =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'on';
      readonly mode: 'require' | 'verify-ca' | 'verify-full';
      /** A path or PEM text, as given. */
      readonly roots: string | undefined;
      readonly servername: string | undefined;
    };

export type LoginConfig =
  | { readonly kind: 'password'; readonly user: string; readonly password: Secret | undefined }
  | {
      readonly kind: 'token';
      /** Empty when none was given; the token names the user. */
      readonly user: string;
      readonly token: Secret;
      /** `identity-center` has a `tokenType`, `jwt` has a `providerName` only. */
      readonly issuer:
        | {
            readonly kind: 'identity-center';
            readonly tokenType: string;
            readonly providerName: string | undefined;
            readonly identityNamespace: string | undefined;
            readonly clientDisplayName: string | undefined;
          }
        | { readonly kind: 'jwt'; readonly providerName: string };
    };

export type Paramstyle = 'format' | 'pyformat' | 'qmark' | 'numeric' | 'named';

/** All durations are seconds; undefined is no limit. */
export interface Config {
  readonly protocol: 'redshift' | 'postgresql';
  readonly address: Address;
  /** What the host's name tells; `custom` for a Unix socket. */
  readonly endpoint: Endpoint;
  readonly tls: TlsConfig;
  readonly login: LoginConfig;
  readonly database: string;
  /** Undefined: the program's name, which only the caller knows. */
  readonly applicationName: string | undefined;
  readonly clientProtocolVersion: number;
  readonly sourceAddress: string | undefined;
  /** Empty: any. */
  readonly requireAuth: readonly AuthMethod[];
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  readonly allowCleartextPassword: boolean;
  readonly connectTimeout: number | undefined;
  readonly queryTimeout: number | undefined;
  readonly closeTimeout: number;
  readonly tcpKeepalive: boolean;
  readonly tcpKeepaliveIdle: number;
  readonly autocommit: boolean;
  readonly readOnly: boolean;
  readonly searchPath: string | undefined;
  readonly queryGroup: string | undefined;
  readonly options: string | undefined;
  /** 0: the server is told that there is no limit; undefined: it is told nothing. */
  readonly statementTimeout: number | undefined;
  readonly paramstyle: Paramstyle;
  /** Undefined: arrays for cursors, objects for `query`. */
  readonly rowMode: 'array' | 'object' | 'lazy' | undefined;
  /** As given; the registry of types knows what may be in it. */
  readonly types: unknown;
  readonly numericToFloat: boolean;
  readonly fetchBufferSize: number;
  readonly maxResultBytes: number;
  readonly maxPreparedStatements: number;
  readonly pipeline: boolean;
  readonly logger: Logger | undefined;
  readonly logParameters: boolean;
  /** Options that were passed over, for one line to the logger. */
  readonly notices: readonly string[];
}
