/** Small queries by key against a live server: one after the other, a hundred in flight on one connection, ten connections. */
import { once } from 'node:events';
import { measure, type Measurement } from '../measure.js';
import { pgClient, postgresClient } from '../peers.js';
import { ours, type Target } from '../target.js';

export interface SmallTask {
  readonly target: Target;
  readonly queries: number;
  readonly way: 'sequential' | 'in flight' | 'connections';
}

/** Asks for the row with this key; resolves when it is here. */
type Ask = (key: number) => Promise<unknown>;

export const keys = 1000;
const sql = 'select id, quantity, city, weight from bench_keys where id = $1';
const inFlight = 100;
const connections = 10;

/** Runs `queries` of them in the way that is asked for; one connection's `ask` a lane. */
async function drive(way: SmallTask['way'], queries: number, lanes: readonly Ask[]): Promise<Measurement> {
  const [first] = lanes;
  // The statement is prepared, and the code warm, before the clock starts.
  for (const ask of lanes) for (let key = 0; key < 200; key++) await ask(key);
  return measure(async () => {
    if (way === 'sequential') {
      const each: number[] = [];
      for (let at = 0; at < queries; at++) {
        const from = performance.now();
        await first!(at % keys);
        each.push(performance.now() - from);
      }
      return { count: queries, each };
    }
    let next = 0;
    const worker = async (ask: Ask): Promise<void> => {
      while (next < queries) await ask(next++ % keys);
    };
    const workers = way === 'connections' ? lanes : Array.from({ length: inFlight }, () => first!);
    await Promise.all(workers.map(worker));
    return queries;
  });
}

const laneCount = (way: SmallTask['way']): number => (way === 'connections' ? connections : 1);

async function lanes<T>(way: SmallTask['way'], open: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: laneCount(way) }, open));
}

export const smallClients: Readonly<Record<string, (task: SmallTask) => Promise<Measurement>>> = {
  'redshift-connector': async ({ target, queries, way }) => {
    const all = await lanes(way, () => ours(target, { pipeline: way === 'in flight' }));
    return drive(
      way,
      queries,
      all.map((conn) => (key) => conn.query(sql, [key])),
    );
  },
  pg: async ({ target, queries, way }) => {
    const all = await lanes(way, () => pgClient(target));
    return drive(
      way,
      queries,
      all.map((client) => (key) => client.query({ name: 'by-key', text: sql, values: [key] })),
    );
  },
  postgres: async ({ target, queries, way }) => {
    const all = await lanes(way, async () => {
      const client = postgresClient(target);
      await client`select 1`;
      return client;
    });
    return drive(
      way,
      queries,
      all.map(
        (client) => (key) =>
          client`select id, quantity, city, weight from bench_keys where id = ${key}`.then(
            (rows) => rows.length,
          ),
      ),
    );
  },
};

/** Connecting and closing, one after the other. */
export interface ConnectTask {
  readonly target: Target;
  readonly connects: number;
}

async function repeat(connects: number, one: () => Promise<unknown>): Promise<Measurement> {
  for (let at = 0; at < 5; at++) await one();
  return measure(async () => {
    const each: number[] = [];
    for (let at = 0; at < connects; at++) {
      const from = performance.now();
      await one();
      each.push(performance.now() - from);
    }
    return { count: connects, each };
  });
}

export const connectClients: Readonly<Record<string, (task: ConnectTask) => Promise<Measurement>>> = {
  'redshift-connector': ({ target, connects }) =>
    repeat(connects, async () => {
      await (await ours(target)).close();
    }),
  pg: ({ target, connects }) =>
    repeat(connects, async () => {
      const client = await pgClient(target);
      const ended = once(client, 'end');
      await client.end();
      await ended;
    }),
  postgres: ({ target, connects }) =>
    repeat(connects, async () => {
      const client = postgresClient(target);
      await client`select 1`;
      await client.end();
    }),
};
