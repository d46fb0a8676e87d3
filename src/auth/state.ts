/**
 * The `state` of one authorization request (RFC 6749 10.12): it ties the answer that comes to the loopback port to the
 * login that asked. It is compared in constant time, holds for one answer, and never prints.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** RFC 6749 10.10 wants a chance below 2^-128 of guessing it; other drivers take letters from a clock's seed. */
const stateBytes = 32;

export class State {
  readonly #text = randomBytes(stateBytes).toString('base64url');
  #spent = false;

  /** What goes into the page's URL. */
  reveal(): string {
    return this.#text;
  }

  /** True for the first answer that brings it, false for any other and for every later one. */
  spend(given: string | undefined): boolean {
    // Digests have one length, so that neither time nor an exception tells anything about the text.
    const same = timingSafeEqual(digest(given ?? ''), digest(this.#text));
    if (!same || this.#spent) return false;
    this.#spent = true;
    return true;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
