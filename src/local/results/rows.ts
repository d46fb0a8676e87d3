/** DataRows as the engine sends them: read as text, or written anew with some of their values changed. */
import { decodeText, Writer } from '../../protocol/bytes.js';
import type { RowRun } from '../../protocol/framing.js';
import type { AnswerRow } from '../dialect/plan.js';

/** A change of one column's bytes; undefined: as they are. */
export type Rewrite = ((value: Uint8Array) => Uint8Array) | undefined;

const header = 5; // type byte and length

/** All values as text. */
export function textRows(run: RowRun): AnswerRow[] {
  const rows: AnswerRow[] = [];
  const { bytes } = run;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 1 + view.getInt32(at + 1)) {
    const row: (string | null)[] = [];
    forEachValue(view, at, (start, length) => {
      row.push(length < 0 ? null : decodeText(bytes.subarray(start, start + length)));
    });
    rows.push(row);
  }
  return rows;
}

/** The same rows with the columns changed that have a change. */
export function rewriteRows(run: RowRun, rewrites: readonly Rewrite[]): Uint8Array {
  if (rewrites.every((rewrite) => rewrite === undefined)) return run.bytes;
  const { bytes } = run;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const writer = new Writer(bytes.length + 64);
  for (let at = 0; at < bytes.length; at += 1 + view.getInt32(at + 1)) {
    writer.message('D', (w) => {
      w.int16(view.getInt16(at + header));
      let column = 0;
      forEachValue(view, at, (start, length) => {
        const rewrite = rewrites[column++];
        if (length < 0) {
          w.int32(-1);
          return;
        }
        const value = bytes.subarray(start, start + length);
        const written = rewrite === undefined ? value : rewrite(value);
        w.int32(written.length).bytes(written);
      });
    });
  }
  return writer.detach();
}

function forEachValue(view: DataView, row: number, value: (start: number, length: number) => void): void {
  const count = view.getInt16(row + header);
  let at = row + header + 2;
  for (let column = 0; column < count; column++) {
    const length = view.getInt32(at);
    at += 4;
    value(at, length);
    if (length > 0) at += length;
  }
}
