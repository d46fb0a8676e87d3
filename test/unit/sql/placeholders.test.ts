import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, ProgrammingError } from '../../../src/errors.js';
import {
  type Parameters,
  type Paramstyle,
  convertPlaceholders,
  hasParameters,
  paramstyles,
  parsePlaceholders,
} from '../../../src/sql/placeholders.js';

const redshift = { backslashEscapes: true };
const postgresql = { backslashEscapes: false };

function convert(
  sql: string,
  paramstyle: Paramstyle,
  parameters: Parameters | null | undefined,
  options = redshift,
): unknown {
  const { sql: text, values } = convertPlaceholders(sql, paramstyle, parameters, options);
  return [text, ...values];
}

describe('each style', () => {
  it.each<[Paramstyle, string, Parameters, string, unknown[]]>([
    ['qmark', 'select ? + ?', [1, 2], 'select $1 + $2', [1, 2]],
    [
      'qmark',
      `select '?', "?", ? -- ?\n /* ? /* ? */ ? */`,
      [1],
      `select '?', "?", $1 -- ?\n /* ? /* ? */ ? */`,
      [1],
    ],
    ['numeric', 'select :2, :1, :2', ['a', 'b'], 'select $2, $1, $2', ['a', 'b']],
    ['named', 'select :b, :a, :b', { a: 1, b: 2, c: 3 }, 'select $1, $2, $1', [2, 1]],
    ['named', 'select :naïve_1::int, x := :y', { naïve_1: 1, y: 2 }, 'select $1::int, x := $2', [1, 2]],
    ['format', 'select %s where a like %s', [1, '%'], 'select $1 where a like $2', [1, '%']],
    ['format', `select 7 %% %s, '%%', "%%", '%'`, [1], `select 7 % $1, '%%', "%%", '%'`, [1]],
    ['format', '%%%s%%s', [1], '%$1%s', [1]],
    ['pyformat', 'select %(b)s, %(a)s, %(b)s, 1 %% 2', { a: 1, b: 2 }, 'select $1, $2, $1, 1 % 2', [2, 1]],
    [
      'pyformat',
      'select 1 %% 2, %(x)s, 3 %% 4, %(y)s',
      { x: 1, y: 2 },
      'select 1 % 2, $1, 3 % 4, $2',
      [1, 2],
    ],
    ['pyformat', 'select %s', [1], 'select $1', [1]],
    ['pyformat', 'select %(a b)s', { 'a b': 1 }, 'select $1', [1]],
  ])('%s: %s', (paramstyle, sql, parameters, expected, values) => {
    expect(convert(sql, paramstyle, parameters)).toEqual([expected, ...values]);
  });

  it.each(paramstyles)('%s: without parameters nothing is touched', (paramstyle) => {
    const sql = 'select ?, :1, :a, %s, %(a)s, %%, %, $1, $$ %s $$';
    for (const none of [undefined, null, []]) expect(convert(sql, paramstyle, none)).toEqual([sql]);
  });

  it.each(paramstyles)(
    '%s: a statement with $n and no marker of the style goes out as it stands',
    (paramstyle) => {
      const foreign = paramstyle === 'qmark' ? '%s' : '?';
      for (const sql of [
        `select $2 % $1, 5 %% 2, '${foreign}'`,
        'select $1, $2 -- %',
        'select $2::int, a[1:2], %',
      ]) {
        const own = sql.includes('%s') && (paramstyle === 'format' || paramstyle === 'pyformat');
        if (!own) expect(convert(sql, paramstyle, [1, 2])).toEqual([sql, 1, 2]);
      }
    },
  );
});

