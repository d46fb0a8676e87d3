import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldQuotedNames } from '../../../../src/local/dialect/names.js';
import { engine, expectRefusal, plan, run } from './planning.js';

describe('names (AWS manual, Names and identifiers)', () => {
  it('folds quoted names unless the session is case sensitive', () => {
    expect(run('select "Foo" as "BAR" from "T"').sql).toBe('select "foo" as "bar" from "t"');
    expect(run('select "Foo" from "T"', { caseSensitive: true }).sql).toBe('select "Foo" from "T"');
  });

  it('folds ASCII letters only and leaves literals, comments and bodies alone', () => {
    const sql = `select "ÄÖA" /* "B" */, '"C"', $$"D"$$`;
    expect(foldQuotedNames(sql, false)).toBe(`select "ÄÖa" /* "B" */, '"C"', $$"D"$$`);
  });

  it('keeps every character at its place', () => {
    const text = fc.array(fc.constantFrom('"', 'A', 'é', "'", '\\', ' ', '$$', 'İ', '😀', '""'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        text.map((parts) => parts.join('')),
        (sql) => {
          const folded = foldQuotedNames(sql, false);
          expect(folded).toHaveLength(sql.length);
          expect(folded.toLowerCase()).toBe(sql.toLowerCase());
        },
      ),
    );
  });

  it('keeps the case of users in quotes', () => {
    expect(run(`create user "Bob" password 'Abcd1234'`).sql).toContain(`rs_create_user('Bob'`);
    expect(run(`drop user Bob`).sql).toContain(`rs_drop_user('bob'`);
  });

  it('refuses what the engine would cut off', () => {
    const long = 'x'.repeat(64);
    expect(plan(`select 1 as ${'x'.repeat(63)}`).kind).toBe('run');
    expectRefusal(`select 1 as ${long}`, '0A000', /identifier of 64 bytes is not yet/, long);
    expectRefusal(`select 1 as "${'é'.repeat(32)}"`, '0A000', /64 bytes/);
  });

  it('takes # for a temporary table where a name can stand, and for the operator elsewhere', () => {
    expect(engine('create table #t (a int)')).toBe('create TEMP table "#t"(a int)');
    expect(engine('select #T.a from #t, #u where #t.a = #u.a')).toBe(
      'select "#t".a from "#t","#u" where "#t".a = "#u".a',
    );
    expect(engine('select 5 # 3, a #b from t')).toBe('select 5 # 3,a #b from t');
    expect(engine('select * into #t from u')).toBe('select * into TEMP TABLE "#t" from u');
  });

  it('leaves names of three parts to the engine', () => {
    expect(engine('select * from dev.public.t')).toBe('select * from dev.public.t');
  });
});
