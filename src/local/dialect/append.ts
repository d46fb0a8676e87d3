/** ALTER TABLE … APPEND FROM: rows move from one table to another of the same columns (AWS manual, ALTER TABLE APPEND). */
import { refuse, regclass } from './answer.js';
import type { AnswerRow, Plan, SessionFacts } from './plan.js';
import { type QualifiedName, type Reader, sqlLiteral, sqlName, sqlQualified } from './reader.js';

const tag = 'ALTER TABLE APPEND';

/** The reader behind APPEND. */
export function planAppend(reader: Reader, target: QualifiedName, facts: SessionFacts): Plan {
  const at = reader.pieces[0]?.start;
  if (!reader.take('FROM')) return reader.unexpected();
  const source = reader.name();
  if (!source) return reader.unexpected();
  const option = reader.takeOne('IGNOREEXTRA', 'FILLTARGET');
  if (!reader.ended) return reader.unexpected();
  if (facts.transaction === 'open') {
    return refuse('25001', 'ALTER TABLE APPEND cannot run inside a transaction block', at);
  }
  return {
    kind: 'ask',
    sql: columnsOf(target, source),
    parameters: [],
    then: (rows) => move(rows, target, source, option, at),
  };
}

/** Table (t or s), name, type, not null, identity ('a' where no value can be given). */
function columnsOf(target: QualifiedName, source: QualifiedName): string {
  const one = (letter: string, name: QualifiedName) =>
    `select ${sqlLiteral(letter)}, attname, pg_catalog.format_type(atttypid, atttypmod), attnotnull, attidentity, attnum ` +
    `from pg_catalog.pg_attribute where attrelid = ${regclass(name.parts)} and attnum > 0 and not attisdropped`;
  return `${one('t', target)} union all ${one('s', source)} order by 1, 6`;
}

function move(
  rows: readonly AnswerRow[],
  target: QualifiedName,
  source: QualifiedName,
  option: string | undefined,
  at: number | undefined,
): Plan {
  const of = (letter: string) =>
    new Map(rows.filter((row) => row[0] === letter).map((row) => [row[1] ?? '', row] as const));
  const targets = of('t');
  const sources = of('s');
  const shared: string[] = [];
  for (const [name, column] of sources) {
    const other = targets.get(name);
    if (column[4] === 'a' && option === 'IGNOREEXTRA') continue;
    if (!other) {
      if (option === 'IGNOREEXTRA') continue;
      return refuse(
        '0A000',
        `Column "${name}" of the source table is not in the target table; IGNOREEXTRA leaves it out`,
        at,
      );
    }
    if (other[2] !== column[2] || other[3] !== column[3]) {
      return refuse('0A000', `Column "${name}" is not the same in the source and the target table`, at);
    }
    if (other[4] === 'a') return refuse('0A000', `Identity column "${name}" cannot be appended`, at);
    shared.push(name);
  }
  const extra = [...targets.keys()].find((name) => !sources.has(name));
  if (extra !== undefined && option !== 'FILLTARGET') {
    return refuse(
      '0A000',
      `Column "${extra}" of the target table is not in the source table; FILLTARGET fills it`,
      at,
    );
  }
  if (shared.length === 0) return refuse('0A000', 'The tables have no column in common', at);
  const list = shared.map(sqlName).join(', ');
  const moved = `with moved as (delete from ${sqlQualified(source.parts)} returning ${list})`;
  const sql = `${moved} insert into ${sqlQualified(target.parts)} (${list}) select ${list} from moved`;
  return { kind: 'run', sql, position: () => undefined, tag };
}
