/**
 * Identity tokens: a JSON Web Token (RFC 7519) is checked against the keys of an identity provider (RFC 7517) and says who
 * comes. It fetches nothing; keys and rules are configured. A token never enters an error.
 */
import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { LoginRefused } from './refused.js';

/** How a token is signed: RSA or ECDSA with SHA-256 and up (RFC 7518, section 3); never without a signature, never with a shared secret. */
const algorithms = {
  RS256: { hash: 'sha256', type: 'rsa', curve: undefined },
  RS384: { hash: 'sha384', type: 'rsa', curve: undefined },
  RS512: { hash: 'sha512', type: 'rsa', curve: undefined },
  ES256: { hash: 'sha256', type: 'ec', curve: 'prime256v1' },
  ES384: { hash: 'sha384', type: 'ec', curve: 'secp384r1' },
} as const;

/** A public key of an identity provider. */
export interface ProviderKey {
  /** `kid`; a token that names none may be signed by any of the keys. */
  readonly id: string | undefined;
  readonly key: KeyObject;
}

/** Which tokens a provider vouches for, and what becomes of their users. */
interface CommonSettings {
  /** Users are called `namespace:name`, as CREATE IDENTITY PROVIDER … NAMESPACE makes them. */
  readonly namespace: string | undefined;
  readonly autoCreate: boolean;
  /** The `idp_type` that a client has to announce; undefined: any. */
  readonly type: string | undefined;
  /** The `provider_name` that a client may announce; undefined: any. */
  readonly name: string | undefined;
}

/** Who a token stands for, said by whoever gave it out; undefined: nobody. */
export type VerifyToken = (token: string) => Promise<
  | {
      readonly user: string;
      readonly groups: readonly string[];
      /** Milliseconds since 1970; Infinity: it does not end. */
      readonly validUntil: number;
    }
  | undefined
>;

/** Tokens that say nothing themselves: somebody has to be asked. */
export interface AskedProvider extends CommonSettings {
  readonly kind: 'asked';
  readonly verify: VerifyToken;
}

/** Signed tokens: whose are taken, and how they name a user. */
export interface SigningProvider extends CommonSettings {
  readonly kind: 'signing';
  readonly issuer: string;
  /** One of these has to be among the token's; empty: any audience will do. */
  readonly audiences: readonly string[];
  readonly keys: readonly ProviderKey[];
  /** Claims that may hold the user's name, the first that does counts. */
  readonly userClaims: readonly string[];
  readonly groupsClaim: string;
}

export type ProviderSettings = SigningProvider | AskedProvider;

/** Who a token stands for. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
  /** `jti`, if there is one. */
  readonly id: string | undefined;
  /** When the token can be used no more, in milliseconds since 1970; the tolerance of clocks is in it. */
  readonly end: number;
}

/** Clocks of two machines differ by less than this, in seconds. */
const clockTolerance = 60;
/** A token of an identity provider has a few thousand bytes. */
const longest = 65_536;

/** Reads one key of a JWKS. @throws TypeError and the like for what is no RSA or EC public key */
export function readKey(jwk: JsonWebKey): ProviderKey {
  // Only what makes a public key: a private one that was given by mistake is not kept.
  const { kty, n, e, crv, x, y } = jwk;
  const key = createPublicKey({ key: { kty, n, e, crv, x, y } as JsonWebKey, format: 'jwk' });
  const id = (jwk as { readonly kid?: unknown }).kid;
  return { id: typeof id === 'string' ? id : undefined, key };
}

/**
 * The provider that has to vouch for a token: one of those that the announcement fits, chosen by the issuer that the token
 * claims, which its signature then has to prove. A token that claims none is for the provider that is asked.
 *
 * @throws LoginRefused (28000) when the announcement fits none
 */
export function providerFor(
  token: string,
  announced: { readonly idpType: string; readonly providerName: string | undefined },
  providers: readonly ProviderSettings[],
): ProviderSettings {
  const { idpType, providerName } = announced;
  const fitting = providers.filter(
    ({ type, name }) =>
      (type === undefined || type === idpType) &&
      (name === undefined || providerName === undefined || name === providerName),
  );
  const [first, second] = fitting;
  if (first === undefined) {
    throw refused(
      `there is no identity provider of type "${idpType}"${providerName === undefined ? '' : ` called "${providerName}"`}`,
    );
  }
  if (second === undefined) return first;
  const [, body = ''] = token.length > longest ? [] : token.split('.');
  const issuer = parse(body)?.['iss'];
  return (
    fitting.find((one) => one.kind === 'signing' && one.issuer === issuer) ??
    fitting.find(({ kind }) => kind === 'asked') ??
    first
  );
}

