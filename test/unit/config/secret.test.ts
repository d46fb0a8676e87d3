import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { Secret } from '../../../src/config/secret.js';

describe('Secret', () => {
  it('shows nothing', () => {
    const secret = new Secret('password', 'C4nary');
    const shown = [
      String(secret),
      secret.toString(),
      JSON.stringify({ secret }),
      inspect(secret, { showHidden: true }),
      inspect({ a: [secret] }, { depth: 5 }),
    ];
    expect(shown.join()).not.toContain('C4nary');
    expect(inspect({ secret })).toBe('{ secret: *** }');
    expect(Object.keys(secret)).toEqual([]);
  });

  it('calls its function anew each time', async () => {
    let calls = 0;
    const secret = new Secret('token', async () => `token ${++calls}`);
    expect([await secret.read(), await secret.read()]).toEqual(['token 1', 'token 2']);
    expect(await new Secret('password', '').read()).toBe('');
  });

  it('refuses what is no text, and lets the function fail as it does', async () => {
    await expect(new Secret('token', (() => 5) as never).read()).rejects.toThrow(ArgumentError);
    const failure = new Error('vault is closed');
    const failing = new Secret('token', () => {
      throw failure;
    });
    await expect(failing.read()).rejects.toBe(failure);
  });
});
