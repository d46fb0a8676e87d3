/** Streaming narrow rows that nobody keeps: what counts beside time is that memory stays flat. */
import type { Client, NodeClient } from '../client.js';
import { exactTexts, type Exact, type Values } from '../exact.js';
import { runFloor } from '../floor.js';
import { measure } from '../measure.js';
import { pgClient, postgresClient } from '../peers.js';
import { shapeNamed } from '../shapes.js';
import { ours, query, type Target } from '../target.js';

export interface StreamTask {
  readonly target: Target;
  readonly rows: number;
}

const shape = 'narrow';
const batch = 1000;
const columns = shapeNamed(shape).columns;

interface NarrowRow {
  readonly a: number;
}

/** Every driver's loop sees each row as an object, and looks at one column of it. */
interface Streaming {
  /** Goes through the rows once; gives how many had a number in their first column. */
  readonly count: () => Promise<number>;
  /** Goes through them once and keeps them. */
  readonly collect: () => Promise<Values>;
  readonly close: () => Promise<unknown>;
}

function streams(open: (task: StreamTask) => Promise<Streaming>): NodeClient<StreamTask> {
  return {
    async run(task) {
      const { count, close } = await open(task);
      const made = await measure(count);
      await close();
      if (made.count !== task.rows) throw new Error(`${String(made.count)} rows came`);
      return made;
    },
    async values(task) {
      const { collect, close } = await open(task);
      const values = await collect();
      await close();
      return values;
    },
  };
}

const cells = (row: object): unknown[] => columns.map(({ name }) => (row as Record<string, unknown>)[name]);

/** A driver that gives an async iterable of rows. */
const iterates = (
  start: (task: StreamTask) => Promise<[() => Promise<AsyncIterable<NarrowRow>>, () => Promise<unknown>]>,
): NodeClient<StreamTask> =>
  streams(async (task) => {
    const [begin, close] = await start(task);
    return {
      count: async () => {
        let count = 0;
        for await (const row of await begin()) if (typeof row.a === 'number') count++;
        return count;
      },
      collect: async () => {
        const rows: unknown[][] = [];
        for await (const row of await begin()) rows.push(cells(row));
        return rows;
      },
      close,
    };
  });

/** A driver that gives an async iterable of parts: arrays of rows. */
const iteratesParts = (
  start: (
    task: StreamTask,
  ) => Promise<[() => Promise<AsyncIterable<readonly NarrowRow[]>>, () => Promise<unknown>]>,
): NodeClient<StreamTask> =>
  streams(async (task) => {
    const [begin, close] = await start(task);
    return {
      count: async () => {
        let count = 0;
        for await (const part of await begin())
          for (const row of part) if (typeof row.a === 'number') count++;
        return count;
      },
      collect: async () => {
        const rows: unknown[][] = [];
        for await (const part of await begin()) for (const row of part) rows.push(cells(row));
        return rows;
      },
      close,
    };
  });

async function* parts<T>(read: () => Promise<readonly T[]>): AsyncGenerator<readonly T[]> {
  for (let part = await read(); part.length > 0; part = await read()) yield part;
}

export const streamClients: Readonly<Record<string, Client<StreamTask>>> = {
  'floor: walk headers': {
    async run({ target, rows }) {
      const run = await runFloor('walk', target, query(target, shape, rows));
      return measure(async () => (await run(), rows));
    },
  },
  'redshift-connector, for await, objects': iterates(async ({ target, rows }) => {
    const conn = await ours(target);
    const cursor = conn.cursor<NarrowRow>({ rowMode: 'object' });
    const begin = () => cursor.execute(query(target, shape, rows), null, { stream: true });
    return [begin, () => conn.close()];
  }),
  'redshift-connector, fetchMany, objects': iteratesParts(async ({ target, rows }) => {
    const conn = await ours(target);
    const cursor = conn.cursor<NarrowRow>({ rowMode: 'object' });
    const begin = async () => {
      await cursor.execute(query(target, shape, rows), null, { stream: true });
      return parts(() => cursor.fetchMany(batch));
    };
    return [begin, () => conn.close()];
  }),
  'pg-cursor': iteratesParts(async ({ target, rows }) => {
    const { default: Cursor } = await import('pg-cursor');
    const client = await pgClient(target);
    const begin = (): Promise<AsyncIterable<NarrowRow[]>> => {
      const cursor = client.query(new Cursor<NarrowRow>(query(target, shape, rows)));
      return Promise.resolve(parts(() => cursor.read(batch)) as AsyncIterable<NarrowRow[]>);
    };
    return [begin, () => client.end()];
  }),
  'pg-query-stream': iterates(async ({ target, rows }) => {
    const { default: QueryStream } = await import('pg-query-stream');
    const client = await pgClient(target);
    const begin = (): Promise<AsyncIterable<NarrowRow>> =>
      Promise.resolve(
        client.query(
          new QueryStream(query(target, shape, rows), [], { batchSize: batch }),
        ) as AsyncIterable<NarrowRow>,
      );
    return [begin, () => client.end()];
  }),
  'postgres, cursor': iteratesParts(async ({ target, rows }) => {
    const client = await postgresClient(target);
    await client`select 1`;
    const begin = () =>
      Promise.resolve(client.unsafe<(NarrowRow & object)[]>(query(target, shape, rows)).cursor(batch));
    return [begin, () => client.end()];
  }),
  'asyncpg, cursor': { python: 'asyncpg' },
  'psycopg, server cursor': { python: 'psycopg' },
};

export const streamCheck = {
  smaller: (task: StreamTask): StreamTask => ({ ...task, rows: Math.min(task.rows, 20_000) }),
  exact: ({ target, rows }: StreamTask): Promise<Exact> =>
    exactTexts(target, query(target, shape, rows), columns),
};
