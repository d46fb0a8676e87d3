/**
 * ALTER TABLE in Redshift's forms: one column at a time, types of VARCHAR only, keys and encodings recorded
 * (AWS manual, ALTER TABLE).
 */
import { call, command, notYet, refuse, regclass, run, withExtras } from './answer.js';
import { planAppend } from './append.js';
import { badEncoding, readColumn } from './columns.js';
import { readConstraint } from './create-table.js';
import type { Edits } from './edits.js';
import type { Plan, SessionFacts } from './plan.js';
import { type QualifiedName, type Reader, lowerAscii, sqlLiteral, sqlName, sqlQualified } from './reader.js';
import { readSortKey } from './table-attributes.js';
import { type TableFacts, encodings, noteTable, notesAfter } from './table-facts.js';
import { readType } from './types.js';

const tag = 'ALTER TABLE';

/** The reader behind ALTER TABLE. */
export function planAlterTable(reader: Reader, edits: Edits, facts: SessionFacts): Plan {
  if (reader.is('IF', 'EXISTS') || reader.is('ONLY')) return reader.unexpected();
  const table = reader.name();
  if (!table) return reader.unexpected();
  const action = reader.at;
  switch (reader.takeOne('ADD', 'DROP', 'OWNER', 'RENAME', 'ALTER', 'APPEND', 'ROW', 'SET', 'PARTITION')) {
    case 'ADD':
      return planAdd(reader, edits, table);
    case 'DROP':
      return planDrop(reader, edits);
    case 'OWNER':
      return planOwner(reader, table);
    case 'RENAME':
      return planRename(reader, edits);
    case 'ALTER':
      reader.at = action;
      return planAlter(reader, edits, table, facts);
    case 'APPEND':
      return planAppend(reader, table, facts);
    case 'ROW':
      return notYet('ROW LEVEL SECURITY', reader.pieces[action]?.start);
    case 'SET':
    case 'PARTITION':
      return notYet('ALTER TABLE for an external table', reader.pieces[action]?.start);
    default:
      return reader.unexpected();
  }
}

/** A superuser of Redshift gives to anybody; one of the engine's roles may not (AWS manual, ALTER TABLE). */
function planOwner(reader: Reader, table: QualifiedName): Plan {
  if (!reader.take('TO')) return reader.unexpected();
  const owner = reader.identifier();
  if (owner === undefined || !reader.ended) return reader.unexpected();
  return command(call('rs_alter_owner', regclass(table.parts), sqlLiteral(owner)), tag);
}

function planAdd(reader: Reader, edits: Edits, table: QualifiedName): Plan {
  const name = table.parts.at(-1) ?? '';
  const facts: TableFacts = {};
  const start = reader.piece;
  if (['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK'].some((word) => reader.is(word))) {
    const problem = readConstraint(reader, name, facts);
    if (problem) return problem;
    if (!reader.ended) return reader.unexpected();
    const note = noteTable(regclass(table.parts), facts);
    if (!facts.primaryKey) return command(note, tag);
    const columns = facts.primaryKey.columns.map((column) => `ALTER COLUMN ${sqlName(column)} SET NOT NULL`);
    const sql = `ALTER TABLE ${sqlQualified(table.parts)} ${columns.join(', ')}`;
    return { kind: 'run', sql, position: () => undefined, tag, after: [note] };
  }
  if (reader.is('PARTITION') || reader.is('IF', 'NOT', 'EXISTS', 'PARTITION')) {
    return notYet('ALTER TABLE for an external table', start?.start);
  }
  reader.take('COLUMN');
  if (reader.is('IF', 'NOT', 'EXISTS')) return reader.unexpected();
  const end = reader.pieces.findIndex(
    (piece, index) => index > reader.at && piece.text === ',' && piece.depth === 0,
  );
  // One column in each statement (AWS manual, Features that are implemented differently).
  const last = (end < 0 ? reader.pieces.length : end) - 1;
  const column = readColumn(reader, last, { table: name, facts, edits });
  if (column.kind === 'refuse') return column;
  if (!reader.ended) return reader.unexpected();
  if (column.identity) {
    return refuse('0A000', 'ALTER TABLE ADD COLUMN does not support columns with IDENTITY', start?.start);
  }
  if (column.notNull && !column.hasDefault) {
    const message = 'ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression';
    return refuse('0A000', message, start?.start);
  }
  if (column.constrained || facts.distKey !== undefined || facts.sortKeys !== undefined) {
    const message = 'ALTER TABLE ADD COLUMN does not support keys and constraints';
    return refuse('0A000', message, start?.start);
  }
  return run(edits, notesAfter(regclass(table.parts), facts));
}

