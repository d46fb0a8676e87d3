import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Edits } from '../../../../src/local/dialect/edits.js';
import { piecesOf } from '../../../../src/local/dialect/pieces.js';

function edited(
  sql: string,
  change: (edits: Edits) => void,
): { sql: string; position: (at: number) => number | undefined } {
  const edits = new Edits(sql, piecesOf(sql));
  change(edits);
  return edits.result();
}

describe('Edits', () => {
  it('gives the text back when nothing changed, with every position', () => {
    const sql = ' select /* c */ 1 -- end\n';
    const { sql: out, position } = edited(sql, () => undefined);
    expect(out).toBe(sql);
    for (let at = 0; at <= sql.length; at++) expect(position(at)).toBe(at);
  });

  it('replaces, deletes and inserts, and leaves comments between', () => {
    const { sql } = edited('a /*x*/ b c d', (edits) => {
      edits.replace(0, 0, 'A');
      edits.replace(2, 2, '');
      edits.insertBefore(1, '<');
      edits.insertAfter(1, '>');
    });
    expect(sql).toBe('A /*x*/ <b>  d');
  });

  it('drops what stands between pieces that become one', () => {
    expect(edited('a /*x*/ b c', (edits) => edits.replace(0, 1, 'AB')).sql).toBe('AB c');
  });

  it('keeps inserts around a replaced piece, in the order in which they came', () => {
    const { sql } = edited('a b', (edits) => {
      edits.insertBefore(0, '1');
      edits.insertBefore(0, '2');
      edits.insertAfter(0, '3');
      edits.insertAfter(0, '4');
      edits.replace(0, 0, 'A');
    });
    expect(sql).toBe('21A34 b');
  });

  it('override takes away what was inserted', () => {
    const { sql } = edited('a b c', (edits) => {
      edits.insertBefore(0, '(');
      edits.insertAfter(1, ')');
      edits.override(0, 1, 'X');
    });
    expect(sql).toBe('X c');
  });

  it('renders pieces with their changes', () => {
    const source = 'f ( a ,  b )';
    const edits = new Edits(source, piecesOf(source));
    edits.replace(2, 2, 'x');
    edits.insertAfter(4, '!');
    expect(edits.rendered(2, 4)).toBe('x ,  b!');
    expect(edits.rendered(0, 5)).toBe('f ( x ,  b! )');
  });

  it('knows no position inside text that the client did not write', () => {
    const { sql, position } = edited('select x from y', (edits) => edits.replace(1, 1, 'longer'));
    expect(position(sql.indexOf('longer') + 2)).toBeUndefined();
    expect(position(sql.indexOf('from'))).toBe(9);
    expect(position(sql.length)).toBe('select x from y'.length);
  });

  it('maps every place of text that stayed to the same character of the source', () => {
    const word = fc.constantFrom('a', 'bb', "'c d'", '"E"', '1', '+', '/*n*/', '😀');
    const change = fc.record({
      at: fc.nat(20),
      length: fc.nat(3),
      text: fc.constantFrom('', 'X', '(y z)'),
      kind: fc.constantFrom('replace', 'before', 'after', 'override'),
    });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), fc.array(change, { maxLength: 8 }), (words, changes) => {
        const source = words.join(' ');
        const pieces = piecesOf(source);
        const edits = new Edits(source, pieces);
        for (const { at, length, text, kind } of changes) {
          if (at >= pieces.length) continue;
          const last = Math.min(at + length, pieces.length - 1);
          if (kind === 'replace') edits.replace(at, last, text);
          else if (kind === 'override') edits.override(at, last, text);
          else if (kind === 'before') edits.insertBefore(at, text);
          else edits.insertAfter(at, text);
        }
        const { sql, position } = edits.result();
        let previous = -1;
        for (let at = 0; at < sql.length; at++) {
          const from = position(at);
          if (from === undefined) continue;
          expect(source[from]).toBe(sql[at]);
          expect(from).toBeGreaterThan(previous);
          previous = from;
        }
      }),
    );
  });
});
