/**
 * The five paramstyles of DB-API (PEP 249) to the server's own `$1, $2 …`, on top of the one lexer.
 * Nothing inside a literal, a quoted identifier or a comment is ever looked at, and nothing but markers and `%%`
 * is ever changed: all other text reaches the server as it was typed. No value is ever written into the text.
 */
import { ProgrammingError } from '../errors.js';
import { Brackets } from './array-slices.js';
import { type LexOptions, type Token, isIdentifierStart, scanToken } from './lexer.js';
import { type Parameters, type Paramstyle, type PlaceholderTemplate, named, positional } from './template.js';

export {
  type Parameters,
  type Paramstyle,
  type PlaceholderTemplate,
  maxParameters,
  paramstyles,
} from './template.js';

/** Whether parameters were given: without any, SQL goes out untouched, `%%` included. An empty array is none. */
export function hasParameters(parameters: Parameters | null | undefined): parameters is Parameters {
  if (parameters === undefined || parameters === null) return false;
  return !(Array.isArray(parameters) && parameters.length === 0);
}

/** Converts and binds in one step. */
export function convertPlaceholders(
  sql: string,
  paramstyle: Paramstyle,
  parameters: Parameters | null | undefined,
  options: LexOptions,
): { readonly sql: string; readonly values: readonly unknown[] } {
  if (!hasParameters(parameters)) return { sql, values: [] };
  const template = parsePlaceholders(sql, paramstyle, options);
  return { sql: template.sql, values: template.bind(parameters) };
}

/**
 * Reads the markers of a statement. Only for statements that have parameters (see `hasParameters`).
 * Throws ProgrammingError where `$n` and the style's own markers are mixed, and for a `%` that is neither a marker
 * nor doubled, unless the statement uses `$n`.
 */
export function parsePlaceholders(
  sql: string,
  paramstyle: Paramstyle,
  options: LexOptions,
): PlaceholderTemplate {
  const found = scan(sql, paramstyle, options);
  if (found.dollars > 0) {
    if (found.markers === 0) return positional(sql, found.highest, paramstyle);
    throw new ProgrammingError(
      `The statement mixes $1 with the markers of paramstyle ${paramstyle}; use one of them`,
    );
  }
  if (found.lonePercent >= 0) throw lonePercent(sql, found.lonePercent, paramstyle);
  if (found.names.length > 0 && found.unnamed > 0) {
    throw new ProgrammingError('The statement mixes %s with %(name)s; use one of them');
  }
  const text = found.pieces.join('');
  if (found.names.length > 0) return named(text, found.names);
  return positional(text, paramstyle === 'numeric' ? found.highest : found.unnamed, paramstyle);
}

/** What one pass over the text found; `pieces` is the converted text. */
interface Scan {
  readonly pieces: string[];
  /** Tokens `$n`, and the highest n of these or of the `:n`. */
  dollars: number;
  highest: number;
  /** Markers of the style, and those of them without a name. */
  markers: number;
  unnamed: number;
  readonly names: string[];
  lonePercent: number;
}

type Marker =
  | { readonly is: 'next'; readonly end: number }
  | { readonly is: 'number'; readonly end: number; readonly number: number }
  | { readonly is: 'name'; readonly end: number; readonly name: string }
  | { readonly is: 'percent'; readonly end: number }
  | { readonly is: 'lone-percent'; readonly end: number };

