/**
 * The server's half of SCRAM-SHA-256, and of SCRAM-SHA-256-PLUS where it knows its own end point (RFC 5802, RFC 7677), for
 * servers that stand in for a real one. It holds keys, never the password.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AuthenticationError } from '../errors.js';
import { preparePassword } from './digest.js';

const derive = promisify(pbkdf2);

/** What a server keeps of a password. */
export interface ScramVerifier {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

export async function scramVerifier(
  password: string,
  salt: Uint8Array = randomBytes(16),
  iterations = 4096,
): Promise<ScramVerifier> {
  const salted = await derive(preparePassword(password), salt, iterations, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  return { salt, iterations, storedKey, serverKey: hmac(salted, 'Server Key') };
}

/** The server of one login. Every refusal is an AuthenticationError. */
export class ScramServer {
  readonly #verifier: ScramVerifier;
  readonly #own: string;
  readonly #endPoint: Uint8Array | undefined;
  #gs2 = '';
  #nonce = '';
  #exchanged = '';

  /**
   * @param nonce printable ASCII without a comma; 18 random bytes in base64 unless given
   * @param endPoint tls-server-end-point of this server, which it offers to bind to; without it no binding is taken
   */
  constructor(
    verifier: ScramVerifier,
    nonce: string = randomBytes(18).toString('base64'),
    endPoint?: Uint8Array,
  ) {
    this.#verifier = verifier;
    this.#own = nonce;
    this.#endPoint = endPoint;
  }

  /** server-first, the answer to client-first. */
  first(clientFirst: Uint8Array): Uint8Array {
    const text = Buffer.from(clientFirst).toString('utf8');
    const found =
      /^((?:[ny]|p=tls-server-end-point),(?:a=[^,]*)?,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+).*)$/s.exec(text);
    if (found === null)
      throw new AuthenticationError('The client began SCRAM-SHA-256 with a malformed message');
    const [, gs2 = '', bare = '', nonce = ''] = found;
    if (gs2.startsWith('p') && this.#endPoint === undefined) {
      throw new AuthenticationError('The client binds to a channel that this server did not offer');
    }
    // RFC 5802, section 6: somebody between the two has taken the offer out.
    if (gs2.startsWith('y') && this.#endPoint !== undefined) {
      throw new AuthenticationError('The client thinks that this server does not offer channel binding');
    }
    this.#gs2 = gs2;
    this.#nonce = nonce + this.#own;
    const { salt, iterations } = this.#verifier;
    const first = `r=${this.#nonce},s=${Buffer.from(salt).toString('base64')},i=${String(iterations)}`;
    this.#exchanged = `${bare},${first}`;
    return Buffer.from(first, 'utf8');
  }

  /** server-final, the answer to client-final. @throws AuthenticationError when the client does not know the password. */
  final(clientFinal: Uint8Array): Uint8Array {
    const text = Buffer.from(clientFinal).toString('utf8');
    const [, withoutProof = '', proof = ''] = /^(.*),p=([A-Za-z0-9+/]+={0,2})$/s.exec(text) ?? [];
    const bound = this.#gs2.startsWith('p') ? this.#endPoint : undefined;
    const binding = Buffer.concat([Buffer.from(this.#gs2, 'utf8'), bound ?? new Uint8Array()]).toString(
      'base64',
    );
    if (this.#nonce === '' || withoutProof !== `c=${binding},r=${this.#nonce}`) {
      throw new AuthenticationError(
        'The client ended SCRAM-SHA-256 with a message that does not continue the first',
      );
    }
    const authMessage = `${this.#exchanged},${withoutProof}`;
    const signature = hmac(this.#verifier.storedKey, authMessage);
    const given = Buffer.from(proof, 'base64');
    const clientKey = Buffer.from(signature.map((byte, at) => byte ^ (given[at] ?? 0)));
    const stored = createHash('sha256').update(clientKey).digest();
    if (given.length !== signature.length || !timingSafeEqual(stored, this.#verifier.storedKey)) {
      throw new AuthenticationError('Password authentication failed');
    }
    return Buffer.from(`v=${hmac(this.#verifier.serverKey, authMessage).toString('base64')}`, 'utf8');
  }
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
