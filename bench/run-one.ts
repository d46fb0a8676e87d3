/**
 * One measurement in a process of its own, or the comparison of a case's values: the task as JSON on standard input, its
 * result on standard output.
 */
import { text } from 'node:stream/consumers';
import { isPython } from './client.js';
import { firstDifference } from './exact.js';
import { groups } from './groups/index.js';
import type { Measurement } from './measure.js';

export interface Order {
  readonly group: string;
  readonly task: object;
  /** Whom to measure. */
  readonly client: string;
}

export interface CheckOrder {
  readonly group: string;
  readonly task: object;
  /** Whose values to compare. */
  readonly check: readonly string[];
}

export function measureOne({ group, client, task }: Order): Promise<Measurement> {
  const found = groups[group]?.clients[client];
  if (found === undefined || isPython(found))
    throw new Error(`There is no client ${client} in the group ${group}`);
  return found.run(task as never);
}

/** @throws Error naming client, row and column of the first value that is not the server's */
export async function checkValues({ group, check, task }: CheckOrder): Promise<null> {
  const found = groups[group];
  if (found?.check === undefined) return null;
  const small = found.check.smaller(task as never) as never;
  const exact = await found.check.exact(small);
  for (const name of check) {
    const client = found.clients[name]!;
    if (isPython(client)) continue;
    if (client.values === undefined) {
      // It has none; but nothing that it asks for is told for the first time when it is timed.
      await client.run(small);
      continue;
    }
    const wrong = firstDifference(exact, await client.values(small));
    if (wrong !== undefined) throw new Error(`${group}: the values of ${name} differ. ${wrong}`);
  }
  return null;
}

export const carryOut = (order: Order | CheckOrder): Promise<Measurement | null> =>
  'check' in order ? checkValues(order) : measureOne(order);

if (/run-one\.[jt]s$/.test(process.argv[1] ?? '')) {
  const order = JSON.parse(await text(process.stdin)) as Order | CheckOrder;
  console.log(JSON.stringify(await carryOut(order)));
  process.exit(0);
}