function scan(sql: string, paramstyle: Paramstyle, options: LexOptions): Scan {
  const found: Scan = {
    pieces: [],
    dollars: 0,
    highest: 0,
    markers: 0,
    unnamed: 0,
    names: [],
    lonePercent: -1,
  };
  const positions = new Map<string, number>();
  const brackets = new Brackets();
  const first = paramstyle === 'qmark' ? '?' : paramstyle === 'numeric' || paramstyle === 'named' ? ':' : '%';
  let copied = 0;
  let before: Token | undefined;
  for (let at = 0; at < sql.length;) {
    const marker = sql[at] === first ? markerAt(sql, at, paramstyle, brackets) : undefined;
    if (marker === undefined) {
      before = scanToken(sql, at, options);
      brackets.see(sql, before);
      if (before.kind === 'parameter') {
        found.dollars++;
        found.highest = Math.max(found.highest, Number(sql.slice(at + 1, before.end)));
      }
      at = before.end;
      continue;
    }
    found.pieces.push(sql.slice(copied, at));
    copied = at = marker.end;
    switch (marker.is) {
      case 'percent':
        found.pieces.push('%');
        brackets.seeOperator();
        before = undefined;
        continue;
      case 'lone-percent':
        if (found.lonePercent < 0) found.lonePercent = at - 1;
        found.pieces.push('%');
        brackets.seeOperator();
        before = undefined;
        continue;
      case 'next':
        found.pieces.push(apart(sql, before, marker.end, ++found.unnamed));
        break;
      case 'number':
        found.highest = Math.max(found.highest, marker.number);
        found.pieces.push(apart(sql, before, marker.end, marker.number));
        break;
      case 'name': {
        let position = positions.get(marker.name);
        if (position === undefined) {
          position = found.names.push(marker.name);
          positions.set(marker.name, position);
        }
        found.pieces.push(apart(sql, before, marker.end, position));
        break;
      }
    }
    found.markers++;
    brackets.seeValue();
    before = undefined;
  }
  found.pieces.push(sql.slice(copied));
  return found;
}

/**
 * `$n`, with a space where it would otherwise fuse with its neighbour: `select$1` is one name, `$1` and `2` are `$12`,
 * and a stray `$` before `$1` would open a dollar quote.
 */
function apart(sql: string, before: Token | undefined, end: number, position: number): string {
  const left = before?.kind === 'identifier' || before?.kind === 'other' ? ' ' : '';
  const next = sql.charCodeAt(end);
  const right = isIdentifierStart(next) || (next >= 0x30 && next <= 0x39) ? ' ' : '';
  return `${left}$${position}${right}`;
}

const numericMarker = /:(\d+)/y;
const namedMarker = /:([\p{L}_][\p{L}\p{N}\p{M}_]*)/uy;
const pyformatMarker = /%\(([^()]+)\)s/y;

function markerAt(sql: string, at: number, paramstyle: Paramstyle, brackets: Brackets): Marker | undefined {
  switch (paramstyle) {
    case 'qmark':
      return { is: 'next', end: at + 1 };
    case 'numeric':
    case 'named': {
      // `::` and `:=` are the lexer's; the third of three colons belongs to them.
      if (sql[at - 1] === ':' || brackets.colonIsSlice) return undefined;
      const pattern = paramstyle === 'numeric' ? numericMarker : namedMarker;
      pattern.lastIndex = at;
      const text = pattern.exec(sql)?.[1];
      if (text === undefined) return undefined;
      const end = at + 1 + text.length;
      if (paramstyle === 'named') return { is: 'name', end, name: text };
      const number = Number(text);
      if (number === 0) throw new ProgrammingError('The markers of paramstyle numeric begin with :1, not :0');
      return { is: 'number', end, number };
    }
    case 'format':
    case 'pyformat': {
      const next = sql[at + 1];
      if (next === 's') return { is: 'next', end: at + 2 };
      if (next === '%') return { is: 'percent', end: at + 2 };
      if (paramstyle === 'pyformat' && next === '(') {
        pyformatMarker.lastIndex = at;
        const name = pyformatMarker.exec(sql)?.[1];
        if (name !== undefined) return { is: 'name', end: pyformatMarker.lastIndex, name };
      }
      return { is: 'lone-percent', end: at + 1 };
    }
  }
}

function lonePercent(sql: string, at: number, paramstyle: Paramstyle): ProgrammingError {
  const line = sql.slice(0, at).split('\n').length;
  const named =
    paramstyle === 'format' && sql[at + 1] === '(' ? ' (%(name)s belongs to paramstyle pyformat)' : '';
  const markers = paramstyle === 'format' ? '%s' : '%s or %(name)s';
  return new ProgrammingError(
    `A lone % in line ${line} of the statement: write %% or use ${markers} for a parameter${named}`,
  );
}
