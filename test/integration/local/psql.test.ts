/** PostgreSQL's own shell against the local Redshift, as somebody types at it. Skipped where the machine has no psql. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../src/local/certificate.js';
import { startLocal, type LocalServer } from './harness.js';

const found = spawnSync('psql', ['--version'], { encoding: 'utf8' }).status === 0;
if (!found) console.warn('psql is not installed: its tests are skipped (Debian: postgresql-client)');

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Without the settings of whoever runs the tests. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('PG')),
);

function psql(conninfo: string, args: readonly string[], input = ''): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn('psql', ['-X', '-w', ...args, conninfo], {
      env: { ...environment, LC_ALL: 'C', PGCONNECT_TIMEOUT: '10' },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}

describe.skipIf(!found)('psql', () => {
  let server: LocalServer;
  let folder: string;
  const conninfo = (over: Readonly<Record<string, string>> = {}): string => {
    const { host, port, database, user, password, sslrootcertFile = '' } = server.redshift;
    const pairs = { host, port: String(port), dbname: database, user, password, ...over };
    return Object.entries({ sslmode: 'verify-full', sslrootcert: sslrootcertFile, ...pairs })
      .filter(([, value]) => value !== '')
      .map(([key, value]) => `${key}=${value}`)
      .join(' ');
  };
  const ask = (sql: string): Promise<Said> => psql(conninfo(), ['-At', '-c', sql]);
  const answer = async (sql: string): Promise<string> => {
    const { code, out, err } = await ask(sql);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out.trimEnd();
  };

  beforeAll(async () => {
    server = await startLocal({ users: { sha: 'sha256|Shapass1' } });
    folder = await mkdtemp(join(tmpdir(), 'psql-'));
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('logs in over TLS that it has verified, and says so', async () => {
    const { code, out } = await psql(conninfo(), ['-c', '\\conninfo']);
    expect(code).toBe(0);
    expect(out).toContain(`database "dev" as user "awsuser" on host "127.0.0.1"`);
    expect(out).toMatch(/SSL connection \(protocol: TLSv1\.[23]/);
  });

  it('logs in without TLS', async () => {
    const { out } = await psql(conninfo({ sslmode: 'disable', sslrootcert: '' }), ['-At', '-c', 'select 1']);
    expect(out).toBe('1\n');
  });

  it('refuses a server that another authority has signed', async () => {
    const other = join(folder, 'other.crt');
    await writeFile(other, (await createAuthority('Somebody else')).cert);
    const { code, err } = await psql(conninfo({ sslrootcert: other }), ['-c', 'select 1']);
    expect(code).toBe(2);
    expect(err).toContain('certificate verify failed');
  });

  it('is refused as Redshift refuses', async () => {
    const wrong = await psql(conninfo({ password: 'Wrong123' }), ['-c', 'select 1']);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('FATAL:  password authentication failed for user "awsuser"');
    const nowhere = await psql(conninfo({ dbname: 'nowhere' }), ['-c', 'select 1']);
    expect(nowhere.err).toContain('FATAL:  database "nowhere" does not exist');
    // libpq knows no digest: PostgreSQL's clients cannot log in as such a user, on Redshift neither.
    const digest = await psql(conninfo({ user: 'sha', password: 'Shapass1' }), ['-c', 'select 1']);
    expect(digest.err).toContain('authentication method 13 not supported');
  });

  it('asks and is answered in the form of Redshift', async () => {
    expect(await answer('select version()')).toMatch(/^PostgreSQL 8\.0\.2 on .*, Redshift 1\.0\.\d+$/);
    expect(await answer('select 1, null, true, 1.50::numeric(5,2)')).toBe('1||t|1.50');
    expect(await answer("select getdate() > sysdate - interval '1 day'")).toBe('t');
    expect(await answer("select 'it\\'s'")).toBe("it's");
    expect(await answer("select dateadd(month, 1, '2008-01-31'::date)")).toBe('2008-02-29 00:00:00');
    expect(await answer('select json_parse(\'[1, {"a": null}]\')')).toBe('[1,{"a":null}]');
  });

  it('makes tables and describes them', async () => {
    await answer(
      'create table book (id integer identity(0,1) not null, title varchar(100) encode lzo, price numeric(8,2)) diststyle key distkey(id) sortkey(id)',
    );
    await answer("insert into book (title, price) values ('One', 1), ('Two', 2.5)");
    expect(await answer('select title, price from book order by 1')).toBe('One|1.00\nTwo|2.50');
    const tables = await psql(conninfo(), ['-At', '-c', '\\dt']);
    expect(tables).toMatchObject({ code: 0, err: '', out: 'public|book|table|awsuser\n' });
    const described = await psql(conninfo(), ['-At', '-c', '\\d book']);
    expect(described).toMatchObject({ code: 0, err: '' });
    expect(described.out).toContain('title|character varying(100)|');
    expect(described.out).toContain('price|numeric(8,2)|');
    for (const command of ['\\d', '\\dn', '\\du', '\\l', '\\df len', '\\dp']) {
      expect(await psql(conninfo(), ['-c', command]), command).toMatchObject({ code: 0, err: '' });
    }
  });

  it('is told where in its own text an error is', async () => {
    const { code, err } = await ask('select dateadd(day, 1, sysdate), nothing from (select 1 as a) as t');
    expect(code).toBe(1);
    const [message = '', line = '', mark = ''] = err.split('\n');
    expect(message).toContain('ERROR:  column "nothing" does not exist');
    expect(line).toContain('sysdate), nothing from');
    expect(line.slice(mark.indexOf('^'))).toMatch(/^nothing/);
    expect((await ask('selec 1')).err).toContain('ERROR:  syntax error at or near "selec"');
  });

  it('runs a script on, and a failed transaction until its end', async () => {
    const script = 'begin;\nselect 1;\nselect 1/0;\nselect 2;\nrollback;\nselect 3;\n';
    const { out, err } = await psql(conninfo(), ['-At'], script);
    expect(out).toBe('BEGIN\n1\nROLLBACK\n3\n');
    expect(err).toMatch(/division by zero|divide by zero/i);
    expect(err).toContain('current transaction is aborted, commands ignored until end of transaction block');
    const stopped = await psql(conninfo(), ['-At', '-v', 'ON_ERROR_STOP=1'], script);
    expect(stopped).toMatchObject({ code: 3, out: 'BEGIN\n1\n' });
  });

  it('runs several statements of one message, all or none of them', async () => {
    expect(
      await answer('create table two (a int); insert into two values (1); select count(*) from two'),
    ).toBe('CREATE TABLE\nINSERT 0 1\n1');
    expect((await ask('insert into two values (2); select nothing')).code).toBe(1);
    expect(await answer('select count(*) from two')).toBe('1');
  });

  it('is interrupted', async () => {
    const child = spawn(
      'psql',
      [
        '-X',
        '-w',
        '-c',
        'select count(*) from (select 1 from pg_class a, pg_class b, pg_class c, pg_class d) as t',
        conninfo(),
      ],
      {
        env: { ...environment, LC_ALL: 'C' },
      },
    );
    let err = '';
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    setTimeout(() => child.kill('SIGINT'), 1500);
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(1);
    expect(err).toMatch(/cancel/i);
  });
});
