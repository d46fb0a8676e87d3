/** What the steps of a login hand to each other, and what comes out of it. Types only. */
import type { Logger } from '../trace.js';
import type { CredentialsCache } from './cache.js';
import type { Login } from './credentials.js';
import type { Flow } from './flow.js';
import type * as Iam from './iam.js';

/** What a connection is opened with. */
export interface Resolved {
  readonly login: Login;
  /** Only of a login that was kept from an earlier one: when the server refuses it, a newer one may be let in. */
  readonly forget?: () => Promise<void>;
  /** Where AWS says that the cluster or workgroup is, where no host was given. `forget`: nobody answers there. */
  readonly address?: {
    readonly host: string;
    readonly port: number;
    readonly forget: () => Promise<void>;
  };
}

export interface ResolveSettings {
  /** The caller's, and the clock of the connect where that runs. */
  readonly signal: AbortSignal;
  readonly logger?: Logger | undefined;
  /** For tests: default that of this process. */
  readonly cache?: CredentialsCache | undefined;
  /** For tests: default ./iam.js. */
  readonly iam?: (() => Promise<IamSteps>) | undefined;
}

export type ProfileSettings = Pick<ResolveSettings, 'signal' | 'logger' | 'cache'>;

/** What a login is made with. */
export interface LoginParts {
  readonly flow: Flow;
  readonly cache: CredentialsCache;
  readonly signal: AbortSignal;
}

/** The AWS half, loaded on first use. */
export type IamSteps = Pick<
  typeof Iam,
  'regionOf' | 'awsKeys' | 'findEndpoint' | 'iamKeyParts' | 'databaseLogin'
>;
