/**
 * What stands behind the columns of a table: BACKUP, DISTSTYLE, DISTKEY, SORTKEY, ENCODE AUTO (AWS manual, CREATE
 * TABLE). Taken out of the text and recorded; the local Redshift stores all tables alike.
 */
import { refuse } from './answer.js';
import type { Edits } from './edits.js';
import type { Refusal } from './plan.js';
import type { Reader } from './reader.js';
import { type TableFacts, columnAt } from './table-facts.js';

const distStyles = { AUTO: 'auto', EVEN: 'even', ALL: 'all', KEY: 'key' } as const;

/** Reads attributes until something else comes, and takes them out. */
export function readTableAttributes(reader: Reader, facts: TableFacts, edits: Edits): Refusal | undefined {
  const first = reader.at;
  for (;;) {
    const start = reader.at;
    const problem = readAttribute(reader, facts);
    if (problem) return problem;
    if (reader.at === start) break;
  }
  if (reader.at > first) edits.replace(first, reader.at - 1, '');
  return checkDistribution(facts, reader.pieces[first]?.start);
}

function readAttribute(reader: Reader, facts: TableFacts): Refusal | undefined {
  if (reader.take('BACKUP')) {
    const choice = reader.takeOne('YES', 'NO');
    if (!choice) return reader.unexpected();
    facts.backup = choice === 'YES';
  } else if (reader.take('DISTSTYLE')) {
    const style = reader.takeOne('AUTO', 'EVEN', 'ALL', 'KEY') as keyof typeof distStyles | undefined;
    if (!style) return reader.unexpected();
    facts.distStyle = distStyles[style];
  } else if (reader.is('DISTKEY')) {
    const at = reader.piece?.start;
    reader.at++;
    const columns = reader.columns(columnAt);
    if (columns?.length !== 1) return reader.unexpected();
    if (facts.distKey !== undefined) return refuse('42601', 'Multiple DISTKEY columns are not allowed', at);
    facts.distKey = columns[0] ?? null;
  } else if (reader.is('SORTKEY') || reader.is('COMPOUND') || reader.is('INTERLEAVED')) {
    return readSortKey(reader, facts);
  } else if (reader.take('ENCODE', 'AUTO')) {
    facts.encodeAuto = true;
  }
  return undefined;
}

/** `[ COMPOUND | INTERLEAVED ] SORTKEY ( … )` or `SORTKEY AUTO`. */
export function readSortKey(reader: Reader, facts: TableFacts): Refusal | undefined {
  const style = reader.takeOne('COMPOUND', 'INTERLEAVED');
  const at = reader.piece?.start;
  if (!reader.take('SORTKEY')) return reader.unexpected();
  if (!style && reader.take('AUTO')) {
    facts.sortStyle = 'auto';
    return undefined;
  }
  if (!style && reader.take('NONE')) {
    facts.sortStyle = 'none';
    facts.sortKeys = [];
    return undefined;
  }
  const columns = reader.columns(columnAt);
  if (!columns) return reader.unexpected();
  // AWS manual, CREATE TABLE: 400 columns of a compound key; Sort keys: eight of an interleaved one.
  const most = style === 'INTERLEAVED' ? 8 : 400;
  if (columns.length > most) {
    return refuse('54011', `A sort key can have at most ${most} columns`, at);
  }
  facts.sortStyle = style === 'INTERLEAVED' ? 'interleaved' : 'compound';
  facts.sortKeys = columns;
  return undefined;
}

function checkDistribution(facts: TableFacts, at: number | undefined): Refusal | undefined {
  const keyed = typeof facts.distKey === 'string';
  if (facts.distStyle === 'key' && !keyed) {
    return refuse('42601', 'DISTSTYLE KEY needs a DISTKEY column', at);
  }
  if (keyed && (facts.distStyle === 'even' || facts.distStyle === 'all')) {
    const style = facts.distStyle.toUpperCase();
    return refuse('42601', `A DISTKEY column cannot be combined with DISTSTYLE ${style}`, at);
  }
  if (keyed) facts.distStyle = 'key';
  return undefined;
}

/** The first recorded column that the table does not have. */
export function missingColumn(
  facts: TableFacts,
  columns: { has(name: string): boolean },
): string | undefined {
  const named = [
    ...(typeof facts.distKey === 'string' ? [facts.distKey] : []),
    ...(facts.sortKeys ?? []),
    ...(facts.primaryKey?.columns ?? []),
    ...(facts.unique ?? []).flatMap((key) => key.columns),
    ...(facts.foreignKeys ?? []).flatMap((key) => key.columns),
  ];
  return named.find((column) => !columns.has(column));
}
