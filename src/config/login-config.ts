/**
 * What a login is, once every option about it has been read and checked: with a password, a token, AWS's temporary
 * credentials, or an identity provider. Types only; secrets are behind `Secret`.
 */
import type { PluginOptions } from './plugin-options.js';
import type { ProviderName } from './providers.js';
import type { Secret } from './secret.js';

export interface PasswordLogin {
  readonly kind: 'password';
  readonly user: string;
  readonly password: Secret | undefined;
}

export interface TokenLogin {
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
}

/** Temporary database credentials from AWS. */
export interface IamLogin {
  readonly kind: 'iam';
  /** Empty when none was given. */
  readonly user: string;
  readonly iam: IamConfig;
  readonly keys: KeySource;
  readonly flow: FlowConfig;
}

/** A plugin whose token the database itself verifies, or a provider of the caller's own without `iam`. */
export interface ProviderLogin {
  readonly kind: 'provider';
  /** Empty when none was given. */
  readonly user: string;
  readonly provider: ProviderChoice;
  readonly flow: FlowConfig;
}

/** What DescribeAuthenticationProfiles is asked with. */
export interface ProfileRequest {
  readonly name: string;
  readonly keys: KeySource & { readonly kind: 'keys' };
  readonly region: string;
  readonly endpointUrl: string | undefined;
  readonly flow: FlowConfig;
}

/** Where AWS keys come from; one, decided. */
export type KeySource =
  | {
      readonly kind: 'keys';
      readonly accessKeyId: Secret;
      readonly secretAccessKey: Secret;
      readonly sessionToken: Secret | undefined;
    }
  /** A profile of AWS's shared files. */
  | { readonly kind: 'profile'; readonly profile: string }
  /** The role of the EC2 instance. */
  | { readonly kind: 'instance' }
  /** The whole chain of the AWS SDK. */
  | { readonly kind: 'default' }
  /** A SAML plugin, or the caller's own. */
  | { readonly kind: 'provider'; readonly provider: ProviderChoice };

/** What was given as `credentialsProvider`. */
export type ProviderChoice =
  | {
      readonly kind: 'named';
      /** As it was written, for `plugin_name`. */
      readonly name: string;
      /** The name without the package in front: one of ours, or one that was registered. */
      readonly plugin: ProviderName | (string & {});
      readonly options: PluginOptions;
    }
  /** A function or an object; whoever calls it knows its shape. */
  | { readonly kind: 'own'; readonly provider: object; readonly options: PluginOptions };

/** How identity providers, AWS and people are talked to while logging in. */
export interface FlowConfig {
  readonly proxy: Secret | undefined;
  /** A path or PEM text, as given. */
  readonly httpsCa: string | undefined;
  readonly sslInsecure: boolean;
  /** For `HTTPS_PROXY` and `NO_PROXY`. A function, since the environment holds secrets and a Config can be printed. */
  readonly env: () => Readonly<Record<string, string | undefined>>;
  /** Seconds for an identity provider's login. */
  readonly authTimeout: number;
  readonly openBrowser: ((url: string) => unknown) | undefined;
  /** `off`: nothing is kept; `process`: in memory; else the object given as `credentialsCache`. */
  readonly cache: 'off' | 'process' | object;
}

/** Which cluster or workgroup, and as whom. */
export interface IamConfig {
  /** As given; what is missing has to be looked up. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** `customDomain`: the host is a name that AWS has to be asked about. */
  readonly target:
    | {
        readonly kind: 'provisioned';
        readonly cluster: string | undefined;
        readonly customDomain: boolean;
      }
    | {
        readonly kind: 'serverless';
        readonly workgroup: string | undefined;
        readonly account: string | undefined;
        readonly customDomain: boolean;
      };
  /** The option's, else the host's. */
  readonly region: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly stsEndpointUrl: string | undefined;
  readonly database: string;
  readonly dbUser: string | undefined;
  /** Lower-cased where `forceLowercase` is true; empty when none were given. */
  readonly dbGroups: readonly string[];
  readonly dbGroupsFilter: string | undefined;
  /** Undefined: not said, so an assertion may say it. */
  readonly autoCreate: boolean | undefined;
  readonly forceLowercase: boolean | undefined;
  readonly allowDbUserOverride: boolean | undefined;
  /** Seconds, 900 to 3600. */
  readonly duration: number | undefined;
  readonly groupFederation: boolean;
}
