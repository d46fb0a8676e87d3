/** Many statements on one connection, all with one AbortSignal; prints what is left of them. */
import { connect, type ConnectOptions } from '../../../../src/index.js';
import { given } from './given.js';
import { abortListeners, heapInUse, remains, settled, type Remains } from './remains.js';

export interface ManyQueriesGiven {
  readonly options: ConnectOptions;
  readonly queries: number;
}

export interface ManyQueriesTold {
  readonly rows: number;
  /** The most that were ever seen between two calls. */
  readonly abortListeners: number;
  readonly open: Remains;
  readonly closed: Remains;
  readonly listenersBefore: Remains['processListeners'];
  readonly heapGrowth: number;
}

const { options, queries } = given as ManyQueriesGiven;
const before = remains();
const conn = await connect(options);
const { signal } = new AbortController();
const cursor = conn.cursor();
let rows = 0;
let most = 0;
let warm = 0;
for (let done = 0; done < queries; done++) {
  // Every way to ask and to read; a clock on a fifth of them.
  switch (done % 5) {
    case 0:
    case 1:
      rows += (await conn.query('select 1', null, { signal })).rows.length;
      break;
    case 2:
      rows += (await conn.query('select 1', null, { signal, timeout: 60 })).rows.length;
      break;
    case 3:
      await cursor.execute('select 1', null, { signal });
      rows += (await cursor.fetchAll()).length;
      break;
    case 4:
      for await (const row of await cursor.execute('select 1', null, { signal, stream: true })) {
        if (row.length === 3) rows++;
      }
  }
  if (done % 100 === 0) most = Math.max(most, abortListeners(signal));
  if (done === Math.floor(queries / 5)) warm = await heapInUse();
}
most = Math.max(most, abortListeners(signal));
const heapGrowth = (await heapInUse()) - warm;
const open = remains();
await conn.close();
await settled();
const told: ManyQueriesTold = {
  rows,
  abortListeners: most,
  open,
  closed: remains(),
  listenersBefore: before.processListeners,
  heapGrowth,
};
console.log(JSON.stringify(told));
