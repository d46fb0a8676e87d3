import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../../src/local/dialect/pieces.js';
import { inSubtransaction, readBody } from '../../../../src/local/dialect/procedure-blocks.js';
import { engine, expectRefusal, inTransaction, plan, run } from './planning.js';

/** The engine's body of a procedure. */
function body(text: string, rest = ''): string {
  const made = run(`create procedure p() ${rest} as $$ ${text} $$ language plpgsql`);
  const found = /\$rs\$([^]*)\$rs\$/.exec(made.sql)?.[1] ?? '';
  return found.replace(/\s+/g, ' ').replace('#variable_conflict use_variable ', '').trim();
}

describe('CREATE PROCEDURE (AWS manual)', () => {
  it('rewrites types, statements and handlers of the body', () => {
    expect(body("declare n numeric; s nvarchar(9) := 'x'; begin n := s::decimal; end;")).toBe(
      "declare n numeric(18,0); s varchar(9) := 'x'; begin n := s::numeric(18,0); end;",
    );
    expect(body('begin create temp table #t (a text); delete #t; end')).toBe(
      'begin create temp table "#t" (a varchar(256)); delete FROM "#t"; end',
    );
    expect(body('begin create table t (a int distkey); end')).toMatch(
      /^begin create table t \(a int \); perform pg_catalog\.rs_note_table\(.*\); end$/,
    );
  });

  it('commits at TRUNCATE, but not where the engine cannot', () => {
    expect(body('begin truncate t; end;')).toBe(
      'begin perform pg_catalog.rs_check_truncate(); truncate t; commit; end;',
    );
    expect(body('begin truncate t; exception when others then null; end;')).toBe(
      'begin perform pg_catalog.rs_check_truncate(); truncate t; exception when others then null; ' +
        'if pg_catalog.rs_may_commit() then commit; end if; raise; end;',
    );
  });

  it('throws an error again behind its handler unless the procedure is NONATOMIC', () => {
    const text = 'begin begin a := 1; exception when others then b := 1; end; end;';
    expect(body(text)).toBe('begin begin a := 1; exception when others then b := 1; raise; end; end;');
    expect(body(text, 'nonatomic')).toBe(text);
  });

  it('rewrites dynamic SQL that is one literal', () => {
    expect(body(`begin execute 'create temp table t (a int distkey)'; execute 'delete ' || x; end;`)).toMatch(
      /^begin execute 'create temp table t \(a int \)'; perform pg_catalog\.rs_note_table\(.*\); execute 'delete ' \|\| x; end;$/,
    );
  });

  it('commits each statement of a NONATOMIC procedure, but for those between START TRANSACTION and COMMIT', () => {
    const commit = 'if pg_catalog.rs_may_commit() then commit; end if;';
    expect(body('begin insert into t values (1); a := 2; end;', 'nonatomic')).toBe(
      `begin insert into t values (1); ${commit} a := 2; end;`,
    );
    expect(
      body('begin start transaction; insert into t values (1); commit; delete t; end;', 'nonatomic'),
    ).toBe(`begin null; insert into t values (1); commit; delete FROM t; ${commit} end;`);
  });

  it('ends no transaction as somebody else', () => {
    const sql =
      'create procedure p() as $$ begin truncate t; commit; end $$ language plpgsql security definer';
    expect(run(sql).sql).toContain('perform pg_catalog.rs_check_truncate(); truncate t; null; end');
  });

  it('names outputs as Redshift does', () => {
    const made = run(
      'create procedure p(a in int, b inout int, c out int) as $$ begin c := 1; end $$ language plpgsql',
    );
    expect(made.sql).toContain('p(a in int, b inout int,  out int)');
    expect(made.sql).toContain('declare "c" alias for $3; begin  begin c := 1; end ;\nend$rs$');
    expect(run('create procedure p(c out int) as $$ begin c := 1; end $$ language plpgsql').sql).toContain(
      'p(c out int)',
    );
    expect(made.after).toEqual([`select pg_catalog.rs_close_procedures('p')`]);
  });

  it('takes bodies in quotes and settings', () => {
    const sql = `create procedure p() as 'begin a := ''x''; end' language plpgsql security definer set query_group to 'q'`;
    expect(engine(sql)).toBe(
      `create procedure p()as $rs$#variable_conflict use_variable begin a := 'x'; end$rs$ language plpgsql security definer set redshift.query_group to 'q'`,
    );
  });

  it.each([
    ['create procedure p() as $$ begin end $$ language sql', '42704', 'language "sql" does not exist'],
    [
      'create procedure p() as $$ begin null; exception when no_data_found then null; end $$ language plpgsql',
      '0A000',
      'OTHERS',
    ],
    ['create procedure p(a jsonb) as $$ begin end $$ language plpgsql', '42704', 'jsonb'],
    ['create procedure p() as $$ declare a uuid; begin end $$ language plpgsql', '42704', 'uuid'],
    [
      'create procedure p() nonatomic as $$ begin end $$ language plpgsql security definer',
      '0A000',
      'NONATOMIC',
    ],
    [
      'create procedure p() as $$ begin create index i on t (a); end $$ language plpgsql',
      '0A000',
      'create index',
    ],
    [
      'create procedure p() as $$ begin insert into t values (1) returning a; end $$ language plpgsql',
      '42601',
      'returning',
    ],
    ['create procedure p() as $$ begin savepoint a; end $$ language plpgsql', '0A000', 'savepoint'],
    ['create procedure p() language plpgsql', '42601', 'end of input'],
  ])('refuses %s', (sql, sqlState, message) => {
    expectRefusal(sql, sqlState, message);
  });
});

