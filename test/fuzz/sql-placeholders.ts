/** Placeholders: markers become `$n`, everything else reaches the server as it was typed, values go in their order. */
import { ProgrammingError } from '../../src/errors.js';
import {
  convertPlaceholders,
  paramstyles,
  parsePlaceholders,
  type Paramstyle,
} from '../../src/sql/placeholders.js';
import { hold } from './engine.js';
import type { Random } from './random.js';
import { meaning } from './reference/sql.js';
import { smallerList } from './shrink.js';
import { broken, closed, spaces } from './sql-text.js';

/** A piece of text, or a marker; `close`: no blank space before it. */
type Piece =
  { readonly text: string; readonly close: boolean } | { readonly marker: string; readonly close: boolean };

export interface PlaceholderInput {
  readonly of: 'placeholders';
  readonly style: Paramstyle;
  readonly backslashEscapes: boolean;
  readonly gap: string;
  readonly pieces: readonly Piece[];
  /** Any text at all: it is converted or refused. */
  readonly wild: string;
}

const names = ['a', 'b1', '_c', '\u00e9', 'constructor', '__proto__', 'A'];

export function generatePlaceholders(random: Random): PlaceholderInput {
  const style = random.pick(paramstyles);
  const percent = style === 'format' || style === 'pyformat';
  // Within one statement the markers have names or they have none.
  const named = style === 'named' || (style === 'pyformat' && random.oneIn(2));
  const texts = percent ? [...closed, '%%', '%%'] : closed;
  const pieces = random.list(1 + random.few(10), (): Piece => {
    if (!random.oneIn(3)) return { text: random.pick(texts), close: false };
    const name = random.pick(names);
    const number = String(random.between(1, 5));
    const marker = {
      qmark: '?',
      numeric: `:${number}`,
      named: `:${name}`,
      format: '%s',
      pyformat: named ? `%(${name})s` : '%s',
    }[style];
    return { marker, close: random.oneIn(3) };
  });
  return {
    of: 'placeholders',
    style,
    backslashEscapes: random.oneIn(2),
    gap: random.pick(spaces),
    pieces,
    wild: random
      .list(random.few(8), () => random.pick([...broken, ...names, '%(a)s', ':a', ':1', '?']))
      .join(random.pick(['', ' '])),
  };
}

export function* smallerPlaceholders(input: PlaceholderInput): Iterable<PlaceholderInput> {
  for (const pieces of smallerList(input.pieces, () => [])) yield { ...input, pieces };
}

export function checkPlaceholders(input: PlaceholderInput): void {
  const { style, backslashEscapes, wild } = input;
  for (const sql of [wild, textOf(input)]) {
    try {
      const template = parsePlaceholders(sql, style, { backslashEscapes });
      hold(
        template.names === undefined || template.names.length === template.count,
        () => 'A name for each value',
      );
    } catch (error) {
      if (!(error instanceof ProgrammingError)) throw error;
    }
  }
  checkPieces(input);
}

/** What may not stand directly before a marker: together they would be something else. */
function mayTouch(text: string, marker: string): boolean {
  if (text.startsWith('--') || text.endsWith('%%')) return false;
  return !(marker.startsWith(':') && /[:[\w]$/.test(text)) || /\w$/.test(text);
}

function textOf({ pieces, gap }: PlaceholderInput): string {
  let sql = '';
  let before = '';
  for (const piece of pieces) {
    const text = 'text' in piece ? piece.text : piece.marker;
    sql += piece.close && mayTouch(before, text) ? text : gap + text;
    before = text;
  }
  return sql;
}

function checkPieces(input: PlaceholderInput): void {
  const { style, backslashEscapes, pieces } = input;
  // Brackets before a colon may make it the one of a slice: a matter of its own, with its own tests.
  const opened = pieces.some((piece) => 'text' in piece && piece.text === '[');
  if (opened && (style === 'named' || style === 'numeric')) return;
  const markers = pieces.flatMap((piece) => ('marker' in piece ? [piece.marker] : []));
  if (markers.length === 0) return;
  const order = [...new Set(markers)];
  const named = markers.some((marker) => /^:\D|^%\(/.test(marker));
  const highest =
    style === 'numeric' ? Math.max(...markers.map((marker) => Number(marker.slice(1)))) : markers.length;
  const count = named ? order.length : highest;
  const values = Array.from({ length: count }, (_, index) => `value ${String(index)}`);
  const given = named
    ? Object.fromEntries(order.map((marker, index) => [nameOf(marker), values[index]]))
    : values;
  const sql = textOf(input);
  const converted = convertPlaceholders(sql, style, given, { backslashEscapes });
  hold(converted.values.join() === values.join(), () => `The values came out as ${converted.values.join()}`);
  let next = 0;
  const expected = pieces.flatMap((piece) => {
    if ('text' in piece) return piece.text === '%%' ? ['%'] : meaning(piece.text, backslashEscapes);
    if (style === 'numeric') return [`$${piece.marker.slice(1)}`];
    return [`$${String(named ? order.indexOf(piece.marker) + 1 : ++next)}`];
  });
  const actual = meaning(converted.sql, backslashEscapes);
  hold(expected.join(' ') === actual.join(' '), () => `${converted.sql} is not ${expected.join(' ')}`);
}

const nameOf = (marker: string): string => marker.replace(/^(?::|%\()|\)s$/g, '');
