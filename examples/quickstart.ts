/**
 * What this driver does, in one run against a local Redshift: TLS, a SHA-256 password, every type, the metadata of
 * columns, a stream, an error. Read it from top to bottom; `npm run quickstart` runs it.
 */
import { connect, RedshiftError, type Paramstyle } from '../src/index.js';
import { startLocalRedshift } from '../src/local/index.js';

const local = await startLocalRedshift({ port: 0 });
console.log('A local Redshift runs; it ends with this program.');

try {
  // 1. Connect: TLS with the certificate checked against its authority and the host name, Redshift's SHA-256 login.
  const conn = await connect({
    host: 'localhost',
    port: local.port,
    database: local.database,
    user: local.user,
    password: local.password,
    sslmode: 'verify-full',
    sslrootcert: local.sslrootcert,
    requireAuth: ['sha256'],
  });
  const { rows: who } = await conn.query<{ version: string; me: string }>(
    'select version() as version, current_user as me',
  );
  console.log(`Connected over TLS as ${who[0]?.me ?? '?'}: ${who[0]?.version ?? '?'}`);

  // 2. The book example.
  const cursor = conn.cursor();
  await cursor.execute('create temp table book (bookname varchar, author varchar)');
  await cursor.executeMany('insert into book (bookname, author) values (%s, %s)', [
    ['One Hundred Years of Solitude', 'Gabriel García Márquez'],
    ['A Brief History of Time', 'Stephen Hawking'],
  ]);
  await cursor.execute('select * from book');
  console.log('Books:', await cursor.fetchAll());
  await conn.commit();

  // 3. Every paramstyle, and $1, which works in all of them.
  const styles: readonly [Paramstyle, string, readonly unknown[] | Record<string, unknown>][] = [
    ['format', 'select author from book where bookname like %s', ['A Brief%']],
    ['pyformat', 'select author from book where bookname like %(name)s', { name: 'A Brief%' }],
    ['qmark', 'select author from book where bookname like ?', ['A Brief%']],
    ['numeric', 'select author from book where bookname like :1', ['A Brief%']],
    ['named', 'select author from book where bookname like :name', { name: 'A Brief%' }],
    ['format', 'select author from book where bookname like $1', ['A Brief%']],
  ];
  for (const [paramstyle, sql, parameters] of styles) {
    const { rows } = await conn.query<{ author: string }>(sql, parameters, { paramstyle });
    console.log(`${paramstyle.padEnd(8)} ${sql}  ->  ${rows[0]?.author ?? 'nothing'}`);
  }

  // 4. Every type of Redshift, with what the server tells of each column.
  await conn.query(`create temp table everything (
    id integer identity(1, 1), b boolean, i2 smallint, i8 bigint, n numeric(38, 10), f4 real, f8 double precision,
    c char(4), v varchar(20) not null, d date, t time, tz timetz, ts timestamp, tstz timestamptz,
    ym interval year to month, ds interval day to second, s super, vb varbyte(8), gm geometry, gg geography, h hllsketch)`);
  await conn.query(`insert into everything (b, i2, i8, n, f4, f8, c, v, d, t, tz, ts, tstz, ym, ds, s, vb) values (
    true, -32768, 9007199254740993, 1.5, 0.1, 0.1, 'ab', 'é', '2024-02-29', '12:34:56.789', '04:00:00+05',
    '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56+02', interval '1-2' year to month, interval '1 2:03:04.5' day to second,
    json_parse('{"a": [1, 2.50]}'), to_varbyte('00ff', 'hex'))`);
  const { rows: everything, columns } = await conn.query('select * from everything');
  for (const { name, typeName, nullOk, autoIncrement } of columns) {
    const notes = [nullOk === false ? 'not null' : '', autoIncrement === true ? 'identity' : '']
      .join(' ')
      .trim();
    console.log(` ${name.padEnd(5)}${typeName.padEnd(24)}${notes.padEnd(18)}`, everything[0]?.[name]);
  }
  await conn.rollback();

  // 5. Rows as JSON.stringify takes them: count(*) is BIGINT, which is a bigint unless you choose otherwise.
  const { rows: counted } = await conn.query('select count(*) as books, getdate() as at from book', null, {
    types: 'json',
  });
  console.log('As JSON:', JSON.stringify(counted));

  // 6. A transaction that is rolled back, since it throws.
  await conn.commit();
  await conn
    .transaction(async (inside) => {
      await inside.query('delete from book');
      throw new Error('changed my mind');
    })
    .catch((error: unknown) => {
      console.log('Rolled back:', (error as Error).message);
    });
  const { rows: left } = await conn.query<{ books: bigint }>('select count(*) as books from book');
  console.log('Books after the rollback:', left[0]?.books);

  // 7. An error carries what the server said; the connection stays usable.
  await conn.query('select * from no_such_table').catch((error: unknown) => {
    if (error instanceof RedshiftError) console.log(`${error.name} ${error.code}: ${error.message}`);
  });
  await conn.rollback();

  // 8. A million rows as a stream: memory stays bounded, whatever the result's size.
  let rows = 0;
  let peak = 0;
  const started = performance.now();
  for await (const row of await cursor.execute(
    "select n, 'row ' || n from generate_series(1, 1000000) n",
    null,
    { stream: true },
  )) {
    if (row[0] !== ++rows) throw new Error(`row ${String(rows)} is missing`);
    if (rows % 50_000 === 0) peak = Math.max(peak, process.memoryUsage.rss());
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `Streamed ${String(rows)} rows in ${seconds.toFixed(1)} s; peak memory of the process ${String(Math.round(peak / 2 ** 20))} MB`,
  );

  await conn.rollback();
  await conn.close();
} finally {
  await local.close();
}
