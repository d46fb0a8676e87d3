/** Tokens that may be used once. */
import { expect, it } from 'vitest';
import { UsedTokens } from '../../../../src/local/login/used-tokens.js';

it('an id is taken once an issuer, and forgotten when its token has ended', () => {
  const used = new UsedTokens();
  expect(used.take('a', 'x', 100, 0)).toBe(true);
  expect(used.take('a', 'x', 100, 100)).toBe(false);
  expect(used.take('b', 'x', 100, 100)).toBe(true);
  expect(used.take('a', 'x', 300, 101)).toBe(true);
});
