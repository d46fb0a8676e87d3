/** VARBYTE (AWS manual, VARBYTE type and VARBYTE operators): raw bytes that share their code with PostgreSQL's bytea. */
import { inline } from './define.js';
import type { SetupStep } from './step.js';
import { comparisonOperators, comparisons } from './operators.js';

/** `byteasend` gives back the bytes that it got; so does every cast without function. */
const representation = `
create function pg_catalog.rs_varbyte_of_text(text) returns varbyte language internal immutable strict parallel safe as 'byteasend';
create function pg_catalog.rs_varbyte_of_bpchar(bpchar) returns varbyte language internal immutable strict parallel safe as 'byteasend';
create cast (varbyte as bytea) without function as assignment;
create cast (bytea as varbyte) without function as assignment;
create cast (text as varbyte) with function pg_catalog.rs_varbyte_of_text(text) as assignment;
create cast (varchar as varbyte) with function pg_catalog.rs_varbyte_of_text(text) as assignment;
create cast (bpchar as varbyte) with function pg_catalog.rs_varbyte_of_bpchar(bpchar) as assignment;
`;

/** UTF-8 both ways; integers keep the number of their bytes. */
const casts = `
${inline('rs_bytes(value varbyte)', 'integer', 'octet_length(value::bytea)')}
create function pg_catalog.rs_varbyte_text(varbyte) returns text language sql immutable strict parallel safe
  return convert_from($1::bytea, 'UTF8');
create function pg_catalog.rs_varbyte_varchar(varbyte) returns varchar language sql immutable strict parallel safe
  return convert_from($1::bytea, 'UTF8')::varchar;
create function pg_catalog.rs_varbyte_bpchar(varbyte) returns bpchar language sql immutable strict parallel safe
  return convert_from($1::bytea, 'UTF8')::bpchar;
create cast (varbyte as text) with function pg_catalog.rs_varbyte_text(varbyte);
create cast (varbyte as varchar) with function pg_catalog.rs_varbyte_varchar(varbyte);
create cast (varbyte as bpchar) with function pg_catalog.rs_varbyte_bpchar(varbyte);
${[
  ['smallint', 'int2send', 2],
  ['integer', 'int4send', 4],
  ['bigint', 'int8send', 8],
]
  .map(
    ([type, send, bytes]) => `
${inline(`rs_varbyte_of(value ${type})`, 'varbyte', `${send}(value)::varbyte`)}
create cast (${type} as varbyte) with function pg_catalog.rs_varbyte_of(${type});
create function pg_catalog.rs_varbyte_${type}(value varbyte) returns ${type} language plpgsql immutable strict parallel safe as $$
begin
  if pg_catalog.rs_bytes(value) > ${bytes} then
    raise exception 'VARBYTE value is too long for type ${type}' using errcode = '22003';
  end if;
  return value::bytea::${type};
end $$;
create cast (varbyte as ${type}) with function pg_catalog.rs_varbyte_${type}(varbyte);`,
  )
  .join('')}
${inline('rs_varbyte_cut(value varbyte, bytes integer)', 'varbyte', 'substr(value::bytea, 1, bytes)::varbyte')}
create function pg_catalog.rs_varbyte_fit(value varbyte, modifier integer, in_cast boolean) returns varbyte
language plpgsql immutable strict parallel safe as $$
begin
  if modifier < 4 or pg_catalog.rs_bytes(value) <= modifier - 4 then
    return value;
  elsif not in_cast then
    raise exception 'value too long for type binary varying(%)', modifier - 4 using errcode = '22001';
  end if;
  return pg_catalog.rs_varbyte_cut(value, modifier - 4);
end $$;
create cast (varbyte as varbyte) with function pg_catalog.rs_varbyte_fit(varbyte, integer, boolean) as implicit;
`;

