/** RFC 7636: the pair of verifier and challenge. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createPkce } from '../../../src/auth/pkce.js';

describe('createPkce', () => {
  it('gives 80 characters that RFC 7636 allows, new each time, and their SHA-256', () => {
    const pairs = Array.from({ length: 100 }, createPkce);
    expect(new Set(pairs.map(({ verifier }) => verifier)).size).toBe(100);
    for (const { verifier, challenge } of pairs) {
      expect(verifier).toMatch(/^[A-Za-z0-9._~-]{80}$/);
      expect(challenge).toBe(createHash('sha256').update(verifier).digest('base64url'));
    }
  });
});
