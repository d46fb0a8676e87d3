/** The tables that everybody fetches: their columns as SQL over a row number `i`, for PostgreSQL and for Redshift alike. */

import type { ExactColumn } from './exact.js';

export interface ShapeColumn extends ExactColumn {
  /** An expression over `i`. */
  readonly sql: string;
  /** A twentieth of its cells is NULL. */
  readonly nullable?: boolean;
}

export interface Shape {
  readonly name: string;
  readonly columns: readonly ShapeColumn[];
}

// Redshift has no subscripts of arrays.
const words = [
  'Paris',
  'São Paulo',
  'New York',
  'Zürich',
  '東京',
  'Johannesburg',
  'Reykjavík',
  'Ulaanbaatar',
];
const word = (factor: number): string =>
  `case (i * ${String(factor)}) % 8 ${words.map((said, at) => `when ${String(at)} then '${said}'`).join(' ')} end`;
const text = (length: number, factor: number): string =>
  `substr(md5((i * ${String(factor)})::text) || md5((i + ${String(factor)})::text), 1, ${String(length)})::varchar(64)`;
const decimal = (precision: number, scale: number, factor: string): string =>
  `((i::bigint * ${factor}) % 9999999999)::numeric(${String(precision)}, ${String(scale)}) / ${String(10 ** Math.min(scale, 4))}`;

export const shapes: readonly Shape[] = [
  {
    name: 'mixed',
    columns: [
      { name: 'id', kind: 'integer', sql: 'i::bigint' },
      { name: 'quantity', kind: 'integer', sql: '(i % 1000)::integer', nullable: true },
      {
        name: 'price',
        kind: 'numeric',
        sql: `(((i::bigint * 7919) % 10000000)::numeric / 100)::numeric(18, 4)`,
        nullable: true,
      },
      { name: 'weight', kind: 'float', sql: '(i * 0.37)::double precision', nullable: true },
      { name: 'city', kind: 'text', sql: `(${word(3)})::varchar(64)`, nullable: true },
      { name: 'note', kind: 'text', sql: text(24, 31), nullable: true },
      { name: 'day', kind: 'date', sql: `date '2020-01-01' + (i % 2000)::integer`, nullable: true },
      {
        name: 'sold',
        kind: 'timestamp',
        sql: `timestamp '2024-01-01' + (i * 977) * interval '1 millisecond'`,
        nullable: true,
      },
      {
        name: 'loaded',
        kind: 'timestamptz',
        sql: `timestamptz '2024-06-01 00:00:00+00' + (i * 1009) * interval '1 millisecond'`,
        nullable: true,
      },
      { name: 'paid', kind: 'bool', sql: 'i % 3 = 0', nullable: true },
    ],
  },
  {
    name: 'narrow',
    columns: [
      { name: 'a', kind: 'integer', sql: 'i::integer' },
      { name: 'b', kind: 'integer', sql: '(i::bigint * 1000003)' },
      { name: 'c', kind: 'integer', sql: '(i % 30000)::smallint' },
      { name: 'd', kind: 'bool', sql: 'i % 2 = 0' },
    ],
  },
  {
    name: 'text',
    columns: [
      ...[3, 5, 7, 11].map((factor, at) => ({
        name: `w${String(at)}`,
        kind: 'text' as const,
        sql: `(${word(factor)})::varchar(64)`,
      })),
      ...[12, 16, 20, 24, 28, 32].map((length, at) => ({
        name: `t${String(at)}`,
        kind: 'text' as const,
        sql: text(length, 17 + at),
      })),
    ],
  },
  {
    name: 'numeric',
    columns: [
      { name: 'n0', kind: 'numeric', sql: `(${decimal(18, 4, '104729')})::numeric(18, 4)` },
      { name: 'n1', kind: 'numeric', sql: `(${decimal(12, 2, '7919')})::numeric(12, 2)` },
      { name: 'n2', kind: 'numeric', sql: `(-(${decimal(18, 6, '15485863')}))::numeric(18, 6)` },
      { name: 'n3', kind: 'numeric', sql: `(${decimal(10, 0, '31')})::numeric(14, 0)` },
      {
        name: 'n4',
        kind: 'numeric',
        sql: `((i::bigint * 1234567)::numeric * 98765432109 / 1000)::numeric(38, 10)`,
      },
      { name: 'n5', kind: 'numeric', sql: `(${decimal(12, 2, '13')})::numeric(15, 2)` },
    ],
  },
];

export function shapeNamed(name: string): Shape {
  const found = shapes.find((shape) => shape.name === name);
  if (found === undefined)
    throw new Error(`There is no shape ${name}; there are ${shapes.map((s) => s.name).join(', ')}`);
  return found;
}

/** A CASE with a NULL in it forgets precision and length, which a table's column would have. */
const castOf = (sql: string): string => /::[a-z ]+\([\d, ]+\)$/.exec(sql)?.[0] ?? '';

/** A query that gives `rows` rows of the shape. */
export function selectOf(shape: Shape, rows: number): string {
  const columns = shape.columns.map(({ name, sql, nullable }, at) =>
    nullable === true
      ? `(case when (i + ${String(at)}) % 20 = 0 then null else ${sql} end)${castOf(sql)} as ${name}`
      : `${sql} as ${name}`,
  );
  return `select ${columns.join(', ')} from (select g as i from generate_series(1, ${String(rows)}) as g) as numbers`;
}
