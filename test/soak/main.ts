/**
 * The command of the nonce soak: `npm run soak -- [--seconds 600] [--seed S] [--clients 12]`. It prints its figures, and
 * fails when anything was wrong.
 */
import { parseArgs } from 'node:util';
import { soak, type SoakFigures } from './soak.js';

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, clients: { type: 'string' } },
});

function natural(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number, 1 or more`);
  return value;
}

const seconds = natural('seconds', values.seconds, 600);
const seed = natural('seed', values.seed, 1 + Math.floor(Math.random() * 1_000_000));
const clients = natural('clients', values.clients, 12);
console.log(`Soaking for ${String(seconds)} seconds with ${String(clients)} clients, seed ${String(seed)}`);
const figures = await soak({ seconds, seed, clients, say: console.log });
for (const [name, value] of table(figures)) console.log(`${name.padEnd(26)}${value}`);
const { problems } = figures.judge;
if (Object.values(problems).some((count) => count > 0)) process.exitCode = 1;

function table({ judge, ledger, world, terminated, heap, mostSockets }: SoakFigures): [string, string][] {
  const { problems, answers, questions } = judge;
  const count = (value: number): string => value.toLocaleString('en-US');
  return [
    ['questions', count(questions)],
    ['answers checked', count(answers)],
    ['rows checked', count(judge.rows)],
    ['aborts told', count(judge.cancelled)],
    ['time-outs told', count(judge.late)],
    ['losses told', count(judge.lost)],
    ['refused behind a result', count(judge.refused)],
    ['cuts (FIN, RST, silence)', [world.cuts.fin, world.cuts.rst, world.cuts.silence].map(count).join(', ')],
    ['sessions terminated', count(terminated)],
    ['connects', `${count(judge.connects)}, ${count(judge.failedConnects)} failed`],
    ['connections of the proxy', count(world.connections)],
    ['committed', count(ledger.told.committed)],
    ['rolled back', count(ledger.told['rolled back'])],
    ['outcome unknown', `${count(ledger.told.unknown)}, ${count(ledger.unknownThere)} of them there`],
    ['wrong answers', count(problems['wrong answer'])],
    ['hangs', count(problems.hang)],
    ['crashes', count(problems.crash)],
    ['leaks', count(problems.leak)],
    ['most sockets at a time', count(mostSockets)],
    ['heap', `${heap.early.toFixed(1)} MB early, ${heap.late.toFixed(1)} MB late`],
  ];
}
