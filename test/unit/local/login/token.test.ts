/** Identity tokens: only those that a configured key signed, for us, now. */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoginRefused } from '../../../../src/local/login/refused.js';
import { readOptions, type LocalIdentityProvider } from '../../../../src/local/options.js';
import { readToken, type ProviderSettings } from '../../../../src/local/login/token.js';
import { contextOf, storedUser, tryLogin } from '../login-client.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = (key: KeyObject, kid?: string) => ({ ...key.export({ format: 'jwk' }), ...(kid && { kid }) });

const now = 1_800_000_000_000;
const soon = now / 1000 + 300;

function providerOf(over: Partial<LocalIdentityProvider> = {}): ProviderSettings {
  const { identityProvider } = readOptions({
    identityProvider: {
      issuer: 'https://idp.example',
      audience: 'redshift',
      keys: { keys: [jwk(rsa.publicKey, 'one'), jwk(ec.publicKey, 'two')] },
      ...over,
    },
  });
  return identityProvider!;
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
    expect(readToken(token({ ...good, groups: ['a', 'b', 7] }), providerOf(), now)).toEqual({
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
    expect(readToken(token({ ...good, roles: ['x'] }), provider, now)).toEqual({
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
      settings: { auth: 'auto', ssl: 'allowed', identityProvider: provider },
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

  it('takes only users that are there when it may not make any', async () => {
    const settings = {
      auth: 'auto',
      ssl: 'allowed',
      identityProvider: providerOf({ autoCreate: false }),
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
    const settings = { auth: 'token', ssl: 'allowed', identityProvider: provider } as const;
    const { sent, outcome } = await tryLogin(
      { password: 'Secret1!' },
      contextOf([storedUser()], { settings }),
    );
    expect(outcome).toMatchObject({ sqlState: '28000' });
    expect(sent).toEqual([]);
  });
});
