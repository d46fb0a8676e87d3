/**
 * Tokens that may be used once: IAM Identity Center refuses the same token of a trusted issuer (the same `jti`) a second
 * time (aws/amazon-redshift-jdbc-driver#146). It keeps ids, never tokens, and those only while a token could still be valid.
 */
export class UsedTokens {
  /** When each token ends, in milliseconds since 1970, by issuer and id. */
  readonly #ends = new Map<string, number>();

  /** Whether this is the token's first use. */
  take(issuer: string, id: string, end: number, now: number): boolean {
    for (const [known, over] of this.#ends) if (over < now) this.#ends.delete(known);
    const key = JSON.stringify([issuer, id]);
    if (this.#ends.has(key)) return false;
    this.#ends.set(key, end);
    return true;
  }
}
