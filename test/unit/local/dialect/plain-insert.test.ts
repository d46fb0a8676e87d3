import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../../src/local/dialect/pieces.js';
import { isPlainInsert } from '../../../../src/local/dialect/plain-insert.js';
import { refusal, run } from './planning.js';

describe('an INSERT of literals and parameters', () => {
  it.each([
    "insert into t values (1, 'a', null), ($1, -2.5e3, default)",
    `INSERT INTO s.t (a, "B") VALUES (true, E'x\\n')`,
  ])('is left as it is: %s', (sql) => {
    expect(isPlainInsert(piecesOf(sql))).toBe(true);
    const made = run(sql.toLowerCase());
    expect(made.sql).toBe(sql.toLowerCase());
    expect(made.position(7)).toBe(7);
  });

  it.each([
    'insert into t values (getdate())',
    'insert into t values (1::decimal)',
    'insert into #t values (1)',
    'insert into t select 1',
    'insert into t values (1) returning a',
    "insert into t values (x'1f')",
    "insert into t values (U&'a')",
    'insert into t values (1) on conflict do nothing',
    'insert into t values (array[1])',
    'insert into t values ((select 1))',
    'select 1',
  ])('is none: %s', (sql) => {
    expect(isPlainInsert(piecesOf(sql))).toBe(false);
  });

  it('still has its names checked', () => {
    expect(refusal(`insert into ${'x'.repeat(70)} values (1)`).message).toContain('70 bytes');
    expect(run('insert into t ("A") values (1)').sql).toBe('insert into t ("a") values (1)');
  });
});
