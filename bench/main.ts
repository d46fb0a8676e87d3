/**
 * `npm run bench [-- GROUP…] [--rows N] [--runs N]`: measures this driver, its peers and the floor alternately, one process a
 * measurement, and prints medians as ratios. Only ratios of one run mean anything: machines differ, and so do minutes.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { groups, type Case, type Group } from './groups/index.js';
import type { Measurement } from './measure.js';
import { report } from './report.js';
import { startServers } from './servers.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '200000' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
  },
});

function runOne(group: string, client: string, task: object): Promise<Measurement> {
  const program = new URL('run-one.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ group, client, task }));
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      if (code === 0) resolve(JSON.parse(out) as Measurement);
      else reject(new Error(`${client} ended with ${String(code)}`));
    });
  });
}

async function runCase(name: string, group: Group, one: Case, runs: number): Promise<void> {
  const clients = one.only ?? Object.keys(group.clients);
  const made = new Map<string, Measurement[]>(clients.map((client) => [client, []]));
  // The first answers of a replay server are recorded before anything is timed.
  if (!group.live) for (const client of clients) await runOne(name, client, { ...one.task, rows: 1 });
  // In turns, so that a slow minute of the machine is everybody's.
  for (let run = 0; run < runs; run++) {
    for (const client of clients) made.get(client)!.push(await runOne(name, client, one.task));
  }
  console.log(report(one.title, group.unit, made));
}

const names = positionals.length > 0 ? positionals : Object.keys(groups);
for (const name of names) {
  if (groups[name] === undefined) {
    console.error(`There is no group ${name}; there are ${Object.keys(groups).join(', ')}`);
    process.exit(2);
  }
}
const live = names.some((name) => groups[name]!.live);
const servers = await startServers(live ? Number(values.rows) : 0);
try {
  for (const name of names) {
    const group = groups[name]!;
    for (const one of group.cases(servers.targets, Number(values.rows))) {
      if (values.only !== undefined && !one.title.includes(values.only)) continue;
      await runCase(name, group, one, Number(values.runs));
    }
  }
} finally {
  await servers.stop();
}
