/** Identity tokens: only those that a configured key signed, for us, now. */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoginRefused } from '../../../../src/local/login/refused.js';
import type { LocalIdentityProvider } from '../../../../src/local/login-options.js';
import { readOptions } from '../../../../src/local/options.js';
import { readToken, type SigningProvider } from '../../../../src/local/login/token.js';
import { UsedTokens } from '../../../../src/local/login/used-tokens.js';
import { contextOf, storedUser, tryLogin } from '../login-client.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = (key: KeyObject, kid?: string) => ({ ...key.export({ format: 'jwk' }), ...(kid && { kid }) });

const now = 1_800_000_000_000;
const soon = now / 1000 + 300;

function providerOf(over: Partial<LocalIdentityProvider> = {}): SigningProvider {
  const { identityProviders } = readOptions({
    identityProvider: {
      issuer: 'https://idp.example',
      audience: 'redshift',
      keys: { keys: [jwk(rsa.publicKey, 'one'), jwk(ec.publicKey, 'two')] },
      ...over,
    },
  });
  return identityProviders[0] as SigningProvider;
}

const good = {
  iss: 'https://idp.example',
  aud: 'redshift',
  exp: soon,
  preferred_username: 'alice',
  sub: '17',
};

function token(
  claims: object = good,
  header: object = { alg: 'RS256', kid: 'one' },
  key: KeyObject = rsa.privateKey,
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function refusal(text: string, provider = providerOf()): string {
  try {
    readToken(text, provider, now);
  } catch (error) {
    expect(error).toBeInstanceOf(LoginRefused);
    expect(error).toMatchObject({ sqlState: '28000' });
    return (error as Error).message;
  }
  return 'accepted';
}

describe('a token', () => {
  it('that the provider signed names its user and groups', () => {
    expect(readToken(token({ ...good, groups: ['a', 'b', 7] }), providerOf(), now)).toMatchObject({
      user: 'alice',
      groups: ['a', 'b'],
    });
  });

  it('may be signed with RSA or with an elliptic curve', () => {
    expect(readToken(token(good, { alg: 'ES256', kid: 'two' }, ec.privateKey), providerOf(), now).user).toBe(
      'alice',
    );
    expect(readToken(token(good, { alg: 'RS256' }), providerOf(), now).user).toBe('alice');
  });

  it('takes the name from the claim that was chosen, with the namespace before it', () => {
    const provider = providerOf({ userClaim: 'sub', namespace: 'azure', groupsClaim: 'roles' });
    expect(readToken(token({ ...good, roles: ['x'] }), provider, now)).toMatchObject({
      user: 'azure:17',
      groups: ['x'],
    });
  });

  it.each([
    ['another issuer', { ...good, iss: 'https://idp.example.evil' }, /another issuer/],
    ['another audience', { ...good, aud: 'other' }, /another audience/],
    ['a list of other audiences', { ...good, aud: ['a', 'b'] }, /another audience/],
    ['no audience', { ...good, aud: undefined }, /another audience/],
    ['its time over', { ...good, exp: now / 1000 - 61 }, /expired/],
    ['no end', { ...good, exp: undefined }, /does not say when it expires/],
    ['an end that is no number', { ...good, exp: '9999999999' }, /does not say when it expires/],
    ['a later beginning', { ...good, nbf: now / 1000 + 61 }, /not valid yet/],
    ['a beginning that is no number', { ...good, nbf: 'now' }, /not valid yet/],
    ['no user', { ...good, preferred_username: '', sub: 5 }, /names no user/],
    ['a user with a NUL', { ...good, preferred_username: 'a\0b' }, /names no user/],
  ])('with %s is refused', (_what, claims, message) => {
    expect(refusal(token(claims))).toMatch(message);
  });

  it('is taken within a minute of its bounds, since clocks differ', () => {
    const edge = { ...good, exp: now / 1000 - 59, nbf: now / 1000 + 59 };
    expect(readToken(token(edge), providerOf(), now).user).toBe('alice');
  });

  it('has to be signed by a configured key', () => {
    expect(refusal(token(good, { alg: 'RS256', kid: 'one' }, otherRsa.privateKey))).toMatch(
      /signature is wrong/,
    );
    expect(refusal(token(good, { alg: 'RS256', kid: 'three' }))).toMatch(/not configured/);
    const [head, , signature] = token().split('.');
    const body = Buffer.from(JSON.stringify({ ...good, preferred_username: 'root' })).toString('base64url');
    expect(refusal(`${String(head)}.${body}.${String(signature)}`)).toMatch(/signature is wrong/);
  });

  it('is not fooled by none, by a shared secret made of the public key, or by crossed kinds', () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = part(good);
    expect(refusal(`${part({ alg: 'none' })}.${body}.`)).toMatch(/no JSON Web Token/);
    expect(refusal(`${part({ alg: 'none' })}.${body}.AA`)).toMatch(/algorithm/);
    const hmac = `${part({ alg: 'HS256', kid: 'one' })}.${body}`;
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    const mac = createHmac('sha256', pem).update(hmac).digest('base64url');
    expect(refusal(`${hmac}.${mac}`)).toMatch(/algorithm/);
    expect(refusal(token(good, { alg: 'ES256', kid: 'one' }))).toMatch(/not configured/);
    expect(refusal(token(good, { alg: 'toString' }))).toMatch(/algorithm/);
    expect(refusal(token(good, { alg: 'RS256', crit: ['b64'], b64: false }))).toMatch(/extensions/);
  });

  it('that is none is refused in words that do not repeat it', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ minLength: 8 }), fc.stringMatching(/^[\w-]{4,40}\.[\w-]{4,40}\.[\w-]{4,40}$/)),
        (text) => {
          const message = refusal(text);
          expect(message).toMatch(/^authentication with an identity token failed: /);
          expect(message).not.toContain(text);
        },
      ),
    );
    expect(refusal('a'.repeat(100_000))).toMatch(/too long/);
  });
});

