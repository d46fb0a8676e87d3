/** Quoting of literals and identifiers: one token that means the value, and everything around it unchanged. */
import { ArgumentError } from '../../src/errors.js';
import { lex } from '../../src/sql/lexer.js';
import {
  foldIdentifier,
  parseQualifiedName,
  quoteIdentifier,
  quoteLiteral,
  quoteQualified,
} from '../../src/sql/quote.js';
import { hold } from './engine.js';
import { literal } from './literal.js';
import type { Random } from './random.js';
import { tokensOf, valueOf } from './reference/sql.js';
import { closedText, hostileTexts } from './sql-text.js';

export interface QuotingInput {
  readonly of: 'quoting';
  readonly before: string;
  readonly behind: string;
  readonly value: string;
  readonly backslashEscapes: boolean;
}

export function generateQuoting(random: Random): QuotingInput {
  const value = random.oneIn(8)
    ? String.fromCharCode(...random.list(random.few(20), () => random.below(random.pick([128, 256, 65_536]))))
    : random.text(hostileTexts, 20);
  return {
    of: 'quoting',
    // A literal directly behind a literal and a line end would be its continuation.
    before: closedText(random) + random.pick([' =', ' (', ', ', ' =\n', ' ,\t']),
    behind: random.pick([')', ';', ',', '\n, ', ' = ']) + closedText(random),
    value,
    backslashEscapes: random.oneIn(2),
  };
}

export function checkQuoting(input: QuotingInput): void {
  checkLiteral(input);
  checkIdentifier(input);
}

function checkLiteral({ before, behind, value, backslashEscapes }: QuotingInput): void {
  const text = orRefused(() => quoteLiteral(value, { backslashEscapes }));
  hold((text === undefined) === value.includes('\0'), () => 'quoteLiteral refuses NUL and nothing else');
  if (text === undefined) return;
  hold(valueOf(text, backslashEscapes) === value, () => `${text} is not the literal of the value`);
  inert(before, text, behind, "'x'", backslashEscapes);
}

function checkIdentifier({ before, behind, value, backslashEscapes }: QuotingInput): void {
  const text = orRefused(() => quoteIdentifier(value));
  const possible = value !== '' && !value.includes('\0') && Buffer.byteLength(value) <= 127;
  hold(
    (text !== undefined) === possible,
    () => 'quoteIdentifier refuses what no name can be, and nothing else',
  );
  // A text that is no name, read as one, is refused or a name; it never gets out of its quotes.
  const parts = orRefused(() => parseQualifiedName(value));
  if (parts !== undefined) {
    const quoted = orRefused(() => quoteQualified(value));
    if (quoted !== undefined) {
      hold(
        tokensOf(quoted, backslashEscapes).length === parts.length * 2 - 1,
        () => `${quoted} is more than a name`,
      );
      inert(before, quoted, behind, parts.map(() => '"x"').join('.'), backslashEscapes);
    }
    const plain = /^[a-z_A-Z][a-z_A-Z0-9$]*$/.test(value);
    if (plain) hold(parts.length === 1 && parts[0] === foldIdentifier(value), () => 'A plain name is folded');
  }
  if (text === undefined) return;
  hold(
    text.startsWith('"') && text.endsWith('"') && text.slice(1, -1).replaceAll('""', '"') === value,
    () => `${text} is not the name`,
  );
  const back = parseQualifiedName(quoteQualified([value, 'X', value]));
  hold(
    back.join('\0') === [value, 'X', value].join('\0'),
    () => `Quoted names come back as ${literal(back)}`,
  );
  inert(before, text, behind, '"x"', backslashEscapes);
}

/** The tokens around the value are those around a harmless one, for the slow scanner and for the driver's own. */
function inert(
  before: string,
  text: string,
  behind: string,
  harmless: string,
  backslashEscapes: boolean,
): void {
  const shapes = [text, harmless].map((middle) => {
    const shift = middle.length - harmless.length;
    const place = ({ start, end }: { start: number; end: number }): string => {
      const moved = (at: number): number => (at <= before.length ? at : at - shift);
      return `${String(moved(start))}-${String(moved(end))}`;
    };
    const sql = before + middle + behind;
    const outside = ({ start, end }: { start: number; end: number }): boolean =>
      end <= before.length || start >= before.length + middle.length;
    const slow = tokensOf(sql, backslashEscapes);
    const fast = lex(sql, { backslashEscapes }).filter(({ kind }) => kind !== 'space');
    hold(
      slow.every(
        (token) =>
          outside(token) || (token.start >= before.length && token.end <= before.length + middle.length),
      ),
      () => `A token reaches over the edge of ${middle}`,
    );
    return [
      ...slow.filter(outside).map((token) => `${token.kind} ${place(token)}`),
      ...fast.filter(outside).map((token) => `${token.kind} ${place(token)}`),
    ].join(', ');
  });
  hold(shapes[0] === shapes[1], () => `The tokens around ${text} are others than around ${harmless}`);
}

function orRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof ArgumentError) return undefined;
    throw error;
  }
}
