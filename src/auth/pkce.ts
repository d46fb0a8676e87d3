/**
 * Proof Key for Code Exchange (RFC 7636): whoever catches the authorization code on its way through the browser cannot
 * use it. Nothing here talks to anybody, and neither value is ever logged.
 */
import { createHash, randomBytes } from 'node:crypto';

export interface Pkce {
  /** 80 characters; sent to the token endpoint only. */
  readonly verifier: string;
  /** base64url of the verifier's SHA-256; part of the page's URL. */
  readonly challenge: string;
}

/** RFC 7636 4.1 wants 43 to 128 characters; 60 random bytes give 80 of them. */
export function createPkce(): Pkce {
  const verifier = randomBytes(60).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier, 'ascii').digest('base64url') };
}
