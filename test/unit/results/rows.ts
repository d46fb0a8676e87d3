/** DataRows for the tests of results, and runs of them cut at random. */
import fc from 'fast-check';
import { encodeBackend } from '../../../src/protocol/backend.js';
import { IncomingRows } from '../../../src/protocol/data-row.js';
import type { RowRun } from '../../../src/protocol/framing.js';
import type { FieldDescription } from '../../../src/protocol/messages.js';

export function dataRow(values: readonly (Uint8Array | null)[]): Buffer {
  return Buffer.from(encodeBackend({ type: 'DataRow', values: [...values] }, 0));
}

export function fieldOf(name: string, typeOid: number, typeModifier = -1): FieldDescription {
  return { name, tableOid: 0, attributeNumber: 0, typeOid, typeSize: -1, typeModifier, format: 0 };
}

/** Texts, and the same as rows of one column in runs of random length. */
export const randomRuns: fc.Arbitrary<{ readonly texts: string[]; readonly runs: RowRun[] }> = fc
  .record({
    texts: fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
        { weight: 1, arbitrary: fc.nat(100_000).map((length) => 'x'.repeat(length)) },
      ),
      { minLength: 1, maxLength: 200 },
    ),
    cuts: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }),
  })
  .map(({ texts, cuts }) => {
    const runs: RowRun[] = [];
    for (let at = 0; at < texts.length;) {
      const part = texts.slice(at, at + cuts[runs.length % cuts.length]!);
      runs.push({
        bytes: Buffer.concat(part.map((text) => dataRow([Buffer.from(text)]))),
        rows: part.length,
      });
      at += part.length;
    }
    return { texts, runs };
  });

/** What a framer tells of these bytes. */
export function incoming({ bytes }: { readonly bytes: Uint8Array }): IncomingRows {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return new IncomingRows(bytes, view, 0, bytes.length, view.getInt16(5));
}
