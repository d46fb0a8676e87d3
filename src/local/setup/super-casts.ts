/** Casts from SUPER, which fail softly, and to SUPER. What the values are stands in super.ts. */
import { inline, procedural } from './define.js';
import type { SetupStep } from './step.js';

const integers = [
  ['smallint', 32_767],
  ['integer', 2_147_483_647],
  ['bigint', '9223372036854775807'],
] as const;

/**
 * A value becomes another type, or NULL where it cannot (AWS manual, Limitations of SUPER, Lax semantics), or an error
 * when the setting for it is off; a JSON null is NULL in any case.
 */
const notCast = (type: string): string =>
  procedural(
    `rs_super_not_cast(value super, wanted ${type})`,
    type,
    `
begin
  if pg_catalog.rs_is_set('cast_super_null_on_error', 'off') and pg_catalog.rs_super_typeof(value) <> 'null' then
    raise exception 'cannot cast a SUPER value of type % to ${type}', pg_catalog.rs_super_typeof(value) using errcode = '22023';
  end if;
  return null;
end`,
    'stable',
  );

const spelled = (name: string, type: string, text: string, kind?: string): string =>
  procedural(
    `rs_super_to_${name}(value super)`,
    type,
    `
declare
  spelled constant text := ${text};
begin
  if pg_catalog.rs_spells(spelled, '${type}') then
    return spelled::${type};
  end if;
  return pg_catalog.rs_super_not_cast(value, null::${type});
end`,
    kind,
  );

const numeral = `case when pg_catalog.rs_super_typeof(value) in ('number', 'string') then pg_catalog.rs_super_text(value) end`;

const functions = [
  ...['numeric', 'smallint', 'integer', 'bigint', 'real', 'double precision', 'boolean'].map(notCast),
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz'].map(notCast),
  spelled('numeric', 'numeric', numeral),
  ...integers.map(([type, most]) =>
    procedural(
      `rs_super_to_${type}(value super)`,
      type,
      `
declare
  number constant numeric := pg_catalog.rs_super_to_numeric(value);
begin
  if number > -${most} - 1.5 and number < ${most} + 0.5 then
    return number::${type};
  end if;
  return pg_catalog.rs_super_not_cast(value, null::${type});
end`,
    ),
  ),
  spelled('real', 'real', numeral),
  spelled('double', 'double precision', numeral),
  // A number with digits after the point is no truth value, as outside of SUPER.
  spelled(
    'boolean',
    'boolean',
    `case when pg_catalog.rs_super_typeof(value) <> 'number' then pg_catalog.rs_super_text(value)
    when pg_catalog.rs_digits_after_point(pg_catalog.rs_super_number(value)) > 0 then null
    when pg_catalog.rs_super_number(value) <> 0 then 'true' else 'false' end`,
  ),
  inline('rs_super_to_varchar(value super)', 'varchar', 'rs_super_text(value)::varchar'),
  inline('rs_super_to_bpchar(value super)', 'bpchar', 'rs_super_text(value)::bpchar'),
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz'].map((type) =>
    spelled(type, type, 'pg_catalog.rs_super_string(value)', 'stable strict'),
  ),
].join('\n');

const casts = [
  ...['numeric', 'smallint', 'integer', 'bigint', 'real', 'boolean', 'varchar', 'bpchar'],
  ...['date', 'time', 'timetz', 'timestamp', 'timestamptz'],
]
  .map(
    (type) =>
      `create cast (super as ${type}) with function pg_catalog.rs_super_to_${type}(super) as assignment;`,
  )
  .concat(
    'create cast (super as double precision) with function pg_catalog.rs_super_to_double(super) as assignment;',
    'create cast (super as text) with function pg_catalog.rs_super_text(super) as assignment;',
  )
  .join('\n');

/** By assignment and cast only: what becomes SUPER by itself would make sense of too much. */
const castsTo = [
  ...['smallint', 'integer', 'bigint', 'numeric'].map((type) =>
    inline(`rs_super_of(value ${type})`, 'super', String.raw`rs_super_of_raw(E'\x01' || value::text)`),
  ),
  ...['real', 'double precision'].map((type) =>
    inline(
      `rs_super_of(value ${type})`,
      'super',
      String.raw`case when value not in ('NaN', 'Infinity', '-Infinity') then rs_super_of_raw(E'\x01' || value::text) end`,
      'immutable',
    ),
  ),
  inline(
    'rs_super_of(value boolean)',
    'super',
    String.raw`rs_super_of_raw(case when value then E'\x01true' when not value then E'\x01false' end)`,
    'immutable',
  ),
  inline('rs_super_of(value bpchar)', 'super', 'rs_super_of_raw(value::text)'),
  ...['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'boolean', 'bpchar'].map(
    (type) => `create cast (${type} as super) with function pg_catalog.rs_super_of(${type}) as assignment;`,
  ),
  'create cast (text as super) without function as assignment;',
  'create cast (varchar as super) without function as assignment;',
].join('\n');

export const superCastSteps: readonly SetupStep[] = [
  { name: 'super casts', sql: [functions, casts, castsTo].join('\n') },
];
