import { describe, expect, it } from 'vitest';
import { rewriteCatalogColumns } from '../../../../src/local/dialect/catalog-columns.js';
import { Edits } from '../../../../src/local/dialect/edits.js';
import { piecesOf } from '../../../../src/local/dialect/pieces.js';

function rewritten(sql: string): string {
  const pieces = piecesOf(sql);
  const edits = new Edits(sql, pieces);
  rewriteCatalogColumns(pieces, edits);
  return edits.result().sql;
}

describe('columns that only Redshift’s catalog has', () => {
  it.each([
    [
      'select (select 1 from pg_proc) from pg_class',
      'select (select 1 from rs_pg_proc pg_proc) from rs_pg_class pg_class',
    ],
    ['select c.reldiststyle from pg_class c', 'select c.reldiststyle from rs_pg_class c'],
    ['select reldiststyle from pg_class', 'select reldiststyle from rs_pg_class pg_class'],
    [
      'select reldiststyle from pg_class where 1=1',
      'select reldiststyle from rs_pg_class pg_class where 1=1',
    ],
    [
      'select pg_class.relhasoids from pg_catalog.pg_class',
      'select pg_class.relhasoids from pg_catalog.rs_pg_class pg_class',
    ],
    [
      'select 1 from x left join pg_catalog.PG_ATTRIBUTE AS a on a.attisdistkey',
      'select 1 from x left join pg_catalog.rs_pg_attribute AS a on a.attisdistkey',
    ],
    ['select adsrc from a, pg_attrdef "d"', 'select adsrc from a, rs_pg_attrdef "d"'],
    [
      'select consrc from (pg_constraint join b on true)',
      'select consrc from (rs_pg_constraint pg_constraint join b on true)',
    ],
    ['select conname from pg_constraint c', 'select conname from rs_pg_constraint c'],
    ['select procpid from pg_stat_activity', 'select procpid from rs_pg_stat_activity pg_stat_activity'],
  ])('%s', (sql, expected) => {
    expect(rewritten(sql)).toBe(expected);
  });

  it.each([
    'select attname from pg_type c',
    'select tableoid, relname from pg_class c',
    "select 'adsrc' from pg_database c, 'pg_class'",
    'select reldiststyle from mine.pg_class c',
    'select reldiststyle from other',
    'select attisdistkey from "pg_attribute"',
  ])('leaves alone: %s', (sql) => {
    expect(rewritten(sql)).toBe(sql);
  });
});
