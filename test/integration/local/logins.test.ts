/** Every way to log in, over the wire, with our driver and with `pg`: by options, by SQL, by token, with TLS and without. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthMethod, ConnectOptions } from '../../../src/index.js';
import { createAuthority } from '../../../src/local/certificate.js';
import type { LocalAuth, LocalRedshiftOptions, LocalTemporaryUser } from '../../../src/local/index.js';
import { startLocal, type LocalServer } from './harness.js';

const sha256Of = (password: string, salt: Buffer): string =>
  `sha256|${createHash('sha256').update(password).update(salt).digest('hex')}|${salt.toString('hex')}`;
const md5Of = (password: string, user: string): string =>
  `md5${createHash('md5').update(password).update(user).digest('hex')}`;
const salt = Buffer.alloc(32, 7);

/** Logs in and says as whom; `requireAuth` makes sure that the server asked in that way. */
async function whoami(server: LocalServer, over: ConnectOptions = {}, method?: AuthMethod): Promise<string> {
  const conn = await server.connect({ ...over, ...(method && { requireAuth: [method] }) });
  try {
    const { rows } = await conn.query('select current_user as name');
    return (rows as { name: string }[])[0]!.name;
  } finally {
    await conn.close();
  }
}

async function pgLogin(server: LocalServer, config: pg.ClientConfig = {}): Promise<string> {
  const { host, port, database, user, password, sslrootcert } = server.redshift;
  const client = new pg.Client({
    ...{ host, port, database, user, password },
    ssl: sslrootcert === undefined ? false : { ca: sslrootcert },
    ...config,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>('select current_user as name');
    return rows[0]!.name;
  } finally {
    await client.end();
  }
}

describe('logins by the options', () => {
  const users: LocalRedshiftOptions['users'] = {
    clear: 'Clear123',
    md5hash: md5Of('Md5pass1', 'md5hash'),
    sha: sha256Of('Shapass1', salt),
    shaclear: 'sha256|Shaclear1',
    nobody: null,
    member: { password: 'Member12', groups: ['readers', 'writers'] },
  };
  let server: LocalServer;
  beforeAll(async () => {
    server = await startLocal({ users });
  });
  afterAll(() => server.stop());

  it.each<[string, string, AuthMethod]>([
    ['clear', 'Clear123', 'sha256'],
    ['md5hash', 'Md5pass1', 'md5'],
    ['sha', 'Shapass1', 'sha256'],
    ['shaclear', 'Shaclear1', 'sha256'],
    ['member', 'Member12', 'sha256'],
  ])('%s comes in with our driver', async (user, password, method) => {
    expect(await whoami(server, { user, password }, method)).toBe(user);
  });

  it('the administrator comes in as what the start returned, and by the URL', async () => {
    expect(await whoami(server)).toBe('awsuser');
    expect(server.redshift.url).toMatch(/^redshift:\/\/awsuser:/);
    const { connect } = await import('../../../src/index.js');
    const conn = await connect(server.redshift.url);
    await conn.close();
  });

  // A user with a SHA-256 hash ends pg's whole process: its parser throws at authentication code 13.
  it('pg is asked by MD5', async () => {
    expect(await pgLogin(server)).toBe('awsuser');
    expect(await pgLogin(server, { user: 'md5hash', password: 'Md5pass1' })).toBe('md5hash');
  });

  it.each([
    ['a wrong password', { user: 'clear', password: 'Clear124' }],
    ['a wrong password for a hash', { user: 'md5hash', password: 'Clear124' }],
    ['a wrong password for a salted hash', { user: 'sha', password: 'Clear124' }],
    ['an unknown user', { user: 'mallory', password: 'Clear123' }],
    ['a user without a password', { user: 'nobody', password: 'Clear123' }],
    ["the engine's owner", { user: 'rdsdb', password: 'Clear123' }],
    ['a group', { user: 'readers', password: 'Clear123' }],
  ])('%s is refused in the same words', async (_what, login) => {
    await expect(server.connect(login)).rejects.toMatchObject({
      code: '28000',
      name: 'AuthenticationError',
      message: `password authentication failed for user "${login.user}"`,
    });
    if (login.user === 'sha') return;
    await expect(pgLogin(server, login)).rejects.toMatchObject({
      code: '28000',
      message: `password authentication failed for user "${login.user}"`,
    });
  });

  it('a database that is not there is told to those who may come in', async () => {
    await expect(server.connect({ database: 'nowhere' })).rejects.toMatchObject({
      code: '3D000',
      message: 'database "nowhere" does not exist',
    });
    for (const database of ['postgres', 'template1']) {
      await expect(server.connect({ database })).rejects.toMatchObject({ code: '3D000' });
    }
  });

  it('groups are there with their members', async () => {
    const conn = await server.connect();
    const { rows } = await conn.query(
      "select groname from pg_group g join pg_user u on u.usesysid = any(g.grolist) where usename = 'member' order by 1",
    );
    expect(rows).toEqual([{ groname: 'readers' }, { groname: 'writers' }]);
    await conn.close();
  });

  it('twenty at once', async () => {
    const names = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        at % 2 === 0
          ? whoami(server, { user: 'clear', password: 'Clear123' })
          : whoami(server, { user: 'mallory', password: 'x' }).catch(() => 'refused'),
      ),
    );
    expect(names).toEqual(Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 'clear' : 'refused')));
  });
});

