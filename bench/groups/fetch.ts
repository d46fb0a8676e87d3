/** Bulk results: everything that a query gives, kept in memory, as each driver hands it out. */
import { spawn } from 'node:child_process';
import type { Client, Clients, NodeClient } from '../client.js';
import { exactTexts, type Exact, type Values } from '../exact.js';
import { runFloor, type Floor } from '../floor.js';
import { measure } from '../measure.js';
import { pgClient, postgresClient } from '../peers.js';
import { shapeNamed } from '../shapes.js';
import { ours, query, type Target } from '../target.js';

export interface FetchTask {
  readonly target: Target;
  readonly shape: string;
  readonly rows: number;
}

/** A connection that is ready to ask. */
export interface Asking<Result> {
  readonly fetch: () => Promise<Result>;
  readonly count: (result: Result) => number;
  readonly rows: (result: Result) => Values;
  readonly close: () => Promise<unknown>;
  /** Bytes that the result says it holds. */
  readonly held?: (result: Result) => number;
}

/** @param open `keep`: the values will be asked for */
export function asks<Result>(
  open: (task: FetchTask, keep: boolean) => Promise<Asking<Result>>,
): NodeClient<FetchTask> {
  return {
    async run(task) {
      const { fetch, count, close, held } = await open(task, false);
      let kept: Result | undefined;
      const made = await measure(async () => count((kept = await fetch())));
      await close();
      // Looked at after the clock: the result was kept all the time.
      if (kept === undefined || made.count !== task.rows) throw new Error(`${String(made.count)} rows came`);
      return held === undefined ? made : { ...made, held: held(kept) };
    },
    async values(task) {
      const { fetch, rows, close } = await open(task, true);
      const values = rows(await fetch());
      await close();
      return values;
    },
  };
}

const floor = (kind: Floor): NodeClient<FetchTask> => ({
  async run({ target, shape, rows }) {
    const run = await runFloor(kind, target, query(target, shape, rows));
    return measure(async () => (await run(), rows));
  },
});

export const names = (shape: string): string[] => shapeNamed(shape).columns.map(({ name }) => name);

const byName = (shape: string, rows: readonly object[]): Values => {
  const columns = names(shape);
  return rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name]));
};

const rows_ = (options: object): NodeClient<FetchTask> =>
  asks<readonly object[]>(async ({ target, shape, rows }) => {
    const conn = await ours(target);
    const sql = query(target, shape, rows);
    return {
      fetch: async () => (await conn.query<object>(sql, null, options)).rows,
      count: (result) => result.length,
      rows: (result) => (Array.isArray(result[0]) ? (result as Values) : byName(shape, result)),
      close: () => conn.close(),
    };
  });

const pg_ = asks<object[]>(async ({ target, shape, rows }) => {
  const client = await pgClient(target);
  const sql = query(target, shape, rows);
  return {
    fetch: async () => (await client.query<object>(sql)).rows,
    count: (result) => result.length,
    rows: (result) => byName(shape, result),
    close: () => client.end(),
  };
});

const postgres_ = asks<readonly object[]>(async ({ target, shape, rows }) => {
  const client = await postgresClient(target);
  await client`select 1`;
  const sql = query(target, shape, rows);
  return {
    fetch: () => client.unsafe<object[]>(sql),
    count: (result) => result.length,
    rows: (result) => byName(shape, result),
    close: () => client.end(),
  };
});

const floors: Clients<FetchTask> = { 'floor: read': floor('read'), 'floor: walk headers': floor('walk') };

const peers: Clients<FetchTask> = { pg: pg_, postgres: postgres_ };

const python: Clients<FetchTask> = {
  psycopg: { python: 'psycopg' },
  asyncpg: { python: 'asyncpg' },
};

const objects: NodeClient<FetchTask> = rows_({ rowMode: 'object' });

/** By name; the names stand in the report. */
export const rowClients: Clients<FetchTask> = {
  ...floors,
  'redshift-connector, arrays': rows_({ rowMode: 'array' }),
  'redshift-connector, objects': objects,
  'redshift-connector, objects, text timestamps': rows_({
    rowMode: 'object',
    types: { timestamp: 'string', timestamptz: 'string' },
  }),
  'redshift-connector, lazy rows': rows_({ rowMode: 'lazy' }),
  ...peers,
};

/** How much of the floor is the way in which Node is listened to. */
export const eventsFloor: Clients<FetchTask> = { "floor: read by 'data' events": floor('events') };

/** What it costs to have everything as bytes in a pipe, without any client library: psql where the machine has one. */
const psql: Client<FetchTask> = {
  run: async ({ target, shape, rows }) => {
    const made = await measure(async () => {
      const child = spawn(
        'psql',
        [
          ...['-X', '-q', '-h', '127.0.0.1', '-p', String(target.port), '-U', target.user, '-d'],
          ...[target.database, '-c', `copy (${query(target, shape, rows)}) to stdout (format binary)`],
        ],
        { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, PGSSLMODE: 'disable' } },
      );
      await new Promise<void>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code) => {
          if (code === 0) resolve();
          else reject(new Error(`psql ended with ${String(code)}`));
        });
      });
      return rows;
    });
    // Another process's, which nobody counted.
    return { ...made, cpuMs: 0, peakMb: 0 };
  },
};

export const psqlName = 'psql, COPY binary';

export const liveClients: Clients<FetchTask> = { ...rowClients, ...python, [psqlName]: psql };

export const redshiftClients: Clients<FetchTask> = {
  ...rowClients,
  'redshift_connector (Python)': { python: 'redshift_connector' },
};

/** Rows that tell a result of several slabs, and all that the replay servers have recorded, twice. */
const checked = 20_000;

export const fetchCheck = {
  smaller: (task: FetchTask): FetchTask => ({ ...task, rows: Math.min(task.rows, checked) }),
  exact: ({ target, shape, rows }: FetchTask): Promise<Exact> =>
    exactTexts(target, query(target, shape, rows), shapeNamed(shape).columns),
};
