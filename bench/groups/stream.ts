/** Streaming narrow rows that nobody keeps: what counts beside time is that memory stays flat. */
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { runFloor } from '../floor.js';
import { measure, type Measurement } from '../measure.js';
import { pgClient, postgresClient } from '../peers.js';
import { ours, query, type Target } from '../target.js';

export interface StreamTask {
  readonly target: Target;
  readonly rows: number;
}

const batch = 1000;

export const streamClients: Readonly<Record<string, (task: StreamTask) => Promise<Measurement>>> = {
  'floor: walk headers': async ({ target, rows }) => {
    const run = await runFloor('walk', target, query(target, 'narrow', rows));
    return measure(async () => {
      await run();
      return rows;
    });
  },
  'redshift-connector, for await, arrays': async ({ target, rows }) => {
    const conn = await ours(target);
    const cursor = conn.cursor();
    return measure(async () => {
      let count = 0;
      await cursor.execute(query(target, 'narrow', rows), null, { stream: true });
      for await (const row of cursor) if (row[0] !== null) count++;
      return count;
    });
  },
  'redshift-connector, for await, objects': async ({ target, rows }) => {
    const conn = await ours(target);
    const cursor = conn.cursor<{ a: number }>({ rowMode: 'object' });
    return measure(async () => {
      let count = 0;
      await cursor.execute(query(target, 'narrow', rows), null, { stream: true });
      for await (const row of cursor) if (typeof row.a === 'number') count++;
      return count;
    });
  },
  'pg-cursor': async ({ target, rows }) => {
    const client = await pgClient(target);
    const cursor = client.query(new Cursor<{ a: number }>(query(target, 'narrow', rows)));
    return measure(async () => {
      let count = 0;
      for (let part = await cursor.read(batch); part.length > 0; part = await cursor.read(batch)) {
        for (const row of part) if (typeof row.a === 'number') count++;
      }
      return count;
    });
  },
  'pg-query-stream': async ({ target, rows }) => {
    const client = await pgClient(target);
    const stream = client.query(new QueryStream(query(target, 'narrow', rows), [], { batchSize: batch }));
    return measure(async () => {
      let count = 0;
      for await (const row of stream as AsyncIterable<{ a: number }>) if (typeof row.a === 'number') count++;
      return count;
    });
  },
  'postgres, cursor': async ({ target, rows }) => {
    const client = postgresClient(target);
    return measure(async () => {
      let count = 0;
      for await (const part of client.unsafe<{ a: number }[]>(query(target, 'narrow', rows)).cursor(batch)) {
        for (const row of part) if (typeof row.a === 'number') count++;
      }
      return count;
    });
  },
};