function planDrop(reader: Reader, edits: Edits): Plan {
  if (reader.take('PARTITION')) return notYet('ALTER TABLE for an external table');
  const constraint = reader.take('CONSTRAINT');
  if (!constraint) reader.take('COLUMN');
  if (reader.is('IF', 'EXISTS')) return reader.unexpected();
  if (reader.identifier() === undefined) return reader.unexpected();
  reader.takeOne('RESTRICT', 'CASCADE');
  return reader.ended ? run(edits) : reader.unexpected();
}

function planRename(reader: Reader, edits: Edits): Plan {
  if (!reader.is('TO')) {
    reader.take('COLUMN');
    if (reader.identifier() === undefined) return reader.unexpected();
  }
  if (!reader.take('TO') || reader.identifier() === undefined || !reader.ended) return reader.unexpected();
  return run(edits);
}

/** `ALTER …` with more of them behind commas: all recorded, or one change of a type. */
function planAlter(reader: Reader, edits: Edits, table: QualifiedName, session: SessionFacts): Plan {
  const facts: TableFacts = {};
  const at = reader.piece?.start;
  do {
    if (!reader.take('ALTER')) return reader.unexpected();
    if (reader.take('DISTKEY')) {
      const column = reader.identifier();
      if (column === undefined) return reader.unexpected();
      facts.distStyle = 'key';
      facts.distKey = column;
    } else if (reader.take('DISTSTYLE')) {
      const style = reader.takeOne('ALL', 'EVEN', 'AUTO', 'KEY');
      if (!style) return reader.unexpected();
      facts.distStyle = style.toLowerCase() as NonNullable<TableFacts['distStyle']>;
      facts.distKey = null;
      if (style === 'KEY') {
        if (!reader.take('DISTKEY')) return reader.unexpected();
        const column = reader.identifier();
        if (column === undefined) return reader.unexpected();
        facts.distKey = column;
      }
    } else if (reader.is('SORTKEY') || reader.is('COMPOUND') || reader.is('INTERLEAVED')) {
      if (reader.is('INTERLEAVED')) return refuse('0A000', 'Interleaved sort keys cannot be altered', at);
      const problem = readSortKey(reader, facts);
      if (problem) return problem;
    } else if (reader.take('ENCODE', 'AUTO')) {
      facts.encodeAuto = true;
    } else {
      reader.take('COLUMN');
      const column = reader.identifier();
      if (column === undefined) return reader.unexpected();
      if (reader.is('TYPE')) return planType(reader, edits, table, column, session);
      if (reader.is('SET') || reader.is('DROP')) {
        const words = reader.pieces.slice(reader.at, reader.at + 3).map((piece) => piece.word);
        return refuse(
          '0A000',
          `ALTER COLUMN ${words.join(' ').trim()} is not supported`,
          reader.piece?.start,
        );
      }
      if (!reader.take('ENCODE')) return reader.unexpected();
      const encoding = reader.piece?.word ?? '';
      if (!encodings.has(encoding)) return badEncoding(reader);
      reader.at++;
      (facts.encodings ??= {})[column] = lowerAscii(encoding);
    }
  } while (reader.take(','));
  if (!reader.ended) return reader.unexpected();
  return command(noteTable(regclass(table.parts), facts), tag);
}

/** Only the length of a VARCHAR changes, never in a transaction (AWS manual, ALTER TABLE). */
function planType(
  reader: Reader,
  edits: Edits,
  table: QualifiedName,
  column: string,
  facts: SessionFacts,
): Plan {
  const at = reader.piece?.start;
  reader.at++;
  const place = { of: 'column', table: table.parts.at(-1) ?? '', column } as const;
  const type = readType(reader.pieces, reader.at, place);
  if (type === undefined) return reader.unexpected();
  if (type.kind === 'refuse') return type;
  reader.at = type.last + 1;
  if (!reader.ended) return reader.unexpected();
  if (facts.transaction === 'open') {
    return refuse('25001', 'ALTER TABLE ALTER COLUMN cannot run inside a transaction block', at);
  }
  if (type.text?.startsWith('varchar') !== true) {
    return refuse('0A000', 'ALTER COLUMN TYPE is supported for the size of VARCHAR columns only', at);
  }
  edits.replace(type.first, type.last, type.text);
  const check = call('rs_check_alter_type', regclass(table.parts), sqlLiteral(column));
  return withExtras(run(edits), { before: [check] });
}