describe('CALL (AWS manual)', () => {
  const call = (sql: string, shape: string) => {
    const made = plan(sql);
    if (made.kind !== 'ask') throw new Error(made.kind);
    const then = made.then([[shape]]);
    return then.kind === 'run' ? then.sql : then;
  };

  it('writes OUT arguments for the engine', () => {
    expect(call('call p(1, 2)', 'ii')).toBe('call p(1, 2)');
    expect(call('call p(1)', 'io')).toBe('call p(1, null)');
    expect(call('call p(1, 2)', 'oioi')).toBe('call p(null, 1, null, 2)');
    expect(call('call p()', 'oo')).toBe('call p(null, null)');
    expect(call('call p(f(1, 2), 3)', 'bio')).toBe('call p(f(1, 2), 3, null)');
  });

  it('asks by name, schema and number of arguments', () => {
    expect(plan('call s."P"(1, (2))')).toMatchObject({
      sql: expect.stringContaining(`('s', $1`),
      parameters: ['p', '2'],
    });
  });

  it('tells the engine that it runs inside a transaction', () => {
    expect(run('call p()').before).toBeUndefined();
    expect(run('call p()', inTransaction).before).toHaveLength(1);
  });
});

describe('ALTER PROCEDURE (AWS manual)', () => {
  it('finds the procedure by its inputs', () => {
    expect(
      run('alter procedure s.p(a in int, numeric, b out int, inout c nvarchar(3)) owner to bob'),
    ).toMatchObject({
      sql: `select pg_catalog.rs_alter_owner('"s"."p"(int, numeric(18,0), varchar(3))'::pg_catalog.regprocedure, 'bob')`,
      tag: 'ALTER PROCEDURE',
    });
    expect(engine('alter procedure p(int) rename to q')).toBe('alter procedure p(int)rename to q');
  });
});

describe('CREATE FUNCTION (AWS manual)', () => {
  it('rewrites its types and its expression', () => {
    expect(
      engine(
        'create function f(nvarchar(9), decimal) returns text stable as $$ select $1::nvarchar(2) $$ language sql',
      ),
    ).toBe(
      'create function f(varchar(9),numeric(18,0))returns text stable as $rs$ select $1::varchar(2)$rs$ language sql',
    );
  });

  it.each([
    ['create function f() returns int stable as $$ select 1 from t $$ language sql', '0A000', 'FROM'],
    [
      'create function f() returns int stable as $$ insert into t values (1) $$ language sql',
      '42601',
      'SELECT',
    ],
    ['create function f() returns int stable as $$ return 1 $$ language plpythonu', '0A000', 'not yet'],
    ['create function f() returns int stable as $$ begin end $$ language plpgsql', '42704', 'plpgsql'],
    ['create function f() returns setof int as $$ select 1 $$ language sql', '42601', 'int'],
    ['create function f(uuid) returns int stable as $$ select 1 $$ language sql', '42704', 'uuid'],
  ])('refuses %s', (sql, sqlState, message) => {
    expectRefusal(sql, sqlState, message);
  });
});

describe('the statements of a body', () => {
  const items = (text: string) => {
    const pieces = piecesOf(text);
    return readBody(pieces).items.map(({ first, last }) =>
      pieces
        .slice(first, last + 1)
        .map((piece) => piece.text)
        .join(' '),
    );
  };

  it('are found in every construct', () => {
    expect(
      items(`<<l>> declare a int; b cursor for select 1; begin a := case when x then 1 else 2 end; if a > 1 then p1; elsif a then p2; else p3; end if;
        for r in select case when 1 then 2 end from t loop q1; if b then exit; end if; end loop; while a loop w; end loop;
        case a when 1 then c1; else c2; end case; begin inner1; exception when others then h1; h2; end; last; end;`),
    ).toEqual([
      'a int',
      'b cursor for select 1',
      'a := case when x then 1 else 2 end',
      'p1',
      'p2',
      'p3',
      'q1',
      'exit',
      'w',
      'c1',
      'c2',
      'inner1',
      'h1',
      'h2',
      'last',
    ]);
  });

  it('know whether they stand in a handler', () => {
    const { items: found, handlers } = readBody(
      piecesOf('begin a; begin b; exception when others then c; end; exception when others then d; end'),
    );
    expect(
      found.map((item) => [inSubtransaction(item), item.blocks.length, item.blocks.at(-1)?.handler]),
    ).toEqual([
      [true, 1, false],
      [true, 2, false],
      [true, 2, true],
      [false, 1, true],
    ]);
    expect(handlers.map(({ block }) => block.depth)).toEqual([1, 0]);
  });

  it('are read to the end of any text', () => {
    const word = fc.constantFrom(
      ...'declare begin end if then else elsif loop for while case when exception others ; ( ) a b := 1 << >> in select raise'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const pieces = piecesOf(words.join(' '));
        for (const { first, last } of readBody(pieces).items) {
          expect(first).toBeGreaterThanOrEqual(0);
          expect(last).toBeLessThan(pieces.length);
        }
        plan(`create procedure p() as $$ ${words.join(' ')} $$ language plpgsql`);
      }),
      { numRuns: 1000 },
    );
  });
});
