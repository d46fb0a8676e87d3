/** Functions in SQL, stored procedures and CALL (AWS manual, CREATE FUNCTION; CREATE PROCEDURE; CALL). */
import { call, command, notYet, refuse, run } from './answer.js';
import type { Edits } from './edits.js';
import { argumentsOf, findWord, piecesOf } from './pieces.js';
import type { Plan, Refusal, SessionFacts } from './plan.js';
import { bodyHead, rewriteBody } from './procedure-body.js';
import { Reader, literalValue, lowerAscii, nameOf, sqlLiteral, sqlName, sqlQualified } from './reader.js';
import { engineSetting, settings } from './setting-names.js';
import { readType } from './types.js';

/** Plans a statement inside another one. */
export type Planner = (sql: string, facts: SessionFacts) => Plan;

/** CREATE [ OR REPLACE ] FUNCTION, the reader behind FUNCTION. */
export function planCreateFunction(reader: Reader, edits: Edits, facts: SessionFacts, plan: Planner): Plan {
  if (!reader.name()) return reader.unexpected();
  const problem = rewriteArguments(reader, edits);
  if (problem) return problem;
  if (!reader.take('RETURNS')) return reader.unexpected();
  const type = readType(reader.pieces, reader.at, { of: 'argument' });
  if (type === undefined) return reader.unexpected();
  if (type.kind === 'refuse') return type;
  if (type.text !== undefined) edits.replace(type.first, type.last, type.text);
  reader.at = type.last + 1;
  let body = -1;
  let language: string | undefined;
  while (!reader.ended) {
    const at = reader.piece?.start;
    if (reader.takeOne('VOLATILE', 'STABLE', 'IMMUTABLE')) continue;
    if (reader.take('LANGUAGE')) {
      language = reader.literal() ?? reader.identifier();
      if (language === 'plpythonu') return notYet('CREATE FUNCTION in plpythonu', at);
      if (language !== 'sql') return refuse('42704', `language "${language ?? ''}" does not exist`, at);
    } else if (reader.take('AS')) {
      body = reader.at;
      if (reader.literal() === undefined) return reader.unexpected();
    } else return reader.unexpected();
  }
  if (body < 0 || language === undefined) return reader.unexpected();
  return rewriteSelect(reader, body, edits, facts, plan) ?? run(edits);
}

/** The body is one expression behind SELECT (AWS manual, CREATE FUNCTION). */
function rewriteSelect(
  reader: Reader,
  body: number,
  edits: Edits,
  facts: SessionFacts,
  plan: Planner,
): Refusal | undefined {
  const piece = reader.pieces[body];
  const text = (piece && literalValue(piece)) ?? '';
  const pieces = piecesOf(text);
  if (pieces[0]?.word !== 'SELECT') {
    return refuse('42601', 'The body of a SQL function must be a SELECT clause', piece?.start);
  }
  const clause = findWord(pieces, 1, 0, 'FROM', 'INTO', 'WHERE', 'GROUP', 'ORDER', 'LIMIT');
  if (clause >= 0) {
    const word = pieces[clause]?.word ?? '';
    return refuse('0A000', `The SELECT clause of a SQL function cannot have ${word}`, piece?.start);
  }
  const planned = plan(text.replace(/;\s*$/, ''), facts);
  const inner = planned.kind === 'ask' ? planned.then([]) : planned;
  if (inner.kind === 'refuse') return { ...inner, at: piece?.start ?? 0 };
  if (inner.kind === 'run') edits.replace(body, body, dollarQuoted(inner.sql));
  return undefined;
}

/** The types in the brackets that come next, each with or without a name and a mode. */
export function rewriteArguments(reader: Reader, edits: Edits): Refusal | undefined {
  if (!reader.is('(')) return reader.unexpected();
  const { pieces } = reader;
  for (const { first, last } of argumentsOf(pieces, reader.at)) {
    const problem = rewriteArgument(pieces, first, last, edits);
    if (problem) return problem;
  }
  return reader.skipBrackets() ? undefined : reader.unexpected();
}

const modes = new Set(['IN', 'OUT', 'INOUT']);

function rewriteArgument(
  pieces: Reader['pieces'],
  first: number,
  last: number,
  edits: Edits,
): Refusal | undefined {
  let problem: Refusal | undefined;
  // The type is what reaches to the end: behind nothing, a name, a mode, or both in any order.
  for (let at = first; at <= Math.min(first + 2, last); at++) {
    if (modes.has(pieces[at]?.word ?? '') && at < last) continue;
    const type = readType(pieces, at, { of: 'argument' });
    if (type?.kind === 'refuse') problem ??= type;
    if (type?.kind !== 'type' || type.last !== last) continue;
    if (type.text !== undefined) edits.replace(type.first, type.last, type.text);
    return undefined;
  }
  return problem ?? new Reader(pieces, last).unexpected();
}

