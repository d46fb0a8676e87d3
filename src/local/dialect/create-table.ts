/**
 * CREATE TABLE in both forms. The engine makes a plain table; what only Redshift knows is recorded behind it
 * (AWS manual, CREATE TABLE; CREATE TABLE AS).
 */
import { newRegclass, notYet, refuse, regclass, run } from './answer.js';
import { type ColumnReading, readColumn, readReference } from './columns.js';
import type { Edits } from './edits.js';
import { argumentsOf } from './pieces.js';
import type { Plan, Refusal } from './plan.js';
import { refuseLeaderOnly } from './queries.js';
import { type QualifiedName, Reader } from './reader.js';
import { missingColumn, readTableAttributes } from './table-attributes.js';
import { type TableFacts, keyName, notesAfter } from './table-facts.js';
import { onlySelect, settleAfter } from './settle.js';

/** `CREATE [LOCAL] [TEMP] TABLE …`, the reader behind CREATE. */
export function planCreateTable(reader: Reader, edits: Edits): Plan {
  reader.take('LOCAL');
  const marked = reader.takeOne('TEMP', 'TEMPORARY') !== undefined;
  const tableAt = reader.at;
  if (!reader.take('TABLE')) return reader.unexpected();
  const unlessExists = reader.take('IF', 'NOT', 'EXISTS');
  const name = reader.name();
  if (!name) return reader.unexpected();
  const hash = name.parts.at(-1)?.startsWith('#') === true && reader.pieces[name.last - 1]?.text === '#';
  const temporary = marked || hash;
  if (hash && !marked) edits.insertBefore(tableAt, 'TEMP ');
  if (name.parts.length > 3) return reader.unexpected();

  const facts: TableFacts = {};
  const target: Target = { name, temporary, unlessExists };
  const list = reader.is('(') ? reader.at : -1;
  if (list >= 0 && !isNameList(reader)) {
    const columns = readElements(reader, list, target, facts, edits);
    if ('kind' in columns) return columns;
    const rest = readTableAttributes(reader, facts, edits) ?? leftover(reader);
    if (rest) return rest;
    const unknown = columns.like ? undefined : missingColumn(facts, columns.columns);
    if (unknown !== undefined) return refuse('42703', `column "${unknown}" named in key does not exist`);
    const unsortable = [facts.distKey, ...(facts.sortKeys ?? [])].find(
      (name) => columns.columns.get(name ?? '')?.unsortable,
    );
    if (typeof unsortable === 'string') {
      return refuse('0A000', `Column "${unsortable}" has a type that cannot be a distribution or sort key`);
    }
    return planTable(target, facts, edits);
  }
  if (list >= 0) reader.skipBrackets();
  const problem = readTableAttributes(reader, facts, edits);
  if (problem) return problem;
  if (!reader.is('AS') || unlessExists) return reader.unexpected();
  const leader = refuseLeaderOnly(reader.pieces);
  if (leader) return leader;
  return run(edits, {
    tag: 'SELECT',
    after: [
      ...settleAfter(
        newRegclass(name.parts, temporary),
        reader.pieces,
        onlySelect(reader.pieces, reader.at + 1),
      ),
      ...(notesAfter(newRegclass(name.parts, temporary), facts).after ?? []),
    ],
  });
}

interface Target {
  readonly name: QualifiedName;
  readonly temporary: boolean;
  readonly unlessExists: boolean;
}

function planTable(target: Target, facts: TableFacts, edits: Edits): Plan {
  const { name, temporary, unlessExists } = target;
  const table = newRegclass(name.parts, temporary);
  const notes = notesAfter(table, facts);
  if (!unlessExists || notes.after === undefined) return run(edits, notes);
  // An existing table keeps what is recorded of it.
  const schema = temporary ? 'pg_catalog.pg_my_temp_schema()' : schemaOid(name);
  return {
    kind: 'ask',
    sql: `select 1 from pg_catalog.pg_class where relname = $1 and relnamespace = ${schema}`,
    parameters: [
      name.parts.at(-1) ?? '',
      ...(temporary || name.parts.length < 2 ? [] : [name.parts.at(-2) ?? '']),
    ],
    then: (rows) => run(edits, rows.length > 0 ? {} : notes),
  };
}

function schemaOid(name: QualifiedName): string {
  const schema = name.parts.length < 2 ? 'pg_catalog.current_schema()' : '$2';
  return `(select oid from pg_catalog.pg_namespace where nspname = ${schema})`;
}

/** Whether the brackets hold names only, as CREATE TABLE t (a, b) AS has them. */
function isNameList(reader: Reader): boolean {
  const start = reader.at;
  const names = reader.columns();
  reader.at = start;
  return names !== undefined;
}

