/**
 * The options of the local Redshift that say whom it believes: identity providers, and temporary users of the AWS API. It
 * reads values and asks nobody; no password, key or token enters an error.
 */
import type { JsonWebKey } from 'node:crypto';
import { ArgumentError } from '../errors.js';
import { isObject, OptionReader } from './options-reader.js';
import { type FindTemporaryUsers, isTemporaryName, type TemporaryUser } from './login/temporary.js';
import {
  type AskedProvider,
  readKey,
  type ProviderKey,
  type ProviderSettings,
  type SigningProvider,
  type VerifyToken,
} from './login/token.js';

/** Which tokens a provider vouches for, and what becomes of their users. */
interface LocalTokens {
  /** Put before the name: `namespace:name`. */
  readonly namespace?: string;
  /** Users that are not there yet are made when they log in, and their groups too; default true. */
  readonly autoCreate?: boolean;
  /** What clients have to announce as `idp_type`: `AzureAD` for the JWT plugins, `AwsIdc` for Identity Center; any when left out. */
  readonly type?: 'AzureAD' | 'AwsIdc' | 'Okta';
  /** What clients that say a `providerName` have to say; any when left out. */
  readonly name?: string;
}

/** Whose signed identity tokens (JSON Web Tokens) the local Redshift takes. */
export interface LocalIdentityProvider extends LocalTokens {
  /** What the claim `iss` has to be. */
  readonly issuer: string;
  /** What the claim `aud` has to be or to hold; any when left out. */
  readonly audience?: string | readonly string[];
  /** The public keys, as JSON Web Keys: a list, or a key set as it is (`{ keys: [...] }`). RSA and EC (P-256, P-384). */
  readonly keys: readonly JsonWebKey[] | { readonly keys: readonly JsonWebKey[] };
  /** The claim with the user's name; default: the first of preferred_username, upn, unique_name, email, sub. */
  readonly userClaim?: string;
  /** The claim with the user's groups; default `groups`. */
  readonly groupsClaim?: string;
}

/** Who gives out tokens that say nothing themselves, such as those of IAM Identity Center, and can be asked about them. */
export interface LocalTokenIssuer extends LocalTokens {
  /** Asked at each login: who the token stands for; undefined for a token that it does not know. */
  readonly verify: (token: string) => LocalTokenUser | undefined | Promise<LocalTokenUser | undefined>;
}

/** Who a token stands for. */
export interface LocalTokenUser {
  readonly user: string;
  readonly groups?: readonly string[];
  /** Default: it does not end. */
  readonly validUntil?: Date;
}

/**
 * A temporary user, as the AWS API hands one out: GetClusterCredentials, GetClusterCredentialsWithIAM, and GetCredentials of
 * Redshift Serverless.
 */
export interface LocalTemporaryUser {
  /** The name with its prefix: `IAM:name`, `IAMA:name` (with AutoCreate) or `IAMR:role`. */
  readonly user: string;
  /** Asked for in clear text, and over encrypted connections only. */
  readonly password: string;
  /** From then on a login is refused with "IAM Authentication token has expired". */
  readonly validUntil: Date;
  /** Groups to join, which have to be there (DbGroups). */
  readonly groups?: readonly string[];
  /** The only database to log in to (DbName); default: any. */
  readonly database?: string | undefined;
  /** Whose session it becomes; default: the name behind `IAM:` or `IAMA:`, and the whole name with `IAMR:`. */
  readonly databaseUser?: string;
  /** Make the database user, with its password disabled, if it is not there; default: not for `IAM:`. */
  readonly autoCreate?: boolean;
}

/** A list, or a function that is asked at each login with a name that begins with `IAM:`, `IAMA:` or `IAMR:`. */
export type LocalTemporaryUsers =
  readonly LocalTemporaryUser[] | ((user: string) => TemporaryUserAnswer | Promise<TemporaryUserAnswer>);
type TemporaryUserAnswer = LocalTemporaryUser | readonly LocalTemporaryUser[] | undefined;

const userClaims = ['preferred_username', 'upn', 'unique_name', 'email', 'sub'] as const;
const idpTypes = ['AzureAD', 'AwsIdc', 'Okta'] as const;

/** One provider or a list of them. */
export function readProviders(reader: OptionReader): readonly ProviderSettings[] {
  const given = reader.get('identityProvider');
  if (given === undefined) return [];
  const list = Array.isArray(given) ? (given as readonly unknown[]) : [given];
  return list.flatMap((one, at) => {
    const path = Array.isArray(given) ? `identityProvider[${String(at)}]` : 'identityProvider';
    if (isObject(one)) return [readProvider(reader, one, path)];
    reader.wrong(path, 'must be an object with issuer and keys, or with verify');
    return [];
  });
}

function readProvider(
  reader: OptionReader,
  given: Readonly<Record<string, unknown>>,
  path: string,
): ProviderSettings {
  if ('verify' in given) return readIssuer(reader.inside(given, path, ['verify', ...tokenOptions]));
  const inner = reader.inside(given, path, [
    ...(['issuer', 'audience', 'keys', 'userClaim', 'groupsClaim'] satisfies (keyof LocalIdentityProvider)[]),
    ...tokenOptions,
  ]);
  const issuer = inner.text('issuer');
  if (issuer === undefined) inner.wrong('issuer', 'is missing');
  const claim = inner.text('userClaim');
  const audience = inner.get('audience');
  const signing: SigningProvider = {
    kind: 'signing',
    issuer: issuer ?? '',
    audiences: typeof audience === 'string' ? [audience] : (inner.texts('audience') ?? []),
    keys: readKeys(inner),
    userClaims: claim === undefined ? userClaims : [claim],
    groupsClaim: inner.text('groupsClaim') ?? 'groups',
    ...readTokens(inner),
  };
  return signing;
}

