/**
 * `npm run bench [-- GROUP…]`: measures this driver, its peers and the floor alternately, one process a measurement, and
 * prints medians as ratios. Only ratios of one run mean anything: machines differ, and so do minutes.
 */
import { parseArgs } from 'node:util';
import { groups } from './groups/index.js';
import { goals } from './goals.js';
import { machine } from './machine.js';
import { bench, type Settings } from './bench.js';
import { writeReadme } from './readme.js';
import { reportCase } from './report.js';
import { readResults, writeResults, type CaseResult } from './results.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
    python: { type: 'string' },
    quick: { type: 'boolean', default: false },
    goals: { type: 'boolean', default: false },
    readme: { type: 'boolean', default: false },
    results: { type: 'string' },
    from: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run bench [-- GROUP… OPTION…]

Groups: ${Object.keys(groups).join(', ')}; all when none is named.
  --rows N        rows of bulk results (1000000): with fewer, what a process's first result costs weighs more
  --runs N        measurements of each client (5); what is shown are medians
  --only TEXT     only cases whose title contains this
  --python PATH   a Python with asyncpg, psycopg or redshift_connector, to compare with them, too
  --quick         few rows, one run, one process: shows that it works and that values are equal; its times say nothing
  --goals         print the project's goals, each with the ratio that was measured
  --readme        write the README's table
  --results FILE  add what was measured to this file
  --from FILE     measure nothing; print what is in this file`);
  process.exit(0);
}
for (const name of positionals) {
  if (groups[name] === undefined) {
    console.error(`There is no group ${name}; there are ${Object.keys(groups).join(', ')}`);
    process.exit(2);
  }
}

const settings: Settings = {
  names: positionals.length > 0 ? positionals : Object.keys(groups),
  rows: values.quick ? 1000 : Number(values.rows),
  runs: values.quick ? 1 : Number(values.runs),
  only: values.only,
  python: values.python,
  inProcess: values.quick,
};

console.log(`${machine()}\n`);
let results: readonly CaseResult[] = [];
if (values.from !== undefined) {
  results = readResults(values.from);
  for (const result of results) console.log(reportCase(result));
} else {
  results = await bench(settings, (result) => {
    console.log(reportCase(result));
    if (values.results !== undefined) writeResults(values.results, [result]);
  });
}
if (values.goals) console.log(goals(results));
if (values.readme) writeReadme('README.md', results);
process.exit(0);
