import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentsOf, findWord, piecesOf, wordsAt } from '../../../../src/local/dialect/pieces.js';

/** Texts full of what a scanner stumbles over. */
const hostile = fc
  .array(
    fc.constantFrom(
      ...[
        '(',
        ')',
        '[',
        ']',
        ',',
        ';',
        "'",
        '"',
        '$$',
        '$x$',
        '--',
        '/*',
        '*/',
        '\n',
        ' ',
        '\\',
        "\\'",
        "''",
        '""',
      ],
      ...['select', 'E', 'a.b', '1..2', '::', '#', '😀', 'é', ':=', '$1', '<>', '1e5'],
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

describe('piecesOf', () => {
  it('leaves out blanks and comments and keeps the rest as it is', () => {
    const pieces = piecesOf('select /* x */ A, "B" -- y\n from \'c d\'');
    expect(pieces.map((piece) => piece.text)).toEqual(['select', 'A', ',', '"B"', 'from', "'c d'"]);
    expect(pieces.map((piece) => piece.word)).toEqual(['SELECT', 'A', '', '', 'FROM', '']);
  });

  it('pairs brackets and counts how many are open', () => {
    const pieces = piecesOf('f(a[1], (b))');
    expect(pieces.map((piece) => `${piece.depth}${piece.text}${piece.pair}`)).toEqual([
      '0f-1',
      '0(10',
      '1a-1',
      '1[5',
      '21-1',
      '1]3',
      '1,-1',
      '1(9',
      '2b-1',
      '1)7',
      '0)1',
    ]);
  });

  it('gives brackets without a partner the pair -1', () => {
    expect(piecesOf('(').map((piece) => piece.pair)).toEqual([-1]);
    expect(piecesOf(')').map((piece) => [piece.pair, piece.depth])).toEqual([[-1, 0]]);
  });

  it('reads a backslash in an ordinary literal as an escape', () => {
    expect(piecesOf("'it\\'s' x").map((piece) => piece.text)).toEqual(["'it\\'s'", 'x']);
  });

  it('never throws, and its pieces are the text in order', () => {
    fc.assert(
      fc.property(hostile, (sql) => {
        const pieces = piecesOf(sql);
        let end = 0;
        for (const [index, piece] of pieces.entries()) {
          expect(piece.start).toBeGreaterThanOrEqual(end);
          expect(sql.slice(piece.start, piece.end)).toBe(piece.text);
          if (piece.pair >= 0) expect(pieces[piece.pair]?.pair).toBe(index);
          expect(piece.depth).toBeGreaterThanOrEqual(0);
          end = piece.end;
        }
      }),
    );
  });
});

describe('what is found in pieces', () => {
  const pieces = piecesOf('create table t (a int, b int) as select (1) from t');

  it('wordsAt compares words without regard to case, and signs', () => {
    expect(wordsAt(pieces, 0, 'CREATE', 'TABLE')).toBe(true);
    expect(wordsAt(pieces, 3, '(')).toBe(true);
    expect(wordsAt(pieces, 0, 'TABLE')).toBe(false);
    expect(wordsAt(piecesOf('"table"'), 0, 'TABLE')).toBe(false);
    expect(wordsAt(pieces, pieces.length, 'X')).toBe(false);
  });

  it('findWord stays at its depth and ends with its brackets', () => {
    expect(pieces[findWord(pieces, 0, 0, 'FROM')]?.text).toBe('from');
    expect(findWord(pieces, 0, 0, 'B')).toBe(-1);
    expect(pieces[findWord(pieces, 4, 1, 'B')]?.text).toBe('b');
    expect(findWord(pieces, 4, 1, 'FROM')).toBe(-1);
  });

  it('argumentsOf cuts at the commas of these brackets only', () => {
    const call = piecesOf('f(a, g(b, c), [d, e])');
    const texts = argumentsOf(call, 1).map(({ first, last }) =>
      call
        .slice(first, last + 1)
        .map((piece) => piece.text)
        .join(''),
    );
    expect(texts).toEqual(['a', 'g(b,c)', '[d,e]']);
    expect(argumentsOf(piecesOf('f()'), 1)).toEqual([]);
    expect(argumentsOf(piecesOf('f('), 1)).toEqual([]);
    expect(argumentsOf(piecesOf('f'), 0)).toEqual([]);
  });

  it('argumentsOf covers all pieces between the brackets but the commas', () => {
    const item = fc.constantFrom('a', '1', "'x,y'", 'f(a, b)', '(c)', 'a.b');
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 6 }), (items) => {
        const found = piecesOf(`(${items.join(', ')})`);
        const ranges = argumentsOf(found, 0);
        expect(ranges).toHaveLength(items.length);
        let next = 1;
        for (const { first, last } of ranges) {
          expect(first).toBe(next);
          next = last + 2;
        }
        expect(next).toBe(found.length);
      }),
    );
  });
});
