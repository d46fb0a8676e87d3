import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { expandInsert, plainInsertValues } from '../../../src/sql/insert-values.js';
import { convertPlaceholders } from '../../../src/sql/placeholders.js';

const options = { backslashEscapes: true };
const tupleOf = (sql: string): string | null => {
  const found = plainInsertValues(sql, options);
  return found === null ? null : sql.slice(found.tuple.start, found.tuple.end);
};

describe('plainInsertValues', () => {
  it.each([
    ['insert into t values ($1, $2)', '($1, $2)'],
    ['INSERT INTO s."T" (a, "b)") /* c */ VALUES ( $1,f($2, (1)) ) ; -- end', '( $1,f($2, (1)) )'],
    ["insert into #tmp values ($1, ')', 'select', default)", "($1, ')', 'select', default)"],
    ['insert into db.s.t(a)values($1)', '($1)'],
  ])('%s', (sql, tuple) => {
    expect(tupleOf(sql)).toBe(tuple);
  });

  it.each([
    'insert into t values ($1), ($2)',
    'insert into t values ($1) returning a',
    'insert into t values ($1); select 1',
    'insert into t values ((select max(a) from t), $1)',
    'insert into t select $1',
    'insert into t default values',
    'insert into t values (1)',
    'insert into t values ($1',
    'insert into t (a values ($1)',
    'insert into t as x values ($1)',
    'update t set a = $1',
    'with a as (select 1) insert into t values ($1)',
    'values ($1)',
    '',
  ])('is not plain: %s', (sql) => {
    expect(plainInsertValues(sql, options)).toBeNull();
  });
});

describe('expandInsert', () => {
  it('changes the numbers of the markers and nothing else', () => {
    const sql = "insert into t (a) values ($1, '$1', $2::int, $1 -- $1\n) ; -- $1";
    expect(expandInsert(sql, plainInsertValues(sql, options)!.tuple, 3, 2, options)).toBe(
      "insert into t (a) values ($1, '$1', $2::int, $1 -- $1\n), ($3, '$1', $4::int, $3 -- $1\n), ($5, '$1', $6::int, $5 -- $1\n) ; -- $1",
    );
  });

  it('keeps to the limit of parameters', () => {
    const sql = 'insert into t values ($1, $2)';
    const { tuple } = plainInsertValues(sql, options)!;
    expect(expandInsert(sql, tuple, 16_383, 2, options)).toContain('($32765, $32766)');
    expect(() => expandInsert(sql, tuple, 16_384, 2, options)).toThrow(ArgumentError);
    expect(() => expandInsert(sql, tuple, 0, 2, options)).toThrow(ArgumentError);
  });

  it('says what the same tuples written out by hand would say', () => {
    const cell = fc.constantFrom(
      '%s',
      "'%s'",
      'f(%s, 1)',
      '%s::int',
      '-%s',
      'default',
      '$$%s$$',
      '/* %s */ %s',
    );
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 5 }),
        (cells, rows) => {
          const tuple = `(${cells.join(', ')})`;
          const markers = (tuple.replace(/'%s'|\$\$%s\$\$|\/\* %s \*\//g, '').match(/%s/g) ?? []).length;
          fc.pre(markers > 0);
          const values = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
          const one = convertPlaceholders(
            `insert into t values ${tuple}`,
            'format',
            values(markers),
            options,
          ).sql;
          const all = convertPlaceholders(
            `insert into t values ${Array.from({ length: rows }, () => tuple).join(', ')}`,
            'format',
            values(markers * rows),
            options,
          ).sql;
          const found = plainInsertValues(one, options)!;
          expect(found.parameters).toBe(markers);
          expect(expandInsert(one, found.tuple, rows, markers, options)).toBe(all);
        },
      ),
    );
  });
});
