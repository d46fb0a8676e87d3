/** Writing many rows in one call, as each driver's own way of it. */
import type { Client, NodeClient } from '../client.js';
import { exactTexts, type Exact, type ExactColumn, type Values } from '../exact.js';
import { measure } from '../measure.js';
import { pgClient, postgresClient } from '../peers.js';
import { driver, ours, type Target } from '../target.js';

export interface InsertTask {
  readonly target: Target;
  readonly rows: number;
}

type Row = readonly [number, string, number, Date];

const columns: readonly ExactColumn[] = [
  { name: 'id', kind: 'integer' },
  { name: 'name', kind: 'text' },
  { name: 'weight', kind: 'float' },
  { name: 'loaded', kind: 'timestamptz' },
];
const names = columns.map(({ name }) => name);
const list = names.join(', ');
/** Rows in a statement of the drivers that leave this to their users. */
const most = 1000;

function rowsOf(count: number): Row[] {
  const from = Date.UTC(2024, 0, 1);
  return Array.from({ length: count }, (_, at): Row => [
    at,
    `name ${String(at % 977)}`,
    at * 0.25,
    new Date(from + at * 1000),
  ]);
}

/** A table of the process's own, so that nobody writes into what another filled. */
const table = `bench_insert_${String(process.pid)}`;
const fresh = [
  `drop table if exists ${table}`,
  `create unlogged table ${table} (id integer, name varchar(64), weight double precision, loaded timestamptz)`,
];

/** Runs single statements, and writes rows as the driver's users would. */
interface Writer {
  run(sql: string): Promise<unknown>;
  /** Brings the rows into the form that is written; not measured. */
  prepare?(rows: readonly Row[]): void;
  write(rows: readonly Row[]): Promise<unknown>;
  close(): Promise<unknown>;
}

function writes(open: (target: Target) => Promise<Writer>): NodeClient<InsertTask> {
  return {
    async run({ target, rows }) {
      const writer = await open(target);
      for (const sql of fresh) await writer.run(sql);
      const values = rowsOf(rows);
      writer.prepare?.(values);
      const made = await measure(async () => {
        await writer.write(values);
        return rows;
      });
      await writer.run(`drop table ${table}`);
      await writer.close();
      return made;
    },
    // What the server says is in the table.
    async values({ target, rows }) {
      const writer = await open(target);
      for (const sql of fresh) await writer.run(sql);
      const given = rowsOf(rows);
      writer.prepare?.(given);
      await writer.write(given);
      const stored = await exactTexts(target, `select ${list} from ${table} order by id`, columns);
      await writer.run(`drop table ${table}`);
      await writer.close();
      return stored.rows;
    },
  };
}

export const insertClients: Readonly<Record<string, Client<InsertTask>>> = {
  'redshift-connector, executeMany': writes(async (target) => {
    const conn = await ours(target);
    const cursor = conn.cursor();
    return {
      run: (sql) => conn.query(sql),
      write: (rows) => cursor.executeMany(`insert into ${table} (${list}) values (%s, %s, %s, %s)`, rows),
      close: () => conn.close(),
    };
  }),
  'redshift-connector, writeDataFrame': writes(async (target) => {
    const conn = await ours(target);
    const cursor = conn.cursor();
    const { DataFrame } = await driver();
    let frame: ReturnType<typeof DataFrame.from>;
    return {
      run: (sql) => conn.query(sql),
      prepare: (rows) => {
        frame = DataFrame.from({
          id: Int32Array.from(rows, ([id]) => id),
          name: rows.map(([, name]) => name),
          weight: Float64Array.from(rows, ([, , weight]) => weight),
          loaded: rows.map(([, , , loaded]) => loaded),
        });
      },
      write: () => cursor.writeDataFrame(frame, table),
      close: () => conn.close(),
    };
  }),
  'pg, statements of many rows': writes(async (target) => {
    const client = await pgClient(target);
    return {
      run: (sql) => client.query(sql),
      write: async (rows) => {
        await client.query('begin');
        for (let at = 0; at < rows.length; at += most) {
          const part = rows.slice(at, at + most);
          const marks = part.map(
            (_, row) =>
              `($${String(row * 4 + 1)},$${String(row * 4 + 2)},$${String(row * 4 + 3)},$${String(row * 4 + 4)})`,
          );
          await client.query(`insert into ${table} (${list}) values ${marks.join(',')}`, part.flat());
        }
        await client.query('commit');
      },
      close: () => client.end(),
    };
  }),
  'postgres, statements of many rows': writes(async (target) => {
    const client = await postgresClient(target);
    return {
      run: (sql) => client.unsafe(sql),
      write: (rows) =>
        client.begin(async (sql) => {
          for (let at = 0; at < rows.length; at += most) {
            const part = rows
              .slice(at, at + most)
              .map(([id, name, weight, loaded]) => ({ id, name, weight, loaded }));
            await sql`insert into ${sql(table)} ${sql(part, 'id', 'name', 'weight', 'loaded')}`;
          }
        }),
      close: () => client.end(),
    };
  }),
  'psycopg, executemany': { python: 'psycopg' },
  'psycopg, COPY': { python: 'psycopg_copy' },
  'asyncpg, executemany': { python: 'asyncpg' },
};

export const insertCheck = {
  smaller: (task: InsertTask): InsertTask => ({ ...task, rows: Math.min(task.rows, 5000) }),
  exact: ({ rows }: InsertTask): Promise<Exact> => {
    const texts = rowsOf(rows).map(([id, name, weight, loaded]): (string | null)[] => [
      String(id),
      name,
      String(weight),
      `${loaded.toISOString().replace('T', ' ').replace('.000Z', '')}+00`,
    ]);
    return Promise.resolve({ columns, rows: texts } satisfies { columns: typeof columns; rows: Values });
  },
};