/** CREATE [ OR REPLACE ] PROCEDURE, the reader behind PROCEDURE. */
export function planCreateProcedure(reader: Reader, edits: Edits, facts: SessionFacts, plan: Planner): Plan {
  const name = reader.name();
  if (!name) return reader.unexpected();
  const problem = rewriteArguments(reader, edits);
  if (problem) return problem;
  const outs = hideOutNames(reader.pieces, name.last + 1, edits);
  const nonatomic = reader.take('NONATOMIC');
  if (nonatomic) edits.replace(reader.at - 1, reader.at - 1, '');
  let body = -1;
  let definer = false;
  let language: string | undefined;
  while (!reader.ended) {
    const at = reader.piece?.start;
    if (reader.take('LANGUAGE')) {
      language = reader.literal() ?? reader.identifier();
      if (language !== 'plpgsql') return refuse('42704', `language "${language ?? ''}" does not exist`, at);
    } else if (reader.take('AS')) {
      body = reader.at;
      if (reader.literal() === undefined) return reader.unexpected();
    } else if (reader.is('SECURITY', 'DEFINER') || reader.is('SET')) {
      if (nonatomic) return refuse('0A000', 'NONATOMIC cannot be combined with SECURITY DEFINER or SET', at);
      if (reader.take('SECURITY', 'DEFINER')) definer = true;
      if (reader.is('SET')) {
        const setting = rewriteSet(reader, edits);
        if (setting) return setting;
      }
    } else if (!reader.take('SECURITY', 'INVOKER')) return reader.unexpected();
  }
  const piece = reader.pieces[body];
  if (!piece || language === undefined) return reader.unexpected();
  const text = rewriteBody(literalValue(piece) ?? '', { nonatomic, definer }, facts, plan);
  if (typeof text !== 'string') return { ...text, at: piece.start };
  edits.replace(body, body, dollarQuoted(withAliases(text, outs)));
  return run(edits, { after: [call('rs_close_procedures', sqlLiteral(name.parts.at(-1) ?? ''))] });
}

/** `SET name { TO | = } value`, for the time of a call; the reader at SET. */
function rewriteSet(reader: Reader, edits: Edits): Refusal | undefined {
  reader.at++;
  const at = reader.at;
  const name = reader.name();
  if (!name || !reader.takeOne('TO', '=')) return reader.unexpected();
  const key = lowerAscii(name.parts.join('.'));
  if (name.parts.length === 1) {
    if (!settings.has(key)) {
      return refuse('42704', `unrecognized configuration parameter "${key}"`, reader.pieces[at]?.start);
    }
    edits.replace(at, name.last, engineSetting(key));
  }
  do {
    reader.takeOne('-', '+');
    if (reader.ended) return reader.unexpected();
    reader.at++;
  } while (reader.take(','));
  return undefined;
}

/** The name of an OUT argument and its place among all arguments. */
interface OutName {
  readonly name: string;
  readonly place: number;
}

/**
 * Of several outputs, Redshift calls those of OUT arguments column1, column2, … (AWS manual, CALL); so does the engine
 * when they have no name.
 */
function hideOutNames(pieces: Reader['pieces'], open: number, edits: Edits): OutName[] {
  const given = argumentsOf(pieces, open);
  const modeOf = (first: number) =>
    [pieces[first]?.word ?? '', pieces[first + 1]?.word ?? ''].find((word) => modes.has(word)) ?? 'IN';
  const outputs = given.filter(({ first }) => modeOf(first) !== 'IN');
  const names: OutName[] = [];
  for (const [index, { first, last }] of given.entries()) {
    if (outputs.length < 2 || modeOf(first) !== 'OUT') continue;
    const at = pieces[first]?.word === 'OUT' ? first + 1 : first;
    const piece = pieces[at];
    const type = readType(pieces, at, { of: 'argument' });
    if (!piece || (type?.kind === 'type' && type.last === last)) continue;
    edits.replace(at, at, '');
    names.push({ name: nameOf(piece), place: index + 1 });
  }
  return names;
}

/** The body in a block that knows the hidden names. */
function withAliases(body: string, outs: readonly OutName[]): string {
  if (outs.length === 0) return body;
  const aliases = outs.map(({ name, place }) => `${sqlName(name)} alias for $${place};`).join(' ');
  const end = /;\s*$/.test(body) ? '' : ';';
  const start = bodyHead.length;
  return `${bodyHead}declare ${aliases} begin ${body.slice(start)}${end}\nend`;
}

