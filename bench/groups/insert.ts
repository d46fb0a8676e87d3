/** Writing many rows in one call, as each driver's own way of it. */
import { measure, type Measurement } from '../measure.js';
import { pgClient, postgresClient } from '../peers.js';
import { ours, type Target } from '../target.js';

export interface InsertTask {
  readonly target: Target;
  readonly rows: number;
}

type Row = [number, string, number, Date];

function rowsOf(count: number): Row[] {
  const from = Date.UTC(2024, 0, 1);
  return Array.from({ length: count }, (_, at) => [
    at,
    `name ${String(at % 977)}`,
    at * 0.25,
    new Date(from + at * 1000),
  ]);
}

const columns = ['id', 'name', 'weight', 'loaded'] as const;

/** One table a measurement, so that nobody writes into what another filled. */
const fresh =
  'create temp table target (id integer, name varchar(64), weight double precision, loaded timestamptz)';

export const insertClients: Readonly<Record<string, (task: InsertTask) => Promise<Measurement>>> = {
  'redshift-connector, executeMany': async ({ target, rows }) => {
    const conn = await ours(target);
    await conn.query(fresh);
    const cursor = conn.cursor();
    const values = rowsOf(rows);
    return measure(async () => {
      await cursor.executeMany(
        'insert into target (id, name, weight, loaded) values (%s, %s, %s, %s)',
        values,
      );
      return cursor.rowCount;
    });
  },
  'pg, statements of many rows': async ({ target, rows }) => {
    const client = await pgClient(target);
    await client.query(fresh);
    const values = rowsOf(rows);
    const most = 1000;
    return measure(async () => {
      await client.query('begin');
      for (let at = 0; at < values.length; at += most) {
        const part = values.slice(at, at + most);
        const marks = part.map(
          (_, row) =>
            `($${String(row * 4 + 1)},$${String(row * 4 + 2)},$${String(row * 4 + 3)},$${String(row * 4 + 4)})`,
        );
        await client.query(
          `insert into target (${columns.join(', ')}) values ${marks.join(',')}`,
          part.flat(),
        );
      }
      await client.query('commit');
      return values.length;
    });
  },
  'postgres, statements of many rows': async ({ target, rows }) => {
    const client = postgresClient(target);
    await client.unsafe(fresh);
    const values = rowsOf(rows);
    const most = 1000;
    return measure(async () => {
      await client.begin(async (sql) => {
        for (let at = 0; at < values.length; at += most) {
          const part = values
            .slice(at, at + most)
            .map(([id, name, weight, loaded]) => ({ id, name, weight, loaded }));
          await sql`insert into target ${sql(part, ...columns)}`;
        }
      });
      return values.length;
    });
  },
};