describe('logins by SQL', () => {
  let server: LocalServer;
  beforeAll(async () => {
    server = await startLocal();
  });
  afterAll(() => server.stop());
  const run = async (sql: string, over: ConnectOptions = {}): Promise<void> => {
    const conn = await server.connect({ autocommit: true, ...over });
    try {
      await conn.query(sql);
    } finally {
      await conn.close();
    }
  };

  it.each<[string, AuthMethod]>([
    ["'Secret12'", 'sha256'],
    [`'${md5Of('Secret12', 'walter')}'`, 'md5'],
    [`'${sha256Of('Secret12', salt)}'`, 'sha256'],
    ["'sha256|Secret12'", 'sha256'],
  ])('create user … password %s', async (password, method) => {
    await run(`create user walter password ${password}`);
    const login = { user: 'walter', password: 'Secret12' };
    expect(await whoami(server, login, method)).toBe('walter');
    await expect(server.connect({ ...login, password: 'Secret13' })).rejects.toMatchObject({ code: '28000' });
    await run('drop user walter');
    await expect(server.connect(login)).rejects.toMatchObject({ code: '28000' });
  });

  it('a password is changed, disabled and given again', async () => {
    await run("create user vera password 'Secret12'");
    await run("alter user vera password 'Secret34'");
    await expect(server.connect({ user: 'vera', password: 'Secret12' })).rejects.toMatchObject({
      code: '28000',
    });
    const login = { user: 'vera', password: 'Secret34' };
    expect(await whoami(server, login)).toBe('vera');
    await run("alter user vera password 'Secret56'", login);
    await run('alter user vera password disable');
    await expect(server.connect({ user: 'vera', password: 'Secret56' })).rejects.toMatchObject({
      code: '28000',
    });
    await run("alter user vera password 'Secret78'");
    expect(await whoami(server, { user: 'vera', password: 'Secret78' })).toBe('vera');
  });

  it('a user that was made in a transaction is there when it is over', async () => {
    const conn = await server.connect();
    await conn.query("create user tara password 'Secret12'");
    const login = { user: 'tara', password: 'Secret12' };
    await expect(server.connect(login)).rejects.toMatchObject({ code: '28000' });
    await conn.commit();
    expect(await whoami(server, login)).toBe('tara');
    await conn.close();
  });

  it('a password holds until its time is over', async () => {
    await run("create user uwe password 'Secret12' valid until '2001-02-03'");
    const login = { user: 'uwe', password: 'Secret12' };
    await expect(server.connect(login)).rejects.toMatchObject({ code: '28000' });
    await run("alter user uwe valid until '2901-02-03'");
    expect(await whoami(server, login)).toBe('uwe');
  });

  it('a limit of connections holds for ordinary users', async () => {
    await run("create user kurt password 'Secret12' connection limit 1");
    const login = { user: 'kurt', password: 'Secret12' };
    const first = await server.connect(login);
    await expect(server.connect(login)).rejects.toMatchObject({
      code: '53300',
      message: 'too many connections for user "kurt"',
    });
    await first.close();
    await expect.poll(() => whoami(server, login).catch(() => 'refused')).toBe('kurt');
  });
});

describe.each<[LocalAuth, AuthMethod]>([
  ['trust', 'none'],
  ['clear', 'password'],
  ['md5', 'md5'],
  ['sha256', 'sha256'],
  ['scram', 'scram-sha-256'],
])('with auth %s', (auth, method) => {
  let server: LocalServer;
  beforeAll(async () => {
    server = await startLocal({ auth });
  });
  afterAll(() => server.stop());

  it('our driver is asked that way', async () => {
    expect(await whoami(server, {}, method)).toBe('awsuser');
    const wrong = whoami(server, { password: 'Wrong123' });
    if (auth === 'trust') expect(await wrong).toBe('awsuser');
    else await expect(wrong).rejects.toMatchObject({ code: '28000' });
  });

  it.skipIf(auth === 'sha256')('pg is, too', async () => {
    expect(await pgLogin(server)).toBe('awsuser');
    if (auth !== 'trust') {
      await expect(pgLogin(server, { password: 'Wrong123' })).rejects.toMatchObject({ code: '28000' });
    }
  });
});

