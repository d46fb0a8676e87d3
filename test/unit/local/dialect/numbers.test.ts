import { describe, expect, it } from 'vitest';
import { Edits } from '../../../../src/local/dialect/edits.js';
import { separateNumbers } from '../../../../src/local/dialect/numbers.js';
import { piecesOf } from '../../../../src/local/dialect/pieces.js';

function rewritten(sql: string): string {
  const pieces = piecesOf(sql);
  const edits = new Edits(sql, pieces);
  separateNumbers(pieces, edits);
  return edits.result().sql;
}

describe('numbers that run into words', () => {
  it.each([
    ['case when a then 4when b then 5else 6end', 'case when a then 4 when b then 5 else 6 end'],
    ['select 1.5as x, .5y, 1e5z', 'select 1.5 as x, .5 y, 1e5 z'],
    ['select 0xff', 'select 0 xff'],
    ['select $1and $2', 'select $1 and $2'],
    ['select 1e5, 1.5, 1 as a1, "1a", \'1a\', a1b', 'select 1e5, 1.5, 1 as a1, "1a", \'1a\', a1b'],
  ])('%s', (sql, expected) => {
    expect(rewritten(sql)).toBe(expected);
  });
});
