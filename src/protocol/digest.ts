/** Password digests of the login messages: MD5 (code 5), Redshift's SHA-256 (code 13), SCRAM-SHA-256 (RFC 5802, RFC 7677). */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { AuthenticationError } from '../errors.js';

const derive = promisify(pbkdf2);
// The package is CommonJS without types; its one export is the function.
const saslprep = createRequire(import.meta.url)('saslprep') as (text: string) => string;

/** What a server may ask of us before its identity is proven; PostgreSQL asks for 4,096. */
const maxIterations = 100_000;

/** `md5` and hex(MD5(hex(MD5(password user)) salt)). */
export function md5Password(user: string, password: string, salt: Uint8Array): string {
  const inner = createHash('md5').update(password, 'utf8').update(user, 'utf8').digest('hex');
  return `md5${createHash('md5').update(inner, 'latin1').update(salt).digest('hex')}`;
}

/** SHA256(SHA256(password salt) serverNonce clientNonce), raw at both levels; the user's name plays no part. */
export function digestPassword(
  password: string,
  salt: Uint8Array,
  serverNonce: Uint8Array,
  clientNonce: Uint8Array,
): Uint8Array {
  const inner = createHash('sha256').update(password, 'utf8').update(salt).digest();
  return createHash('sha256').update(inner).update(serverNonce).update(clientNonce).digest();
}

/**
 * What a SCRAM client says of channel binding (RFC 5802, section 6): that it cannot bind, that it could but the server
 * did not offer to (a server that did notices that somebody took its offer out), or what it binds to.
 */
export type ScramBinding =
  | { readonly kind: 'unable' }
  | { readonly kind: 'not-offered' }
  /** tls-server-end-point, see channel-binding.ts. */
  | { readonly kind: 'bound'; readonly endPoint: Uint8Array };

/** The client of one login by SCRAM-SHA-256 or SCRAM-SHA-256-PLUS. Every refusal is an AuthenticationError. */
export class ScramClient {
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS';
  readonly #password: string;
  readonly #nonce: string;
  readonly #user: string;
  readonly #binding: ScramBinding;
  #serverSignature: Buffer | undefined;

  /**
   * @param nonce printable ASCII without a comma; 18 random bytes in base64 unless given
   * @param user empty for PostgreSQL, which takes the startup packet's
   */
  constructor(
    password: string,
    nonce: string = randomBytes(18).toString('base64'),
    user = '',
    binding: ScramBinding = { kind: 'unable' },
  ) {
    this.#password = preparePassword(password);
    this.#nonce = nonce;
    this.#user = user;
    this.#binding = binding;
    this.mechanism = binding.kind === 'bound' ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256';
  }

  get #gs2(): string {
    const flag = { unable: 'n', 'not-offered': 'y', bound: 'p=tls-server-end-point' }[this.#binding.kind];
    return `${flag},,`;
  }

  /** What the proof covers of the channel: without a binding, what was said of it. */
  get #channel(): string {
    const bound = this.#binding.kind === 'bound' ? this.#binding.endPoint : new Uint8Array();
    return Buffer.concat([Buffer.from(this.#gs2), bound]).toString('base64');
  }

  get #firstBare(): string {
    // RFC 5802, saslname: these two characters have a meaning of their own.
    const name = this.#user.replaceAll('=', '=3D').replaceAll(',', '=2C');
    return `n=${name},r=${this.#nonce}`;
  }

  first(): Uint8Array {
    return Buffer.from(`${this.#gs2}${this.#firstBare}`, 'utf8');
  }

  /** The answer to server-first. Nothing is hashed before nonce, salt and iteration count were checked. */
  async final(serverFirst: Uint8Array): Promise<Uint8Array> {
    const text = Buffer.from(serverFirst).toString('utf8');
    const found = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,9})(?:,.*)?$/s.exec(text);
    if (found === null) throw refused('its first message is not well-formed');
    const [, nonce = '', salt = '', count = ''] = found;
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw refused('its nonce does not continue ours');
    }
    if (salt.length % 4 !== 0) throw refused('its salt is no base64 text');
    const iterations = Number(count);
    if (iterations > maxIterations) {
      throw refused(`it asks for ${count} iterations, more than ${String(maxIterations)}`);
    }
    const salted = await derive(this.#password, Buffer.from(salt, 'base64'), iterations, 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const withoutProof = `c=${this.#channel},r=${nonce}`;
    const authMessage = `${this.#firstBare},${text},${withoutProof}`;
    const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), authMessage);
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`, 'utf8');
  }

  /** Checks that the server knows the password too. */
  verify(serverFinal: Uint8Array): void {
    const text = Buffer.from(serverFinal).toString('utf8');
    const failure = /^e=([^,]*)/.exec(text)?.[1];
    if (failure !== undefined) throw refused(`it reports ${JSON.stringify(failure.slice(0, 100))}`);
    const signature = Buffer.from(/^v=([A-Za-z0-9+/]+={0,2})(?:,.*)?$/s.exec(text)?.[1] ?? '', 'base64');
    const expected = this.#serverSignature;
    if (expected?.length !== signature.length || !timingSafeEqual(expected, signature)) {
      throw refused('its signature is wrong, so it does not know the password; it may be an impostor');
    }
  }
}

/** RFC 4013; a password that the profile refuses is taken as it is, as PostgreSQL does. */
export function preparePassword(password: string): string {
  try {
    return saslprep(password);
  } catch {
    return password;
  }
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

function refused(why: string): AuthenticationError {
  return new AuthenticationError(`SCRAM-SHA-256 with the server failed: ${why}`);
}
