/** One measurement in a process of its own: the task as JSON on standard input. */
import { text } from 'node:stream/consumers';
import { groups } from './groups/index.js';
import type { Measurement } from './measure.js';

const { group, client, task } = JSON.parse(await text(process.stdin)) as {
  group: string;
  client: string;
  task: never;
};
const run = groups[group]?.clients[client];
if (run === undefined) throw new Error(`There is no client ${client} in the group ${group}`);
const made: Measurement = await run(task);
console.log(JSON.stringify(made));
process.exit(0);
