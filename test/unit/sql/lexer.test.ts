import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TokenKind, lex } from '../../../src/sql/lexer.js';

const redshift = { backslashEscapes: true };
const postgresql = { backslashEscapes: false };

/** `kind:text` of every token that is not blank space. */
function shape(sql: string, options = redshift): string[] {
  return lex(sql, options)
    .filter((token) => token.kind !== 'space')
    .map((token) => `${token.kind}${token.unterminated ? '!' : ''}:${sql.slice(token.start, token.end)}`);
}

describe('literals', () => {
  it.each([
    [`'it''s' x`, [`string:'it''s'`, 'identifier:x']],
    [`'' ''`, [`string:''`, `string:''`]],
    [`''''`, [`string:''''`]],
    [`E'it\\'s' x`, [`escape-string:E'it\\'s'`, 'identifier:x']],
    [`e'a\\\\' x`, [`escape-string:e'a\\\\'`, 'identifier:x']],
    [`E'a\\\\''' x`, [`escape-string:E'a\\\\'''`, 'identifier:x']],
    [`"a""b" "c"`, ['quoted-identifier:"a""b"', 'quoted-identifier:"c"']],
    [`"a\\" x`, ['quoted-identifier:"a\\"', 'identifier:x']],
    [
      `U&'d\\0061t' U&"d" u&x`,
      [`string:U&'d\\0061t'`, 'quoted-identifier:U&"d"', 'identifier:u', 'operator:&', 'identifier:x'],
    ],
    [`B'10' x'1F'`, [`string:B'10'`, `string:x'1F'`]],
    [`x'1'\n'F''a'`, [`string:x'1'\n'F'`, `string:'a'`]],
    [`x'1F''a' X'' B'`, [`string:x'1F'`, `string:'a'`, `string:X''`, `string!:B'`]],
    [`N'a'`, ['identifier:N', `string:'a'`]],
    [`(E'x\\'')`, ['punctuation:(', `escape-string:E'x\\''`, 'punctuation:)']],
    [`1e'x\\''`, ['number:1', `escape-string:e'x\\''`]],
  ])('%s', (sql, expected) => {
    expect(shape(sql, redshift)).toEqual(expected);
    expect(shape(sql, postgresql)).toEqual(expected);
  });

  it('takes E for a prefix only when it is a token of its own', () => {
    expect(shape(`LIKE'x\\' AND`, postgresql)).toEqual(['identifier:LIKE', `string:'x\\'`, 'identifier:AND']);
    expect(shape(`fooE'a\\' b`, postgresql)).toEqual(['identifier:fooE', `string:'a\\'`, 'identifier:b']);
    expect(shape(`éE'a\\' b`, postgresql)).toEqual(['identifier:éE', `string:'a\\'`, 'identifier:b']);
    expect(shape(`E 'a\\' b`, postgresql)).toEqual(['identifier:E', `string:'a\\'`, 'identifier:b']);
  });

  it('reads a backslash in an ordinary literal as the server does', () => {
    expect(shape(`'a\\' z'`, redshift)).toEqual([`string:'a\\' z'`]);
    expect(shape(`'a\\' z'`, postgresql)).toEqual([`string:'a\\'`, 'identifier:z', `string!:'`]);
    expect(shape(`'a\\\\' b`, redshift)).toEqual([`string:'a\\\\'`, 'identifier:b']);
  });

  it('keeps the escapes of E in a literal that goes on behind a line end', () => {
    expect(shape(`E'a' -- c\n  'b\\' ?' x`, postgresql)).toEqual([
      `escape-string:E'a' -- c\n  'b\\' ?'`,
      'identifier:x',
    ]);
    expect(shape(`E'a' 'b\\' x`, postgresql)).toEqual([`escape-string:E'a'`, `string:'b\\'`, 'identifier:x']);
  });

  it.each(["'abc", '"abc', "E'abc\\", "'a\\", '$$abc', '$t$ $$ $T$', '/* /* */', "''' "])(
    'runs to the end: %s',
    (sql) => {
      const tokens = lex(sql, redshift);
      expect(tokens).toHaveLength(1);
      expect(tokens[0]).toMatchObject({ start: 0, end: sql.length, unterminated: true });
    },
  );
});