/** In dollar quotes that the text does not hold. */
function dollarQuoted(text: string): string {
  let tag = '$rs$';
  for (let n = 1; text.includes(tag) || `${text}$`.includes(tag); n++) tag = `$rs${n}$`;
  return `${tag}${text}${tag}`;
}

/** DROP { FUNCTION | PROCEDURE } name ( types ) [ CASCADE | RESTRICT ], the reader behind the word. */
export function planDropRoutine(reader: Reader, edits: Edits): Plan {
  reader.take('IF', 'EXISTS');
  if (!reader.name()) return reader.unexpected();
  if (reader.is('(')) {
    const problem = rewriteArguments(reader, edits);
    if (problem) return problem;
  }
  reader.takeOne('CASCADE', 'RESTRICT');
  return reader.ended ? run(edits) : reader.unexpected();
}

/** ALTER PROCEDURE name ( types ) { RENAME TO … | OWNER TO … }, the reader behind PROCEDURE. */
export function planAlterRoutine(reader: Reader, edits: Edits): Plan {
  const kind = reader.pieces[reader.at - 1]?.word ?? '';
  const name = reader.name();
  if (!name) return reader.unexpected();
  const open = reader.is('(') ? reader.at : -1;
  if (open >= 0) {
    const problem = rewriteArguments(reader, edits);
    if (problem) return problem;
  }
  if (reader.take('OWNER', 'TO')) {
    const owner = reader.identifier();
    if (owner === undefined || !reader.ended) return reader.unexpected();
    const routine = routineOf(name.parts, reader.pieces, open, edits);
    return command(call('rs_alter_owner', routine, sqlLiteral(owner)), `ALTER ${kind}`);
  }
  if (!reader.take('RENAME', 'TO')) return reader.unexpected();
  return reader.identifier() !== undefined && reader.ended ? run(edits) : reader.unexpected();
}

/** A routine as an expression of type regprocedure, by the types of its input arguments if they are written. */
function routineOf(parts: readonly string[], pieces: Reader['pieces'], open: number, edits: Edits): string {
  const name = sqlQualified(parts.slice(-2));
  if (open < 0) return `${sqlLiteral(name)}::pg_catalog.regproc::pg_catalog.oid::pg_catalog.regprocedure`;
  const inputs: string[] = [];
  for (const { first, last } of argumentsOf(pieces, open)) {
    let at = first;
    while (at < last && !typeReaches(pieces, at, last)) at++;
    if (!pieces.slice(first, at).some((piece) => piece.word === 'OUT')) inputs.push(edits.rendered(at, last));
  }
  return `${sqlLiteral(`${name}(${inputs.join(', ')})`)}::pg_catalog.regprocedure`;
}

function typeReaches(pieces: Reader['pieces'], at: number, last: number): boolean {
  if (modes.has(pieces[at]?.word ?? '')) return false;
  const type = readType(pieces, at, { of: 'argument' });
  return type?.kind === 'type' && type.last === last;
}

/** OUT arguments are not written in Redshift's CALL, but in the engine's (AWS manual, CALL). */
export function planCall(reader: Reader, edits: Edits, facts: SessionFacts): Plan {
  const name = reader.name();
  if (!name || !reader.is('(')) return reader.unexpected();
  const open = reader.at;
  const given = argumentsOf(reader.pieces, open);
  if (!reader.skipBrackets() || !reader.ended) return reader.unexpected();
  const schema = name.parts.length > 1 ? sqlLiteral(name.parts.at(-2) ?? '') : 'null';
  const before =
    facts.transaction === 'open' ? ["select pg_catalog.set_config('rs.in_block', 'on', true)"] : undefined;
  return {
    kind: 'ask',
    sql: `select modes from pg_catalog.rs_call_modes(${schema}, $1, $2::pg_catalog.int4)`,
    parameters: [lowerAscii(name.parts.at(-1) ?? ''), String(given.length)],
    then: (rows) => {
      addOuts(edits, open, given, rows[0]?.[0] ?? '');
      return run(edits, before ? { before } : {});
    },
  };
}

/** `null` for each OUT argument, at its place among the others. */
function addOuts(
  edits: Edits,
  open: number,
  given: readonly { readonly first: number; readonly last: number }[],
  shape: string,
): void {
  if (!shape.includes('o')) return;
  let next = 0;
  let pending = '';
  let previous = -1;
  for (const mode of shape) {
    const at = given[next];
    if (mode !== 'o' && at) {
      if (pending) edits.insertBefore(at.first, pending);
      pending = '';
      previous = at.last;
      next++;
    } else if (mode === 'o') pending += 'null, ';
  }
  const tail = pending.replace(/, $/, '');
  if (!tail) return;
  if (previous < 0) edits.insertAfter(open, tail);
  else edits.insertAfter(previous, `, ${tail}`);
}
