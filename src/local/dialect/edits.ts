/**
 * Changes to a statement, piece by piece, and the way back: which place of the client's text a place of the new text
 * stands for. Comments and blanks between untouched pieces stay.
 */
import type { Piece } from './pieces.js';

export class Edits {
  readonly #source: string;
  readonly #pieces: readonly Piece[];
  /** The new text of a piece; '' deletes it. */
  readonly #text: (string | undefined)[];
  readonly #before: string[];
  readonly #after: string[];
  /** The blanks and comments before piece i are dropped, since it was replaced together with the one before it. */
  readonly #joined = new Set<number>();
  #changed = false;

  constructor(source: string, pieces: readonly Piece[]) {
    this.#source = source;
    this.#pieces = pieces;
    this.#text = pieces.map(() => undefined);
    this.#before = pieces.map(() => '');
    this.#after = pieces.map(() => '');
  }

  /** Puts `text` in the place of the pieces `first` to `last`, both included; '' deletes them. */
  replace(first: number, last: number, text: string): void {
    this.#changed = true;
    for (let index = first; index <= last; index++) {
      this.#text[index] = index === first ? text : '';
      if (index > first) {
        this.#joined.add(index);
        this.#before[index] = '';
        this.#after[index - 1] = '';
      }
    }
  }

  /** The same, and what stands before and behind the pieces by now goes too. */
  override(first: number, last: number, text: string): void {
    this.replace(first, last, text);
    this.#before[first] = '';
    this.#after[first] = '';
    this.#after[last] = '';
  }

  /** Puts text in front of a piece and of what stands there already. */
  insertBefore(index: number, text: string): void {
    this.#changed = true;
    this.#before[index] = text + (this.#before[index] ?? '');
  }

  /** Puts text behind a piece and behind what stands there already. */
  insertAfter(index: number, text: string): void {
    this.#changed = true;
    this.#after[index] = (this.#after[index] ?? '') + text;
  }

  /** The pieces `first` to `last` with all changes made so far, for a rule that has to write them twice. */
  rendered(first: number, last: number): string {
    let out = '';
    for (let index = first; index <= last; index++) {
      if (index > first) out += this.#gap(index);
      out += this.#rendered(index);
    }
    return out;
  }

  /** The whole text with all changes, and the way from an offset in it back to one in the client's text. */
  result(): { sql: string; position: (offset: number) => number | undefined } {
    if (!this.#changed) return { sql: this.#source, position: (offset) => offset };
    // Runs of the client's own text: [offset in the new text, offset in the client's, length].
    const runs: (readonly [number, number, number])[] = [];
    let sql = '';
    let kept = 0;
    const keep = (start: number, end: number) => {
      if (end > start) runs.push([sql.length, start, end - start]);
      sql += this.#source.slice(start, end);
    };
    for (const [index, piece] of this.#pieces.entries()) {
      if (!this.#joined.has(index)) keep(kept, piece.start);
      kept = piece.end;
      sql += this.#before[index] ?? '';
      const text = this.#text[index];
      if (text === undefined) keep(piece.start, piece.end);
      else sql += text;
      sql += this.#after[index] ?? '';
    }
    keep(kept, this.#source.length);
    return {
      sql,
      position: (offset) => {
        const run = runs.find(([at, , length]) => offset >= at && offset < at + length);
        if (run) return run[1] + offset - run[0];
        return offset === sql.length ? this.#source.length : undefined;
      },
    };
  }

  #rendered(index: number): string {
    return (
      (this.#before[index] ?? '') +
      (this.#text[index] ?? this.#pieces[index]?.text ?? '') +
      (this.#after[index] ?? '')
    );
  }

  #gap(index: number): string {
    if (this.#joined.has(index)) return '';
    return this.#source.slice(this.#pieces[index - 1]?.end, this.#pieces[index]?.start);
  }
}
