/** Scripts and kinds of statements: what stands in quotes, comments and brackets cuts nothing and names nothing. */
import { expandInsert, plainInsertValues } from '../../src/sql/insert-values.js';
import { splitStatements, statementKind } from '../../src/sql/statements.js';
import { hold } from './engine.js';
import type { Random } from './random.js';
import { meaning, tokensOf } from './reference/sql.js';
import { closed, spaces } from './sql-text.js';

export interface ScriptInput {
  readonly of: 'script';
  readonly statements: readonly string[];
  readonly gap: string;
  readonly known: string;
  readonly noise: readonly string[];
  readonly rows: number;
  readonly values: readonly string[];
  readonly backslashEscapes: boolean;
}

/** Nothing that opens a bracket which another piece would have to close. */
const flat = closed.filter((piece) => !['(', ')', '[', ']'].includes(piece));

const knownStatements = [
  'select 1',
  'insert into t values ( 1 )',
  'insert into t select 1 returning a',
  'update t set a = 1',
  'delete from t',
  'begin',
  'start transaction',
  'commit work',
  'end',
  'rollback',
  'abort',
  'create table t ( a int )',
  'set search_path to x',
  'set session search_path = y',
  'set local "search_path" to z',
  'reset all',
  'reset search_path',
  'set a to b',
  'discard all',
  'deallocate all',
  'deallocate x',
  'use db',
  'with a as ( select 1 ) select 2',
  'call p ( )',
  'explain select 1',
  'show x',
  'fetch all from c',
  'analyze compression t',
  'analyze t',
  'vacuum',
  'copy t from x',
  'unload ( x ) to y',
  'merge into t using s on a = b when matched then delete',
  'select 1 into t',
  '( select 1 )',
  'truncate t',
  'declare c cursor for select 1',
  'grant a on b to c',
];

const tupleParts = [
  '$1',
  '$2',
  '$10',
  '1',
  'null',
  "'a ) $1'",
  'default',
  'f ( $3 , 2 )',
  '$$ ) $$',
  '/* ) $9 */',
  '-- $4 )\n',
  '"c)"',
  '- $1',
  '$1 :: int',
  "E'\\' $5'",
];

export function generateScript(random: Random): ScriptInput {
  return {
    of: 'script',
    statements: random.list(random.few(6), () => statement(random)),
    gap: random.pick([...spaces, '']),
    known: random.pick(knownStatements),
    noise: random.list(3, () =>
      random.pick([' ', '\n', ' /* ; begin ( */ ', ' -- commit ;\n', '\t/**/\r\n']),
    ),
    rows: random.between(1, 5),
    values: random.list(1 + random.few(4), () => random.pick(tupleParts)),
    backslashEscapes: random.oneIn(2),
  };
}

function statement(random: Random): string {
  const inside = random.list(random.few(5), () => random.pick(flat)).join(' ');
  return random.oneIn(3) ? `${inside} ( a ; ${inside} ( ; ) ) ${random.pick(flat)}` : inside;
}

export function checkScript(input: ScriptInput): void {
  checkSplit(input);
  checkKind(input);
  checkInsert(input);
}

function checkSplit({ statements, gap, backslashEscapes }: ScriptInput): void {
  // A line comment ends before the next cut.
  const sql = statements.map((text) => `${text}\n`).join(`${gap};${gap}`);
  const expected = statements.filter((text) => meaning(text, backslashEscapes).length > 0);
  const actual = splitStatements(sql, { backslashEscapes });
  const told = (list: readonly string[]): string =>
    list.map((text) => meaning(text, backslashEscapes).join(' ')).join('\n');
  hold(told(actual) === told(expected), () => `The script was cut into ${JSON.stringify(actual)}`);
}

function checkKind({ known, noise, backslashEscapes }: ScriptInput): void {
  const [before = '', between = ' ', behind = ''] = noise;
  const noisy = `${before};${before}${known
    .split(' ')
    .map((word, index) => (index % 2 === 0 ? word.toUpperCase() : word))
    .join(between)}${behind}`;
  const plain = JSON.stringify(statementKind(known, { backslashEscapes }));
  const actual = JSON.stringify(statementKind(noisy, { backslashEscapes }));
  // Letters in quotes keep their case.
  if (known.includes('"')) return;
  hold(plain === actual, () => `${JSON.stringify(noisy)} is ${actual}, not ${plain}`);
}

function checkInsert({ values, rows, noise, backslashEscapes }: ScriptInput): void {
  const [gap = ' '] = noise;
  const tuple = `(${gap}${values.join('\n,')}\n)`;
  const sql = `insert${gap}into "a)"."b" (x, "y (")${gap}values ${tuple} ;`;
  const plain = plainInsertValues(sql, { backslashEscapes });
  const numbers = tokensOf(tuple, backslashEscapes)
    .filter(({ kind }) => kind === 'parameter')
    .map(({ start, end }) => Number(tuple.slice(start + 1, end)));
  hold((plain !== null) === numbers.length > 0, () => 'A plain INSERT is one whose tuple has parameters');
  if (plain === null) return;
  hold(
    sql.slice(plain.tuple.start, plain.tuple.end) === tuple && plain.parameters === Math.max(...numbers),
    () => 'The tuple is found',
  );
  const expanded = expandInsert(sql, plain.tuple, rows, plain.parameters, { backslashEscapes });
  const expected = [
    ...meaning(sql.slice(0, plain.tuple.start), backslashEscapes),
    ...Array.from({ length: rows }, (_, row) => [
      ...(row === 0 ? [] : [',']),
      ...tokensOf(tuple, backslashEscapes)
        .filter(({ kind }) => kind !== 'comment')
        .map(({ kind, start, end }) =>
          kind === 'parameter'
            ? `$${String(Number(tuple.slice(start + 1, end)) + row * plain.parameters)}`
            : tuple.slice(start, end),
        ),
    ]).flat(),
    ';',
  ];
  hold(
    meaning(expanded, backslashEscapes).join(' ') === expected.join(' '),
    () => `The INSERT became ${expanded}`,
  );
}