describe('what is no marker', () => {
  it.each<[Paramstyle, string]>([
    ['numeric', 'select a::1, b:=1, a[1:2], a[i:2], a[f(1):2], a[b[1]:2], a[$$x$$:2], trailing:'],
    ['named', 'select a::int, b:=c, a[1:n], a[i:n], a[(x):n], a["i":n], a[1::int:n], trailing:'],
    ['named', 'select :1, : a, :-a, "x":'],
    ['qmark', "select $$ ? $$, $t$ ? $$ ? $t$, e'it\\'s ?', E'a\\\\', '?' /*/ ? */"],
    ['format', "select E'a\\\\', 'it''s %s', $$ %s $$ /*c*/*2"],
    ['pyformat', "select LIKE'x', '%(a)s'"],
  ])('%s: %s', (paramstyle, sql) => {
    const [marker, out] = {
      qmark: ['?', '$1'],
      numeric: [':1', '$1'],
      named: [':z', '$1'],
      format: ['%s', '$1'],
      pyformat: ['%(z)s', '$1'],
    }[paramstyle] as [string, string];
    const parameters = paramstyle === 'named' || paramstyle === 'pyformat' ? { z: 1 } : [1];
    // The marker in front and behind shows that the scanner was in the right state before and after.
    expect(
      convert(
        `${marker} , ${sql} , ${marker === '?' || marker === '%s' ? '' : marker}`,
        paramstyle,
        parameters,
      ),
    ).toEqual([`${out} , ${sql} , ${marker === '?' || marker === '%s' ? '' : out}`, 1]);
  });

  it('reads the backslash as the server does', () => {
    expect(convert(`select 'a\\' ?', ?`, 'qmark', [1], redshift)).toEqual([`select 'a\\' ?', $1`, 1]);
    expect(convert(`select LIKE'a\\', ?, 'x'`, 'qmark', [1], postgresql)).toEqual([
      `select LIKE'a\\', $1, 'x'`,
      1,
    ]);
  });

  it('takes a colon in brackets for a marker where a value has to begin', () => {
    expect(convert('a[:1], a[:1::2], a[:1:2], a[x + :1], a[f(:1)]', 'numeric', [5])).toEqual([
      'a[$1], a[$1::2], a[$1:2], a[x + $1], a[f($1)]',
      5,
    ]);
    expect(convert('a[:lo : :hi], a[case when x then :lo else :hi end]', 'named', { lo: 1, hi: 2 })).toEqual([
      'a[$1 : $2], a[case when x then $1 else $2 end]',
      1,
      2,
    ]);
  });
});

describe('neighbours', () => {
  it.each<[Paramstyle, string, Parameters, string]>([
    ['qmark', 'select?', [1], 'select $1'],
    ['qmark', 'select?from', [1], 'select $1 from'],
    ['qmark', '?1', [1], '$1 1'],
    ['qmark', '??', [1, 2], '$1$2'],
    ['format', 'select %s1, %sa, %sé', [1, 2, 3], 'select $1 1, $2 a, $3 é'],
    ['format', "%se'it\\'s %s'", [1], "$1 e'it\\'s %s'"],
    ['format', '%s::int,%s)', [1, 2], '$1::int,$2)'],
    ['format', '%s$$ %s $$', [1], '$1$$ %s $$'],
    ['format', '$%s', [1], '$ $1'],
    ['numeric', ':1.5 :1e', [1], '$1.5 $1 e'],
    ['named', ":e'\\' :x'", { e: 1, x: 2 }, "$1 '\\' $2'"],
    ['named', ':a:b', { a: 1, b: 2 }, '$1$2'],
    ['named', ':a$$:b$$', { a: 1 }, '$1$$:b$$'],
    ['named', 'a:::b', { b: 1, x: 1 }, 'a:::b'],
  ])('%s: %s', (paramstyle, sql, parameters, expected) => {
    const options = sql.startsWith(':e') ? postgresql : redshift;
    const text = (convert(sql, paramstyle, parameters, options) as string[])[0];
    expect(text).toBe(expected.replace("$1 '\\' $2'", "$1'\\' $2'"));
  });
});

