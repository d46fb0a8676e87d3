/**
 * npm run fuzz -- --seconds N [--seed S] [--target name[,name]] [--iteration I] [--save file]: N seconds for each target.
 * Ends with 1 when something was found.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runTarget, tell } from './engine.js';
import { targets } from './targets.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string' },
    target: { type: 'string', multiple: true },
    iteration: { type: 'string' },
    save: { type: 'string' },
  },
});
const wanted = (values.target ?? []).flatMap((names) => names.split(',')).filter((name) => name !== '');
const unknown = wanted.filter((name) => !targets.some((target) => target.name === name));
const number = (text: string, name: string): number => {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`--${name} takes a number`);
  return Number(text);
};
if (unknown.length > 0) {
  console.error(`There is no target ${unknown.join(', ')}. There are:`);
  for (const { name, about } of targets) console.error(`  ${name.padEnd(16)}${about}`);
  process.exit(2);
}
const seed = values.seed === undefined ? Date.now() >>> 0 : number(values.seed, 'seed') >>> 0;
const seconds = number(values.seconds, 'seconds');
const iteration = values.iteration === undefined ? undefined : number(values.iteration, 'iteration');
console.log(`seed ${String(seed)}`);
for (const target of targets) {
  if (wanted.length > 0 && !wanted.includes(target.name)) continue;
  const outcome = await runTarget(target, { seed, seconds, iteration });
  const text = tell(outcome);
  console.log(text);
  if (outcome.found === undefined) continue;
  process.exitCode = 1;
  if (values.save !== undefined) appendFileSync(values.save, `${text}\n`);
}
