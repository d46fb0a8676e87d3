import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutQuotients, hasDivision } from '../../../../src/local/numeric-typing/quotients.js';

/** A tree with an operator at each `/` of the text: numeric ones of two literals of (2,1), scale 4, or of integers. */
function tree(sql: string, numeric: (index: number) => boolean = () => true): string {
  const literal = '{CONST :consttype 1700 :consttypmod 131077 :constisnull false :constvalue <>}';
  const operators = [...sql.matchAll(/\//g)].map(({ index }, count) => {
    const location = Buffer.byteLength(sql.slice(0, index));
    return numeric(count)
      ? `{OPEXPR :opfuncid 1727 :opresulttype 1700 :args (${literal} ${literal}) :location ${String(location)}}`
      : `{OPEXPR :opfuncid 154 :opresulttype 23 :args () :location ${String(location)}}`;
  });
  return `{QUERY :commandType 1 :utilityStmt <> :targetList (${operators.join(' ')})}`;
}
const cut = (sql: string): string | undefined => cutQuotients(sql, tree(sql))?.sql;

describe('cutQuotients', () => {
  it('writes a call for a division, with the scale', () => {
    expect(cut('select a / b from t')).toBe('select (+ pg_catalog.rs_quotient(a , b, 1e4, 1e-4)) from t');
    expect(cut('select 1, x+a/b*c')).toBe('select 1, x+(+ pg_catalog.rs_quotient(a,b, 1e4, 1e-4))*c');
  });

  it('leaves a sign to what it belongs to', () => {
    expect(cut('select a/-b')).toBe('select (+ pg_catalog.rs_quotient(a,-b, 1e4, 1e-4))');
    expect(cut('select a*-b/+-c')).toBe('select (+ pg_catalog.rs_quotient(a*-b,+-c, 1e4, 1e-4))');
  });

  it('nests', () => {
    expect(cut('select a/b/c')).toBe(
      'select (+ pg_catalog.rs_quotient((+ pg_catalog.rs_quotient(a,b, 1e4, 1e-4)),c, 1e4, 1e-4))',
    );
    expect(cut('select a/(b/c)')).toBe(
      'select (+ pg_catalog.rs_quotient(a,((+ pg_catalog.rs_quotient(b,c, 1e4, 1e-4))), 1e4, 1e-4))',
    );
  });

  it('leaves integers alone, and everything where there is nothing to do', () => {
    const sql = 'select a/b, c/d';
    expect(
      cutQuotients(
        sql,
        tree(sql, (index) => index === 1),
      )?.sql,
    ).toBe('select a/b, (+ pg_catalog.rs_quotient(c,d, 1e4, 1e-4))');
    expect(
      cutQuotients(
        sql,
        tree(sql, () => false),
      ),
    ).toBeUndefined();
    expect(cutQuotients('select 1', '{QUERY}')).toBeUndefined();
    expect(cutQuotients('select 1', 'no tree')).toBeUndefined();
  });

  it('counts in bytes as the engine does', () => {
    expect(cut("select 'å😀', a/b")).toBe("select 'å😀', (+ pg_catalog.rs_quotient(a,b, 1e4, 1e-4))");
  });

  it('writes what GROUP BY repeats the same way, though the tree does not have it', () => {
    const sql = 'select a / b from t group by A / B';
    const known = tree('select a / b');
    expect(cutQuotients(sql, known)?.sql).toBe(
      'select (+ pg_catalog.rs_quotient(a , b, 1e4, 1e-4)) from t group by (+ pg_catalog.rs_quotient(A , B, 1e4, 1e-4))',
    );
    // A spelling that nobody knows: better none than one without the other.
    expect(cutQuotients('select a / b from t group by t.a / b', known)).toBeUndefined();
  });

  it('does nothing where the tree and the text do not fit', () => {
    expect(cutQuotients('select a + b', tree('select a / b'))).toBeUndefined();
    expect(cutQuotients('select a /', tree('select a /'))).toBeUndefined();
  });

  it('tells where the client’s text is', () => {
    const sql = 'select a/b, nope';
    const result = cutQuotients(sql, tree(sql));
    expect(result?.position(result.sql.indexOf('nope'))).toBe(sql.indexOf('nope'));
    expect(result?.position(result.sql.indexOf('rs_quotient'))).toBeUndefined();
  });

  it('asks only for statements that divide', () => {
    expect(hasDivision('select 1/2')).toBe(true);
    expect(hasDivision("select '1/2' /* a / b */ -- a / b")).toBe(false);
  });

  it('keeps every operand whole and every bracket paired, whatever the text', () => {
    const word = fc.constantFrom(
      'a',
      'b.c',
      '1.5',
      '(',
      ')',
      '/',
      '/',
      '*',
      '-',
      ',',
      '::int',
      'case',
      'end',
      'x(',
      '[1]',
      'and',
      "'s'",
      'å',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 15 }), (words) => {
        const sql = words.join(' ');
        const result = cutQuotients(sql, tree(sql));
        if (result === undefined) return;
        const balance = (text: string): number => text.split('(').length - text.split(')').length;
        expect(balance(result.sql)).toBe(balance(sql));
        const without = result.sql
          .replaceAll('(+ pg_catalog.rs_quotient(', '')
          .replaceAll(', 1e4, 1e-4))', '');
        expect(without).toHaveLength(sql.length);
      }),
    );
  });
});