const tokenOptions = ['namespace', 'autoCreate', 'type', 'name'] as const satisfies (keyof LocalTokens)[];

function readTokens(reader: OptionReader): Pick<ProviderSettings, keyof LocalTokens> {
  return {
    namespace: reader.text('namespace'),
    autoCreate: reader.boolean('autoCreate') ?? true,
    type: reader.oneOf('type', idpTypes),
    name: reader.text('name'),
  };
}

function readIssuer(reader: OptionReader): AskedProvider {
  const given = reader.function('verify') as LocalTokenIssuer['verify'] | undefined;
  const verify: VerifyToken = async (token) => {
    const user: unknown = await given?.(token);
    if (user === undefined || user === null) return undefined;
    const answer = new OptionReader(isObject(user) ? user : {}, 'identityProvider.verify()');
    const name = answer.text('user');
    if (name === undefined) answer.wrong('user', 'is missing');
    const end = answer.get('validUntil');
    const validUntil = end === undefined ? Infinity : end instanceof Date ? end.getTime() : Number.NaN;
    if (Number.isNaN(validUntil)) answer.wrong('validUntil', 'must be a Date');
    const groups = answer.texts('groups') ?? [];
    answer.finish();
    return { user: name ?? '', groups, validUntil };
  };
  return { kind: 'asked', verify, ...readTokens(reader) };
}

function readKeys(reader: OptionReader): readonly ProviderKey[] {
  const given = reader.get('keys');
  const list: unknown = isObject(given) ? given['keys'] : given;
  if (!Array.isArray(list) || list.length === 0) {
    reader.wrong('keys', 'must be a list of at least one JSON Web Key, or a key set');
    return [];
  }
  return list.flatMap((jwk: unknown, at) => {
    try {
      return [readKey(jwk as JsonWebKey)];
    } catch {
      // What the key holds stays out of the error: it may be a private one.
      reader.wrong(`keys[${String(at)}]`, 'is no RSA or EC public key in the form of a JSON Web Key');
      return [];
    }
  });
}

/** A list is read at once, what the function gives when it gives it. */
export function readTemporaryUsers(reader: OptionReader): FindTemporaryUsers | undefined {
  const given = reader.get('temporaryUsers');
  if (given === undefined) return undefined;
  if (typeof given === 'function') {
    const ask = given as Extract<LocalTemporaryUsers, (user: string) => unknown>;
    return async (name) => handedOut(await ask(name)).filter((one) => one.name === name);
  }
  if (!Array.isArray(given)) {
    reader.wrong('temporaryUsers', 'must be a list of temporary users, or a function that gives them');
    return undefined;
  }
  const list = given.map((one: unknown, at) =>
    readTemporaryUser(reader, one, `temporaryUsers[${String(at)}]`, temporaryOptions),
  );
  return (name) => Promise.resolve(list.filter((one) => one.name === name));
}

/**
 * What a function gives may hold more than is asked for here: it is the record of some service.
 *
 * @throws ArgumentError for an answer that is none
 */
function handedOut(answer: unknown): readonly TemporaryUser[] {
  if (answer === undefined || answer === null) return [];
  const problems = new OptionReader({}, '');
  const list = Array.isArray(answer) ? (answer as readonly unknown[]) : [answer];
  const users = list.map((one) => readTemporaryUser(problems, one, 'temporaryUsers()', undefined));
  problems.finish();
  return users;
}

const temporaryOptions = [
  'user',
  'password',
  'validUntil',
  'groups',
  'database',
  'databaseUser',
  'autoCreate',
] as const satisfies (keyof LocalTemporaryUser)[];

function readTemporaryUser(
  reader: OptionReader,
  value: unknown,
  path: string,
  known: readonly string[] | undefined,
): TemporaryUser {
  if (!isObject(value)) reader.wrong(path, 'must be an object with user, password and validUntil');
  const inner = reader.inside(isObject(value) ? value : {}, path, known);
  const name = inner.text('user') ?? '';
  const password = inner.text('password');
  const validUntil = inner.get('validUntil');
  const end = validUntil instanceof Date ? validUntil.getTime() : Number.NaN;
  if (isObject(value)) {
    if (!isTemporaryName(name)) {
      inner.wrong('user', 'must be a name behind IAM:, IAMA: or IAMR:, as the AWS API returns it');
    }
    if (password === undefined) inner.wrong('password', 'is missing');
    if (Number.isNaN(end)) inner.wrong('validUntil', 'must be a Date');
  }
  return {
    name,
    password: password ?? '',
    validUntil: end,
    groups: inner.texts('groups') ?? [],
    database: inner.text('database'),
    databaseUser: inner.text('databaseUser') ?? name.replace(/^IAMA?:/, ''),
    autoCreate: inner.boolean('autoCreate') ?? !name.startsWith('IAM:'),
  };
}

/** @throws ArgumentError when the clock that was given tells no time */
export function readClock(reader: OptionReader): (() => number) | undefined {
  const given = reader.function('now') as (() => unknown) | undefined;
  if (given === undefined) return undefined;
  return () => {
    const time = given();
    if (typeof time === 'number' && Number.isFinite(time)) return time;
    throw new ArgumentError('Option now: has to give milliseconds since 1970');
  };
}
