/** Streams many small rows, one by one or as batches of columns, keeps none, and tells how memory went. */
import { readFileSync } from 'node:fs';
import { connect, type ConnectOptions } from '../../../../src/index.js';
import { given } from './given.js';

export interface NarrowStreamGiven {
  readonly options: ConnectOptions;
  readonly rows: number;
  readonly reading: 'rows' | 'data frames';
}

export interface NarrowStreamTold {
  readonly rows: number;
  /** Of the first three columns of all rows. */
  readonly sum: number;
  /** Peak of resident megabytes after a fifth of the rows, and at the end. */
  readonly early: number;
  readonly peak: number;
}

const { options, rows, reading } = given as NarrowStreamGiven;
const peak = (): number =>
  Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024);

const conn = await connect(options);
const cursor = conn.cursor<{ a: number; b: bigint; c: number; d: boolean }>({ rowMode: 'object' });
await cursor.execute(`narrow ${String(rows)}`, null, { stream: true });
const told = { rows: 0, sum: 0, early: 0 };
const fifth = Math.floor(rows / 5);

if (reading === 'rows') {
  for await (const { a, b, c } of cursor) {
    told.sum += a + Number(b) + c;
    if (++told.rows === fifth) told.early = peak();
  }
} else {
  for await (const batch of cursor.fetchDataFrameBatches({ rows: 20_000 })) {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => batch.column(name).values) as [
      Int32Array,
      BigInt64Array,
      Int16Array,
    ];
    for (let at = 0; at < batch.numRows; at++) told.sum += a[at]! + Number(b[at]) + c[at]!;
    told.rows += batch.numRows;
    if (told.early === 0 && told.rows >= fifth) told.early = peak();
  }
}
await conn.close();
console.log(JSON.stringify({ ...told, peak: peak() } satisfies NarrowStreamTold));
