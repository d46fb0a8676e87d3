/**
 * Target `sql-server`: quoted literals, quoted names and placeholders among hostile text, sent to PostgreSQL with
 * standard_conforming_strings on and off: what comes back is the value, and nothing around it has changed.
 */
import { RedshiftError } from '../../src/errors.js';
import type { Connection } from '../../src/index.js';
import { quoteIdentifier, quoteLiteral } from '../../src/sql/quote.js';
import { startPostgresql } from '../integration/postgresql.js';
import { hold, type Target } from './engine.js';
import { literal } from './literal.js';
import type { Random } from './random.js';
import { smallerText } from './shrink.js';
import { hostileTexts } from './sql-text.js';

const styles = ['qmark', 'numeric', 'named', 'format', 'pyformat'] as const;

interface ServerSqlInput {
  readonly value: string;
  readonly name: string;
  readonly style: (typeof styles)[number];
  /** Behind the marker: what hides other markers. */
  readonly noise: string;
  readonly backslashEscapes: boolean;
}

const noises = [
  '',
  '/* ? :a :1 %s %(a)s $1 */',
  "\n-- it's ? %s\n",
  "|| '' /* ; */",
  '|| $$$$',
  '|| $x$$x$',
  "|| E'\\''||''",
  '::text',
  "|| E''\n''",
  "|| E'\\\\'--\n'\\''",
  "|| x'' :: text",
];

function generate(random: Random): ServerSqlInput {
  return {
    value: random.text(hostileTexts, 20),
    name: random.text(hostileTexts, 8) || 'x',
    style: random.pick(styles),
    noise: random.pick(noises),
    backslashEscapes: random.oneIn(2),
  };
}

async function check(
  { value, name, style, noise, backslashEscapes }: ServerSqlInput,
  connections: { readonly on: Connection; readonly off: Connection },
): Promise<void> {
  const connection = backslashEscapes ? connections.off : connections.on;
  const short = Buffer.byteLength(name) <= 63 ? name : 'x';
  const percent = style === 'format' || style === 'pyformat';
  const fixed = quoteLiteral(value, { backslashEscapes });
  const marker = { qmark: '?', numeric: ':1', named: ':a', format: '%s', pyformat: '%(a)s' }[style];
  // Quotes and comments keep what is in them, also a percent sign.
  const sql = `select ${fixed} as ${quoteIdentifier(short)}, ${marker}::text${noise} as b ${percent ? 'where 5 %% 2 = 1' : ''}`;
  const parameters = style === 'named' || style === 'pyformat' ? { a: value } : [value];
  const cursor = connection.cursor({ paramstyle: style });
  try {
    await cursor.execute(sql, parameters);
  } catch (error) {
    if (error instanceof RedshiftError) throw new Error(`${error.message}\n${sql}`, { cause: error });
    throw error;
  }
  const rows = await cursor.fetchAll();
  hold(
    cursor.description?.[0]?.name === short,
    () => `The name came back as ${literal(cursor.description?.[0]?.name)}`,
  );
  const [first, second] = rows[0] as string[];
  hold(first === value, () => `The literal came back as ${literal(first)}`);
  const added =
    noise.startsWith("|| E'\\''") || noise.includes("'--\n")
      ? /^(?:'|\\')$/.exec((second ?? '').slice(value.length)) !== null
      : second === value;
  hold(second?.startsWith(value) === true && added, () => `The parameter came back as ${literal(second)}`);
}

export const serverSql: Target<ServerSqlInput> = {
  name: 'sql-server',
  about: 'quoting and placeholders, read by PostgreSQL itself',
  needs: 'a server',
  async open() {
    const server = await startPostgresql();
    const on = await server.connect({
      autocommit: true,
      maxPreparedStatements: 0,
      options: '-c standard_conforming_strings=on',
    });
    const off = await server.connect({
      autocommit: true,
      maxPreparedStatements: 0,
      options: '-c standard_conforming_strings=off -c escape_string_warning=off',
    });
    return {
      generate,
      check: (input) => check(input, { on, off }),
      *smaller(input) {
        for (const value of smallerText(input.value)) yield { ...input, value };
        for (const name of smallerText(input.name)) if (name !== '') yield { ...input, name };
        if (input.noise !== '') yield { ...input, noise: '' };
      },
      async close() {
        await on.close();
        await off.close();
        await server.stop();
      },
    };
  },
};
