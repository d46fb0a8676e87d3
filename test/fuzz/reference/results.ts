/** The results in what a server said: which rows stood before which end. Read by the slow decoder, message by message. */
import { utf8 } from './characters.js';
import { messageTypes, readMessage } from './messages.js';

export interface HeardResult {
  /** Each row as JSON. */
  readonly rows: string[];
  complete: boolean;
}

/** Undefined where a description names a type other than text: then rows are not what their bytes say. */
export function rowsIn(bytes: Uint8Array): HeardResult[] | undefined {
  const results: HeardResult[] = [];
  let current: HeardResult | undefined;
  for (let at = 0; at + 5 <= bytes.length;) {
    const type = String.fromCharCode(bytes[at]!);
    const length =
      bytes[at + 1]! * 2 ** 24 + bytes[at + 2]! * 2 ** 16 + bytes[at + 3]! * 2 ** 8 + bytes[at + 4]!;
    if (!messageTypes.includes(type) || length < 4 || at + 1 + length > bytes.length) break;
    const message = readMessage(type, bytes.subarray(at + 5, at + 1 + length), 2);
    if (message === undefined) break;
    if (type === 'T') {
      const fields = message['fields'] as { readonly typeOid: number }[];
      if (fields.some(({ typeOid }) => typeOid !== 25)) return undefined;
    }
    if (type === 'D') {
      current ??= begin();
      const row = (message['values'] as (Uint8Array | null)[]).map((value) =>
        value === null ? null : utf8(value),
      );
      current.rows.push(JSON.stringify(row));
    } else if (type === 'C' || type === 'I' || type === 'E' || type === 'Z') {
      // A result without rows is one as well.
      const ended = current ?? (type === 'C' || type === 'I' ? begin() : undefined);
      if (ended !== undefined) ended.complete = type === 'C' || type === 'I';
      current = undefined;
    }
    at += 1 + length;
  }
  // Rows may still be on their way, or none may have come.
  begin();
  return results;

  function begin(): HeardResult {
    const result = { rows: [], complete: false };
    results.push(result);
    return result;
  }
}
