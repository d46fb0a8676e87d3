/** The JWT plugins: the token goes to the database as it is, and is asked for anew for every connection. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { basicJwt } from '../../../../src/auth/plugins/basic-jwt.js';
import { jwt } from '../../../../src/auth/plugins/jwt.js';
import { AuthenticationError } from '../../../../src/errors.js';
import { contextOf, secret } from './context.js';

describe.each([
  ['BasicJwtCredentialsProvider', basicJwt],
  ['JwtCredentialsProvider', jwt],
])('%s', (name, plugin) => {
  const get = (token: string | (() => string | Promise<string>)) =>
    plugin.get(contextOf(name, { webIdentityToken: secret(token) }));

  it('shares its token with no other connection', () => {
    expect(plugin).toMatchObject({ name, reusable: false });
  });

  it('gives the token as it is, without the line break of a file', async () => {
    expect(await get('head.canary.sign')).toEqual({ kind: 'token', token: 'head.canary.sign' });
    expect(await get(' head.canary.sign\n')).toEqual({ kind: 'token', token: 'head.canary.sign' });
    // A token need be no JSON Web Token: the database judges it.
    expect(await get('opaque')).toEqual({ kind: 'token', token: 'opaque' });
  });

  it('calls a function once a login', async () => {
    let calls = 0;
    const context = contextOf(name, {
      webIdentityToken: secret(() => Promise.resolve(`canary${String(++calls)}`)),
    });
    expect(await plugin.get(context)).toMatchObject({ token: 'canary1' });
    expect(await plugin.get(context)).toMatchObject({ token: 'canary2' });
  });

  it.each([
    ['nothing', '', /webIdentityToken gave an empty token \(a function has to/],
    ['blanks', ' \n', /empty token/],
    ['a header', 'Bearer canary.canary.canary', /the word "Bearer"/],
    ['the whole answer', '{"access_token": "canary"}', /white space .*the access token itself/],
  ])('refuses %s, and says what to do', async (_what, token, message) => {
    for (const source of [token, () => token, async () => token]) {
      const error: unknown = await get(source).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ plugin: name, stage: 'token', message });
      expect(inspect(error, { depth: 9 })).not.toContain('canary');
    }
  });

  it('says that its option is missing', async () => {
    await expect(plugin.get(contextOf(name, {}))).rejects.toMatchObject({
      name: 'AuthenticationError',
      plugin: name,
      stage: 'options',
      message: expect.stringContaining(`${name} needs webIdentityToken`) as unknown,
    });
  });

  it('keeps the error of the function as cause, and repeats nothing of it', async () => {
    const cause = new Error('vault said canary');
    const error: unknown = await get(() => Promise.reject(cause)).catch((failure: unknown) => failure);
    expect(error).toMatchObject({
      name: 'AuthenticationError',
      plugin: name,
      stage: 'token',
      message: 'The function given as webIdentityToken failed (see cause)',
      cause,
    });
  });

  it('stops waiting when the login is given up', async () => {
    const clock = new AbortController();
    const never = secret(() => new Promise<string>(() => undefined));
    const waiting = plugin.get(contextOf(name, { webIdentityToken: never }, { signal: clock.signal }));
    const reason = new Error('given up');
    clock.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
