/**
 * What a connection is made of once every source of options has been read: one frozen value, complete and checked.
 * Secrets are behind `Secret`, so a Config can be printed.
 */
import type { Logger } from '../trace.js';
import type { Endpoint } from './endpoint.js';
import type { IamLogin, PasswordLogin, ProfileRequest, ProviderLogin, TokenLogin } from './login-config.js';
import type { AuthMethod, Paramstyle } from './options.js';

export type * from './login-config.js';

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** AWS is asked where the cluster or workgroup is; only with `iam`. */
export interface SoughtAddress {
  readonly kind: 'lookup';
  readonly port: number | undefined;
}

export type TlsConfig =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'on';
      readonly mode: 'require' | 'verify-ca' | 'verify-full';
      /** A path or PEM text, as given. */
      readonly roots: string | undefined;
      readonly servername: string | undefined;
    };

/** Options that AWS keeps have to be fetched before the rest is known. */
export interface ProfileLogin {
  readonly kind: 'auth-profile';
  readonly user: string;
  readonly request: ProfileRequest;
  /**
   * The Config that `AuthenticationProfileContent` makes of this one; its login is never of this kind again.
   *
   * @throws ArgumentError with all problems, the profile named
   */
  readonly merge: (content: string) => Config;
}

export type LoginConfig = PasswordLogin | TokenLogin | IamLogin | ProviderLogin | ProfileLogin;

/** All durations are seconds; undefined is no limit. */
export interface Config {
  readonly protocol: 'redshift' | 'postgresql';
  readonly address: Address | SoughtAddress;
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
  /** What makes a login less safe than it could be, for a warning to the logger. */
  readonly warnings: readonly string[];
}
