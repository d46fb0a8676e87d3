/**
 * CHAR and VARCHAR as Redshift has them (AWS manual, Character types): lengths are bytes, CHAR holds ASCII only, trailing
 * blanks do not count when strings are compared. The functions that PostgreSQL calls for it are exchanged in its catalog.
 */
import { inline } from './define.js';
import type { SetupStep } from './step.js';

/**
 * What is too long is an error in an assignment unless only blanks are lost, and is cut in a cast, at the last whole
 * character. The first function is written into every statement by the planner; the second is called for what is too long.
 */
const varchar = `
${inline('rs_continues(value text, byte integer)', 'boolean', `get_byte(convert_to(value, 'UTF8'), byte) & 192 = 128`)}
${inline(
  'rs_varchar_cut(value text, bytes integer)',
  'text',
  `convert_from(substr(convert_to(value, 'UTF8'), 1, bytes - case when not rs_continues(value, bytes) then 0
    when not rs_continues(value, bytes - 1) then 1 when not rs_continues(value, bytes - 2) then 2 else 3 end), 'UTF8')`,
)}
${inline('rs_only_blanks(value text, after text)', 'boolean', `btrim(substr(value, length(after) + 1), ' ') = ''`)}
${inline('rs_bytes(value text)', 'integer', 'octet_length(value)')}
create function pg_catalog.rs_varchar_fit(value varchar, bytes integer, in_cast boolean) returns varchar
language plpgsql immutable strict parallel safe as $$
declare
  kept text;
begin
  if bytes < 0 or pg_catalog.rs_bytes(value) <= bytes then
    return value;
  end if;
  kept := pg_catalog.rs_varchar_cut(value, bytes);
  if not in_cast and not pg_catalog.rs_only_blanks(value, kept) then
    raise exception 'value too long for type character varying(%)', bytes using errcode = '22001';
  end if;
  return kept;
end $$;
${inline(
  'rs_varchar(value varchar, modifier integer, in_cast boolean)',
  'varchar',
  'case when octet_length(value) <= modifier - 4 then value else rs_varchar_fit(value, modifier - 4, in_cast) end',
  'immutable',
)}
update pg_catalog.pg_cast set castfunc = 'pg_catalog.rs_varchar(varchar, integer, boolean)'::regprocedure
  where castsource = 'varchar'::regtype and casttarget = 'varchar'::regtype;
`;

/** A CHAR with other characters comes about only by a cast; it is cut and padded by bytes as well. */
const char = `
${inline('rs_blanks(count integer)', 'text', `repeat(' ', count)`)}
create function pg_catalog.rs_bpchar_fit(value bpchar, modifier integer, in_cast boolean) returns bpchar
language plpgsql immutable strict parallel safe as $$
declare
  content text := value::text;
  bytes integer := modifier - 4;
begin
  if bytes < 0 then
    return value;
  end if;
  if not in_cast then
    raise exception 'Multibyte character not supported for CHAR' using errcode = '22021', hint = 'Try using VARCHAR';
  end if;
  if pg_catalog.rs_bytes(content) > bytes then
    content := pg_catalog.rs_varchar_cut(content, bytes);
  end if;
  return (content || pg_catalog.rs_blanks(bytes - pg_catalog.rs_bytes(content)))::bpchar;
end $$;
${inline(
  'rs_bpchar(value bpchar, modifier integer, in_cast boolean)',
  'bpchar',
  `case when octet_length(value::text) = length(value::text)
    then pg_catalog.bpchar(value, modifier, in_cast) else rs_bpchar_fit(value, modifier, in_cast) end`,
  'immutable',
)}
update pg_catalog.pg_cast set castfunc = 'pg_catalog.rs_bpchar(bpchar, integer, boolean)'::regprocedure
  where castsource = 'bpchar'::regtype and casttarget = 'bpchar'::regtype;
`;

/** Limits of a declared length, in the words of PostgreSQL 8.0. */
const lengths = `
${inline('rs_modifiers(modifiers cstring[])', 'integer[]', `string_to_array(array_to_string(modifiers, ','), ',')::integer[]`)}
create function pg_catalog.rs_length_modifier(name text, modifiers integer[], most integer) returns integer
language plpgsql immutable strict parallel safe as $$
declare
  bytes constant integer := modifiers[1];
begin
  if modifiers[2] is not null then
    raise exception 'invalid type modifier' using errcode = '22023';
  end if;
  if bytes < 1 then
    raise exception 'length for type % must be at least 1', name using errcode = '22023';
  elsif bytes > most then
    raise exception 'length for type % cannot exceed %', name, most using errcode = '22023';
  end if;
  return bytes + 4;
end $$;
${[
  ['varchar', 'varchar', 65535],
  ['char', 'bpchar', 4096],
  ['varbyte', 'varbyte', 16777216],
]
  .map(
    ([name, type, most]) => `
create function pg_catalog.rs_${type}_modifier(cstring[]) returns integer language plpgsql immutable strict parallel safe as $$
begin
  return pg_catalog.rs_length_modifier('${name}', pg_catalog.rs_modifiers($1), ${most});
end $$;
update pg_catalog.pg_type set typmodin = 'pg_catalog.rs_${type}_modifier'::regproc where oid = 'pg_catalog.${type}'::regtype;`,
  )
  .join('')}
`;

/**
 * The operators of text (which VARCHAR shares) become those of CHAR, which pass over trailing blanks, and so do the
 * support functions by which they sort and hash. No index of a client's exists that was made the other way.
 */
const comparison = `
update pg_catalog.pg_operator o set oprcode = f.new::regproc
from (values ('=', 'bpchareq'), ('<>', 'bpcharne'), ('<', 'bpcharlt'), ('<=', 'bpcharle'), ('>', 'bpchargt'), ('>=', 'bpcharge')) f(sign, new)
where o.oprname = f.sign and o.oprleft = 'text'::regtype and o.oprright = 'text'::regtype;
update pg_catalog.pg_amproc p set amproc = f.new::regproc
from (values ('btree', 1, 'bpcharcmp'), ('btree', 2, 'bpchar_sortsupport'), ('hash', 1, 'hashbpchar'), ('hash', 2, 'hashbpcharextended')) f(method, number, new),
  pg_catalog.pg_opfamily o, pg_catalog.pg_am a
where p.amprocfamily = o.oid and o.opfname = 'text_ops' and o.opfmethod = a.oid and a.amname = f.method
  and p.amprocnum = f.number and p.amproclefttype = 'text'::regtype and p.amprocrighttype = 'text'::regtype;
`;

export const stringSteps: readonly SetupStep[] = [
  { name: 'character lengths', sql: `${varchar}${char}${lengths}` },
  { name: 'character comparison', sql: comparison },
];