describe('dollar quotes', () => {
  it.each([
    [`$$ it's ? $x$ $$ y`, [`dollar-string:$$ it's ? $x$ $$`, 'identifier:y']],
    ['$tag$ $$ $ta$ $tag$y', ['dollar-string:$tag$ $$ $ta$ $tag$', 'identifier:y']],
    ['$a$b$a$', ['dollar-string:$a$b$a$']],
    ['$b$x$a$b$', ['dollar-string:$b$x$a$b$']],
    ['$été$ x $été$', ['dollar-string:$été$ x $été$']],
    ['a$b$ c', ['identifier:a$b$', 'identifier:c']],
    ['$1$2 $10', ['parameter:$1', 'parameter:$2', 'parameter:$10']],
    ['$1$$x$$', ['parameter:$1', 'dollar-string:$$x$$']],
    ['$a b', ['other:$', 'identifier:a', 'identifier:b']],
    ['$1a$', ['parameter:$1', 'identifier:a$']],
  ])('%s', (sql, expected) => {
    expect(shape(sql)).toEqual(expected);
  });
});

describe('comments', () => {
  it.each([
    [`1--c'\n2`, ['number:1', `comment:--c'`, 'number:2']],
    [`1--c'\r2`, ['number:1', `comment:--c'`, 'number:2']],
    ['/* a /* b */ c */ d', ['comment:/* a /* b */ c */', 'identifier:d']],
    ['/*/ a */ d', ['comment:/*/ a */', 'identifier:d']],
    ['/*c*/*2', ['comment:/*c*/', 'operator:*', 'number:2']],
    ['/*/*/ */*/x', ['comment:/*/*/ */*/', 'identifier:x']],
    ['/***/x', ['comment:/***/', 'identifier:x']],
    ['2*/*c*/3', ['number:2', 'operator:*', 'comment:/*c*/', 'number:3']],
    ['2+--c', ['number:2', 'operator:+', 'comment:--c']],
    ['1 - -1', ['number:1', 'operator:-', 'operator:-', 'number:1']],
  ])('%s', (sql, expected) => {
    expect(shape(sql)).toEqual(expected);
  });
});

describe('numbers, names and operators', () => {
  it.each([
    [
      '1.5e3 1..2 .5 1. 1.e5 1e',
      'number:1.5e3 number:1 punctuation:.. number:2 number:.5 number:1. number:1.e5 number:1 identifier:e',
    ],
    // Redshift, as PostgreSQL before 15, lets a word or a literal stand right behind a number.
    ["1E1E'x'", "number:1E1 escape-string:E'x'"],
    [
      'a::int b:=1 c:d',
      'identifier:a operator::: identifier:int identifier:b operator::= number:1 identifier:c punctuation:: identifier:d',
    ],
    ['a->>b <> c', 'identifier:a operator:->> identifier:b operator:<> identifier:c'],
    // PostgreSQL, Lexical Structure, Operators.
    [
      'a/-b*+-c',
      'identifier:a operator:/ operator:- identifier:b operator:* operator:+ operator:- identifier:c',
    ],
    ['a @- b <-> c', 'identifier:a operator:@- identifier:b operator:<-> identifier:c'],
    ['a=%s<=?', 'identifier:a operator:= operator:% identifier:s operator:<= operator:?'],
    ['schema.tbl[1]', 'identifier:schema punctuation:. identifier:tbl punctuation:[ number:1 punctuation:]'],
    ['naïve 表_1 😀', 'identifier:naïve identifier:表_1 identifier:😀'],
  ])('%s', (sql, expected) => {
    expect(shape(sql).join(' ')).toBe(expected);
  });
});

/**
 * A second, slow reading of the same rules, a character at a time and without positions to jump to:
 * the kind of place (code, literal, name in quotes, comment) that each character stands in.
 */
