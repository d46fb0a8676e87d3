/** The query that gives the rows of a FETCH or an EXECUTE: the engine keeps it as text, its statements only run it. */
import { type Piece, findWord, piecesOf } from '../dialect/pieces.js';
import type { AnswerRow } from '../dialect/plan.js';

export interface Query {
  readonly sql: string;
  readonly parameterOids: readonly number[];
}

type Ask = (sql: string, parameters?: readonly string[]) => Promise<readonly AnswerRow[]>;

/** The query behind a statement of the engine; the statement itself where nothing is behind it. */
export async function queryBehind(own: Query, ask: Ask): Promise<Query> {
  const pieces = piecesOf(own.sql).filter(({ text }) => text !== ';');
  const [first] = pieces;
  if (first?.word === 'FETCH') {
    const [row] = await ask('select statement from pg_catalog.pg_cursors where name = $1', [
      nameOf(pieces.at(-1)),
    ]);
    return { sql: behind(row?.[0] ?? '', 'FOR') ?? own.sql, parameterOids: [] };
  }
  if (first?.word === 'EXECUTE') {
    const [row] = await ask(
      `select statement, array_to_string(parameter_types::oid[], ',')
        from pg_catalog.pg_prepared_statements where name = $1`,
      [nameOf(pieces[1])],
    );
    const sql = behind(row?.[0] ?? '', 'AS');
    const oids = (row?.[1] ?? '').split(',').filter((oid) => oid !== '');
    if (sql !== undefined) return { sql, parameterOids: oids.map(Number) };
  }
  return own;
}

/** What follows the word in a DECLARE or PREPARE. */
function behind(sql: string, word: string): string | undefined {
  const pieces = piecesOf(sql);
  const at = findWord(pieces, 0, 0, word);
  const next = at < 0 ? undefined : pieces[at + 1];
  return next && sql.slice(next.start);
}

/** A name as the engine keeps it. */
function nameOf(piece: Piece | undefined): string {
  if (piece === undefined) return '';
  if (piece.text.startsWith('"')) return piece.text.slice(1, -1).replaceAll('""', '"');
  return piece.text.toLowerCase();
}
