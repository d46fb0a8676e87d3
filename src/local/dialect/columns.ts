/**
 * A column as CREATE TABLE and ALTER TABLE ADD write it: its type, and the attributes that only Redshift knows, which
 * are taken out of the text and recorded (AWS manual, CREATE TABLE).
 */
import { notYet, refuse } from './answer.js';
import type { Edits } from './edits.js';
import type { Refusal } from './plan.js';
import { type Reader, lowerAscii, sqlQualified } from './reader.js';
import { type TableFacts, encodings, keyName } from './table-facts.js';
import { readType } from './types.js';

/** What a rule for columns needs to know of the table. */
export interface ColumnPlace {
  readonly table: string;
  readonly facts: TableFacts;
  readonly edits: Edits;
}

/** What the statement says of the column besides the recorded facts. */
export interface ColumnReading {
  readonly kind: 'column';
  readonly name: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly identity: boolean;
  readonly constrained: boolean;
  /** Its type can be neither a distribution key nor a sort key. */
  readonly unsortable: boolean;
}

const attributeWords = new Set(
  'DEFAULT IDENTITY GENERATED ENCODE DISTKEY SORTKEY COLLATE NOT NULL UNIQUE PRIMARY REFERENCES CONSTRAINT CHECK'.split(
    ' ',
  ),
);

/** AWS manual, CREATE TABLE, lists the types that keys can have. */
const unsortableTypes = new Set('SUPER VARBYTE VARBINARY BINARY GEOMETRY GEOGRAPHY HLLSKETCH'.split(' '));