function places(sql: string, backslashEscapes: boolean): string {
  const out: string[] = [];
  const put = (place: string, count: number): void => {
    for (let i = 0; i < count; i++) out.push(place);
  };
  const nameChar = (c: string | undefined): boolean =>
    c !== undefined && (/[A-Za-z0-9_$]/.test(c) || c > '\x7f');
  const digit = (c: string | undefined): boolean => c !== undefined && c >= '0' && c <= '9';
  const numberLength = (text: string): number => {
    let n = 0;
    while (digit(text[n])) n++;
    // Two points are a range of PL/pgSQL, not the end of a number.
    if (text[n] === '.' && text[n + 1] !== '.') {
      n++;
      while (digit(text[n])) n++;
    }
    if (text[n] !== 'e' && text[n] !== 'E') return n;
    let exponent = n + 1;
    if (text[exponent] === '+' || text[exponent] === '-') exponent++;
    if (!digit(text[exponent])) return n;
    while (digit(text[exponent])) exponent++;
    return exponent;
  };
  let i = 0;
  while (i < sql.length) {
    const rest = sql.slice(i);
    // A word, with the quote that follows it when the word is a prefix.
    if (/^[A-Za-z_]/.test(rest) || rest[0]! > '\x7f') {
      let n = 1;
      while (nameChar(rest[n])) n++;
      const next = rest[n];
      const one = n === 1 ? rest[0]!.toUpperCase() : '';
      if (next === "'" && (one === 'E' || one === 'B' || one === 'X')) {
        put('s', 1);
        i += 1;
        // Of the quotes of bits the first closes: a second one opens another literal.
        if (one !== 'E') i = bits(i);
        else i = literal(i, true, true);
      } else if (one === 'U' && next === '&' && (rest[2] === "'" || rest[2] === '"')) {
        put(rest[2] === "'" ? 's' : 'q', 2);
        i += 2;
        if (rest[2] === "'") i = literal(i, backslashEscapes, false);
        else i = quotedName(i);
      } else {
        put('c', n);
        i += n;
      }
    } else if (digit(rest[0]) || (rest[0] === '.' && digit(rest[1]))) {
      // The letter of an exponent is no word: `1E1E'` is a number and a literal with the prefix E.
      const n = numberLength(rest);
      put('c', n);
      i += n;
    } else if (rest[0] === "'") i = literal(i, backslashEscapes, false);
    else if (rest[0] === '"') i = quotedName(i);
    else if (rest.startsWith('--')) {
      while (i < sql.length && sql[i] !== '\n' && sql[i] !== '\r') {
        put('m', 1);
        i++;
      }
    } else if (rest.startsWith('/*')) {
      let depth = 0;
      do {
        const two = sql.slice(i, i + 2);
        const step = two === '/*' || two === '*/' ? 2 : 1;
        if (two === '/*') depth++;
        if (two === '*/') depth--;
        put('m', step);
        i += step;
      } while (depth > 0 && i < sql.length);
    } else if (/^\$\d/.test(rest)) {
      const n = /^\$\d+/.exec(rest)![0].length;
      put('c', n);
      i += n;
    } else {
      const tag = /^\$([A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/.exec(rest)?.[0];
      if (tag === undefined) {
        put('c', 1);
        i++;
      } else {
        put('d', tag.length);
        i += tag.length;
        while (i < sql.length && !sql.startsWith(tag, i)) {
          put('d', 1);
          i++;
        }
        if (i < sql.length) {
          put('d', tag.length);
          i += tag.length;
        }
      }
    }
  }
  return out.join('');

  function quotedName(from: number): number {
    put('q', 1);
    for (let at = from + 1; ; at++) {
      if (at >= sql.length) return at;
      put('q', 1);
      if (sql[at] === '"') {
        if (sql[at + 1] !== '"') return at + 1;
        put('q', 1);
        at++;
      }
    }
  }

  function bits(from: number): number {
    let at = from;
    for (;;) {
      do {
        put('s', 1);
        at++;
      } while (at < sql.length && sql[at] !== "'");
      if (at >= sql.length) return at;
      put('s', 1);
      const next = continued(at + 1);
      if (next < 0) return at + 1;
      put('s', next - (at + 1));
      at = next;
    }
  }

  /** Where the next part of a literal begins, behind blank space with a line end in it; -1: it does not go on. */
  function continued(from: number): number {
    let next = from;
    let lineEnd = false;
    for (;;) {
      if (/[ \t\f\v]/.test(sql[next] ?? '')) next++;
      else if (sql[next] === '\n' || sql[next] === '\r') {
        lineEnd = true;
        next++;
      } else if (sql.startsWith('--', next)) while (next < sql.length && !/[\n\r]/.test(sql[next]!)) next++;
      else return lineEnd && sql[next] === "'" ? next : -1;
    }
  }

  function literal(from: number, escapes: boolean, goesOn: boolean): number {
    put('s', 1);
    for (let at = from + 1; ; at++) {
      if (at >= sql.length) return at;
      put('s', 1);
      if (escapes && sql[at] === '\\') {
        if (at + 1 < sql.length) put('s', 1);
        at++;
      } else if (sql[at] === "'") {
        if (sql[at + 1] === "'") {
          put('s', 1);
          at++;
          continue;
        }
        if (!goesOn) return at + 1;
        const next = continued(at + 1);
        if (next < 0) return at + 1;
        put('s', next + 1 - (at + 1));
        at = next;
      }
    }
  }
}

const placeOf: Record<TokenKind, string> = {
  space: 'c',
  comment: 'm',
  string: 's',
  'escape-string': 's',
  'dollar-string': 'd',
  identifier: 'c',
  'quoted-identifier': 'q',
  number: 'c',
  parameter: 'c',
  operator: 'c',
  punctuation: 'c',
  other: 'c',
};

const snippets = fc.array(
  fc.constantFrom(
    ...[
      "'",
      "''",
      '"',
      '\\',
      '$',
      '$$',
      '$a$',
      '$1',
      'E',
      'e',
      "E'",
      "b'",
      "U&'",
      'U&"',
      '--',
      '/*',
      '*/',
      '/',
      '*',
      '-',
      '\n',
      '\r',
    ],
    ...[
      ' ',
      'a',
      'é',
      '1',
      '1.5',
      '..',
      '::',
      ':',
      '%',
      '%s',
      '?',
      '(',
      ')',
      ';',
      '[',
      ']',
      '&',
      '\0',
      '_',
      'x',
    ],
  ),
  { maxLength: 30 },
);

describe('any text at all', () => {
  it('is covered by the tokens without a gap or overlap', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          snippets.map((s) => s.join('')),
          fc.string({ unit: 'binary' }),
        ),
        fc.boolean(),
        (sql, backslashEscapes) => {
          let end = 0;
          for (const token of lex(sql, { backslashEscapes })) {
            expect(token.start).toBe(end);
            expect(token.end).toBeGreaterThan(token.start);
            if (token.unterminated) expect(token.end).toBe(sql.length);
            end = token.end;
          }
          expect(end).toBe(sql.length);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is read as the slow second reading reads it', () => {
    fc.assert(
      fc.property(snippets, fc.boolean(), (parts, backslashEscapes) => {
        const sql = parts.join('');
        const read = lex(sql, { backslashEscapes }).map((token) =>
          placeOf[token.kind].repeat(token.end - token.start),
        );
        expect(read.join('')).toBe(places(sql, backslashEscapes));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['quotes', "'"],
    ['dollars', '$a'],
    ['open comments', '/*'],
    ['E strings', "E'' \n"],
    ['dashes', '-'],
    ['E string and dashes', "E'' --"],
    ['backslashes', "'\\'"],
    ['tags', '$aaaaaaaaaaaaaaaaaaaa '],
    ['operators', '+'],
    ['brackets', '(['],
  ])('takes time in proportion to its length: %s', (_name, piece) => {
    const sql = piece.repeat(400_000 / piece.length);
    const start = performance.now();
    lex(sql, redshift);
    expect(performance.now() - start).toBeLessThan(1500);
  });
});
