/**
 * Errors and notices of the engine in the words and with the fields that Redshift sends, and with positions that count
 * characters of the client's own text.
 */
import type { Refusal } from '../dialect/plan.js';
import type { ErrorFields } from './engine-connection.js';

/** A statement as the client wrote it inside a message, and the way into it from the engine's text. */
export interface Origin {
  /** The text of the whole message. */
  readonly text: string;
  /** Where the statement begins in it, in UTF-16 code units. */
  readonly start: number;
  /** The engine's text. */
  readonly sql: string;
  /** From an offset in the engine's text to one in the statement. */
  readonly position: (offset: number) => number | undefined;
}

/** Fields that may tell of statements that the client did not write, and `V`, which PostgreSQL 8 had not. */
const dropped = new Set(['V', 'P', 'p', 'q', 'W']);

/** @param origin none: the statement is the front's own, there is no position */
export function clientFields(fields: ErrorFields, origin?: Origin): Map<string, string> {
  const out = new Map<string, string>();
  for (const [code, value] of fields) if (!dropped.has(code)) out.set(code, value);
  const context = fields.get('W');
  // Where a user's own procedure failed is worth telling; the helpers below are nobody's business.
  if (context !== undefined && !/\b(rs_|_pg_|pg_catalog\.)/.test(context)) out.set('W', context);
  const at = Number(fields.get('P') ?? Number.NaN);
  if (origin && !Number.isNaN(at)) {
    const place = origin.position(unitsOf(origin.sql, at - 1));
    if (place !== undefined) out.set('P', String(charactersTo(origin.text, origin.start + place) + 1));
    else constructed(out, origin.sql.slice(0, unitsOf(origin.sql, at - 1)));
  }
  return reworded(out);
}

/** A cast that OBJECT(…) or ARRAY(…) stands for, and the client did not write (AWS manual, OBJECT function). */
function constructed(fields: Map<string, string>, before: string): void {
  const type = /^cannot cast type (.*) to super$/.exec(fields.get('M') ?? '')?.[1];
  const object = before.lastIndexOf('rs_object(');
  const array = before.lastIndexOf('rs_array(');
  if (type === undefined || (object < 0 && array < 0)) return;
  fields.set('M', `${object > array ? 'OBJECT' : 'ARRAY'} could not convert type ${type} to super`);
}

/** The fields of a refusal of the front's own. */
export function refusalFields(refusal: Refusal, text: string, start: number): Map<string, string> {
  const fields = new Map([
    ['S', 'ERROR'],
    ['C', refusal.sqlState],
    ['M', refusal.message],
  ]);
  if (refusal.detail !== undefined) fields.set('D', refusal.detail);
  if (refusal.hint !== undefined) fields.set('H', refusal.hint);
  if (refusal.at !== undefined) fields.set('P', String(charactersTo(text, start + refusal.at) + 1));
  return fields;
}

/** What Redshift says in other words than PostgreSQL 18: [SQLSTATE, the engine's message, Redshift's]. */
const wordings: readonly (readonly [string, RegExp, string])[] = [
  // PostgreSQL 8.0 named integers so, whatever their width.
  [
    '22P02',
    /^invalid input syntax for type (smallint|integer|bigint): /,
    'invalid input syntax for integer: ',
  ],
  // Groups and roles have their kind in the engine's name, and whoever is neither is a user.
  ['42704', /^role "group:(.*)" does not exist$/, 'group "$1" does not exist'],
  ['42704', /^role "role:(.*)" does not exist$/, 'role "$1" does not exist'],
  ['42704', /^role "(?!(?:group|role):)(.*)" does not exist$/, 'user "$1" does not exist'],
  ['22023', /^role "(.*)" does not exist$/, 'user "$1" does not exist'],
  [
    '42501',
    /^permission denied for (?:table|view|materialized view|sequence) /,
    'permission denied for relation ',
  ],
  ['42501', /^must be owner of (?:table|view|materialized view|sequence) /, 'must be owner of relation '],
  ['42501', /^permission denied to set role ".*"$/, 'permission denied to set session authorization'],
  ['25006', /^cannot execute .* in a read-only transaction$/, 'transaction is read-only'],
  [
    '428C9',
    /^cannot insert a non-DEFAULT value into column ".*"$/,
    'cannot set an identity column to a value',
  ],
  [
    '21000',
    /^MERGE command cannot affect row a second time$/,
    'Found multiple matches to update the same tuple.',
  ],
  ['23502', /^null value in column "(.*)" of relation ".*" violates/, 'null value in column "$1" violates'],
  ['42701', /^column "(.*)" specified more than once$/, 'column "$1" duplicated'],
  ['42P07', /^relation (".*") already exists$/, 'Relation $1 already exists'],
  ['42P01', /^table (".*") does not exist$/, 'Table $1 does not exist'],
  // A routine's name was read as a regprocedure, quoted.
  ['42883', /^function ""([^"]*)"(\(.*\))?" does not exist$/, 'function $1$2 does not exist'],
  ['42883', /^function ""([^"]*)"\."([^"]*)"(\(.*\))?" does not exist$/, 'function $1.$2$3 does not exist'],
];

function reworded(fields: Map<string, string>): Map<string, string> {
  const state = fields.get('C') ?? '';
  const message = fields.get('M') ?? '';
  for (const [sqlState, pattern, text] of wordings) {
    if (state !== sqlState || !pattern.test(message)) continue;
    fields.set('M', message.replace(pattern, text));
    break;
  }
  // Two transactions that wrote the same rows (AWS manual, Serializable isolation).
  if (state === '40001') {
    fields.set('C', 'XX000');
    fields.set('M', '1023');
    fields.set('D', `Serializable isolation violation on a table in Redshift: ${message}`);
  }
  return fields;
}

/** A cancelled statement as Redshift tells of it. */
export function cancelled(fields: Map<string, string>, processId: number): Map<string, string> {
  if (fields.get('C') === '57014')
    fields.set('M', `Query (${String(processId)}) cancelled on user's request`);
  return fields;
}

/** A notice of the engine for the client; undefined: Redshift says nothing there. */
export function clientNotice(fields: ErrorFields, origin?: Origin): Map<string, string> | undefined {
  if (fields.get('S') === 'LOG' || fields.get('S') === 'DEBUG') return undefined;
  const out = clientFields(fields, origin);
  const message = out.get('M') ?? '';
  const missing = /^(table|view|materialized view|schema) "(.*)" does not exist, skipping$/.exec(message);
  if (missing) {
    const [, kind = '', name = ''] = missing;
    out.set('S', 'INFO');
    out.set('M', `${kind[0]!.toUpperCase()}${kind.slice(1)} "${name}" does not exist and will be skipped`);
  }
  const there = /^relation "(.*)" already exists, skipping$/.exec(message);
  if (there) {
    out.set('S', 'INFO');
    out.set('M', `Relation "${there[1] ?? ''}" already exists and will be skipped`);
  }
  return out;
}

/** UTF-16 code units of the first so many characters. */
function unitsOf(text: string, characters: number): number {
  let units = 0;
  for (let left = characters; left > 0 && units < text.length; left--) {
    units += text.codePointAt(units)! > 0xffff ? 2 : 1;
  }
  return units;
}

/** Characters before an offset in UTF-16 code units. */
function charactersTo(text: string, units: number): number {
  let count = 0;
  for (let at = 0; at < units && at < text.length; count++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return count;
}
