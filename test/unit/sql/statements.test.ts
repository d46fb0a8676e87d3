import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitStatements, statementKind } from '../../../src/sql/statements.js';

const options = { backslashEscapes: true };
const kind = (sql: string): ReturnType<typeof statementKind> => statementKind(sql, options);

describe('statementKind', () => {
  it.each([
    ['select 1', 'SELECT', 'maybe'],
    ['  -- note\n/* x */ ((Select 1))', 'SELECT', 'maybe'],
    [';; insert into t values (1)', 'INSERT', 'never'],
    ['insert into t select * from s', 'INSERT', 'never'],
    ['insert into t values (1) returning id', 'INSERT', 'maybe'],
    ["insert into t values ('returning')", 'INSERT', 'never'],
    ['delete from "returning"', 'DELETE', 'never'],
    ['update t set a = 1 -- returning', 'UPDATE', 'never'],
    ['merge into t using s on t.a = s.a when matched then delete', 'MERGE', 'never'],
    ['create table t as select 1', 'CREATE', 'never'],
    ['with a as (select 1) insert into t select * from a', 'WITH', 'maybe'],
    ['call p(1)', 'CALL', 'maybe'],
    ['explain delete from t', 'EXPLAIN', 'maybe'],
    ['show tables', 'SHOW', 'maybe'],
    ['fetch 1 from c', 'FETCH', 'maybe'],
    ['execute p', 'EXECUTE', 'maybe'],
    ['analyze t', 'ANALYZE', 'never'],
    ['ANALYZE COMPRESSION t', 'ANALYZE', 'maybe'],
    ['vacuum', 'VACUUM', 'never'],
    ["unload ('select 1') to 's3://b/p'", 'UNLOAD', 'never'],
    ['begin; select 1', 'BEGIN', 'never'],
    ['', '', 'maybe'],
    ['-- only', '', 'maybe'],
    ['"select" 1', '', 'maybe'],
    ['1', '', 'maybe'],
  ])('%s', (sql, keyword, returnsRows) => {
    expect(kind(sql)).toMatchObject({ keyword, returnsRows });
  });

  it.each([
    ['begin', 'begin'],
    ['START TRANSACTION', 'begin'],
    ['commit work', 'commit'],
    ['end', 'commit'],
    ['rollback', 'rollback'],
    ['abort', 'rollback'],
    ['rollback to savepoint a', null],
    ['select 1', null],
    ['create table "begin" (a int)', null],
  ])('transaction control: %s', (sql, expected) => {
    expect(kind(sql).transactionControl).toBe(expected);
  });

  it.each([
    ['discard all', true],
    ['deallocate all', true],
    ['deallocate prepare all', true],
    ['deallocate a', false],
    ['set search_path to a', true],
    ['SET SESSION "search_path" = a', true],
    ['set local search_path to a', true],
    ['reset search_path', true],
    ['reset all', true],
    ['use other', true],
    ['set query_group to search_path', false],
    ['select search_path', false],
  ])('invalidates statements: %s', (sql, expected) => {
    expect(kind(sql).invalidatesStatements).toBe(expected);
  });

  it.each([
    ['select 1', true],
    ['insert into t values (1)', true],
    ['with a as (select 1) select 1', true],
    ['select 1 into t', false],
    ['begin', false],
    ['copy t from x', false],
    ["unload ('x') to 'y'", false],
    ['call p()', false],
    ['set a to b', false],
    ['create table t (a int)', false],
    ['truncate t', false],
    ['commit', false],
    ['', false],
  ])('pipelinable: %s', (sql, expected) => {
    expect(kind(sql).pipelinable).toBe(expected);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (sql) => typeof kind(sql).keyword === 'string'));
  });
});

describe('splitStatements', () => {
  it.each<[string, string[]]>([
    ['select 1', ['select 1']],
    ['select 1; select 2;', ['select 1', 'select 2']],
    [' ; ;-- c\n; /* x */ ', []],
    ['select \';\', ";" -- ;\n; /* ; */ select 2', ['select \';\', ";" -- ;', '/* ; */ select 2']],
    [
      'create procedure p() as $$ begin; a; end; $$ language plpgsql; call p()',
      ['create procedure p() as $$ begin; a; end; $$ language plpgsql', 'call p()'],
    ],
    ['create rule r as on insert to t do (a; b); c', ['create rule r as on insert to t do (a; b)', 'c']],
    ["select 'open; select 2", ["select 'open; select 2"]],
    [') ; a', [')', 'a']],
  ])('%s', (sql, expected) => {
    expect(splitStatements(sql, options)).toEqual(expected);
  });

  it('gives back what was joined', () => {
    const statement = fc.constantFrom(
      "select ';'",
      'a "b;"',
      '$$ ; $$',
      '$t$;$$;$t$',
      "E'\\';'",
      "'\\';'",
      '(;)',
      '/*;*/ x',
      'x -- ;\n;'.slice(0, -1) + 'y',
    );
    fc.assert(
      fc.property(fc.array(statement), (list) => {
        expect(splitStatements(list.join(' ;\n'), options)).toEqual(list);
      }),
    );
  });
});