/** PostgreSQL's system columns, whose names no column can have (AWS manual, Unsupported PostgreSQL features). */
const systemColumns = new Set(['oid', 'tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

/** Reads a column between the pieces `first` and `last` and edits out what the engine does not know. */
export function readColumn(reader: Reader, last: number, place: ColumnPlace): ColumnReading | Refusal {
  const { edits, facts } = place;
  const start = reader.piece;
  const name = reader.identifier();
  if (name === undefined || reader.at > last) return reader.unexpected();
  if (systemColumns.has(name)) {
    return refuse('42701', `column name "${name}" conflicts with a system column name`, start?.start);
  }
  const type = readType(reader.pieces, reader.at, { of: 'column', table: place.table, column: name });
  if (type === undefined) return reader.unexpected();
  if (type.kind === 'refuse') return type;
  if (type.text !== undefined) edits.replace(type.first, type.last, type.text);
  reader.at = type.last + 1;
  const written = reader.pieces.slice(type.first, type.last + 1).map((piece) => piece.word);
  const unsortable = written.some((word) => unsortableTypes.has(word));
  const read = { name, notNull: false, hasDefault: false, identity: false, constrained: false, unsortable };
  while (reader.at <= last) {
    const problem = readAttribute(reader, last, read, place);
    if (problem) return problem;
  }
  if (read.identity && !read.notNull) edits.insertAfter(type.last, ' NOT NULL');
  if (facts.collations?.[name] === 'case_insensitive') {
    edits.insertAfter(type.last, ' COLLATE pg_catalog.case_insensitive');
  }
  return { kind: 'column', ...read };
}

type Reading = { -readonly [K in keyof Omit<ColumnReading, 'kind'>]: ColumnReading[K] };

function readAttribute(
  reader: Reader,
  last: number,
  read: Reading,
  { table, facts, edits }: ColumnPlace,
): Refusal | undefined {
  const first = reader.at;
  const drop = () => {
    edits.replace(first, reader.at - 1, '');
  };
  let constraint: string | undefined;
  if (reader.take('CONSTRAINT')) {
    constraint = reader.identifier();
    if (constraint === undefined) return reader.unexpected();
  }
  if (reader.take('NOT', 'NULL')) {
    read.notNull = true;
    return undefined;
  }
  if (reader.take('NULL')) return undefined;
  if (reader.take('DEFAULT')) {
    read.hasDefault = true;
    skipExpression(reader, last);
    return undefined;
  }
  if (reader.take('ENCODE')) {
    const encoding = reader.piece?.word ?? '';
    if (!encodings.has(encoding)) return badEncoding(reader);
    reader.at++;
    (facts.encodings ??= {})[read.name] = lowerAscii(encoding);
    drop();
    return undefined;
  }
  if (reader.take('DISTKEY')) {
    if (facts.distKey !== undefined) {
      return refuse(
        '42601',
        `Multiple DISTKEY columns are not allowed for table "${table}"`,
        at(reader, first),
      );
    }
    facts.distKey = read.name;
    drop();
    return undefined;
  }
  if (reader.take('SORTKEY')) {
    facts.sortKeys = [...(facts.sortKeys ?? []), read.name];
    facts.sortStyle ??= 'compound';
    drop();
    return undefined;
  }
  if (reader.take('COLLATE')) {
    const collation = reader.takeOne('CASE_SENSITIVE', 'CS', 'CASE_INSENSITIVE', 'CI');
    if (!collation) return reader.unexpected();
    const folds = collation === 'CASE_INSENSITIVE' || collation === 'CI';
    (facts.collations ??= {})[read.name] = folds ? 'case_insensitive' : 'case_sensitive';
    drop();
    return undefined;
  }
  if (reader.is('IDENTITY') || reader.is('GENERATED')) return readIdentity(reader, read, edits);
  if (reader.take('PRIMARY', 'KEY')) {
    if (facts.primaryKey) {
      return refuse('42P16', `multiple primary keys for table "${table}" are not allowed`, at(reader, first));
    }
    facts.primaryKey = { name: constraint ?? keyName(facts, `${table}_pkey`), columns: [read.name] };
    edits.replace(first, reader.at - 1, read.notNull ? '' : 'NOT NULL');
    read.notNull = true;
    read.constrained = true;
    return undefined;
  }
  if (reader.take('UNIQUE')) {
    (facts.unique ??= []).push({
      name: constraint ?? keyName(facts, `${table}_${read.name}_key`),
      columns: [read.name],
    });
    read.constrained = true;
    drop();
    return undefined;
  }
  if (reader.take('REFERENCES')) {
    const key = readReference(
      reader,
      constraint ?? keyName(facts, `${table}_${read.name}_fkey`),
      [read.name],
      facts,
    );
    if (key) return key;
    read.constrained = true;
    drop();
    return undefined;
  }
  if (reader.is('CHECK')) {
    return refuse('0A000', 'CHECK constraints are not supported', reader.piece?.start);
  }
  return reader.unexpected();
}

/** `reftable [ ( column ) ]`, behind REFERENCES, recorded as a foreign key. */
export function readReference(
  reader: Reader,
  name: string,
  columns: readonly string[],
  facts: TableFacts,
): Refusal | undefined {
  const table = reader.name();
  if (!table) return reader.unexpected();
  const refColumns = reader.columns();
  const key = { name, columns, table: sqlQualified(table.parts.slice(-2)) };
  (facts.foreignKeys ??= []).push(refColumns ? { ...key, refColumns } : key);
  return undefined;
}

/** Both forms have a seed and a step; values may be far from what the engine takes as bounds by itself. */
function readIdentity(reader: Reader, read: Reading, edits: Edits): Refusal | undefined {
  const first = reader.at;
  const byDefault = reader.take('GENERATED', 'BY', 'DEFAULT', 'AS', 'IDENTITY');
  if (!byDefault && !reader.take('IDENTITY')) {
    if (reader.is('GENERATED', 'ALWAYS')) return reader.unexpected();
    return notYet('GENERATED', reader.piece?.start);
  }
  let seed: number | undefined = 1;
  let step: number | undefined = 1;
  if (reader.take('(')) {
    seed = reader.integer();
    if (seed === undefined || !reader.take(',')) return reader.unexpected();
    const stepAt = reader.piece?.start;
    step = reader.integer();
    if (step === undefined || !reader.take(')')) return reader.unexpected();
    if (step === 0) return refuse('22023', 'identity column step must not be zero', stepAt);
  }
  const bound = step > 0 ? 'MINVALUE' : 'MAXVALUE';
  const mode = byDefault ? 'BY DEFAULT' : 'ALWAYS';
  const text = `GENERATED ${mode} AS IDENTITY (START WITH ${seed} INCREMENT BY ${step} ${bound} ${seed})`;
  edits.replace(first, reader.at - 1, text);
  read.identity = true;
  return undefined;
}

/** To the next attribute; the first piece belongs to the expression whatever it is (DEFAULT NULL). */
function skipExpression(reader: Reader, last: number): void {
  const depth = reader.piece?.depth ?? 0;
  do {
    reader.at++;
    const piece = reader.piece;
    if (piece?.depth === depth && attributeWords.has(piece.word)) break;
  } while (reader.at <= last);
}

/** The refusal of an encoding that does not exist. */
export function badEncoding(reader: Reader): Refusal {
  const piece = reader.piece;
  if (piece?.kind !== 'identifier') return reader.unexpected();
  return refuse('42601', `encoding type "${lowerAscii(piece.text)}" does not exist`, piece.start);
}

function at(reader: Reader, index: number): number | undefined {
  return reader.pieces[index]?.start;
}
