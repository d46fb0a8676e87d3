/** Texts or bytes one after another, with the offsets between them. Grows by doubling; ends at what 32-bit offsets can name. */
import { ArgumentError } from '../errors.js';

/** The largest offset of Arrow's utf8 and binary. */
const most = 0x7fff_ffff;

interface Writes {
  utf8Write(text: string, offset: number): number;
}

export class TextBuilder {
  readonly #offsets: Int32Array;
  #bytes = Buffer.allocUnsafeSlow(1024);
  #end = 0;
  #row = 0;

  constructor(length: number) {
    this.#offsets = new Int32Array(length + 1);
  }

  /** The rows before this one that got nothing are empty. */
  skipTo(row: number): void {
    while (this.#row < row) this.#offsets[++this.#row] = this.#end;
  }

  /** What is no UTF-16 (a lone surrogate) becomes U+FFFD, as in parameters. */
  addText(text: string): void {
    // Three bytes a UTF-16 unit is the most that UTF-8 takes.
    let room = text.length * 3;
    if (this.#end + room > this.#bytes.length && room > 4096) room = Buffer.byteLength(text);
    this.#reserve(room);
    this.#end += (this.#bytes as unknown as Writes).utf8Write(text, this.#end);
    this.#offsets[++this.#row] = this.#end;
  }

  addBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
    this.#offsets[++this.#row] = this.#end;
  }

  /** The column's memory; nothing may be added any more. */
  end(): { readonly bytes: Uint8Array; readonly offsets: Int32Array } {
    this.skipTo(this.#offsets.length - 1);
    const { buffer } = this.#bytes;
    // Up to an eighth too long is not worth a copy.
    const bytes =
      this.#end * 8 >= buffer.byteLength * 7
        ? new Uint8Array(buffer, 0, this.#end)
        : new Uint8Array(buffer.slice(0, this.#end));
    return { bytes, offsets: this.#offsets };
  }

  #reserve(room: number): void {
    const needed = this.#end + room;
    if (needed <= this.#bytes.length) return;
    if (needed > most) {
      throw new ArgumentError(
        'A column of a data frame holds at most 2 GiB of text or bytes; take the rows in parts',
      );
    }
    const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.#bytes.length * 2), most));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}
