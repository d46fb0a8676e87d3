/** How wide text is on a terminal, and cutting it to a width. Control characters never reach the terminal as such. */
import { stripVTControlCharacters } from 'node:util';

const controls = /\p{Cc}|\p{Zl}|\p{Zp}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu;
const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line of text, of which at most `width` columns will be shown: what would move the cursor is written as an escape. */
export function printable(text: string, width: number): string {
  // A cell may be megabytes long; four times the width is more than is ever shown.
  const start = text.length > width * 4 ? `${text.slice(0, width * 4)}…` : text;
  return stripVTControlCharacters(start).replace(
    controls,
    (one) => escapes[one] ?? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** East Asian wide and fullwidth characters and emoji take two columns (Unicode, UAX #11), combining marks none. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{1b000}-\u{1b2ff}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const none = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** Columns that one character takes. */
export function charWidth(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  if (none.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += charWidth(character);
  return width;
}

/** At most `width` columns; what is cut ends with an ellipsis. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let out = '';
  let left = width - 1;
  for (const character of text) {
    left -= charWidth(character);
    if (left < 0) break;
    out += character;
  }
  return `${out}…`;
}

/** Filled with blanks up to `width` columns. */
export function padded(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(width - textWidth(text), 0));
  return right ? blanks + text : text + blanks;
}