const operators = `
${comparisons
  .map(
    ({ name }) =>
      `create function pg_catalog.rs_varbyte_${name}(varbyte, varbyte) returns boolean language internal immutable strict parallel safe leakproof as 'bytea${name}';`,
  )
  .join('\n')}
${comparisonOperators('rs_varbyte', 'varbyte')}
create function pg_catalog.rs_varbyte_cmp(varbyte, varbyte) returns integer language internal immutable strict parallel safe as 'byteacmp';
create function pg_catalog.rs_varbyte_hash(varbyte) returns integer language internal immutable strict parallel safe as 'hashvarlena';
create operator class pg_catalog.rs_varbyte_ops default for type varbyte using btree as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 pg_catalog.rs_varbyte_cmp(varbyte, varbyte);
create operator class pg_catalog.rs_varbyte_ops default for type varbyte using hash as
  operator 1 =, function 1 pg_catalog.rs_varbyte_hash(varbyte);
create function pg_catalog.rs_varbyte_concat(varbyte, varbyte) returns varbyte language internal immutable strict parallel safe as 'byteacat';
create operator pg_catalog.|| (function = pg_catalog.rs_varbyte_concat, leftarg = varbyte, rightarg = varbyte);
create operator pg_catalog.+ (function = pg_catalog.rs_varbyte_concat, leftarg = varbyte, rightarg = varbyte);
create function pg_catalog.rs_varbyte_larger(varbyte, varbyte) returns varbyte language internal immutable strict parallel safe as 'bytea_larger';
create function pg_catalog.rs_varbyte_smaller(varbyte, varbyte) returns varbyte language internal immutable strict parallel safe as 'bytea_smaller';
create aggregate pg_catalog.max(varbyte) (sfunc = pg_catalog.rs_varbyte_larger, stype = varbyte, sortop = operator(pg_catalog.>), parallel = safe);
create aggregate pg_catalog.min(varbyte) (sfunc = pg_catalog.rs_varbyte_smaller, stype = varbyte, sortop = operator(pg_catalog.<), parallel = safe);
`;

/** Bit by bit; of two lengths the manual says nothing, so they have to be the same. */
const bitwise = `
create function pg_catalog.rs_varbyte_not(a varbyte) returns varbyte language sql immutable strict parallel safe
  return decode(coalesce((select string_agg(lpad(to_hex(255 - get_byte(a::bytea, i)), 2, '0'), '' order by i)
    from generate_series(0, octet_length(a::bytea) - 1) i), ''), 'hex')::varbyte;
create operator pg_catalog.~ (function = pg_catalog.rs_varbyte_not, rightarg = varbyte);
${[
  ['and', '&'],
  ['or', '|'],
  ['xor', '#'],
]
  .map(
    ([name, sign]) => `
create function pg_catalog.rs_varbyte_bits_${name}(a varbyte, b varbyte) returns varbyte language sql immutable strict parallel safe
  return decode(coalesce((select string_agg(lpad(to_hex(get_byte(a::bytea, i) ${sign} get_byte(b::bytea, i)), 2, '0'), '' order by i)
    from generate_series(0, octet_length(a::bytea) - 1) i), ''), 'hex')::varbyte;
create function pg_catalog.rs_varbyte_${name}(a varbyte, b varbyte) returns varbyte language plpgsql immutable strict parallel safe as $$
begin
  if pg_catalog.rs_bytes(a) <> pg_catalog.rs_bytes(b) then
    raise exception 'VARBYTE values of a bitwise ${name} must have the same length' using errcode = '22026';
  end if;
  return pg_catalog.rs_varbyte_bits_${name}(a, b);
end $$;
create operator pg_catalog.${sign} (function = pg_catalog.rs_varbyte_${name}, leftarg = varbyte, rightarg = varbyte);`,
  )
  .join('')}
`;

export const varbyteSteps: readonly SetupStep[] = [
  { name: 'varbyte casts', sql: `${representation}${casts}` },
  { name: 'varbyte operators', sql: `${operators}${bitwise}` },
];
