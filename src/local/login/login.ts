/**
 * The server's half of a login, from a read startup packet to AuthenticationOk. It decides who may come in; what it needs
 * to know of users and databases it asks of its context. A password or token never reaches a message or an error.
 */
import { answer, type LoginPeer, type PasswordMethod, prove } from './proof.js';
import { LoginRefused } from './refused.js';
import { nobody, readVerifier, type Verifier } from './verifier.js';
import type { AnnouncedToken, StartupParameters } from './startup-parameters.js';
import { type FindTemporaryUsers, isTemporaryName, proveTemporary } from './temporary.js';
import { providerFor, refused, verifyToken, type ProviderSettings } from './token.js';
import type { UsedTokens } from './used-tokens.js';

/** A database user as it is stored. */
export interface StoredUser {
  readonly name: string;
  /** `md5…` or `sha256|digest|salt`; null: the password is disabled. */
  readonly verifier: string | null;
  /** The password itself, where CREATE USER was given it. */
  readonly password: string | null;
  readonly superuser: boolean;
  /** VALID UNTIL has passed. */
  readonly expired: boolean;
  /** CONNECTION LIMIT; null: none. */
  readonly connectionLimit: number | null;
}

/** What the options of the local Redshift say of logins. */
export interface LoginSettings {
  readonly auth: (typeof authMethods)[number];
  readonly ssl: 'allowed' | 'required' | 'off';
  readonly identityProviders: readonly ProviderSettings[];
  /** Undefined: names of temporary users are names like any other. */
  readonly temporaryUsers?: FindTemporaryUsers | undefined;
  /** Milliseconds since 1970, for what expires; default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Told of each login, with the reason for a refusal that the client is not told. */
  readonly log?: ((line: string) => void) | undefined;
}

export const authMethods = ['auto', 'trust', 'clear', 'md5', 'sha256', 'scram', 'token'] as const;

export interface LoginContext {
  readonly settings: LoginSettings;
  /** The connection is encrypted. */
  readonly encrypted: boolean;
  /** The client's address, for errors. */
  readonly clientAddress: string;
  findUser(name: string): Promise<StoredUser | undefined>;
  /** Makes the user that a token or AWS stands for if there is none, and puts it into the groups, which are made too. */
  provideUser(name: string, groups: readonly string[]): Promise<void>;
  groupExists(name: string): Promise<boolean>;
  /** Undefined: tokens are taken any number of times. */
  readonly usedTokens?: UsedTokens | undefined;
  databaseExists(name: string): Promise<boolean>;
  /** Sessions that this user has now, without this one. */
  countSessions(name: string): number;
}

export interface LoggedIn {
  readonly user: string;
  readonly superuser: boolean;
  readonly database: string;
  /** `iam`: the temporary password of an AWS API. */
  readonly method: 'trust' | 'clear' | 'md5' | 'sha256' | 'scram' | 'token' | 'iam';
}

/**
 * Asks for what the settings and the user's password demand, and checks the answer. Resolves behind AuthenticationOk,
 * once the database and the user's connection limit were looked at.
 *
 * @throws LoginRefused with what the client is to be told; the caller sends its `response` and hangs up
 */
export async function logIn(
  startup: StartupParameters,
  peer: LoginPeer,
  context: LoginContext,
): Promise<LoggedIn> {
  const client = startup.driverVersion ?? startup.applicationName ?? 'a client';
  try {
    const login = await decide(startup, peer, context);
    tell(
      context,
      `${quoted(login.user)} logged in to ${quoted(login.database)} (${login.method}, ${client})`,
    );
    return login;
  } catch (error) {
    if (error instanceof LoginRefused) {
      tell(
        context,
        `${client} was refused: ${error.message}${error.reason === undefined ? '' : ` (${error.reason})`}`,
      );
    }
    throw error;
  }
}

/** One line: names come from the client, and may hold anything. */
function tell({ settings }: LoginContext, line: string): void {
  try {
    settings.log?.(line.replace(/\p{Cc}+/gu, ' '));
  } catch {
    // The log is the caller's; that it fails is no reason to refuse a login.
  }
}

const quoted = (name: string): string => `"${name}"`;

async function decide(startup: StartupParameters, peer: LoginPeer, context: LoginContext): Promise<LoggedIn> {
  if (context.settings.ssl === 'required' && !context.encrypted) {
    const { user, database } = startup;
    // Redshift's own words with require_ssl on, though it has no such file.
    throw new LoginRefused(
      '28000',
      `no pg_hba.conf entry for host "${context.clientAddress}", user "${user}", database "${database}", SSL off`,
    );
  }
  const { user, method } =
    startup.token === undefined
      ? await withPassword(startup, peer, context)
      : await withToken(startup.token, peer, context);
  peer.send({ type: 'AuthenticationOk' });
  const database = startup.database === '' ? user.name : startup.database;
  if (!(await context.databaseExists(database))) {
    throw new LoginRefused('3D000', `database "${database}" does not exist`);
  }
  // AWS manual, CREATE USER: the limit is not enforced for superusers.
  const { connectionLimit } = user;
  if (!user.superuser && connectionLimit !== null && context.countSessions(user.name) >= connectionLimit) {
    throw new LoginRefused('53300', `too many connections for user "${user.name}"`);
  }
  return { user: user.name, superuser: user.superuser, database, method };
}

