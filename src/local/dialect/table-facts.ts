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
  dropConstraint?: string;
  renameColumn?: readonly [from: string, to: string];
}

/** The encodings of columns (AWS manual, Compression encodings). */
export const encodings = new Set(
  'AUTO RAW NONE AZ64 BYTEDICT DELTA DELTA32K LZO MOSTLY8 MOSTLY16 MOSTLY32 RUNLENGTH TEXT255 TEXT32K ZSTD'.split(
    ' ',
  ),
);

/** The statement that records facts about a table; `table` is an expression of type regclass. */
export function noteTable(table: string, facts: TableFacts): string {
  return call('rs_note_table', table, jsonLiteral(facts));
}

/** To run after the statement that made the table, when there is anything to record. */
export function notesAfter(table: string, facts: TableFacts): Extras {
  return Object.keys(facts).length === 0 ? {} : { after: [noteTable(table, facts)] };
}
