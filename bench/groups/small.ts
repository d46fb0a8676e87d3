/**
 * Small queries by key against a live server: one after the other, many in flight on one connection, ten connections, each
 * statement for the first time.
 */
import type { Client, NodeClient } from '../client.js';
import { exactTexts, type Exact, type ExactColumn } from '../exact.js';
import { measure, type Measurement } from '../measure.js';
import { pgClient, pgPool, postgresClient } from '../peers.js';
import { driver, ours, settings, type Target } from '../target.js';

export type Way = 'sequential' | 'cold' | 'in flight' | 'connections';

export interface SmallTask {
  readonly target: Target;
  readonly queries: number;
  readonly way: Way;
}

type Row = readonly unknown[];
/** Asks for the row with this key. `cold`: with a text that this connection has not seen. */
type Ask = (key: number, cold: string) => Promise<Row>;

interface Asking {
  /** One a connection. */
  readonly lanes: readonly Ask[];
  readonly close: () => Promise<unknown>;
}

export const keys = 1000;
const columns: readonly ExactColumn[] = [
  { name: 'id', kind: 'integer' },
  { name: 'quantity', kind: 'integer' },
  { name: 'city', kind: 'text' },
  { name: 'weight', kind: 'float' },
];
const list = columns.map(({ name }) => name).join(', ');
const sql = `select ${list} from bench_keys where id = $1`;
const inFlight = 100;
const connections = 10;

const laneCount = (way: Way): number => (way === 'connections' ? connections : 1);

function open<T>(way: Way, one: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: laneCount(way) }, one));
}

/** Runs so many of them in the way that is asked for. */
async function drive(way: Way, queries: number, lanes: readonly Ask[]): Promise<Measurement> {
  const [first] = lanes;
  // The statement is prepared, and the code warm, before the clock starts.
  const warm = way === 'cold' ? ' ' : '';
  for (const ask of lanes) {
    for (let key = 0; key < 200; key++) await ask(key, warm === '' ? '' : `warm ${String(key)}`);
  }
  return measure(async () => {
    if (way === 'sequential' || way === 'cold') {
      const each: number[] = [];
      for (let at = 0; at < queries; at++) {
        const from = performance.now();
        await first!(at % keys, way === 'cold' ? String(at) : '');
        each.push(performance.now() - from);
      }
      return { count: queries, each };
    }
    let next = 0;
    const worker = async (ask: Ask): Promise<void> => {
      while (next < queries) await ask(next++ % keys, '');
    };
    const workers = way === 'connections' ? lanes : Array.from({ length: inFlight }, () => first!);
    await Promise.all(workers.map(worker));
    return queries;
  });
}

function asks(connect: (task: SmallTask) => Promise<Asking>): NodeClient<SmallTask> {
  return {
    async run(task) {
      const { lanes, close } = await connect(task);
      const made = await drive(task.way, task.queries, lanes);
      await close();
      return made;
    },
    async values(task) {
      const { lanes, close } = await connect(task);
      const cold = (key: number): string => (task.way === 'cold' ? String(key) : '');
      const values = await Promise.all(
        Array.from({ length: keys }, (_, key) => lanes[key % lanes.length]!(key, cold(key))),
      );
      await close();
      return values;
    },
  };
}

/** A text like no other, for a statement that is asked for the first time. */
const textOf = (cold: string): string => (cold === '' ? sql : `${sql} /* ${cold} */`);

const cells = (row: object | undefined): Row =>
  columns.map(({ name }) => (row as Record<string, unknown>)[name]);

export const smallClients: Readonly<Record<string, Client<SmallTask>>> = {
  'redshift-connector': asks(async ({ target, way }) => {
    const all = await open(way, () => ours(target, { pipeline: way === 'in flight' }));
    return {
      lanes: all.map(
        (conn): Ask =>
          async (key, cold) =>
            cells((await conn.query(textOf(cold), [key])).rows[0]),
      ),
      close: () => Promise.all(all.map((conn) => conn.close())),
    };
  }),
  'redshift-connector, pool.query': asks(async ({ target }) => {
    const { createPool } = await driver();
    const pool = createPool({ ...settings(target), max: connections });
    const ask: Ask = async (key) => cells((await pool.query(sql, [key])).rows[0]);
    return { lanes: Array.from({ length: connections }, () => ask), close: () => pool.end() };
  }),
  pg: asks(async ({ target, way }) => {
    const all = await open(way, () => pgClient(target));
    return {
      lanes: all.map(
        (client): Ask =>
          async (key, cold) =>
            cells(
              (
                await client.query<object>({
                  ...(cold === '' ? { name: 'by-key' } : {}),
                  text: textOf(cold),
                  values: [key],
                })
              ).rows[0],
            ),
      ),
      close: () => Promise.all(all.map((client) => client.end())),
    };
  }),
  'pg, pool.query': asks(async ({ target }) => {
    const pool = await pgPool(target, connections);
    const ask: Ask = async (key) =>
      cells((await pool.query<object>({ name: 'by-key', text: sql, values: [key] })).rows[0]);
    return { lanes: Array.from({ length: connections }, () => ask), close: () => pool.end() };
  }),
  postgres: asks(async ({ target, way }) => {
    const all = await open(way, async () => {
      const client = await postgresClient(target);
      await client`select 1`;
      return client;
    });
    return {
      lanes: all.map(
        (client): Ask =>
          async (key, cold) =>
            cells(
              cold === ''
                ? (
                    await client<
                      object[]
                    >`select id, quantity, city, weight from bench_keys where id = ${key}`
                  )[0]
                : (await client.unsafe<object[]>(textOf(cold), [key]))[0],
            ),
      ),
      close: () => Promise.all(all.map((client) => client.end())),
    };
  }),
  'postgres, pool of ten': asks(async ({ target }) => {
    const client = await postgresClient(target, connections);
    await client`select 1`;
    const ask: Ask = async (key) =>
      cells((await client<object[]>`select id, quantity, city, weight from bench_keys where id = ${key}`)[0]);
    return { lanes: Array.from({ length: connections }, () => ask), close: () => client.end() };
  }),
  psycopg: { python: 'psycopg' },
  asyncpg: { python: 'asyncpg' },
};

const pools = ['redshift-connector, pool.query', 'pg, pool.query', 'postgres, pool of ten'];

/** Who takes part in a way of asking: pools only with the ten connections, asyncpg cannot pipeline. */
export const takesPart = (way: Way, client: string): boolean =>
  (way === 'connections' || !pools.includes(client)) &&
  !(client === 'asyncpg' && way === 'in flight') &&
  !(client === 'psycopg' && way === 'connections');

export const smallCheck = {
  smaller: (task: SmallTask): SmallTask => task,
  exact: ({ target }: SmallTask): Promise<Exact> =>
    exactTexts(target, `select ${list} from bench_keys order by id`, columns),
};