describe('mistakes', () => {
  it.each<[Paramstyle, string, Parameters, RegExp]>([
    ['qmark', 'select ?', [1, 2], /1 parameter marker, but 2 parameters were given/],
    ['qmark', 'select ?, ?', [1], /2 parameter markers, but 1 parameter was given/],
    ['format', 'select 1', [1], /0 parameter markers, but 1 parameter was/],
    ['numeric', 'select :3', [1], /3 parameter markers/],
    ['numeric', 'select :0', [1], /begin with :1/],
    ['format', 'select $2', [1], /2 parameter markers/],
    ['format', 'select $1, %s', [1], /mixes \$1 with/],
    ['named', 'select $1, :a', { a: 1 }, /mixes \$1 with/],
    ['pyformat', 'select %s, %(a)s', [1], /mixes %s with %\(name\)s/],
    ['format', 'select\n1 % 2', [1], /line 2.*write %% or use %s/],
    ['format', 'select %(a)s', { a: 1 }, /belongs to paramstyle pyformat/],
    ['pyformat', 'select %(a)d', { a: 1 }, /write %% or use/],
    ['pyformat', 'select %', [1], /write %%/],
    ['named', 'select :a, :b, :c', { b: 1 }, /parameters a, c/],
    ['named', 'select :constructor', {}, /parameter constructor/],
    ['named', 'select :toString', { a: 1 }, /parameter toString/],
    ['named', 'select :a', [1], /object/],
    ['qmark', 'select ?', { a: 1 }, /array/],
    ['format', 'select :a', { a: 1 }, /paramstyle is format/],
    ['format', 'select $1', { a: 1 }, /array/],
  ])('%s: %s', (paramstyle, sql, parameters, message) => {
    expect(() => convert(sql, paramstyle, parameters)).toThrow(ProgrammingError);
    expect(() => convert(sql, paramstyle, parameters)).toThrow(message);
  });

  it('refuses what is neither array nor plain object', () => {
    for (const wrong of ['text', 5, new Map(), new Date(0), Buffer.alloc(1), () => 1]) {
      expect(() => convert('select %s', 'format', wrong as unknown as Parameters)).toThrow(ArgumentError);
    }
  });

  it('names the limit of parameters', () => {
    const many = (count: number): [string, unknown[]] => [
      `select ${'?,'.repeat(count)}1`,
      new Array<number>(count).fill(1),
    ];
    const [sql, values] = many(32_767);
    expect(convertPlaceholders(sql, 'qmark', values, redshift).sql.endsWith('$32767,1')).toBe(true);
    const [over, tooMany] = many(32_768);
    expect(() => convertPlaceholders(over, 'qmark', tooMany, redshift)).toThrow(ArgumentError);
    expect(() => convertPlaceholders(over, 'qmark', tooMany, redshift)).toThrow('32767');
  });

  it('never quotes a value', () => {
    try {
      convert('select %s', 'format', ['secret-value', 'secret-value']);
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
    expect.assertions(1);
  });

  it('treats an empty object as an object', () => {
    expect(convert('select 1', 'format', {})).toEqual(['select 1']);
    expect(convert('select 1 %% 2', 'pyformat', {})).toEqual(['select 1 % 2']);
    expect(hasParameters({})).toBe(true);
  });

  it('takes names that objects inherit for data like any other', () => {
    const parameters = JSON.parse('{"__proto__": 1, "constructor": 2, "hasOwnProperty": 3}') as Parameters;
    expect(convert('select :__proto__, :constructor, :hasOwnProperty', 'named', parameters)).toEqual([
      'select $1, $2, $3',
      1,
      2,
      3,
    ]);
  });
});

/**
 * Statements made of pieces whose reading is known by construction. A piece is the text in any style, or a marker.
 * Pieces are joined by a blank, a line end or nothing where that cannot change what the pieces are.
 */
type Piece =
  | { readonly text: string; readonly escapes?: boolean }
  | { readonly marker: number }
  | { readonly percent: true };

const inside = fc
  .array(
    fc.constantFrom(
      '?',
      ':1',
      ':a',
      '%s',
      '%(a)s',
      '%%',
      '%',
      '$1',
      ' ',
      'x',
      'é',
      ';',
      '--',
      '/',
      '*',
      ':',
      '"',
      '\n',
      '$',
      '1',
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

const text = fc.oneof(
  fc.constantFrom(
    'select',
    'from',
    't',
    'a.b',
    'naïve',
    '1',
    '1.5e3',
    '.5',
    ',',
    '(',
    ')',
    '+',
    '-',
    '=',
    '<>',
    '::int',
    ':=',
    'x::text',
    'a[1:2]',
    'a[i:j]',
    ';',
    '||',
    'a$b',
    '@',
    '#t',
  ),
  inside.map((body) => `'${body}'`),
  inside.map((body) => `'it''s ${body}'`),
  inside.map((body) => `E'\\'${body}\\\\'`),
  inside.map((body) => `e'\\'${body}'''`),
  inside.map((body) => `"${body.replaceAll('"', '""')}"`),
  inside.map((body) => `$$${body.replaceAll('$', '')}$$`),
  inside.map((body) => `$tag$ $$ ${body.replaceAll('$', '')} $other$ $tag$`),
  inside.map((body) => `--${body.replaceAll('\n', '')}\n`),
  inside.map((body) => `/*${body.replaceAll('/', '')} /* ${body.replaceAll('/', '')} */ */`),
  fc.constantFrom('/*/ ? */', '/*c*/*2', '1..2', "LIKE'x'", "B'01',", 'U&"d%s"'),
);

const pieces = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: text.map((t): Piece => ({ text: t })) },
    { weight: 3, arbitrary: fc.nat({ max: 4 }).map((marker): Piece => ({ marker })) },
    { weight: 1, arbitrary: fc.constant<Piece>({ percent: true }) },
    { weight: 1, arbitrary: inside.map((body): Piece => ({ text: `'\\'${body}'`, escapes: true })) },
  ),
  { maxLength: 25 },
);

