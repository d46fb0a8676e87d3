/** Writes rows that an async generator makes, by executeMany, and tells how memory went. */
import { readFileSync } from 'node:fs';
import { connect, type ConnectOptions } from '../../../../src/index.js';
import { given } from './given.js';

export interface ManyRowsGiven {
  readonly options: ConnectOptions;
  readonly rows: number;
}

export interface ManyRowsTold {
  /** Rows that were asked of the generator. */
  readonly rows: number;
  /** Peak of resident megabytes after a fifth of the rows, and at the end. */
  readonly early: number;
  readonly peak: number;
}

const { options, rows } = given as ManyRowsGiven;
const peak = (): number =>
  Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024);
const told = { rows: 0, early: 0 };

async function* source(): AsyncGenerator<[number, string]> {
  for (; told.rows < rows; told.rows++) {
    if (told.rows === Math.floor(rows / 5)) {
      told.early = peak();
      await Promise.resolve();
    }
    yield [told.rows, `name ${String(told.rows % 977)}`];
  }
}

const conn = await connect(options);
await conn.cursor().executeMany('insert into target values (%s, %s)', source());
await conn.close();
console.log(JSON.stringify({ ...told, peak: peak() } satisfies ManyRowsTold));
