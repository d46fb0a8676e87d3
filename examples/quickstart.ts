/**
 * What this driver does, in one run against a real server: a private PostgreSQL over TLS with a SCRAM password, started
 * for the occasion and gone afterwards. Read it from top to bottom; `npm run quickstart` runs it.
 */
import { connect, RedshiftError, type Paramstyle } from '../src/index.js';
import { createAuthority, loopbackNames } from '../src/local/certificate.js';
import { startEngine } from '../src/local/engine.js';

const authority = await createAuthority('Quickstart authority');
const { cert, key } = await authority.issue({ commonName: 'localhost', ...loopbackNames });
const engine = await startEngine({
  tcp: true,
  tls: { cert, key },
  superuser: 'awsuser',
  password: 'Quickstart1',
});

try {
  // 1. Connect: TLS with the certificate checked against its authority and the host name.
  const conn = await connect({
    protocol: 'postgresql', // a Redshift cluster needs no such line
    host: 'localhost',
    port: engine.port,
    database: engine.database,
    user: 'awsuser',
    password: 'Quickstart1',
    sslmode: 'verify-full',
    sslrootcert: authority.cert,
  });
  console.log(
    `Connected to server ${conn.parameters.get('server_version') ?? '?'} over TLS, process ${String(conn.processId)}`,
  );

  // 2. The book example.
  const cursor = conn.cursor();
  await cursor.execute('create temp table book(bookname varchar, author varchar)');
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

  // 4. Rows as JSON.stringify takes them: count(*) is BIGINT, which is a bigint unless you choose otherwise.
  const { rows: counted } = await conn.query('select count(*) as books, now() as at from book', null, {
    types: 'json',
  });
  console.log('As JSON:', JSON.stringify(counted));

  // 5. A transaction that is rolled back, since it throws.
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

  // 6. An error carries what the server said; the connection stays usable.
  await conn.query('select * from no_such_table').catch((error: unknown) => {
    if (error instanceof RedshiftError) console.log(`${error.name} ${error.code}: ${error.message}`);
  });
  await conn.rollback();

  // 7. A million rows as a stream: memory stays bounded, whatever the result's size.
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
  await engine.stop();
}
