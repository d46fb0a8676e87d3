/** Who may come in, and what the others are told. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StoredUser } from '../../../../src/local/login/login.js';
import { LoginRefused } from '../../../../src/local/login/refused.js';
import type { LocalAuth } from '../../../../src/local/options.js';
import { contextOf, redshiftDriver, storedUser, tryLogin, type Client } from '../login-client.js';

const hash = (name: string, ...parts: (string | Buffer)[]): string => {
  const made = createHash(name);
  for (const part of parts) made.update(part);
  return made.digest('hex');
};
const md5Of = (password: string, user: string): string => `md5${hash('md5', password, user)}`;
const salt = Buffer.from('5df545aa401d27d9c5c2d2704299b8d1ba66f760a343fa4568fa70c584d05cee', 'hex');
const sha256Of = (password: string): string =>
  `sha256|${hash('sha256', password, salt)}|${salt.toString('hex')}`;

const clear = storedUser();
const md5Only = storedUser({ verifier: md5Of('Secret1!', 'alice'), password: null });
const sha256Only = storedUser({ verifier: sha256Of('Secret1!'), password: null });
const disabled = storedUser({ verifier: null, password: null });

const withAuth = (auth: LocalAuth, users: readonly StoredUser[]) =>
  contextOf(users, { settings: { auth, ssl: 'allowed', identityProviders: [] } });

const asked = {
  clear: 'AuthenticationCleartextPassword',
  md5: 'AuthenticationMD5Password',
  sha256: 'AuthenticationDigest',
  scram: 'AuthenticationSASL',
} as const;

function expectRefused(outcome: unknown, sqlState: string, message: RegExp | string): void {
  expect(outcome).toBeInstanceOf(LoginRefused);
  expect(outcome).toMatchObject({ sqlState });
  expect((outcome as Error).message).toMatch(message);
}

describe('a password', () => {
  it.each(['clear', 'md5', 'sha256', 'scram'] as const)('is asked for by %s and let in', async (auth) => {
    const { sent, outcome } = await tryLogin({ password: 'Secret1!' }, withAuth(auth, [clear]));
    expect(outcome).toEqual({ user: 'alice', superuser: false, database: 'dev', method: auth });
    expect(sent[0]?.type).toBe(asked[auth]);
    expect(sent.at(-1)?.type).toBe('AuthenticationOk');
  });

  it.each(['clear', 'md5', 'sha256', 'scram'] as const)('that is wrong is refused by %s', async (auth) => {
    for (const password of ['', 'secret1!', 'Secret1', 'Secret1! ']) {
      const { sent, outcome } = await tryLogin({ password }, withAuth(auth, [clear]));
      expectRefused(outcome, '28000', 'password authentication failed for user "alice"');
      expect(sent.map(({ type }) => type)).not.toContain('AuthenticationOk');
    }
  });

  it.each([
    ['md5', md5Only],
    ['sha256', sha256Only],
    ['clear', md5Only],
    ['clear', sha256Only],
  ] as const)('is proven by %s to a stored hash', async (auth, user) => {
    const good = await tryLogin({ password: 'Secret1!' }, withAuth(auth, [user]));
    expect(good.outcome).toMatchObject({ user: 'alice', method: auth });
    const bad = await tryLogin({ password: 'Secret2!' }, withAuth(auth, [user]));
    expectRefused(bad.outcome, '28000', 'password authentication failed');
  });

  it.each([
    ['md5', sha256Only],
    ['sha256', md5Only],
    ['scram', md5Only],
    ['scram', sha256Only],
  ] as const)('asked for by %s cannot be proven to another hash', async (auth, user) => {
    const { outcome } = await tryLogin({ password: 'Secret1!' }, withAuth(auth, [user]));
    expectRefused(outcome, '28000', 'password authentication failed');
  });

  it('of another user with the same one is no key to the MD5 hash', async () => {
    const bob = storedUser({ name: 'bob', verifier: md5Of('Secret1!', 'alice'), password: null });
    const { outcome } = await tryLogin({ user: 'bob', password: 'Secret1!' }, withAuth('md5', [bob]));
    expectRefused(outcome, '28000', 'user "bob"');
  });

  it('never appears in a message or an error', async () => {
    for (const auth of ['clear', 'md5', 'sha256', 'scram', 'trust'] as const) {
      const { sent, outcome } = await tryLogin(
        { password: 'WrongCanary9' },
        withAuth(auth, [storedUser({ password: 'StoredCanary9' })]),
      );
      const seen = JSON.stringify(sent) + JSON.stringify(outcome) + String((outcome as Error).stack);
      expect(seen).not.toContain('Canary');
    }
  });
});

describe('without a demand of the options', () => {
  it.each([
    ['a driver of Redshift', redshiftDriver, clear, 'sha256'],
    ['another client', [], clear, 'md5'],
    ['a driver of Redshift', redshiftDriver, md5Only, 'md5'],
    ['another client', [], sha256Only, 'sha256'],
    ['a driver that tells its version', [['driver_version', 'x']], clear, 'sha256'],
  ] as const)('%s is asked in the way that fits', async (_who, startup, user, method) => {
    const { sent, outcome } = await tryLogin({ password: 'Secret1!', startup }, contextOf([user]));
    expect(sent[0]?.type).toBe(asked[method]);
    expect(outcome).toMatchObject({ method });
  });

  it('salts and nonces are new each time, and long enough', async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const { sent } = await tryLogin({ password: 'Secret1!', startup: redshiftDriver }, contextOf([clear]));
      const [first] = sent;
      if (first?.type !== 'AuthenticationDigest') throw new Error('no digest');
      expect(first.algorithm).toBe(0);
      expect(first.salt.length).toBeGreaterThanOrEqual(16);
      expect(first.serverNonce.length).toBeGreaterThanOrEqual(16);
      seen.add(Buffer.from(first.serverNonce).toString('hex'));
    }
    expect(seen.size).toBe(5);
  });

  it('a stored salt is the one that is sent', async () => {
    const { sent } = await tryLogin({ password: 'x' }, contextOf([sha256Only]));
    expect(sent[0]).toMatchObject({ type: 'AuthenticationDigest', salt });
  });
});

describe('who cannot log in', () => {
  const unknown: Client = { user: 'mallory', password: 'Secret1!' };

  it.each([
    ['an unknown user', unknown, []],
    ['a user without a password', { password: 'Secret1!' }, [disabled]],
    ['a user whose password has expired', { password: 'Secret1!' }, [{ ...clear, expired: true }]],
  ] as const)('%s hears the same words after the same questions', async (_who, client, users) => {
    for (const startup of [[], redshiftDriver]) {
      const { sent, outcome } = await tryLogin({ ...client, startup }, contextOf(users));
      expect(sent.map(({ type }) => type)).toEqual([
        startup.length === 0 ? 'AuthenticationMD5Password' : 'AuthenticationDigest',
      ]);
      const name = 'user' in client ? 'mallory' : 'alice';
      expectRefused(outcome, '28000', new RegExp(`^password authentication failed for user "${name}"$`));
    }
  });

  it('an unknown user is refused by every method', async () => {
    for (const auth of ['clear', 'md5', 'sha256', 'scram'] as const) {
      const { outcome } = await tryLogin(unknown, withAuth(auth, [clear]));
      expectRefused(outcome, '28000', /^password authentication failed for user "mallory"$/);
    }
  });

  it('trust lets in whoever exists, and nobody else', async () => {
    const { sent, outcome } = await tryLogin({}, withAuth('trust', [disabled]));
    expect(outcome).toMatchObject({ user: 'alice', method: 'trust' });
    expect(sent).toEqual([{ type: 'AuthenticationOk' }]);
    expectRefused((await tryLogin(unknown, withAuth('trust', [clear]))).outcome, '28000', /does not exist/);
  });

  it('who comes without TLS where it is required', async () => {
    const context = contextOf([clear], {
      settings: { auth: 'auto', ssl: 'required', identityProviders: [] },
      encrypted: false,
    });
    const { sent, outcome } = await tryLogin({ password: 'Secret1!' }, context);
    expectRefused(
      outcome,
      '28000',
      'no pg_hba.conf entry for host "127.0.0.1", user "alice", database "dev", SSL off',
    );
    expect(sent).toEqual([]);
    expect((await tryLogin({ password: 'Secret1!' }, { ...context, encrypted: true })).outcome).toMatchObject(
      {
        user: 'alice',
      },
    );
  });

  it('who answers with another message', async () => {
    for (const auth of ['clear', 'md5', 'sha256', 'scram'] as const) {
      const { outcome } = await tryLogin(
        { instead: { type: 'Query', sql: 'select 1' } },
        withAuth(auth, [clear]),
      );
      expectRefused(outcome, '08P01', 'expected password response');
    }
  });

  it('who speaks SCRAM with channel binding, or nonsense', async () => {
    const answers = [
      {
        type: 'SASLInitialResponse',
        mechanism: 'SCRAM-SHA-256-PLUS',
        data: Buffer.from('p=tls-unique,,n=,r=x'),
      },
      { type: 'SASLInitialResponse', mechanism: 'SCRAM-SHA-256', data: null },
    ] as const;
    for (const instead of answers) {
      const { outcome } = await tryLogin({ instead }, withAuth('scram', [clear]));
      expectRefused(outcome, '08P01', 'invalid SASL');
    }
    const { outcome } = await tryLogin(
      { instead: { type: 'SASLInitialResponse', mechanism: 'SCRAM-SHA-256', data: Buffer.from('hello') } },
      withAuth('scram', [clear]),
    );
    expectRefused(outcome, '28000', 'password authentication failed');
  });
});

describe('behind the login', () => {
  it('a database that is not there is told after the password was right', async () => {
    const right = await tryLogin({ password: 'Secret1!', database: 'nowhere' }, contextOf([clear]));
    expect(right.sent.at(-1)?.type).toBe('AuthenticationOk');
    expectRefused(right.outcome, '3D000', 'database "nowhere" does not exist');
    const wrong = await tryLogin({ password: 'x', database: 'nowhere' }, contextOf([clear]));
    expectRefused(wrong.outcome, '28000', 'password authentication failed');
  });

  it('the limit of connections holds for ordinary users', async () => {
    const limited = (over: Partial<StoredUser>, sessions: number) =>
      tryLogin(
        { password: 'Secret1!' },
        contextOf([{ ...clear, ...over }], { countSessions: () => sessions }),
      );
    expect((await limited({ connectionLimit: 2 }, 1)).outcome).toMatchObject({ user: 'alice' });
    expectRefused((await limited({ connectionLimit: 2 }, 2)).outcome, '53300', 'too many connections');
    expectRefused((await limited({ connectionLimit: 0 }, 0)).outcome, '53300', 'too many connections');
    expect((await limited({ connectionLimit: 0, superuser: true }, 9)).outcome).toMatchObject({
      superuser: true,
    });
  });

  it('without a name the database is called like the user', async () => {
    const context = contextOf([clear], { databaseExists: async (name) => name === 'alice' });
    const { outcome } = await tryLogin({ password: 'Secret1!', database: '' }, context);
    expect(outcome).toMatchObject({ database: 'alice' });
  });

  it('a refusal is an ErrorResponse that ends the session', () => {
    expect(new LoginRefused('28000', 'no', 'because').response).toEqual({
      type: 'ErrorResponse',
      fields: new Map([
        ['S', 'FATAL'],
        ['C', '28000'],
        ['M', 'no'],
        ['D', 'because'],
      ]),
    });
  });
});

describe('the log', () => {
  const logged = async (
    client: Client,
    users: readonly StoredUser[],
    auth: LocalAuth = 'auto',
  ): Promise<string[]> => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    await tryLogin(
      client,
      contextOf(users, { settings: { auth, ssl: 'allowed', identityProviders: [], log } }),
    );
    return lines;
  };
  const driver = [['driver_version', 'Redshift Python Driver 2.1.15']] as const;

  it('says who came in, and how', async () => {
    expect(await logged({ password: 'Secret1!', startup: driver }, [clear])).toEqual([
      '"alice" logged in to "dev" (sha256, Redshift Python Driver 2.1.15)',
    ]);
  });

  it.each([
    [{ password: 'x' }, [clear], 'auto', 'the password is wrong'],
    [{ password: 'Secret1!' }, [], 'auto', 'there is no such user'],
    [{ password: 'Secret1!' }, [disabled], 'auto', 'the user has no password'],
    [{ password: 'Secret1!' }, [{ ...clear, expired: true }], 'auto', 'VALID UNTIL has passed'],
    [{ password: 'x' }, [{ ...clear, expired: true }], 'auto', 'the password is wrong'],
    [{ password: 'Secret1!' }, [md5Only], 'sha256', 'the md5 hash of the password cannot answer sha256'],
    [{ password: 'x' }, [sha256Only], 'clear', 'the password is wrong'],
  ] as const)(
    'tells why %j was refused, which the client is not told',
    async (client, users, auth, reason) => {
      const [line = '', ...more] = await logged({ ...client, startup: driver }, users, auth);
      expect(line).toMatch(
        /^Redshift Python Driver 2\.1\.15 was refused: password authentication failed for user "alice" \(/,
      );
      expect(line).toContain(reason);
      expect(more).toEqual([]);
    },
  );

  it('keeps to its line whatever the client calls itself, shows no password, and may fail', async () => {
    const startup = [['application_name', 'evil\n"root" logged in\u0007']] as const;
    const [line = ''] = await logged({ password: 'Canary12', startup }, [clear]);
    expect(line).toMatch(/^[^\p{Cc}]*$/u);
    expect(line).not.toContain('Canary');
    const log = (): never => {
      throw new Error('full');
    };
    const context = contextOf([clear], {
      settings: { auth: 'auto', ssl: 'allowed', identityProviders: [], log },
    });
    expect((await tryLogin({ password: 'Secret1!' }, context)).outcome).toMatchObject({ user: 'alice' });
  });
});
