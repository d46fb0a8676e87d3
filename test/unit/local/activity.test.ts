import { describe, expect, it } from 'vitest';
import { Activity, activityKind, type LoggedQuery } from '../../../src/local/activity.js';

const query = (text: string): LoggedQuery => ({
  user: 'awsuser',
  pid: 1,
  kind: 'QUERY',
  text,
  start: '2024-02-29T12:00:00.000Z',
  end: '2024-02-29T12:00:01.000Z',
  aborted: false,
  sqlState: null,
  error: null,
});

function recorded(): { activity: Activity; written: [string, string, number][] } {
  const written: [string, string, number][] = [];
  const activity = new Activity((database, name, entries) => {
    written.push([database, name, entries.length]);
    return Promise.resolve();
  });
  return { activity, written };
}

describe('what sessions ran', () => {
  it('is written once, to the database where it ran', async () => {
    const { activity, written } = recorded();
    activity.ran('dev', query('select 1'));
    activity.ran('dev', query('select 2'));
    activity.ran('other', query('select 3'));
    await activity.publish('dev');
    await activity.publish('dev');
    expect(written).toEqual([['dev', 'rs_log_queries', 2]]);
    await activity.publish('other');
    expect(written.at(-1)).toEqual(['other', 'rs_log_queries', 1]);
  });
  it('does not fill the memory', async () => {
    const { activity, written } = recorded();
    for (let n = 0; n < 25_000; n++) activity.ran('dev', query('select 1'));
    await activity.publish('dev');
    expect(written[0]?.[2]).toBeLessThanOrEqual(10_000);
    expect(written[0]?.[2]).toBeGreaterThanOrEqual(5_000);
  });
  it('fails nobody’s statement where it cannot be written', async () => {
    const activity = new Activity(() => Promise.reject(new Error('no')));
    activity.ran('dev', query('select 1'));
    await expect(activity.publish('dev')).resolves.toBeUndefined();
  });
});

describe('a statement that reads it', () => {
  const { activity } = recorded();
  it.each([
    'select * from stl_query',
    'SELECT pg_last_query_id()',
    'select 1 from SVL_QLOG',
    'select last_user_query_id()',
    'select * from sys_query_history',
    'select * from pg_catalog.stv_recents',
  ])('%s', (sql) => {
    expect(activity.concerns(sql)).toBe(true);
  });
  it.each(['select 1', 'select * from book', "insert into t values ('system')", 'select astl_x from t'])(
    'is not: %s',
    (sql) => {
      expect(activity.concerns(sql)).toBe(false);
    },
  );
});

it.each([
  ['select 1', 'QUERY'],
  ['-- why\n  with a as (select 1) select * from a', 'QUERY'],
  ['create table t (a int)', 'DDL'],
  ['truncate t', 'DDL'],
  ['set search_path to x', 'UTILITY'],
  ['commit', 'UTILITY'],
])('%s is a %s', (sql, kind) => {
  expect(activityKind(sql)).toBe(kind);
});