/**
 * @param now milliseconds since 1970
 * @throws LoginRefused (28000) that says what is wrong with the token, never the token
 */
export async function verifyToken(token: string, provider: ProviderSettings, now: number): Promise<Identity> {
  if (provider.kind === 'signing') return readToken(token, provider, now);
  if (token.length > longest) throw refused('it is too long');
  const known = await provider.verify(token);
  if (known === undefined) throw refused('it is not known');
  if (known.validUntil <= now) throw refused('it has expired');
  return {
    user: namedIn(provider, known.user),
    groups: known.groups,
    id: undefined,
    end: known.validUntil,
  };
}

/**
 * A signed token.
 *
 * @param now milliseconds since 1970
 * @throws LoginRefused (28000) that says what is wrong with the token, never the token
 */
export function readToken(token: string, provider: SigningProvider, now: number): Identity {
  const claims = verified(token, provider);
  const seconds = now / 1000;
  if (claims['iss'] !== provider.issuer) throw refused('it has another issuer');
  const expires = claims['exp'];
  if (typeof expires !== 'number') throw refused('it does not say when it expires');
  if (expires + clockTolerance <= seconds) throw refused('it has expired');
  const begins = claims['nbf'];
  if (begins !== undefined && !(typeof begins === 'number' && begins - clockTolerance <= seconds)) {
    throw refused('it is not valid yet');
  }
  const audience = claims['aud'];
  const audiences: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
  if (provider.audiences.length > 0 && !provider.audiences.some((one) => audiences.includes(one))) {
    throw refused('it is meant for another audience');
  }
  const id = claims['jti'];
  return {
    ...identityOf(claims, provider),
    id: typeof id === 'string' ? id : undefined,
    end: (expires + clockTolerance) * 1000,
  };
}

type Claims = Readonly<Record<string, unknown>>;

function verified(token: string, { keys }: SigningProvider): Claims {
  if (token.length > longest) throw refused('it is too long');
  const [, head = '', body = '', signature = ''] =
    /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(token) ?? [];
  const header = parse(head);
  const claims = parse(body);
  if (header === undefined || claims === undefined) throw refused('it is no JSON Web Token');
  const { alg, kid } = header as { readonly alg?: unknown; readonly kid?: unknown };
  const algorithm =
    typeof alg === 'string' && Object.hasOwn(algorithms, alg)
      ? algorithms[alg as keyof typeof algorithms]
      : undefined;
  if (algorithm === undefined) {
    throw refused(`its algorithm is none of ${Object.keys(algorithms).join(', ')}`);
  }
  // RFC 7515, section 4.1.11: what must be understood and is not makes the token invalid.
  if ('crit' in header) throw refused('it demands extensions that are not known');
  // The key's own kind decides, so that no token can have an RSA key read as something else.
  const fitting = keys.filter(
    ({ id, key }) =>
      key.asymmetricKeyType === algorithm.type &&
      key.asymmetricKeyDetails?.namedCurve === algorithm.curve &&
      (kid === undefined || id === undefined || id === kid),
  );
  if (fitting.length === 0) throw refused('it is signed with a key that is not configured');
  const signed = Buffer.from(`${head}.${body}`, 'latin1');
  const bytes = Buffer.from(signature, 'base64url');
  const genuine = fitting.some(({ key }) =>
    verify(algorithm.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, bytes),
  );
  if (!genuine) throw refused('its signature is wrong');
  return claims;
}

function parse(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined;
  } catch {
    return undefined;
  }
}

function identityOf(claims: Claims, provider: SigningProvider): Pick<Identity, 'user' | 'groups'> {
  const name = provider.userClaims
    .map((claim) => (Object.hasOwn(claims, claim) ? claims[claim] : undefined))
    .find((value): value is string => typeof value === 'string' && value !== '');
  // The name goes into a startup packet for the engine, where a NUL would end it.
  if (name === undefined || name.includes('\0')) {
    throw refused(`it names no user in ${provider.userClaims.join(', ')}`);
  }
  const groups = Object.hasOwn(claims, provider.groupsClaim) ? claims[provider.groupsClaim] : undefined;
  return {
    user: namedIn(provider, name),
    groups: Array.isArray(groups) ? groups.filter((group): group is string => typeof group === 'string') : [],
  };
}

function namedIn({ namespace }: CommonSettings, name: string): string {
  return namespace === undefined ? name : `${namespace}:${name}`;
}

export function refused(why: string): LoginRefused {
  return new LoginRefused('28000', `authentication with an identity token failed: ${why}`);
}