describe('a login with a token', () => {
  const startup = [
    ['idp_type', 'AzureAD'],
    ['provider_name', 'azure'],
  ] as const;
  const fresh = { ...good, exp: Date.now() / 1000 + 300 };
  const provider = providerOf();

  it('makes the user that is not there, with its groups', async () => {
    const made: unknown[] = [];
    const users: ReturnType<typeof storedUser>[] = [];
    const context = contextOf(users, {
      settings: { auth: 'auto', ssl: 'allowed', identityProviders: [provider] },
      findUser: async (name) => users.find((user) => user.name === name),
      provideUser: async (name, groups) => {
        made.push([name, groups]);
        users.push(storedUser({ name, verifier: null, password: null }));
      },
    });
    const { sent, outcome } = await tryLogin(
      { user: '', token: token({ ...fresh, groups: ['g'] }), startup },
      context,
    );
    expect(outcome).toEqual({ user: 'alice', superuser: false, database: 'dev', method: 'token' });
    expect(sent.map(({ type }) => type)).toEqual(['AuthenticationIdpToken', 'AuthenticationOk']);
    expect(made).toEqual([['alice', ['g']]]);
  });

  it('is vouched for by the provider of its issuer, among those that the announcement fits', async () => {
    const other = providerOf({
      issuer: 'https://other.example',
      keys: [jwk(otherRsa.publicKey)],
      namespace: 'idc',
      type: 'AwsIdc',
    });
    const azure = providerOf({ namespace: 'azure', type: 'AzureAD', name: 'azure' });
    const settings = { auth: 'auto', ssl: 'allowed', identityProviders: [other, azure] } as const;
    const context = contextOf(
      ['idc:alice', 'azure:alice'].map((name) => storedUser({ name })),
      { settings },
    );
    const login = async (
      claims: object,
      key: KeyObject,
      announced: readonly (readonly [string, string])[],
    ): Promise<unknown> => {
      const text = token(claims, { alg: 'RS256' }, key);
      const { outcome } = await tryLogin({ user: '', token: text, startup: announced }, context);
      return outcome instanceof Error ? outcome.message : outcome.user;
    };
    const idc = [
      ['idp_type', 'AwsIdc'],
      ['token_type', 'ACCESS_TOKEN'],
    ] as const;
    const theirs = { ...fresh, iss: 'https://other.example' };
    expect(await login(fresh, rsa.privateKey, startup)).toBe('azure:alice');
    expect(await login(theirs, otherRsa.privateKey, idc)).toBe('idc:alice');
    // Each provider vouches for its own kind and name only.
    expect(await login(fresh, rsa.privateKey, idc)).toMatch(/signature is wrong/);
    expect(await login(theirs, otherRsa.privateKey, startup)).toMatch(/signature is wrong/);
    expect(await login(fresh, rsa.privateKey, [['idp_type', 'Okta']])).toMatch(
      /there is no identity provider of type "Okta"/,
    );
    const misnamed = [
      ['idp_type', 'AzureAD'],
      ['provider_name', 'entra'],
    ] as const;
    expect(await login(fresh, rsa.privateKey, misnamed)).toMatch(/of type "AzureAD" called "entra"/);
    // A claimed issuer chooses the keys, it proves nothing.
    const both = { auth: 'auto', ssl: 'allowed', identityProviders: [providerOf(), other] } as const;
    const forged = token(theirs, { alg: 'RS256' }, rsa.privateKey);
    const outcome = await tryLogin(
      { user: '', token: forged, startup: idc },
      contextOf([storedUser({ name: 'idc:alice' })], { settings: both }),
    );
    expect(outcome.outcome).toMatchObject({ message: expect.stringContaining('signature') as unknown });
  });

  it('that says nothing itself is asked about at who gave it out', async () => {
    const opaque = {
      type: 'AwsIdc',
      verify: async (text: string) =>
        text === 'opaque-canary'
          ? { user: 'ida', groups: ['g'], validUntil: new Date(now), arn: 'more than is asked for' }
          : undefined,
    } as const;
    const login = async (text: string, time: number, more: object[] = []): Promise<unknown> => {
      const settings = readOptions({
        identityProvider: [...(more as LocalIdentityProvider[]), opaque],
        now: () => time,
      });
      const client = { user: '', token: text, startup: [['idp_type', 'AwsIdc']] as const };
      const { outcome } = await tryLogin(client, contextOf([storedUser({ name: 'ida' })], { settings }));
      return outcome instanceof Error ? outcome.message : outcome.user;
    };
    expect(await login('opaque-canary', now - 1)).toBe('ida');
    expect(await login('opaque-canary', now)).toMatch(/failed: it has expired$/);
    expect(await login('another-canary', now - 1)).toMatch(/failed: it is not known$/);
    // Beside a provider of signed tokens each gets its own kind.
    const signing = { issuer: 'https://idp.example', keys: [jwk(rsa.publicKey)] };
    expect(await login('opaque-canary', now - 1, [signing])).toBe('ida');
    expect(await login(token(), now - 1, [signing])).toMatch(/"alice" does not exist/);
    const wrong = readOptions({ identityProvider: { verify: () => ({}) as never } });
    const client = { user: '', token: 'x', startup: [['idp_type', 'AwsIdc']] as const };
    expect((await tryLogin(client, contextOf([], { settings: wrong }))).outcome).toMatchObject({
      message: 'Option identityProvider.verify().user: is missing',
    });
  });

  it('of a trusted issuer is taken once by its jti, any other as often as it comes', async () => {
    const usedTokens = new UsedTokens();
    const settings = { auth: 'auto', ssl: 'allowed', identityProviders: [provider] } as const;
    const context = contextOf([storedUser()], { settings, usedTokens });
    const login = async (claims: object, tokenType: string): Promise<unknown> => {
      const announced = [
        ['idp_type', 'AwsIdc'],
        ['token_type', tokenType],
      ] as const;
      const { outcome } = await tryLogin({ user: '', token: token(claims), startup: announced }, context);
      return outcome instanceof Error ? outcome.message : outcome.user;
    };
    const one = { ...fresh, jti: 'one' };
    expect(await login(one, 'EXT_JWT')).toBe('alice');
    expect(await login(one, 'EXT_JWT')).toMatch(/it was used before/);
    expect(await login({ ...fresh, jti: 'two' }, 'EXT_JWT')).toBe('alice');
    for (let i = 0; i < 2; i++) {
      expect(await login(fresh, 'EXT_JWT')).toBe('alice');
      expect(await login(one, 'ACCESS_TOKEN')).toBe('alice');
    }
  });

  it('ends by the clock of the options', async () => {
    const at = (time: number) =>
      ({ auth: 'auto', ssl: 'allowed', identityProviders: [provider], now: () => time }) as const;
    const login = async (time: number): Promise<unknown> =>
      (
        await tryLogin(
          { user: '', token: token(good), startup },
          contextOf([storedUser()], { settings: at(time) }),
        )
      ).outcome;
    expect(await login(soon * 1000)).toMatchObject({ user: 'alice' });
    expect(await login(soon * 1000 + 61_000)).toMatchObject({
      message: 'authentication with an identity token failed: it has expired',
    });
  });

  it('takes only users that are there when it may not make any', async () => {
    const settings = {
      auth: 'auto',
      ssl: 'allowed',
      identityProviders: [providerOf({ autoCreate: false })],
    } as const;
    const client = { user: '', token: token(fresh), startup };
    expect((await tryLogin(client, contextOf([], { settings }))).outcome).toMatchObject({
      sqlState: '28000',
      message: 'user "alice" does not exist',
    });
    expect((await tryLogin(client, contextOf([storedUser()], { settings }))).outcome).toMatchObject({
      user: 'alice',
    });
  });

  it('is refused where no provider is configured, and a password where only tokens are taken', async () => {
    const client = { user: '', token: token(fresh), startup };
    expect((await tryLogin(client, contextOf([storedUser()]))).outcome).toMatchObject({
      sqlState: '28000',
      detail: expect.stringContaining('identityProvider') as unknown,
    });
    const settings = { auth: 'token', ssl: 'allowed', identityProviders: [provider] } as const;
    const { sent, outcome } = await tryLogin(
      { password: 'Secret1!' },
      contextOf([storedUser()], { settings }),
    );
    expect(outcome).toMatchObject({ sqlState: '28000' });
    expect(sent).toEqual([]);
  });
});
