/** Temporary users of the AWS API: who comes in with one, for how long, and what the others hear. */
import { describe, expect, it } from 'vitest';
import { LoginRefused } from '../../../../src/local/login/refused.js';
import { readOptions, type LocalRedshiftOptions } from '../../../../src/local/options.js';
import { contextOf, redshiftDriver, storedUser, tryLogin, type Client } from '../login-client.js';

const now = 1_800_000_000_000;
const minutes = (n: number): Date => new Date(now + n * 60_000);
const alice = { user: 'IAM:alice', password: 'AliceCanary1', validUntil: minutes(15) };

async function login(
  client: Client,
  temporaryUsers: LocalRedshiftOptions['temporaryUsers'],
  over: Parameters<typeof contextOf>[1] & Pick<LocalRedshiftOptions, 'auth'> = {},
): Promise<{ asked: string[]; outcome: unknown; provided: unknown[]; said: string }> {
  const provided: unknown[] = [];
  const users = [storedUser()];
  const lines: string[] = [];
  const { auth = 'auto', ...context } = over;
  const settings = readOptions({
    auth,
    ...(temporaryUsers && { temporaryUsers }),
    now: () => now,
    log: (line) => void lines.push(line),
  });
  const { sent, outcome } = await tryLogin(
    { startup: redshiftDriver, ...client },
    contextOf(users, {
      settings,
      findUser: async (name) => users.find((user) => user.name === name),
      provideUser: async (name, groups) => {
        provided.push([name, groups]);
        if (!users.some((user) => user.name === name)) users.push(storedUser({ name, verifier: null }));
      },
      ...context,
    }),
  );
  const said = JSON.stringify([sent, lines, outcome]) + String((outcome as Error).stack);
  return { asked: sent.map(({ type }) => type), outcome, provided, said };
}