interface Proven {
  readonly user: StoredUser;
  readonly method: LoggedIn['method'];
}

async function withPassword(
  startup: StartupParameters,
  peer: LoginPeer,
  context: LoginContext,
): Promise<Proven> {
  const { user: name, redshiftClient } = startup;
  const { auth, temporaryUsers } = context.settings;
  if (temporaryUsers !== undefined && auth !== 'token' && isTemporaryName(name)) {
    return withTemporary(startup, temporaryUsers, peer, context);
  }
  const user = await context.findUser(name);
  if (auth === 'trust') {
    if (user === undefined) throw new LoginRefused('28000', `user "${name}" does not exist`);
    return { user, method: 'trust' };
  }
  if (auth === 'token') {
    throw new LoginRefused(
      '28000',
      `password authentication failed for user "${name}"`,
      'The local Redshift was started with auth "token" and takes identity tokens only.',
    );
  }
  const verifier = user === undefined ? nobody() : readVerifier(user.verifier, user.password);
  const method = auth === 'auto' ? methodFor(verifier, redshiftClient) : auth;
  const proven = await prove(method, name, verifier, peer);
  if (user === undefined) throw failed(name, 'there is no such user');
  if (!proven) throw failed(name, whyNot(verifier, method));
  if (user.expired) throw failed(name, 'the password is right, but VALID UNTIL has passed');
  return { user, method };
}

/** What a stored form can answer; where all can be asked, what the client surely knows. */
function methodFor(verifier: Verifier, redshiftClient: boolean): PasswordMethod {
  switch (verifier.kind) {
    case 'md5':
      return 'md5';
    case 'sha256':
      return 'sha256';
    case 'clear':
    case 'disabled':
      return redshiftClient ? 'sha256' : 'md5';
  }
}

/** Asked for in clear text whatever `auth` says: nothing else could be answered to by a server that AWS told the password. */
async function withTemporary(
  { user: name, database }: StartupParameters,
  find: FindTemporaryUsers,
  peer: LoginPeer,
  context: LoginContext,
): Promise<Proven> {
  const now = (context.settings.now ?? Date.now)();
  const { encrypted } = context;
  const proven = await proveTemporary(name, await find(name), peer, { encrypted, now });
  const { databaseUser, groups, autoCreate } = proven;
  if (proven.database !== undefined && proven.database !== (database === '' ? databaseUser : database)) {
    throw failed(name, `these credentials are for the database "${proven.database}"`);
  }
  if (!autoCreate && (await context.findUser(databaseUser)) === undefined) {
    throw new LoginRefused('28000', `user "${databaseUser}" does not exist`);
  }
  // Amazon Redshift API reference, GetClusterCredentials: DbGroups names existing groups.
  for (const group of groups) {
    if (!(await context.groupExists(group)))
      throw new LoginRefused('42704', `group "${group}" does not exist`);
  }
  await context.provideUser(databaseUser, groups);
  const user = await context.findUser(databaseUser);
  if (user === undefined) throw new LoginRefused('28000', `user "${databaseUser}" does not exist`);
  return { user, method: 'iam' };
}

/** The token alone says who it is; a user in the startup packet is passed over. */
async function withToken(announced: AnnouncedToken, peer: LoginPeer, context: LoginContext): Promise<Proven> {
  const { identityProviders, now = Date.now } = context.settings;
  if (identityProviders.length === 0) {
    throw new LoginRefused(
      '28000',
      'authentication with an identity token failed',
      'The local Redshift was started without the option identityProvider.',
    );
  }
  peer.send({ type: 'AuthenticationIdpToken' });
  const { token } = await answer(peer, 'IdpTokenMessage', {});
  const provider = providerFor(token, announced, identityProviders);
  const time = now();
  const identity = await verifyToken(token, provider, time);
  const { id, end } = identity;
  if (announced.tokenType === 'EXT_JWT' && id !== undefined && provider.kind === 'signing') {
    const first = context.usedTokens?.take(provider.issuer, id, end, time) ?? true;
    if (!first) throw refused('it was used before; an EXT_JWT with a jti is taken once');
  }
  if (provider.autoCreate) await context.provideUser(identity.user, identity.groups);
  const user = await context.findUser(identity.user);
  if (user === undefined) throw new LoginRefused('28000', `user "${identity.user}" does not exist`);
  return { user, method: 'token' };
}

/** The same words for a wrong password, an unknown user, a disabled or expired password. */
function failed(user: string, reason: string): LoginRefused {
  return new LoginRefused('28000', `password authentication failed for user "${user}"`, undefined, reason);
}

function whyNot(verifier: Verifier, method: PasswordMethod): string {
  if (verifier.kind === 'disabled') return 'the user has no password';
  const provable = verifier.kind === 'clear' || method === 'clear' || method === verifier.kind;
  return provable
    ? 'the password is wrong'
    : `the ${verifier.kind} hash of the password cannot answer ${method}`;
}
