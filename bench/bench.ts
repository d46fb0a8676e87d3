/** Runs groups: values first, then the clients in turns. It prints nothing. */
import { isPython } from './client.js';
import { firstDifference } from './exact.js';
import { groups, type Case, type Group } from './groups/index.js';
import type { Measurement } from './measure.js';
import { runNode, runPython, valuesOfPython } from './processes.js';
import type { CaseResult } from './results.js';
import { carryOut, type CheckOrder, type Order } from './run-one.js';
import { Servers } from './servers.js';
import type { Target } from './target.js';

export interface Settings {
  readonly names: readonly string[];
  readonly rows: number;
  readonly runs: number;
  /** Only cases whose titles contain this. */
  readonly only: string | undefined;
  /** A Python for the clients that are in Python. */
  readonly python: string | undefined;
  /** All in this process: for a look whether it works. */
  readonly inProcess: boolean;
}

/** @param tell is called with each case when it is done */
export async function bench(settings: Settings, tell: (result: CaseResult) => void): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const servers = new Servers(settings.rows);
  try {
    for (const name of settings.names) {
      for (const one of groups[name]!.cases) {
        if (settings.only !== undefined && !one.title.includes(settings.only)) continue;
        const result = await runCase(settings, name, one, await servers.target(one.target, one.tables));
        results.push(result);
        tell(result);
      }
    }
  } finally {
    await servers.stop();
  }
  return results;
}

async function runCase(settings: Settings, name: string, one: Case, target: Target): Promise<CaseResult> {
  const group = groups[name]!;
  const task = one.task(target, settings.rows);
  const clients = Object.keys(group.clients).filter(
    (client) =>
      one.takesPart?.(client) !== false &&
      (settings.python !== undefined || !isPython(group.clients[client]!)) &&
      // It has to be there on the way to the server, and speaks to a real one only.
      (!client.startsWith('psql') || !settings.inProcess),
  );
  const run = settings.inProcess ? carryOut : runNode;
  await check(settings, run, name, group, clients, task);
  const made = new Map<string, Measurement[]>(clients.map((client) => [client, []]));
  // In turns, so that a slow minute of the machine is everybody's.
  for (let turn = 0; turn < settings.runs; turn++) {
    for (const client of clients) {
      const found = group.clients[client]!;
      const measured = isPython(found)
        ? await runPython(settings.python!, found.python, name, task)
        : ((await run({ group: name, client, task })) as Measurement);
      made.get(client)!.push(measured);
    }
  }
  return { group: name, title: one.title, unit: group.unit, made: Object.fromEntries(made) };
}

/** @throws Error when a client gives another value than the server's own, before anything is timed */
async function check(
  { python }: Settings,
  run: (order: Order | CheckOrder) => Promise<Measurement | null>,
  name: string,
  group: Group,
  clients: readonly string[],
  task: object,
): Promise<void> {
  await run({ group: name, task, check: clients });
  if (group.check === undefined || python === undefined) return;
  const small = group.check.smaller(task as never);
  const exact = await group.check.exact(small as never);
  for (const client of clients) {
    const found = group.clients[client]!;
    if (!isPython(found)) continue;
    const values = await valuesOfPython(python, found.python, name, small);
    const wrong = values === null ? undefined : firstDifference(exact, values);
    if (wrong !== undefined) throw new Error(`${name}: the values of ${client} differ. ${wrong}`);
  }
}
