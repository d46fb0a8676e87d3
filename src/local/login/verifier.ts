/**
 * What the server keeps of a password, and whether a client's proof fits it. Comparisons take the same time whatever
 * they compare; nothing here puts a password into an error.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { md5Password } from '../../protocol/digest.js';

/** What a user can be asked for (AWS manual, CREATE USER: the forms of a password). */
export type Verifier =
  | { readonly kind: 'clear'; readonly password: string }
  /** `hash` is 32 hex digits: MD5(password user). */
  | { readonly kind: 'md5'; readonly hash: string }
  /** `digest` is SHA-256(password salt). */
  | { readonly kind: 'sha256'; readonly digest: Uint8Array; readonly salt: Uint8Array }
  /** Nobody logs in with a password. */
  | { readonly kind: 'disabled' };

/**
 * @param verifier `md5…` or `sha256|digest|salt`, both in hex; null is DISABLE
 * @param password clear text, where it was given so; it answers every question, but a `sha256|` of it only that one
 */
export function readVerifier(verifier: string | null, password: string | null): Verifier {
  if (verifier === null) return { kind: 'disabled' };
  const [, digest = '', salt = ''] = /^sha256\|([0-9a-f]{64})\|((?:[0-9a-f]{2})*)$/.exec(verifier) ?? [];
  if (digest !== '') {
    return { kind: 'sha256', digest: Buffer.from(digest, 'hex'), salt: Buffer.from(salt, 'hex') };
  }
  if (password !== null) return { kind: 'clear', password };
  return /^md5[0-9a-f]{32}$/.test(verifier) ? { kind: 'md5', hash: verifier.slice(3) } : { kind: 'disabled' };
}

/** A password that nobody has, for users that there are none: their login takes as long and fails in the same words. */
export function nobody(): Verifier {
  return { kind: 'clear', password: randomBytes(24).toString('base64') };
}

export function fitsPassword(verifier: Verifier, user: string, password: string): boolean {
  switch (verifier.kind) {
    case 'clear':
      return same(password, verifier.password);
    case 'md5':
      return same(
        createHash('md5').update(password, 'utf8').update(user, 'utf8').digest('hex'),
        verifier.hash,
      );
    case 'sha256':
      return same(
        createHash('sha256').update(password, 'utf8').update(verifier.salt).digest(),
        verifier.digest,
      );
    case 'disabled':
      return false;
  }
}

/** `answer` is the reply to code 5: `md5` and hex(MD5(hex(MD5(password user)) salt)). */
export function fitsMd5(verifier: Verifier, user: string, salt: Uint8Array, answer: string): boolean {
  switch (verifier.kind) {
    case 'clear':
      return same(answer, md5Password(user, verifier.password, salt));
    case 'md5': {
      const outer = createHash('md5').update(verifier.hash, 'latin1').update(salt).digest('hex');
      return same(answer, `md5${outer}`);
    }
    case 'sha256':
    case 'disabled':
      return false;
  }
}

/** The salt and the digest of the password with it, as code 13 needs them; random ones where there is no such form. */
export function digestParts(verifier: Verifier): { readonly salt: Uint8Array; readonly digest: Uint8Array } {
  if (verifier.kind === 'sha256') return verifier;
  const salt = randomBytes(32);
  const password = verifier.kind === 'clear' ? verifier.password : randomBytes(24).toString('base64');
  return { salt, digest: createHash('sha256').update(password, 'utf8').update(salt).digest() };
}

/** Whether `answer` is SHA-256(digest serverNonce clientNonce), the reply to code 13. */
export function fitsDigest(
  digest: Uint8Array,
  serverNonce: Uint8Array,
  clientNonce: Uint8Array,
  answer: Uint8Array,
): boolean {
  return same(answer, createHash('sha256').update(digest).update(serverNonce).update(clientNonce).digest());
}

/** Both sides are hashed first, so that neither length nor content shows in the time. */
function same(one: string | Uint8Array, other: string | Uint8Array): boolean {
  const hash = (value: string | Uint8Array): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(hash(one), hash(other));
}
