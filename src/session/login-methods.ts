/** The login methods that a server may ask for: which of them the options allow, and which questions are refused by themselves. */
import { AuthenticationError, NotSupportedError } from '../errors.js';
import type { BackendMessage } from '../protocol/messages.js';
import { cannotBind, type ChannelBinding } from './scram-binding.js';

/** A login method, by the names of libpq's require_auth; `sha256` is Redshift's digest, `token` code 14, `none` no question at all. */
export type AuthMethod = 'none' | 'password' | 'md5' | 'scram-sha-256' | 'sha256' | 'token';

/** @throws AuthenticationError when the options demand another. */
export function allowMethod(
  method: AuthMethod,
  requireAuth: readonly AuthMethod[],
  channelBinding: ChannelBinding,
): void {
  if (requireAuth.length > 0 && !requireAuth.includes(method)) {
    const demanded = requireAuth.join(' or ');
    throw new AuthenticationError(
      method === 'none'
        ? `The server lets anybody in without a login, but requireAuth demands ${demanded}`
        : `The server asks for login method ${method}, but requireAuth demands ${demanded}`,
    );
  }
  if (channelBinding === 'require' && method !== 'scram-sha-256') {
    throw cannotBind(method === 'none' ? 'no login at all' : `login method ${method}`);
  }
}

/**
 * Redshift's salts have 32 bytes (AWS manual, CREATE USER). With hardly any, what a false server is told would be as good
 * as a bare hash of the password; with hardly any nonce, an answer could serve again.
 */
const leastSalt = 8;
const leastNonce = 4;

/** @throws NotSupportedError for a digest that no driver has, AuthenticationError for one that would not protect the password. */
export function checkDigest(asked: Extract<BackendMessage, { type: 'AuthenticationDigest' }>): void {
  if (asked.algorithm !== 0) {
    const name = ['SHA-256', 'scrypt', 'Argon2'][asked.algorithm] ?? 'unknown';
    throw new NotSupportedError(
      `The server asks for password digest ${name} (algorithm ${String(asked.algorithm)}); this driver has SHA-256 (0) only`,
    );
  }
  const short = (what: string, bytes: Uint8Array): AuthenticationError =>
    new AuthenticationError(
      `The server asks for a password digest with a ${what} of ${String(bytes.length)} bytes, too few to protect the password`,
    );
  if (asked.salt.length < leastSalt) throw short('salt', asked.salt);
  if (asked.serverNonce.length < leastNonce) throw short('nonce', asked.serverNonce);
}

export function notSupported(code: number): NotSupportedError {
  return new NotSupportedError(
    `The server asks for login method ${others[code] ?? 'unknown'} (code ${String(code)}), which this driver does not have`,
  );
}

const others: Readonly<Record<number, string>> = {
  2: 'Kerberos 5',
  4: 'crypt',
  6: 'SCM credentials',
  7: 'GSSAPI (Kerberos)',
  8: 'GSSAPI (Kerberos)',
  9: 'SSPI (Kerberos)',
  10: 'GSSAPI (Kerberos)',
  11: 'GSSAPI (Kerberos)',
  12: 'SSPI (Kerberos)',
};
