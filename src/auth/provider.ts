/**
 * What proves who somebody is, and whoever can give it: the shape of a credentials provider, ours and anybody's own.
 * Values and interfaces only; nothing here talks to anybody.
 */
import type { AwsAgents, AwsKeys } from '../aws/clients.js';
import type { HttpRequest, HttpResponse } from '../aws/http.js';
import type { PluginOptionName, PluginOptions } from '../config/plugin-options.js';
import type { ProviderName } from '../config/provider-types.js';

export type { AwsKeys, HttpRequest, HttpResponse, PluginOptions };

// What a provider may ask of the client in src/aws/http.ts, which keeps proxy and certificates to itself; as interfaces, so
// that the test of a provider can hand in its own.

/** One conversation with an identity provider: it keeps cookies and follows redirects, over https only. */
export interface HttpSession {
  /** Every HTTP status is an answer; rejects where there is none, and with the signal's reason. */
  request(request: HttpRequest): Promise<HttpResponse>;
}

/** The HTTPS client of one login, with its proxy and certificates. */
export interface HttpClient extends AwsAgents {
  session(): HttpSession;
}

/**
 * What a SAML assertion says beside the role (the attributes `https://redshift.amazon.com/SAML/Attributes/…`), as it
 * says it; undefined where it says nothing.
 */
export interface AssertedUser {
  readonly dbUser?: string | undefined;
  readonly dbGroups?: readonly string[] | undefined;
  readonly autoCreate?: boolean | undefined;
  /** The assertion's user wins over the option `dbUser`. */
  readonly allowDbUserOverride?: boolean | undefined;
  readonly forceLowercase?: boolean | undefined;
}

/** What a provider gives: AWS keys (for `iam: true`), an identity token, or a database password. */
export type ProvidedCredentials =
  | { readonly kind: 'aws'; readonly keys: AwsKeys; readonly asserted?: AssertedUser | undefined }
  | {
      readonly kind: 'token';
      readonly token: string;
      /** `ACCESS_TOKEN`, `EXT_JWT` …; undefined: a token that has none (a JSON Web Token of a native identity provider). */
      readonly tokenType?: string | undefined;
      readonly expiration?: Date | undefined;
    }
  | {
      readonly kind: 'password';
      /** Undefined: the option `user`. */
      readonly user?: string | undefined;
      readonly password: string;
      readonly expiration?: Date | undefined;
    };

/** What a provider is given when it is asked, once a login. */
export interface ProviderContext {
  /** The provider's name, for errors and logs. */
  readonly plugin: string;
  /** The options by camelCase name; secrets are `Secret`s, whose `read()` gives the text. What is required is there. */
  readonly options: PluginOptions;
  /** One HTTPS client with the login's proxy and certificates. */
  readonly http: HttpClient;
  /** Aborts when the login is given up or `authTimeout` is over; every wait has to end with it. */
  readonly signal: AbortSignal;
  /**
   * Opens a page: in the user's browser, or by the option `openBrowser`.
   *
   * @param answersAt the address of this machine where the answer is awaited, for the error when none comes
   */
  readonly openBrowser: (url: string, answersAt?: string) => Promise<void>;
  /** One line for the logger; never a secret. */
  readonly log: (level: 'debug' | 'info' | 'warn', line: string) => void;
  /**
   * Never there. The AWS SDK's credential providers look for it in what they are given, and TypeScript takes them for
   * functions of this context only where it names something that they know.
   */
  readonly callerClientConfig?: never;
}

/** A way to log in through an identity provider. */
export interface Plugin {
  /** Its row in src/config/providers.ts says which options it takes: that table is what is checked before it is asked. */
  readonly name: ProviderName;
  /**
   * Whether what it gives may serve several connections until its `expiration`. If not, it is asked for every
   * connection, and two that are opened at once never share an answer (Identity Center takes an external token once).
   */
  readonly reusable: boolean;
  /** @throws AuthenticationError that says what went wrong where, and what to do */
  get(context: ProviderContext): Promise<ProvidedCredentials>;
}

/** What a provider of one's own may give: the same, or plainly AWS keys as the AWS SDK's credential providers do. */
export type OwnCredentials = ProvidedCredentials | AwsKeys;

/**
 * A provider of one's own, as the option `credentialsProvider` or under a name (`registerCredentialsProvider`).
 *
 * @example
 * const vault: CredentialsProvider = {
 *   name: 'Vault',
 *   get: async ({ signal }) => ({ kind: 'password', user: 'app', password: await readSecret('redshift', signal) }),
 * };
 * const conn = await connect({ host, database: 'dev', credentialsProvider: vault });
 */
export interface CredentialsProvider {
  /** For errors, logs and the server (`plugin_name`). */
  readonly name?: string | undefined;
  /** Options that must have been given; the error names those that were not. */
  readonly required?: readonly PluginOptionName[] | undefined;
  readonly optional?: readonly PluginOptionName[] | undefined;
  /** As `Plugin.reusable`; needs an `expiration` in what it gives. Default false: asked for every connection. */
  readonly reusable?: boolean | undefined;
  get(context: ProviderContext): OwnCredentials | Promise<OwnCredentials>;
}

/** The same as a function; credential providers of the AWS SDK (`fromNodeProviderChain()`) are such functions. */
export type CredentialsFunction = (context: ProviderContext) => OwnCredentials | Promise<OwnCredentials>;
