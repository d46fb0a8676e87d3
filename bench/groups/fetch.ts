/** Bulk rows: everything that a query gives, kept in memory, as each driver hands it out. */
import { runFloor } from '../floor.js';
import { measure, type Measurement } from '../measure.js';
import { pgClient, postgresClient } from '../peers.js';
import { ours, query, type Target } from '../target.js';

export interface FetchTask {
  readonly target: Target;
  readonly shape: string;
  readonly rows: number;
}

type Run = (task: FetchTask) => Promise<Measurement>;

const floor =
  (kind: 'read' | 'walk'): Run =>
  async ({ target, shape, rows }) => {
    const run = await runFloor(kind, target, query(target, shape, rows));
    return measure(async () => (await run(), rows));
  };

const query_ =
  (options: object, settings: object = {}): Run =>
  async ({ target, shape, rows }) => {
    const conn = await ours(target, settings);
    let kept: unknown[] = [];
    const made = await measure(
      async () => (kept = (await conn.query(query(target, shape, rows), null, options)).rows).length,
    );
    await conn.close();
    return kept.length === rows ? made : { ...made, count: kept.length };
  };

/** By name; the names stand in the report. */
export const fetchClients: Readonly<Record<string, Run>> = {
  'floor: read': floor('read'),
  'floor: walk headers': floor('walk'),
  'redshift-connector, arrays': query_({ rowMode: 'array' }),
  'redshift-connector, objects': query_({ rowMode: 'object' }),
  'redshift-connector, objects, text timestamps': query_({
    rowMode: 'object',
    types: { timestamp: 'string', timestamptz: 'string' },
  }),
  pg: async ({ target, shape, rows }) => {
    const client = await pgClient(target);
    const made = await measure(async () => (await client.query(query(target, shape, rows))).rows.length);
    await client.end();
    return made;
  },
  postgres: async ({ target, shape, rows }) => {
    const sql = postgresClient(target);
    await sql`select 1`;
    const made = await measure(async () => (await sql.unsafe(query(target, shape, rows))).length);
    await sql.end();
    return made;
  },
};
