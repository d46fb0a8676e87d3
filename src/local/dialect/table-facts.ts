/**
 * What Redshift knows of a table and the engine does not: distribution, sort keys, encodings, keys that nobody enforces.
 * It is recorded by a function on the engine; this file only says in which form.
 */
import { type Extras, call, jsonLiteral } from './answer.js';

export interface KeyFacts {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface ForeignKeyFacts extends KeyFacts {
  /** The table it refers to, as SQL reads it. */
  readonly table: string;
  readonly refColumns?: readonly string[];
}

/** All optional: what is absent stays as it is. */
export interface TableFacts {
  distStyle?: 'auto' | 'even' | 'all' | 'key';
  distKey?: string | null;
  sortStyle?: 'auto' | 'compound' | 'interleaved' | 'none';
  sortKeys?: readonly string[];
  encodings?: Record<string, string>;
  encodeAuto?: boolean;
  backup?: boolean;
  primaryKey?: KeyFacts;
  unique?: KeyFacts[];
  foreignKeys?: ForeignKeyFacts[];
  collations?: Record<string, string>;
  /** The table of LIKE, as an expression of type regclass; its distribution, sort keys and encodings are taken over. */
  like?: string;
}

/** A name for a key without one that no other key of the statement has, as PostgreSQL makes them. */
export function keyName(facts: TableFacts, wished: string): string {
  const taken = new Set(
    [facts.primaryKey, ...(facts.unique ?? []), ...(facts.foreignKeys ?? [])].map((key) => key?.name),
  );
  let name = wished;
  for (let n = 1; taken.has(name); n++) name = `${wished}${n}`;
  return name;
}

/** The encodings of columns (AWS manual, Compression encodings). */
export const encodings = new Set(
  'AUTO RAW NONE AZ64 BYTEDICT DELTA DELTA32K LZO MOSTLY8 MOSTLY16 MOSTLY32 RUNLENGTH TEXT255 TEXT32K ZSTD'.split(
    ' ',
  ),
);

/** Stands for the column at a place of a table that is not made yet. */
export function columnAt(place: number): string {
  return `\u0001${place}`;
}

/** The statement that records facts about a table; `table` is an expression of type regclass. */
export function noteTable(table: string, facts: Omit<TableFacts, 'like'>): string {
  const json = jsonLiteral(facts);
  // Places become names when there is a table (CREATE TABLE … DISTKEY(1) AS).
  return call(
    'rs_note_table',
    table,
    json.includes('\\u0001') ? `pg_catalog.rs_named_places(${table}, ${json})` : json,
  );
}

/** To run after the statement that made the table, when there is anything to record. */
export function notesAfter(table: string, { like, ...facts }: TableFacts): Extras {
  const after: string[] = [];
  if (like !== undefined) {
    const parent = `('{"like": "' || ${like}::pg_catalog.oid || '"}')::pg_catalog.json`;
    after.push(call('rs_note_table', table, parent));
  }
  if (Object.keys(facts).length > 0) after.push(noteTable(table, facts));
  return after.length > 0 ? { after } : {};
}
