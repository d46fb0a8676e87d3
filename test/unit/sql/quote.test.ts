import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { lex } from '../../../src/sql/lexer.js';
import { parseQualifiedName, quoteIdentifier, quoteLiteral, quoteQualified } from '../../../src/sql/quote.js';

const hostile = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        "'",
        '"',
        '\\',
        '--',
        '/*',
        '*/',
        ';',
        '$$',
        '$a$',
        '\n',
        '%s',
        '?',
        ':a',
        '$1',
        'E',
        'é',
        '-',
        'x',
      ),
      {
        maxLength: 15,
      },
    )
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

describe('quoteIdentifier', () => {
  it.each([
    ['a', '"a"'],
    ['A b', '"A b"'],
    ['say "x"', '"say ""x"""'],
    ['a\\', '"a\\"'],
    ['x'.repeat(127), `"${'x'.repeat(127)}"`],
  ])('%s', (name, quoted) => {
    expect(quoteIdentifier(name)).toBe(quoted);
  });

  it.each([
    ['', 'empty'],
    ['a\0b', 'NUL'],
    ['x'.repeat(128), '127'],
    ['é'.repeat(64), '128'],
  ])('refuses %j', (name, why) => {
    expect(() => quoteIdentifier(name)).toThrow(ArgumentError);
    expect(() => quoteIdentifier(name)).toThrow(why);
  });

  it('keeps any name one token, with the same neighbours', () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (name, backslashEscapes) => {
        fc.pre(name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= 127);
        const sql = `select ${quoteIdentifier(name)}, 'after' from t`;
        const tokens = lex(sql, { backslashEscapes });
        const harmless = lex(`select "x", 'after' from t`, { backslashEscapes });
        expect(tokens.map((token) => token.kind)).toEqual(harmless.map((token) => token.kind));
        expect(parseQualifiedName(quoteIdentifier(name))).toEqual([name]);
      }),
    );
  });
});

describe('quoteLiteral', () => {
  it('doubles a backslash only where the server reads it as an escape', () => {
    expect(quoteLiteral("a\\'b", { backslashEscapes: true })).toBe("'a\\\\''b'");
    expect(quoteLiteral("a\\'b", { backslashEscapes: false })).toBe("'a\\''b'");
    expect(() => quoteLiteral('a\0', { backslashEscapes: true })).toThrow(ArgumentError);
  });

  it('keeps any text one token, with the same neighbours, also behind a minus', () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, backslashEscapes) => {
        fc.pre(!text.includes('\0'));
        const options = { backslashEscapes };
        const kinds = (value: string): string[] =>
          lex(`select 1 -${quoteLiteral(value, options)}, "after" -- end`, options).map(
            (token) => token.kind,
          );
        expect(kinds(text)).toEqual(kinds('x'));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('qualified names', () => {
  it.each([
    ['Schema."Ta.ble"', ['schema', 'Ta.ble']],
    ['a', ['a']],
    ['DB.Public.Événement', ['db', 'public', 'Événement']],
    ['"a""b" . c', ['a"b', 'c']],
    ['#Temp', ['#temp']],
    ['a$1', ['a$1']],
  ])('%s', (text, parts) => {
    expect(parseQualifiedName(text)).toEqual(parts);
  });

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a b',
    'my-table',
    '"open',
    'a; drop table b',
    "'a'",
    'a--',
    '1a',
    '""',
    'a..b',
    '# a',
    '#"a"',
    'U&"a"',
  ])('refuses %j', (text) => {
    expect(() => parseQualifiedName(text)).toThrow(ArgumentError);
  });

  it('quotes what it read', () => {
    expect(quoteQualified('Sales.Q1')).toBe('"sales"."q1"');
    expect(quoteQualified(['Sales', 'a"b'])).toBe('"Sales"."a""b"');
    expect(() => quoteQualified([])).toThrow(ArgumentError);
  });
});
