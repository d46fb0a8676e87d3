/**
 * Reading text one character after the other, as slowly and plainly as can be: no regular expression, no floating point.
 * What cannot be read is undefined; nothing here throws.
 */

/** UTF-8 by the WHATWG rules, bit by bit; each piece that is none becomes one U+FFFD. */
export function utf8(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const [code, length] = utf8Character(bytes, at);
    text += String.fromCodePoint(code);
    at += length;
  }
  return text;
}

function utf8Character(bytes: Uint8Array, at: number): readonly [code: number, length: number] {
  const first = bytes[at]!;
  if (first < 0x80) return [first, 1];
  const more =
    first >= 0xc2 && first <= 0xdf
      ? 1
      : first >= 0xe0 && first <= 0xef
        ? 2
        : first >= 0xf0 && first <= 0xf4
          ? 3
          : 0;
  if (more === 0) return [0xfffd, 1];
  let code = first & (0x3f >> more);
  for (let index = 1; index <= more; index++) {
    const next = bytes[at + index];
    const low = index > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = index > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    // The longest piece that could have become a character counts as one.
    if (next === undefined || next < low || next > high) return [0xfffd, index];
    code = (code << 6) | (next & 0x3f);
  }
  return [code, more + 1];
}

/** Each byte as the character of that number. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

export const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character.length === 1 && character >= '0' && character <= '9';

/** A text and a place in it. */
export class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get next(): string {
    return this.text.charAt(this.at);
  }

  done(): boolean {
    return this.at >= this.text.length;
  }

  /** Goes over the word if it stands here. */
  take(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  /** The digits that stand here, from `least` to `most` of them; undefined when there are fewer or more. */
  digits(least: number, most: number): string | undefined {
    let found = '';
    while (isDigit(this.next)) {
      found += this.next;
      this.at++;
    }
    return found.length < least || found.length > most ? undefined : found;
  }

  sign(): 1n | -1n {
    if (this.take('-')) return -1n;
    this.take('+');
    return 1n;
  }
}
