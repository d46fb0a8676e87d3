/** Connections that come and go; counts in heap snapshots what is left of them. */
import { getHeapSnapshot } from 'node:v8';
import { connect, type ConnectOptions, type Connection } from '../../../../src/index.js';
import { given } from './given.js';
import { heapInUse } from './remains.js';

export interface HeapGiven {
  readonly options: ConnectOptions;
  readonly times: number;
}

export type Counted = Readonly<Record<string, number>>;

export interface HeapTold {
  readonly before: Counted;
  /** While one connection with one cursor is open: proves that the count counts. */
  readonly during: Counted;
  readonly after: Counted;
  readonly heapGrowth: number;
}

/** What must not outlive its connection. */
const classes = [
  'Connection',
  'Cursor',
  'Executor',
  'Session',
  'Exchange',
  'RowResult',
  'Framer',
  'SocketTransport',
  'Socket',
  'TLSSocket',
];

interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly unknown[] };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

async function count(): Promise<Counted> {
  await heapInUse();
  let text = '';
  for await (const piece of getHeapSnapshot()) text += String(piece);
  const { snapshot, nodes, strings } = JSON.parse(text) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [typeAt, nameAt] = [fields.indexOf('type'), fields.indexOf('name')];
  const object = (types[typeAt] as string[]).indexOf('object');
  const counts = new Map(classes.map((name) => [name, 0]));
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (nodes[at + typeAt] !== object) continue;
    const name = strings[nodes[at + nameAt]!]!;
    const found = counts.get(name);
    if (found !== undefined) counts.set(name, found + 1);
  }
  return Object.fromEntries(counts);
}

const { options, times } = given as HeapGiven;

async function use(turn = 0): Promise<Connection> {
  const conn = await connect(options);
  await conn.query('select 1');
  const cursor = await conn.cursor().execute('select 1');
  await cursor.fetchOne();
  // Leaving a result takes a connection more, for the cancel request; now and then is often enough.
  if (turn % 10 === 0) {
    for await (const row of await conn.cursor().execute('rows 1000', null, { stream: true })) {
      if (row.length > 0) break;
    }
  }
  return conn;
}

for (let turn = 0; turn < 5; turn++) await (await use()).close();
const before = await count();
const held: Connection[] = [await use()];
const during = await count();
await held.pop()!.close();
const warm = await heapInUse();
for (let turn = 0; turn < times; turn++) await (await use(turn)).close();
const heapGrowth = (await heapInUse()) - warm;
const told: HeapTold = { before, during, after: await count(), heapGrowth };
console.log(JSON.stringify(told));
