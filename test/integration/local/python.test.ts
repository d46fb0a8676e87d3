/**
 * Amazon's Python driver against the local Redshift. Skipped where `python3 -c "import redshift_connector"` fails; the
 * variables PYTHON and REDSHIFT_PYTHON_DRIVER (a folder with the package in it) say where else to look.
 */
import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocal, type LocalServer } from './harness.js';

const python = process.env['PYTHON'] ?? 'python3';
const driver = process.env['REDSHIFT_PYTHON_DRIVER'];
const environment = {
  ...process.env,
  ...(driver === undefined ? {} : { PYTHONPATH: driver }),
  PYTHONWARNINGS: 'ignore',
};
const found = spawnSync(python, ['-c', 'import redshift_connector'], { env: environment }).status === 0;
if (!found) {
  console.warn(
    'redshift_connector for Python is not installed: its tests are skipped (set PYTHON and REDSHIFT_PYTHON_DRIVER to run them)',
  );
}

/** What every script below begins with; `show` prints one line that JSON can hold. */
const prelude = `
import datetime, decimal, json, sys
import redshift_connector

login = json.loads(sys.argv[1])

def connect(**more):
    return redshift_connector.connect(**{**login, **more})

def show(value):
    print(json.dumps(value, default=lambda it: f"{type(it).__name__} {it}"))
`;

function run(script: string, login: object, certificate: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-c', prelude + script, JSON.stringify(login)], {
      env: { ...environment, SSL_CERT_FILE: certificate },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0)
        resolve(
          out
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as unknown),
        );
      else reject(new Error(err));
    });
  });
}

