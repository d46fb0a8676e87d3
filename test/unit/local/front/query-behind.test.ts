import { describe, expect, it } from 'vitest';
import { queryBehind } from '../../../../src/local/front/query-behind.js';

/** The engine knows one cursor and one prepared statement. */
const ask = (sql: string, parameters: readonly string[] = []): Promise<(string | null)[][]> => {
  const known: Record<string, (string | null)[][]> = {
    'pg_cursors c': [['declare c insensitive cursor with hold for select a /* for */ from t where b = 1']],
    'pg_cursors My "cursor"': [['declare "My ""cursor""" cursor for select 1.5']],
    'pg_prepared_statements p': [['prepare p (int, text) as select $1 * 1.5 as "as"', '23,25']],
  };
  const view = /pg_(cursors|prepared_statements)/.exec(sql)?.[0] ?? '';
  return Promise.resolve(known[`${view} ${parameters[0] ?? ''}`] ?? []);
};
const behind = async (sql: string): Promise<unknown> => queryBehind({ sql, parameterOids: [] }, ask);

describe('the query behind', () => {
  it.each(['fetch all from c', 'FETCH FORWARD 2 FROM C', 'fetch c', 'fetch next from "c";'])(
    '%s is the cursor’s',
    async (sql) => {
      expect(await behind(sql)).toEqual({
        sql: 'select a /* for */ from t where b = 1',
        parameterOids: [],
      });
    },
  );
  it('a cursor with an awkward name is found', async () => {
    expect(await behind('fetch all in "My ""cursor"""')).toEqual({ sql: 'select 1.5', parameterOids: [] });
  });
  it('EXECUTE is the prepared statement’s, with its types', async () => {
    expect(await behind("execute p (1, 'x')")).toEqual({
      sql: 'select $1 * 1.5 as "as"',
      parameterOids: [23, 25],
    });
  });
  it.each(['select 1', 'fetch all from nothing', 'execute nothing', ''])('%j is itself', async (sql) => {
    expect(await behind(sql)).toMatchObject({ sql });
  });
});