function readElements(
  reader: Reader,
  list: number,
  target: Target,
  facts: TableFacts,
  edits: Edits,
): Refusal | { readonly columns: ReadonlyMap<string, ColumnReading>; readonly like: boolean } {
  const close = reader.pieces[list]?.pair ?? -1;
  if (close < 0) return new Reader(reader.pieces, reader.pieces.length).unexpected();
  const table = target.name.parts.at(-1) ?? '';
  const columns = new Map<string, ColumnReading>();
  const kept: boolean[] = [];
  let likes = false;
  const elements = argumentsOf(reader.pieces, list);
  if (elements.length === 0) return new Reader(reader.pieces, close).unexpected();
  for (const { first, last } of elements) {
    const element = new Reader(reader.pieces, first);
    if (first > last) return element.unexpected();
    if (element.is('LIKE')) {
      const parent = readLike(element, last);
      if ('kind' in parent) return parent;
      facts.like = regclass(parent.parts);
      likes = true;
      kept.push(true);
    } else if (isConstraint(element)) {
      const problem = readConstraint(element, table, facts);
      if (problem) return problem;
      if (element.at <= last) return element.unexpected();
      edits.replace(first, last, '');
      kept.push(false);
    } else {
      const column = readColumn(element, last, { table, facts, edits });
      if (column.kind === 'refuse') return column;
      columns.set(column.name, column);
      kept.push(true);
    }
  }
  dropCommas(elements, kept, edits);
  reader.at = close + 1;
  makeNotNull(reader, elements, facts, edits);
  return { columns, like: likes };
}

const constraintWords = new Set(['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK', 'EXCLUDE']);

function isConstraint(reader: Reader): boolean {
  return constraintWords.has(reader.piece?.word ?? '');
}

/** A constraint of the table: recorded, never enforced (AWS manual, Table constraints). */
export function readConstraint(reader: Reader, table: string, facts: TableFacts): Refusal | undefined {
  let given: string | undefined;
  if (reader.take('CONSTRAINT')) {
    given = reader.identifier();
    if (given === undefined) return reader.unexpected();
  }
  const at = reader.piece?.start;
  if (reader.take('PRIMARY', 'KEY')) {
    const columns = reader.columns();
    if (!columns) return reader.unexpected();
    if (facts.primaryKey) {
      return refuse('42P16', `multiple primary keys for table "${table}" are not allowed`, at);
    }
    facts.primaryKey = { name: given ?? keyName(facts, `${table}_pkey`), columns };
    return undefined;
  }
  if (reader.take('UNIQUE')) {
    const columns = reader.columns();
    if (!columns) return reader.unexpected();
    (facts.unique ??= []).push({
      name: given ?? keyName(facts, `${table}_${columns.join('_')}_key`),
      columns,
    });
    return undefined;
  }
  if (reader.take('FOREIGN', 'KEY')) {
    const columns = reader.columns();
    if (!columns || !reader.take('REFERENCES')) return reader.unexpected();
    return readReference(
      reader,
      given ?? keyName(facts, `${table}_${columns.join('_')}_fkey`),
      columns,
      facts,
    );
  }
  if (reader.is('CHECK')) return refuse('0A000', 'CHECK constraints are not supported', at);
  return reader.unexpected();
}

/** `LIKE parent [ INCLUDING DEFAULTS | EXCLUDING DEFAULTS ]`: the engine knows it, with more choices. */
function readLike(reader: Reader, last: number): Refusal | QualifiedName {
  reader.at++;
  const parent = reader.name();
  if (!parent) return reader.unexpected();
  if (reader.at <= last && !reader.take('INCLUDING', 'DEFAULTS') && !reader.take('EXCLUDING', 'DEFAULTS')) {
    return reader.unexpected();
  }
  return reader.at <= last ? reader.unexpected() : parent;
}

/** A list without the elements that were taken out has no commas for them either. */
function dropCommas(
  elements: readonly { readonly first: number }[],
  kept: readonly boolean[],
  edits: Edits,
): void {
  let any = false;
  for (const [index, { first }] of elements.entries()) {
    const keep = kept[index] === true;
    if (index > 0 && !(keep && any)) edits.replace(first - 1, first - 1, '');
    any ||= keep;
  }
}

/** The columns of a primary key do not take NULL (AWS manual, CREATE TABLE). */
function makeNotNull(
  reader: Reader,
  elements: readonly { readonly first: number; readonly last: number }[],
  facts: TableFacts,
  edits: Edits,
): void {
  const names = new Set(facts.primaryKey?.columns);
  for (const { first, last } of elements) {
    const element = new Reader(reader.pieces, first);
    if (isConstraint(element) || element.is('LIKE')) continue;
    const name = element.identifier();
    if (name === undefined || !names.has(name)) continue;
    const texts = reader.pieces.slice(first, last + 1).map((piece) => piece.word);
    const written = texts.some((word, index) => word === 'NULL' && texts[index - 1] === 'NOT');
    if (!written && !texts.includes('PRIMARY')) edits.insertAfter(last, ' NOT NULL');
  }
}

function leftover(reader: Reader): Refusal | undefined {
  if (reader.ended) return undefined;
  if (reader.is('PARTITIONED') || reader.is('STORED') || reader.is('ROW'))
    return notYet('CREATE EXTERNAL TABLE');
  return reader.unexpected();
}