describe('TLS', () => {
  it('proves itself with the certificate that the start returned, and with no other', async () => {
    const server = await startLocal({ ssl: 'required' });
    try {
      expect(await whoami(server, { sslmode: 'verify-full' })).toBe('awsuser');
      expect(await whoami(server, { sslmode: 'verify-full', host: 'localhost' })).toBe('awsuser');
      const other = await createAuthority('Somebody else');
      await expect(server.connect({ sslrootcert: other.cert })).rejects.toMatchObject({
        name: 'ConnectError',
      });
      await expect(pgLogin(server, { ssl: true })).rejects.toThrow(/certificate/);
      await expect(pgLogin(server, { ssl: false })).rejects.toMatchObject({
        code: '28000',
        message: expect.stringMatching(
          /^no pg_hba.conf entry for host ".*", user "awsuser", database "dev", SSL off$/,
        ) as unknown,
      });
    } finally {
      await server.stop();
    }
  });

  it('is refused where it is off, and plain connections are taken', async () => {
    const server = await startLocal({ ssl: false });
    try {
      expect(server.redshift.sslrootcert).toBeUndefined();
      expect(await whoami(server)).toBe('awsuser');
      expect(await pgLogin(server)).toBe('awsuser');
      await expect(server.connect({ ssl: true })).rejects.toMatchObject({ name: 'ConnectError' });
    } finally {
      await server.stop();
    }
  });
});