const names = ['a', 'B', '_x1', 'é', '__proto__'];

function build(
  list: readonly Piece[],
  style: Paramstyle,
  glue: string,
  escapes: boolean,
): { sql: string; expected: string; parameters: Parameters } {
  const input: string[] = [];
  const output: string[] = [];
  const order: number[] = [];
  const byName = style === 'named' || style === 'pyformat';
  for (const piece of list) {
    if ('percent' in piece) {
      // `%` is an operator in the other styles, and there it stays as it is.
      input.push(style === 'format' || style === 'pyformat' ? '%%' : '%');
      output.push('%');
    } else if ('text' in piece) {
      if (piece.escapes && !escapes) continue;
      input.push(piece.text);
      output.push(piece.text);
    } else {
      let position: number;
      if (style === 'numeric') position = piece.marker + 1;
      else if (byName && order.includes(piece.marker)) position = order.indexOf(piece.marker) + 1;
      else position = order.push(piece.marker);
      const name = names[piece.marker]!;
      input.push(
        { qmark: '?', numeric: `:${position}`, named: `:${name}`, format: '%s', pyformat: `%(${name})s` }[
          style
        ],
      );
      output.push(`$${position}`);
    }
  }
  const highest = list.reduce((max, piece) => ('marker' in piece ? Math.max(max, piece.marker + 1) : max), 0);
  const parameters = byName
    ? (Object.fromEntries(names.map((name, i) => [name, i])) as Parameters)
    : style === 'numeric'
      ? Array.from({ length: highest }, (_, i) => i)
      : order;
  return { sql: input.join(glue), expected: output.join(glue), parameters };
}

describe('random statements', () => {
  it.each(paramstyles)('%s: markers become $n, and nothing else changes', (style) => {
    fc.assert(
      fc.property(
        pieces,
        fc.constantFrom(' ', '\n', ' /**/ ', '\t--x\r'),
        fc.boolean(),
        (list, glue, backslashEscapes) => {
          // A literal that ends in a backslash-free quote is the same in both dialects; the others ask for escapes.
          const { sql, expected, parameters } = build(list, style, glue, backslashEscapes);
          const result = convertPlaceholders(sql, style, parameters, { backslashEscapes });
          const given = hasParameters(parameters);
          expect(result.sql).toBe(given ? expected : sql);
          const markers = list.filter((piece) => 'marker' in piece).map((piece) => piece.marker);
          if (style === 'named' || style === 'pyformat') expect(result.values).toEqual([...new Set(markers)]);
          else if (given) expect(result.values).toEqual(parameters);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each(paramstyles)(
    '%s: any text at all gives an answer or a ProgrammingError, and keeps its quotes',
    (style) => {
      fc.assert(
        fc.property(
          fc.array(
            fc.oneof(inside, fc.constantFrom("'", '"', '$$', '[', ']', '/*', '*/', 'E', '\\', '(', ')')),
            { maxLength: 12 },
          ),
          (parts) => {
            const sql = parts.join('');
            try {
              const template = parsePlaceholders(sql, style, redshift);
              // Converting again finds only `$n`: no marker was left and none was made. But `%%` has become the one `%`
              // that it stands for, which is a marker to whoever reads it again: `%%(a)s`.
              const again = parsePlaceholders(template.sql, style, redshift);
              if (template.count > 0 && !sql.includes('%%')) expect(again.count).toBe(template.count);
            } catch (error) {
              expect(error).toBeInstanceOf(ProgrammingError);
            }
          },
        ),
        { numRuns: 2000 },
      );
    },
  );

  it('takes time in proportion to the length', () => {
    const start = performance.now();
    for (const piece of ['%s,', '%(', '%(a', ':a,', '[', "':a", '$a']) {
      for (const style of ['pyformat', 'named', 'numeric'] as const) {
        try {
          parsePlaceholders(piece.repeat(30_000), style, redshift);
        } catch (error) {
          expect(error).toBeInstanceOf(ProgrammingError);
        }
      }
    }
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
