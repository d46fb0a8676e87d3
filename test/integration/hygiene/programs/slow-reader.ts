/** Reads a result that is far larger than the memory it is given, slowly: it sleeps while the server would send. */
import { readFileSync } from 'node:fs';
import { connect, type ConnectOptions, type DataFrame } from '../../../../src/index.js';
import { given } from './given.js';

export type Reading =
  | 'stream'
  | 'objects'
  | 'for await'
  | 'fetchMany'
  | 'fetchOne'
  | 'data frames'
  | 'one data frame'
  | 'collect'
  | 'collect a little';

export interface SlowReaderGiven {
  readonly options: ConnectOptions;
  readonly rows: number;
  readonly reading: Reading;
}

export interface SlowReaderTold {
  readonly rows: number;
  /** Bytes of the values of all rows. */
  readonly bytes: number;
  /** Megabytes that were resident at the worst moment; 0 where the system does not tell. */
  readonly peak: number;
  readonly error?: string;
}

const { options, rows, reading } = given as SlowReaderGiven;
const sql = `rows ${String(rows)}`;
const told = { rows: 0, bytes: 0 };

/** Every so many rows it sleeps: two hundred times in all. */
const nap = Math.max(1, Math.floor(rows / 200));

async function take(values: readonly unknown[]): Promise<void> {
  for (const value of values) told.bytes += (value as string).length;
  if (++told.rows % nap === 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Looks at the memory of every column, as somebody would who computes with it. */
function takeFrame({ numRows, columns }: DataFrame): void {
  told.rows += numRows;
  for (const { values } of columns) told.bytes += values.length;
}

const conn = await connect(options);
let error: string | undefined;
switch (reading) {
  case 'stream':
    for await (const row of await conn.cursor().execute(sql, null, { stream: true })) await take(row);
    break;
  case 'objects': {
    const cursor = conn.cursor<Record<string, unknown>>({ rowMode: 'object' });
    for await (const row of await cursor.execute(sql, null, { stream: true })) await take(Object.values(row));
    break;
  }
  case 'for await':
    for await (const row of await conn.cursor().execute(sql)) await take(row);
    break;
  case 'fetchMany': {
    const cursor = await conn.cursor().execute(sql);
    for (let part = await cursor.fetchMany(1000); part.length > 0; part = await cursor.fetchMany(1000)) {
      for (const row of part) await take(row);
    }
    break;
  }
  case 'fetchOne': {
    const cursor = await conn.cursor().execute(sql, null, { stream: true });
    for (let row = await cursor.fetchOne(); row !== null; row = await cursor.fetchOne()) await take(row);
    break;
  }
  case 'data frames': {
    const cursor = await conn.cursor().execute(sql);
    for await (const frame of cursor.fetchDataFrameBatches({ rows: 5000 })) {
      takeFrame(frame);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    break;
  }
  case 'one data frame':
    takeFrame(await (await conn.cursor().execute(sql)).fetchDataFrame());
    break;
  case 'collect':
  case 'collect a little':
    try {
      told.rows = (await conn.query(sql)).rows.length;
    } catch (reason) {
      error = (reason as Error).message;
      // Too much is an error of that statement; the connection is as good as before.
      told.rows = (await conn.query('select 1')).rows.length;
    }
}
await conn.close();
const peak = Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status())?.[1] ?? '0') / 1024);
console.log(
  JSON.stringify({ ...told, peak, ...(error === undefined ? {} : { error }) } satisfies SlowReaderTold),
);

function status(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
