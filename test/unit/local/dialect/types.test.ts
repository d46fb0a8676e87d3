import { describe, expect, it } from 'vitest';
import { engine, expectRefusal } from './planning.js';

/** The engine's type of a column. */
function column(type: string): string {
  return engine(`create table t (a ${type})`).replace(/^create table t\(a (.*)\)$/, '$1');
}

describe('types of columns (AWS manual, Data types)', () => {
  it.each([
    ['varchar', 'varchar(256)'],
    ['varchar(max)', 'varchar(65535)'],
    ['VARCHAR(MAX)', 'varchar(65535)'],
    ['character varying(10)', 'varchar(10)'],
    ['nvarchar(10)', 'varchar(10)'],
    ['text', 'varchar(256)'],
    ['char', 'char(1)'],
    ['nchar(3)', 'char(3)'],
    ['bpchar', 'char(256)'],
    ['char(max)', 'char(4096)'],
    ['numeric', 'numeric(18,0)'],
    ['decimal', 'numeric(18,0)'],
    ['decimal(5)', 'numeric(5,0)'],
    ['numeric(38,37)', 'numeric(38,37)'],
    ['float', 'float'],
    ['float(24)', 'real'],
    ['float(25)', 'double precision'],
    ['double precision', 'double precision'],
    ['varbyte', 'varbyte(64000)'],
    ['varbinary(5)', 'varbyte(5)'],
    ['binary varying(5)', 'varbyte(5)'],
    ['varbyte(16777216)', 'varbyte(16777216)'],
    ['super', 'super'],
    ['geometry', 'geometry'],
    ['hllsketch', 'hllsketch'],
    ['interval year to month', 'intervaly2m'],
    ['interval day to second(3)', 'intervald2s'],
    ['interval hour', 'intervald2s'],
    ['timestamp with time zone', 'timestamp with time zone'],
    ['timestamp without time zone not null', 'timestamp without time zone not null'],
    ['timetz', 'timetz'],
    ['pg_catalog.int4', 'pg_catalog.int4'],
  ])('%s is %s', (written, engineType) => {
    expect(column(written)).toBe(engineType.replace(/ ?([(),]) ?/g, '$1'));
  });

  it.each([
    'jsonb',
    'json',
    'uuid',
    'xml',
    'hstore',
    'tsvector',
    'int4range',
    'smallserial',
    'double',
    'nosuch',
  ])('%s does not exist', (type) => {
    expectRefusal(`create table t (a ${type})`, '42704', `type "${type}" does not exist`, type);
  });

  it.each([
    ['serial', 'serial'],
    ['bytea', 'bytea'],
    ['money', 'money'],
    ['inet', 'inet'],
    ['name', 'name'],
    ['bit varying(3)', 'bit varying'],
    ['interval', 'interval'],
    ['int[]', 'integer[]'],
    ['text[3]', 'text[]'],
    ['"char"', 'char'],
  ])('%s is refused by its name', (type, named) => {
    expectRefusal(
      `create table t (a ${type})`,
      '0A000',
      `Column "t.a" has unsupported type "${named}".`,
      type,
    );
  });

  it.each([
    ['varchar(65536)', 'length for type varchar cannot exceed 65535'],
    ['char(4097)', 'length for type char cannot exceed 4096'],
    ['varchar(0)', 'length for type varchar must be at least 1'],
    ['numeric(39)', 'NUMERIC precision 39 must be between 1 and 38'],
    ['numeric(5,6)', 'NUMERIC scale 6 must be between 0 and precision 5'],
    ['varbyte(16777217)', 'length for type varbyte cannot exceed 16777216'],
    ['float(54)', 'precision for type float must be less than 54 bits'],
  ])('%s is out of range', (type, message) => {
    expectRefusal(`create table t (a ${type})`, '22023', message, type);
  });
});

describe('types in expressions', () => {
  it.each([
    ['select a::varchar', 'select a::varchar'],
    ['select a::varchar(max)', 'select a::varchar(65535)'],
    ['select a::numeric', 'select a::numeric(18,0)'],
    ['select cast(a as decimal(10))', 'select cast(a as numeric(10,0))'],
    ['select cast(cast(a as nvarchar(3)) as bpchar(4))', 'select cast(cast(a as varchar(3))as char(4))'],
    ['select a::varbinary', 'select a::varbyte'],
    ['select a::timestamp with time zone', 'select a::timestamp with time zone'],
    ['select a::interval', 'select a::interval'],
    ['select a::interval year to month', 'select a::intervaly2m'],
    ['select a::regclass, b::"char"', 'select a::regclass,b::"char"'],
  ])('%s', (sql, expected) => {
    expect(engine(sql)).toBe(expected);
  });

  it('refuses types that Redshift does not have', () => {
    expectRefusal("select '{}'::jsonb", '42704', 'type "jsonb" does not exist', 'jsonb');
    expectRefusal("select cast('x' as uuid)", '42704', 'type "uuid" does not exist', 'uuid');
    expectRefusal("select 'x'::bytea", '0A000', /not supported on Redshift tables/, 'bytea');
    expectRefusal("select '{1}'::int[]", '0A000', /Array types/, 'int[]');
  });

  it('lets arrays of catalog types be', () => {
    expect(engine("select acl = '{}'::aclitem[] from t")).toContain('aclitem[]');
  });

  it('lets queries of the catalog use arrays', () => {
    expect(engine('select \'{r}\'::"char"[] from pg_catalog.pg_class')).toContain('"char"[]');
  });
});