describe.skipIf(!found)('redshift_connector for Python', () => {
  let server: LocalServer;
  beforeAll(async () => {
    server = await startLocal({ users: { md5hash: 'md50f5bb1fbcbd7ce3b35d8a0a4c3d0a0b7' } });
  });
  afterAll(() => server.stop());
  const python3 = (script: string, over: object = {}): Promise<unknown[]> => {
    const { host, port, database, user, password, sslrootcertFile = '' } = server.redshift;
    return run(
      script,
      { host, port, database, user, password, sslmode: 'verify-full', ...over },
      sslrootcertFile,
    );
  };

  it.each([0, 1, 2])('logs in with SHA-256 over verified TLS, at protocol version %i', async (version) => {
    const said = await python3(`
conn = connect(client_protocol_version=${String(version)})
show(dict((k.decode(), v.decode()) for k, v in conn.parameter_statuses)["server_protocol_version"])
show(conn.run("select current_user, version()")[0])
`);
    expect(said).toEqual([String(version), ['awsuser', expect.stringContaining('Redshift 1.0.')]]);
  });

  it('logs in without TLS, and is refused with the wrong password', async () => {
    const said = await python3(
      `
show(connect().run("select 1")[0][0])
try:
    connect(password="Wrong123")
except redshift_connector.InterfaceError as error:
    show(error.args[0])
try:
    connect(database="nowhere")
except redshift_connector.ProgrammingError as error:
    show(error.args[0])
`,
      { ssl: false, sslmode: null },
    );
    expect(said).toEqual([
      1,
      expect.objectContaining({ C: '28000', M: 'password authentication failed for user "awsuser"' }),
      expect.objectContaining({ C: '3D000', M: 'database "nowhere" does not exist' }),
    ]);
  });

  it('logs in with the token of a native identity provider, and of Identity Center', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const issuer = 'https://idp.example';
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: issuer, exp: Date.now() / 1000 + 300, preferred_username: 'ida' };
    const signed = `${part({ alg: 'RS256' })}.${part(claims)}`;
    const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
    const own = await startLocal({
      identityProvider: { issuer, keys: [publicKey.export({ format: 'jwk' })] },
    });
    try {
      const { host, port, database, sslrootcertFile = '' } = own.redshift;
      const login = { host, port, database, sslmode: 'verify-full', token };
      const script = `
token = login.pop("token")
conn = connect(credentials_provider="BasicJwtCredentialsProvider", web_identity_token=token, provider_name="azure")
show(conn.run("select current_user")[0][0])
conn = connect(credentials_provider="IdpTokenAuthPlugin", token=token, token_type="EXT_JWT")
show(conn.run("select current_user")[0][0])
`;
      expect(await run(script, login, sslrootcertFile)).toEqual(['ida', 'ida']);
    } finally {
      await own.stop();
    }
  });

  it('logs in as a temporary user that AWS would have handed out, until it has expired', async () => {
    const validUntil = new Date(Date.now() + 900_000);
    let now = Date.now();
    const own = await startLocal({
      temporaryUsers: [{ user: 'IAMA:tina', password: 'AMAFUyyuros/Q+9==', validUntil }],
      now: () => now,
    });
    try {
      const { host, port, database, sslrootcertFile = '' } = own.redshift;
      const login = { host, port, database, sslmode: 'verify-full', user: 'IAMA:tina' };
      const script = `
try:
    show(connect(password="AMAFUyyuros/Q+9==").run("select current_user")[0][0])
except redshift_connector.InterfaceError as error:
    show(error.args[0]["M"])
`;
      expect(await run(script, login, sslrootcertFile)).toEqual(['tina']);
      now += 900_001;
      expect(await run(script, login, sslrootcertFile)).toEqual(['IAM Authentication token has expired']);
    } finally {
      await own.stop();
    }
  });

  it('runs the example of its own README', async () => {
    const said = await python3(`
with connect() as conn:
    with conn.cursor() as cursor:
        cursor.execute("create Temp table book(bookname varchar,author varchar)")
        cursor.executemany("insert into book (bookname, author) values (%s, %s)",
            [("One Hundred Years of Solitude", "Gabriel García Márquez"), ("A Brief History of Time", "Stephen Hawking")])
        cursor.execute("select * from book order by 1")
        show(cursor.fetchall())
        show([column[:2] for column in cursor.description])
`);
    expect(said).toEqual([
      [
        ['A Brief History of Time', 'Stephen Hawking'],
        ['One Hundred Years of Solitude', 'Gabriel García Márquez'],
      ],
      [
        ['bookname', 1043],
        ['author', 1043],
      ],
    ]);
  });

  it.each([0, 1, 2])('reads and writes values at protocol version %i', async (version) => {
    const said = await python3(`
conn = connect(client_protocol_version=${String(version)})
cursor = conn.cursor()
cursor.execute("""create temp table v (a smallint, b integer, c bigint, d real, e double precision, f numeric(20,5), g boolean,
  h char(3), i varchar(20), j date, k time, l timestamp, m timestamptz, n super)""")
row = (1, -2, 2**62, 0.5, 1e300, decimal.Decimal("-12345.67891"), True, "ab", "Ünï", datetime.date(1999, 12, 31),
  datetime.time(23, 59, 59, 123456), datetime.datetime(2020, 2, 29, 1, 2, 3, 4),
  datetime.datetime(2020, 2, 29, 1, 2, 3, tzinfo=datetime.timezone.utc), None)
cursor.execute("insert into v values (" + ", ".join(["%s"] * 14) + ")", row)
cursor.execute("update v set n = json_parse('[1,{\\"a\\":2}]')")
cursor.execute("select * from v")
show(cursor.fetchall()[0])
cursor.execute("select f * 2, f / 3, sum(f) over (), avg(b) over (), count(*) over (), 1.5 from v")
show(cursor.fetchall()[0])
`);
    expect(said[0]).toEqual([
      ...[1, -2, 2 ** 62, 0.5, 1e300, 'Decimal -12345.67891', true, 'ab ', 'Ünï', 'date 1999-12-31'],
      expect.stringMatching(/^time 23:59:59\.12345[56]$/),
      ...['datetime 2020-02-29 01:02:03.000004', 'datetime 2020-02-29 01:02:03+00:00', '[1,{"a":2}]'],
    ]);
    const [twice, third, sum, avg, count, literal] = said[1] as (string | number)[];
    expect([twice, sum, avg, count, literal]).toEqual([
      'Decimal -24691.35782',
      'Decimal -12345.67891',
      -2,
      1,
      'Decimal 1.5',
    ]);
    expect(Number(String(third).replace('Decimal ', ''))).toBeCloseTo(-12345.67891 / 3, 4);
  });

  it('keeps its transactions, and errors carry their fields', async () => {
    const said = await python3(`
conn, other = connect(), connect()
conn.cursor().execute("create table py_shared (a int)")
conn.commit()
conn.cursor().execute("insert into py_shared values (1)")
show(other.run("select count(*) from py_shared")[0][0])
other.rollback()
conn.commit()
show(other.run("select count(*) from py_shared")[0][0])
try:
    conn.cursor().execute("select nothing from py_shared")
except redshift_connector.ProgrammingError as error:
    show(error.args[0]["C"])
conn.rollback()
other.rollback()
conn.autocommit = True
conn.cursor().execute("drop table py_shared")
`);
    expect(said).toEqual([0, 1, '42703']);
  });

  it('asks the catalog', async () => {
    const said = await python3(`
conn = connect()
cursor = conn.cursor()
cursor.execute("create table py_catalog (id int not null, name varchar(20), primary key (id))")
show([row[2] for row in cursor.get_tables(schema_pattern="public", types=["TABLE"])])
show([[row[3], row[5]] for row in cursor.get_columns(schema_pattern="public", tablename_pattern="py_catalog")])
show([row[3] for row in cursor.get_primary_keys(schema="public", table="py_catalog")])
conn.rollback()
`);
    expect(said).toEqual([
      expect.arrayContaining(['py_catalog']),
      [
        ['id', 'int4'],
        ['name', 'varchar'],
      ],
      ['id'],
    ]);
  });

  it('makes a data frame of thousands of rows', async () => {
    const pandas = spawnSync(python, ['-c', 'import pandas'], { env: environment }).status === 0;
    if (!pandas) return;
    const said = await python3(`
cursor = connect().cursor()
cursor.execute("create temp table digits (d int)")
cursor.execute("insert into digits values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)")
cursor.execute("select a.d + 10*b.d + 100*c.d + 1000*d.d as n, 'x' || a.d as t from digits a, digits b, digits c, digits d order by 1")
frame = cursor.fetch_dataframe()
show([len(frame), list(frame.columns), int(frame["n"].sum())])
`);
    expect(said).toEqual([[10_000, ['n', 't'], 49_995_000]]);
  });
});