describe('a temporary user', () => {
  it('is asked for the password in clear text, and becomes the database user behind the prefix', async () => {
    for (const auth of ['auto', 'md5', 'sha256', 'trust'] as const) {
      const client = { user: 'IAM:alice', password: 'AliceCanary1' };
      const { asked, outcome } = await login(client, [alice], { auth });
      expect(outcome).toMatchObject({ user: 'alice', database: 'dev', method: 'iam' });
      expect(asked).toEqual(['AuthenticationCleartextPassword', 'AuthenticationOk']);
    }
  });

  it('may be handed out by a function, asked at each login', async () => {
    const asked: string[] = [];
    const give = async (user: string): Promise<typeof alice> => {
      asked.push(user);
      // The record of a service may say more than is asked for.
      return { ...alice, ...{ arn: 'arn:aws:iam::123456789012:user/alice' } };
    };
    const right = { user: 'IAM:alice', password: 'AliceCanary1' };
    expect((await login(right, give)).outcome).toMatchObject({ user: 'alice' });
    // What is given for another name is not this user's.
    const other = await login({ ...right, user: 'IAMA:alice' }, give);
    expect(other.outcome).toMatchObject({ sqlState: '28000' });
    expect(asked).toEqual(['IAM:alice', 'IAMA:alice']);
    expect((await login({ password: 'Secret1!' }, give)).outcome).toMatchObject({
      user: 'alice',
      method: 'sha256',
    });
  });

  it('has every password that was handed out and is still valid', async () => {
    const list = [
      { ...alice, password: 'First', validUntil: minutes(-1) },
      { ...alice, password: 'Second', validUntil: minutes(1) },
      { ...alice, password: 'Third', validUntil: minutes(15) },
    ];
    const with_ = async (password: string): Promise<unknown> =>
      (await login({ user: 'IAM:alice', password }, list)).outcome;
    expect(await with_('Second')).toMatchObject({ user: 'alice' });
    expect(await with_('Third')).toMatchObject({ user: 'alice' });
    expect(await with_('First')).toMatchObject({
      sqlState: '28000',
      message: 'IAM Authentication token has expired',
    });
  });

  it.each([
    ['ended this very moment', minutes(0), 'IAM Authentication token has expired'],
    ['ends in a moment', new Date(now + 1), undefined],
  ])('whose time %s', async (_when, validUntil, message) => {
    const client = { user: 'IAM:alice', password: 'AliceCanary1' };
    const { outcome } = await login(client, [{ ...alice, validUntil }]);
    expect(outcome).toMatchObject(message === undefined ? { user: 'alice' } : { message });
  });

  it('with a wrong password, an unknown name, or no encryption hears one and the same', async () => {
    const right = { user: 'IAM:alice', password: 'AliceCanary1' };
    const outcomes = [
      await login({ ...right, password: 'WrongCanary1' }, [alice]),
      await login({ ...right, password: 'WrongCanary1' }, [{ ...alice, validUntil: minutes(-1) }]),
      await login(right, []),
      await login(right, [alice], { encrypted: false }),
    ];
    for (const { outcome, said } of outcomes) {
      expect(outcome).toBeInstanceOf(LoginRefused);
      expect(outcome).toMatchObject({
        sqlState: '28000',
        message: 'password authentication failed for user "IAM:alice"',
      });
      expect(said).not.toContain('Canary');
    }
    // Without TLS nothing is asked: the answer would be the password itself.
    expect(outcomes[3]?.asked).toEqual([]);
  });

  it('is made with its password disabled where AWS may create users, and only there', async () => {
    const password = 'Canary';
    const bob = { password, validUntil: minutes(15) };
    const of = (user: string, over: object = {}) => login({ user, password }, [{ ...bob, ...over, user }]);
    expect(await of('IAMA:bob')).toMatchObject({ outcome: { user: 'bob' }, provided: [['bob', []]] });
    expect(await of('IAMR:admin')).toMatchObject({ outcome: { user: 'IAMR:admin' } });
    expect(await of('IAM:bob', { autoCreate: true })).toMatchObject({ outcome: { user: 'bob' } });
    expect(await of('IAM:bob', { databaseUser: 'alice' })).toMatchObject({ outcome: { user: 'alice' } });
    for (const [user, over, name] of [
      ['IAM:bob', {}, 'bob'],
      ['IAMR:admin', { autoCreate: false }, 'IAMR:admin'],
    ] as const) {
      const { outcome, provided } = await of(user, over);
      expect(outcome).toMatchObject({ sqlState: '28000', message: `user "${name}" does not exist` });
      expect(provided).toEqual([]);
    }
  });

  it('joins the groups that are there', async () => {
    const client = { user: 'IAM:alice', password: 'AliceCanary1' };
    const joined = await login(client, [{ ...alice, groups: ['readers'] }]);
    expect(joined).toMatchObject({ outcome: { user: 'alice' }, provided: [['alice', ['readers']]] });
    const { outcome, provided } = await login(client, [{ ...alice, groups: ['readers', 'nosuch'] }]);
    expect(outcome).toMatchObject({ sqlState: '42704', message: 'group "nosuch" does not exist' });
    expect(provided).toEqual([]);
  });

  it('may be for one database only', async () => {
    const client = { user: 'IAM:alice', password: 'AliceCanary1' };
    expect((await login(client, [{ ...alice, database: 'dev' }])).outcome).toMatchObject({ user: 'alice' });
    expect((await login(client, [{ ...alice, database: 'other' }])).outcome).toMatchObject({
      sqlState: '28000',
      message: 'password authentication failed for user "IAM:alice"',
    });
  });

  it('is an ordinary name where no temporary users are configured, and refused where only tokens are taken', async () => {
    const client = { user: 'IAM:alice', password: 'AliceCanary1' };
    const ordinary = await login(client, undefined);
    expect(ordinary.asked).toEqual(['AuthenticationDigest']);
    expect(ordinary.outcome).toMatchObject({ sqlState: '28000' });
    const settings = { auth: 'token', ssl: 'allowed', identityProviders: [] } as const;
    const tokens = await login(client, [alice], { settings });
    expect(tokens).toMatchObject({ asked: [], outcome: { sqlState: '28000' } });
  });

  it('that the function describes wrongly is an error that shows no password', async () => {
    const client = { user: 'IAM:alice', password: 'AliceCanary1' };
    const { outcome, said } = await login(client, () => ({ ...alice, validUntil: 'soon' as never }));
    expect(outcome).toMatchObject({
      name: 'ArgumentError',
      message: 'Option temporaryUsers().validUntil: must be a Date',
    });
    expect(said).not.toContain('Canary');
  });
});
