/** Puts the benchmark's table between the marked lines of the README; touches nothing else of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { machine } from './machine.js';
import { markdown } from './report.js';
import { figuresOf, type CaseResult, type Figures } from './results.js';

export const begin = '<!-- benchmark: written by npm run bench -- --readme -->';
export const end = '<!-- end of benchmark -->';

interface Line {
  readonly label: string;
  readonly group: string;
  readonly title: string;
  readonly ours: string;
  readonly pg: string;
  readonly postgres: string;
  readonly of?: keyof Figures;
}

const bulk = (label: string, group: string, title: string, ours: string): Line => ({
  ...{ label, group, title, ours, pg: 'pg', postgres: 'postgres' },
});

const objects = 'redshift-connector, objects';
const frame = 'redshift-connector, data frame';
const shapes = {
  mixed: 'ten mixed columns',
  narrow: 'four numbers',
  text: 'ten texts',
  numeric: 'six numerics',
};

const lines: readonly Line[] = [
  ...Object.entries(shapes).flatMap(([shape, said]) => [
    bulk(`rows of ${said}: objects`, 'rows', `${shape}, replayed`, objects),
    bulk(`rows of ${said}: data frame`, 'columns', `${shape}, replayed`, frame),
  ]),
  bulk('over TLS, ten mixed columns: objects', 'tls', 'mixed, replayed over TLS', objects),
  bulk('over TLS, ten mixed columns: data frame', 'tls', 'mixed, replayed over TLS', frame),
  bulk(
    "Redshift's protocol, ten mixed columns: objects",
    'redshift',
    "mixed, Redshift's protocol, replayed",
    objects,
  ),
  bulk(
    "Redshift's protocol, ten mixed columns: data frame",
    'redshift',
    "mixed, Redshift's protocol, replayed",
    frame,
  ),
  { ...bulk('a query by key', 'small', 'one after the other', 'redshift-connector'), of: 'half' },
  bulk(
    'a query by key, a hundred in flight',
    'small',
    'a hundred in flight on one connection',
    'redshift-connector',
  ),
  {
    ...bulk(
      'a row of an insert of many',
      'insert',
      'rows of four columns',
      'redshift-connector, executeMany',
    ),
    pg: 'pg, statements of many rows',
    postgres: 'postgres, statements of many rows',
  },
  {
    ...bulk(
      'a row of a stream',
      'stream',
      'narrow, from PostgreSQL',
      'redshift-connector, for await, objects',
    ),
    pg: 'pg-cursor',
    postgres: 'postgres, cursor',
  },
];

/** What the README shows of the results. */
export function readmeTable(results: readonly CaseResult[]): string {
  const rows = lines.flatMap(({ label, group, title, ours, pg, postgres, of = 'wall' }) => {
    const result = results.find((one) => one.group === group && one.title === title);
    const mine = result === undefined ? undefined : figuresOf(result, ours)?.[of];
    if (result === undefined || mine === undefined) return [];
    const times = (peer: string): string => {
      const theirs = figuresOf(result, peer)?.[of];
      return theirs === undefined ? '' : `${(theirs / mine).toFixed(1)} ×`;
    };
    // The other way round: what decoding costs beside reading.
    const floor = figuresOf(result, 'floor: walk headers')?.[of];
    const above = floor === undefined ? '' : `${(mine / floor).toFixed(1)} ×`;
    return [[label, `${mine.toFixed(2)} µs`, times(pg), times(postgres), above]];
  });
  const head = ['', 'redshift-connector', 'faster than pg', 'than postgres', 'of reading without decoding'];
  return `${markdown([head, ...rows])}\n\n${machine()}.`;
}

/** @throws Error when the page has no place for it */
export function withTable(page: string, table: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`There is no place for the table: ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`;
}

export function writeReadme(file: string, results: readonly CaseResult[]): void {
  writeFileSync(file, withTable(readFileSync(file, 'utf8'), readmeTable(results)));
}
