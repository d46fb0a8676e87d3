/** Processes that measure: one for each measurement, so that nobody inherits another's heap or compiled code. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Values } from './exact.js';
import type { Measurement } from './measure.js';
import type { CheckOrder, Order } from './run-one.js';

/** The programs beside this one, compiled or not. */
const extension = import.meta.url.slice(-3);
const program = (name: string): string => fileURLToPath(new URL(`${name}${extension}`, import.meta.url));

/** Command line of a program of this folder, run as this process was. */
export const nodeProgram = (name: string): [string, string[]] => [
  process.execPath,
  [...process.execArgv, program(name)],
];

async function ask(command: string, args: readonly string[], order: object): Promise<unknown> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    // pg gives a DATE as midnight of the process's time zone.
    env: { ...process.env, TZ: 'UTC', NODE_NO_WARNINGS: '1' },
  });
  child.stdin.end(JSON.stringify(order));
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`A measurement ended with ${String(code)}: ${JSON.stringify(order)}`);
  return JSON.parse(out);
}

export function runNode(order: Order | CheckOrder): Promise<Measurement | null> {
  return ask(...nodeProgram('run-one'), order) as Promise<Measurement | null>;
}

const script = fileURLToPath(
  new URL(extension === '.ts' ? 'python/clients.py' : '../../bench/python/clients.py', import.meta.url),
);

/** @param python a Python that has the client's package */
export function runPython(python: string, client: string, group: string, task: object): Promise<Measurement> {
  return ask(python, [script], { client, group, task, check: false }) as Promise<Measurement>;
}

/** The rows that a Python client gives; null where it has no such task. */
export function valuesOfPython(
  python: string,
  client: string,
  group: string,
  task: object,
): Promise<Values | null> {
  return ask(python, [script], { client, group, task, check: true }) as Promise<Values | null>;
}
