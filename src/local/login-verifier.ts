/**
 * What the server keeps of a password, and whether a client's proof fits it. Comparisons take the same time whatever
 * they compare; nothing here puts a password into an error.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { md5Password } from '../protocol/digest.js';

/** The forms that CREATE USER … PASSWORD takes (AWS manual, CREATE USER). */
export type Verifier =
  /** `digestOnly`: given as `sha256|password`, for which Redshift makes salt and digest itself. */
  | { readonly kind: 'clear'; readonly password: string; readonly digestOnly: boolean }
  /** `hash` is 32 hex digits: MD5(password user). */
  | { readonly kind: 'md5'; readonly hash: string }
  /** `digest` is SHA-256(password salt). */
  | { readonly kind: 'sha256'; readonly digest: Uint8Array; readonly salt: Uint8Array }
  /** Nobody logs in with a password. */
  | { readonly kind: 'disabled' };

/** Reads a password as it was given to CREATE USER or ALTER USER; null is DISABLE. */
export function readVerifier(stored: string | null): Verifier {
  if (stored === null || stored === '') return { kind: 'disabled' };
  if (/^md5[0-9a-f]{32}$/i.test(stored)) return { kind: 'md5', hash: stored.slice(3).toLowerCase() };
  if (!stored.startsWith('sha256|')) return { kind: 'clear', password: stored, digestOnly: false };
  const [, digest, salt] = /^sha256\|([0-9a-f]{64})(?:\|(.*))?$/is.exec(stored) ?? [];
  if (digest === undefined) return { kind: 'clear', password: stored.slice(7), digestOnly: true };
  return { kind: 'sha256', digest: Buffer.from(digest, 'hex'), salt: readSalt(salt ?? '') };
}

/** The manual's examples have 64 hex digits, which are 32 bytes; what is no hex is taken as the text that it is. */
function readSalt(salt: string): Buffer {
  const isHex = salt.length % 2 === 0 && /^[0-9a-f]*$/i.test(salt);
  return isHex ? Buffer.from(salt, 'hex') : Buffer.from(salt, 'utf8');
}

/** A password that nobody has, for users that there are none: their login takes as long and fails in the same words. */
export function nobody(): Verifier {
  return { kind: 'clear', password: randomBytes(24).toString('base64'), digestOnly: false };
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
      return same(answer, md5Password(user, verifier.password, salt)) && !verifier.digestOnly;
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