describe('identity tokens', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const issuer = 'https://idp.example';
  const token = (claims: object = {}): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = {
      iss: issuer,
      aud: 'redshift',
      exp: Date.now() / 1000 + 300,
      preferred_username: 'ida',
      ...claims,
    };
    const signed = `${part({ alg: 'RS256', kid: 'k' })}.${part(body)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
  };
  let server: LocalServer;
  beforeAll(async () => {
    const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' }];
    server = await startLocal({
      identityProvider: { issuer, audience: 'redshift', keys, namespace: 'azure' },
    });
  });
  afterAll(() => server.stop());
  const login = (text: string, over: ConnectOptions = {}): Promise<string> => {
    const { host, port, database, sslrootcert } = server.redshift;
    return import('../../../src/index.js').then(async ({ connect }) => {
      const conn = await connect({
        ...{ host, port, database, sslrootcert: sslrootcert ?? '', token: text, requireAuth: ['token'] },
        ...over,
      });
      const { rows } = await conn.query('select current_user as name');
      await conn.close();
      return (rows as { name: string }[])[0]!.name;
    });
  };

  it('of a native identity provider and of Identity Center let their user in', async () => {
    expect(await login(token({ groups: ['analysts'] }), { providerName: 'azure' })).toBe('azure:ida');
    expect(await login(token(), { tokenType: 'EXT_JWT' })).toBe('azure:ida');
    const conn = await server.connect();
    const { rows } = await conn.query("select usename, usesuper from pg_user where usename like 'azure:%'");
    expect(rows).toEqual([{ usename: 'azure:ida', usesuper: false }]);
    await conn.close();
  });

  it('let a user in who is new and comes twice at once', async () => {
    for (let i = 0; i < 3; i++) {
      const text = token({ preferred_username: `twin${String(i)}`, groups: [`team${String(i)}`] });
      const both = [1, 2, 3].map(() => login(text, { providerName: 'azure' }));
      expect(await Promise.all(both)).toEqual(Array(3).fill(`azure:twin${String(i)}`));
    }
  });

  it('of a trusted issuer are taken once, so that a function has to give one for each connection', async () => {
    let made = 0;
    const fresh = (): Promise<string> => Promise.resolve(token({ jti: `fresh${String(made++)}` }));
    const over = { tokenType: 'EXT_JWT', token: fresh };
    for (let i = 0; i < 2; i++) expect(await login('', over)).toBe('azure:ida');
    expect(made).toBe(2);
    const same = token({ jti: 'same' });
    expect(await login(same, { tokenType: 'EXT_JWT' })).toBe('azure:ida');
    await expect(login(same, { tokenType: 'EXT_JWT' })).rejects.toMatchObject({
      name: 'AuthenticationError',
      code: '28000',
      message: expect.stringContaining('it was used before') as unknown,
    });
  });

  it('that do not hold are refused, and passwords still work', async () => {
    for (const text of [token({ aud: 'other' }), token({ exp: 1 }), token().slice(0, -8), 'nonsense']) {
      await expect(login(text, { providerName: 'azure' })).rejects.toMatchObject({
        code: '28000',
        name: 'AuthenticationError',
      });
    }
    expect(await whoami(server)).toBe('awsuser');
  });
});

describe('temporary users', () => {
  const start = Date.now();
  let now = start;
  const handedOut: LocalTemporaryUser[] = [];
  let server: LocalServer;
  /** What an AWS API would do. */
  const handOut = (user: string, more: Partial<LocalTemporaryUser> = {}): ConnectOptions => {
    const password = `temporary+/${String(handedOut.length)}==`;
    handedOut.push({ user, password, validUntil: new Date(now + 900_000), ...more });
    return { user, password };
  };
  beforeAll(async () => {
    server = await startLocal({
      users: { old: { password: 'Oldpass1', groups: ['readers'] } },
      temporaryUsers: (user) => handedOut.filter((one) => one.user === user),
      now: () => now,
    });
  });
  afterAll(() => server.stop());

  it('come in as the database user that they stand for, asked in clear text over TLS', async () => {
    expect(await whoami(server, handOut('IAM:old'), 'password')).toBe('old');
    expect(await whoami(server, handOut('IAMA:new'), 'password')).toBe('new');
    expect(await whoami(server, handOut('IAMR:Admin'), 'password')).toBe('IAMR:Admin');
    const admin = await server.connect();
    const { rows } = await admin.query(
      "select usename from pg_user where usename in ('new', 'IAMR:Admin') order by 1",
    );
    expect(rows).toEqual([{ usename: 'IAMR:Admin' }, { usename: 'new' }]);
    await admin.close();
  });

  it('are users like any other: they own what they make, and have the rights of their groups', async () => {
    const admin = await server.connect({ autocommit: true });
    await admin.query('create table for_readers (a int)');
    await admin.query('insert into for_readers values (7)');
    await admin.query('grant select on for_readers to group readers');
    const select = async (login: ConnectOptions): Promise<unknown> => {
      const conn = await server.connect({ ...login, autocommit: true });
      try {
        return (await conn.query('select a from for_readers')).rows;
      } finally {
        await conn.close();
      }
    };
    await expect(select(handOut('IAMA:ungrouped'))).rejects.toMatchObject({ code: '42501' });
    expect(await select(handOut('IAMA:grouped', { groups: ['readers'] }))).toEqual([{ a: 7 }]);
    const own = await server.connect({ ...handOut('IAMA:grouped'), autocommit: true });
    await own.query('create table of_grouped (a int)');
    await own.close();
    const { rows } = await admin.query("select tableowner from pg_tables where tablename = 'of_grouped'");
    expect(rows).toEqual([{ tableowner: 'grouped' }]);
    await admin.close();
  });

  it('end with their time, by the clock of the server; sessions go on', async () => {
    const login = handOut('IAM:old');
    const conn = await server.connect(login);
    now += 899_999;
    expect(await whoami(server, login)).toBe('old');
    now += 1;
    await expect(server.connect(login)).rejects.toMatchObject({
      name: 'AuthenticationError',
      code: '28000',
      message: expect.stringContaining('IAM Authentication token has expired') as unknown,
    });
    expect((await conn.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await conn.close();
    expect(await whoami(server, handOut('IAM:old'))).toBe('old');
    now = start;
  });

  it('are refused with a wrong password, without TLS, and where there is no such database user', async () => {
    const login = handOut('IAM:old');
    const failed = {
      code: '28000',
      message: expect.stringContaining('password authentication failed') as unknown,
    };
    await expect(server.connect({ ...login, password: 'wrong' })).rejects.toMatchObject(failed);
    await expect(server.connect({ ...login, user: 'IAMA:old' })).rejects.toMatchObject(failed);
    await expect(
      pgLogin(server, { user: 'IAM:old', password: String(login.password), ssl: false }),
    ).rejects.toMatchObject({
      code: '28000',
      message: 'password authentication failed for user "IAM:old"',
    });
    expect(await pgLogin(server, { user: 'IAM:old', password: String(login.password) })).toBe('old');
    await expect(server.connect(handOut('IAM:nobody'))).rejects.toMatchObject({
      code: '28000',
      message: expect.stringContaining('user "nobody" does not exist') as unknown,
    });
    await expect(server.connect(handOut('IAM:old', { groups: ['nosuch'] }))).rejects.toMatchObject({
      code: '42704',
      message: expect.stringContaining('group "nosuch" does not exist') as unknown,
    });
  });
});
