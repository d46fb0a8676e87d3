/**
 * The spatial functions that make a GEOMETRY or GEOGRAPHY of text and bytes, and the way back (AWS manual, Spatial
 * functions). A value is the hexadecimal digits of its EWKB; nothing here computes with shapes.
 */
import { inline, procedural } from './define.js';
import type { SetupStep } from './step.js';

/** The kinds by their number in WKB, beginning with 1, as WKT and as ST_GeometryType call them. */
const kinds = [
  ['POINT', 'ST_Point'],
  ['LINESTRING', 'ST_LineString'],
  ['POLYGON', 'ST_Polygon'],
  ['MULTIPOINT', 'ST_MultiPoint'],
  ['MULTILINESTRING', 'ST_MultiLineString'],
  ['MULTIPOLYGON', 'ST_MultiPolygon'],
  ['GEOMETRYCOLLECTION', 'ST_GeometryCollection'],
] as const;

const namesOf = (form: 0 | 1): string => `array[${kinds.map((names) => `'${names[form]}'`).join(', ')}]`;
const wktNames = namesOf(0);

/** In front of the kind's number in EWKB: a third, a fourth coordinate, an SRID. */
const flag = { z: 2147483648, m: 1073741824, srid: 536870912 } as const;

const invalid = (what: string): string =>
  `raise exception using errcode = '22023', message = 'Compass I/O exception: Invalid ${what}.'`;

const bytes = [
  // Two digits a byte, the last byte first.
  procedural(
    'rs_geo_reversed(text)',
    'text',
    `
declare
  result text := '';
begin
  for at in reverse length($1) / 2 .. 1 loop
    result := result || substr($1, at * 2 - 1, 2);
  end loop;
  return result;
end`,
  ),
  inline('rs_geo_count(bigint)', 'text', "rs_geo_reversed(upper(lpad(to_hex($1), 8, '0')))"),
  // What stands in `bytes` bytes from a digit on, the last byte first unless the value says otherwise in its first byte.
  procedural(
    'rs_geo_digits(text, place integer, bytes integer, little boolean)',
    'text',
    `
declare
  result text := substr($1, place, bytes * 2);
begin
  if length(result) < bytes * 2 then ${invalid('WKB')}; end if;
  return case when little then rs_geo_reversed(result) else result end;
end`,
  ),
  procedural(
    'rs_geo_double(text)',
    'double precision',
    `
declare
  bits bigint := ('x' || $1)::bit(64)::bigint;
  exponent integer := (bits >> 52)::integer & 2047;
  fraction double precision := (bits & 4503599627370495)::double precision / 4503599627370496;
  size double precision;
begin
  if exponent = 2047 then return case when fraction <> 0 then 'NaN' when bits < 0 then '-Infinity' else 'Infinity' end::double precision; end if;
  size := case exponent when 0 then fraction * 2::double precision ^ (-1022)::double precision else (1 + fraction) * 2::double precision ^ (exponent - 1023)::double precision end;
  return case when bits < 0 then -size else size end;
end`,
  ),
  procedural(
    'rs_geo_number(double precision, digits integer)',
    'text',
    `
declare
  exact numeric;
begin
  if $1 in ('NaN', 'Infinity', '-Infinity') then return $1::text; end if;
  exact := $1::numeric;
  if exact = 0 then return '0'; end if;
  if digits < 15 then
    exact := round(exact, greatest(digits, 1) - 1 - floor(dlog10(abs($1)))::integer);
  end if;
  return trim_scale(exact)::text;
end`,
  ),
];

const fromText = [
  procedural(
    'rs_geo_parts(text)',
    'text[]',
    `
declare
  parts text[] := '{}';
  part text := '';
  depth integer := 0;
  letter text;
begin
  for at in 1 .. length($1) loop
    letter := substr($1, at, 1);
    if letter = ',' and depth = 0 then
      parts := parts || btrim(part);
      part := '';
    else
      depth := depth + case letter when '(' then 1 when ')' then -1 else 0 end;
      part := part || letter;
    end if;
  end loop;
  return parts || btrim(part);
end`,
  ),
  procedural(
    'rs_geo_inside(text)',
    'text',
    `
begin
  if left($1, 1) <> '(' or right($1, 1) <> ')' then ${invalid('WKT')}; end if;
  return btrim(substr($1, 2, length($1) - 2));
end`,
  ),
  procedural(
    'rs_geo_place(text, numbers integer)',
    'text',
    `
declare
  found text[] := regexp_split_to_array(btrim($1), '[[:space:]]+');
  result text := '';
  number text;
begin
  if array_length(found, 1) <> numbers then ${invalid('WKT')}; end if;
  foreach number in array found loop
    result := result || rs_geo_reversed(upper(encode(float8send(number::double precision), 'hex')));
  end loop;
  return result;
exception when invalid_text_representation then
  ${invalid('WKT')};
end`,
  ),
  // Kind, what stands between its parentheses, the flags and the numbers of a place.
  procedural(
    'rs_geo_body(integer, text, flags bigint, numbers integer)',
    'text',
    `
declare
  parts text[];
  result text;
  part text;
begin
  if $1 = 1 then return rs_geo_place($2, numbers); end if;
  parts := rs_geo_parts($2);
  result := rs_geo_count(array_length(parts, 1));
  foreach part in array parts loop
    result := result || case $1
      when 2 then rs_geo_place(part, numbers)
      when 3 then rs_geo_body(2, rs_geo_inside(part), flags, numbers)
      when 4 then '01' || rs_geo_count(1 + flags)
        || rs_geo_place(case when left(part, 1) = '(' then rs_geo_inside(part) else part end, numbers)
      when 7 then rs_geo_made(part, 0)
      else '01' || rs_geo_count($1 - 3 + flags) || rs_geo_body($1 - 3, rs_geo_inside(part), flags, numbers) end;
  end loop;
  return result;
end`,
  ),
  // A third and a fourth number without a name are Z and M.
  procedural(
    'rs_geo_made(text, srid integer)',
    'text',
    `
declare
  said text[] := regexp_match(upper(btrim($1)), '^([A-Z]+?)[[:space:]]*(ZM|Z|M)?[[:space:]]*(EMPTY|[(].*[)])$');
  kind integer := array_position(${wktNames}, said[1]);
  dimensions text := said[2];
  flags bigint;
  numbers integer;
begin
  if kind is null then ${invalid('WKT')}; end if;
  if srid < 0 then return null; end if;
  if dimensions is null and said[3] <> 'EMPTY' then
    dimensions := case _pg_array_length(_pg_regexp_split_to_array(btrim(substring(said[3] from '[-+.0-9][^,()]*')), '[[:space:]]+'), 1)
      when 3 then 'Z' when 4 then 'ZM' end;
  end if;
  numbers := 2 + length(coalesce(dimensions, ''));
  flags := case when dimensions in ('Z', 'ZM') then ${String(flag.z)} else 0 end + case when dimensions in ('M', 'ZM') then ${String(flag.m)} else 0 end;
  return '01' || rs_geo_count(kind + flags + case when srid = 0 then 0 else ${String(flag.srid)} end)
    || case when srid = 0 then '' else rs_geo_count(srid) end
    || case when said[3] <> 'EMPTY' then rs_geo_body(kind, rs_geo_inside(said[3]), flags, numbers)
      when kind = 1 then repeat('000000000000F87F', numbers)
      else rs_geo_count(0) end;
end`,
  ),
  procedural(
    'rs_geo_tagged(text, srid integer)',
    'text',
    `
declare
  said text[] := regexp_match($1, '^[[:space:]]*[Ss][Rr][Ii][Dd][[:space:]]*=[[:space:]]*([0-9]+)[[:space:]]*;(.*)$');
begin
  return case when said is null then rs_geo_made($1, srid) else rs_geo_made(said[2], said[1]::integer) end;
end`,
  ),
];

/** Reads the value at a digit; what it is and where it ends. `named` is false for the members of a MULTI… kind. */
const read = procedural(
  'rs_geo_read(text, digits integer, named boolean, inout place integer, out kind integer, out dimensions text, out srid integer, out points integer, out wkt text)',
  'record',
  `
declare
  little boolean := substr($1, place, 2) = '01';
  word bigint := ('x' || rs_geo_digits($1, place + 2, 4, little))::bit(32)::bigint;
  numbers integer;
  members integer;
  inner_count integer;
  list text;
  one text;
  part record;
begin
  kind := (word & 15)::integer;
  if kind not between 1 and 7 or substr($1, place, 2) not in ('00', '01') then ${invalid('WKB')}; end if;
  dimensions := case when word & ${String(flag.z)} <> 0 then 'Z' else '' end || case when word & ${String(flag.m)} <> 0 then 'M' else '' end;
  numbers := 2 + length(dimensions);
  srid := 0;
  points := 0;
  place := place + 10;
  if word & ${String(flag.srid)} <> 0 then
    srid := ('x' || rs_geo_digits($1, place, 4, little))::bit(32)::integer;
    place := place + 8;
  end if;
  if kind = 1 then
    members := 1;
  else
    members := ('x' || rs_geo_digits($1, place, 4, little))::bit(32)::integer;
    place := place + 8;
  end if;
  for member in 1 .. members loop
    if kind <= 3 then
      inner_count := 1;
      if kind = 3 then
        inner_count := ('x' || rs_geo_digits($1, place, 4, little))::bit(32)::integer;
        place := place + 8;
      end if;
      one := null;
      for at in 1 .. inner_count loop
        for number in 1 .. numbers loop
          one := case when number > 1 then one || ' ' when one is null then '' else one || ',' end
            || rs_geo_number(rs_geo_double(rs_geo_digits($1, place, 8, little)), digits);
          place := place + 16;
        end loop;
        points := points + 1;
      end loop;
      if kind = 3 then one := '(' || coalesce(one, '') || ')'; end if;
    else
      part := rs_geo_read($1, digits, kind = 7, place);
      place := part.place;
      points := points + part.points;
      one := part.wkt;
    end if;
    list := case when list is null then '' else list || ',' end || one;
  end loop;
  if kind = 1 and list like 'NaN%' then
    points := 0;
    list := null;
  end if;
  wkt := case when named then (${wktNames})[kind] || case dimensions when '' then '' else ' ' || dimensions || ' ' end else '' end
    || case when list is not null then '(' || list || ')' when dimensions = '' and named then ' EMPTY' else 'EMPTY' end;
end`,
);

/** The parts of a whole value; bytes behind its end are an error. */
const whole = procedural(
  'rs_geo(text, digits integer, out kind integer, out dimensions text, out srid integer, out points integer, out wkt text)',
  'record',
  `
declare
  value text := upper($1);
  found record;
begin
  if value !~ '^[0-9A-F]*$' then ${invalid('hex string')}; end if;
  found := rs_geo_read(value, digits, true, 1);
  if found.place <> length(value) + 1 then ${invalid('WKB')}; end if;
  kind := found.kind;
  dimensions := found.dimensions;
  srid := found.srid;
  points := found.points;
  wkt := found.wkt;
end`,
);

/** The same value under another SRID; 0 leaves none in it. */
const moved = procedural(
  'rs_geo_moved(text, srid integer)',
  'text',
  `
declare
  value text := upper($1);
  little boolean := left(value, 2) = '01';
  found record := rs_geo(value, 15);
  word bigint := ('x' || rs_geo_digits(value, 3, 4, little))::bit(32)::bigint;
  rest text := substr(value, case when word & ${String(flag.srid)} <> 0 then 19 else 11 end);
  head text;
begin
  if found is null then return null; end if;
  word := word & ~${String(flag.srid)}::bigint | case when srid = 0 then 0 else ${String(flag.srid)} end;
  head := rs_geo_count(word) || case when srid = 0 then '' else rs_geo_count(srid) end;
  if not little then head := rs_geo_reversed(left(head, 8)); head := head || case when srid = 0 then '' else rs_geo_reversed(rs_geo_count(srid)) end; end if;
  return left(value, 2) || head || rest;
end`,
);

const coordinate = (name: string, needs: string, place: string): string =>
  procedural(
    `st_${name}(geometry)`,
    'double precision',
    `
declare
  found record := rs_geo($1::text, 15);
begin
  if found.kind <> 1 then raise exception using errcode = '22023', message = 'The geometry is not a POINT'; end if;
  if found.points = 0 or not (${needs}) then return null; end if;
  return rs_geo_double(rs_geo_digits(rs_geo_moved($1::text, 0), 11 + 16 * (${place}), 8, left($1::text, 2) = '01'));
end`,
  );

/** A point of numbers; `word` is its kind with its flags. */
const pointOf = (name: string, letters: string, word: string): string =>
  inline(
    `${name}(${letters
      .split('')
      .map((letter) => `${letter} double precision`)
      .join(', ')})`,
    'geometry',
    `('01${word}' || ${letters
      .split('')
      .map((letter) => `rs_geo_reversed(upper(encode(float8send(${letter}), 'hex')))`)
      .join(' || ')})::geometry`,
  );

const made = [
  inline('st_geomfromtext(text)', 'geometry', 'rs_geo_made($1, 0)::geometry'),
  inline('st_geomfromtext(text, integer)', 'geometry', 'rs_geo_made($1, $2)::geometry'),
  inline('st_geomfromewkt(text)', 'geometry', 'rs_geo_tagged($1, 0)::geometry'),
  inline('st_geogfromtext(text)', 'geography', 'rs_geo_tagged($1, 4326)::geography'),
  inline('st_geomfromewkb(text)', 'geometry', 'rs_geo_moved($1, (rs_geo($1, 15)).srid)::geometry'),
  inline('st_geomfromwkb(text)', 'geometry', 'rs_geo_moved($1, 0)::geometry'),
  inline(
    'st_geomfromwkb(text, integer)',
    'geometry',
    'case when $2 >= 0 then rs_geo_moved($1, $2) end::geometry',
  ),
  inline(
    'st_geogfromwkb(text)',
    'geography',
    'rs_geo_moved($1, case (rs_geo($1, 15)).srid when 0 then 4326 else (rs_geo($1, 15)).srid end)::geography',
  ),
  ...['st_point', 'st_makepoint'].map((name) => pointOf(name, 'xy', '01000000')),
  pointOf('st_makepoint', 'xyz', '01000080'),
  pointOf('st_makepoint', 'xyzm', '010000C0'),
  procedural(
    'st_setsrid(geometry, integer)',
    'geometry',
    `
begin
  if $2 < 0 then raise exception using errcode = '22023', message = 'The SRID ' || $2::text || ' is not valid'; end if;
  return rs_geo_moved($1::text, $2)::geometry;
end`,
  ),
];

const tag =
  "case (rs_geo($1::text, 15)).srid when 0 then '' else 'SRID=' || (rs_geo($1::text, 15)).srid::text || ';' end";

const shown = [
  inline('st_astext(geometry)', 'varchar', '(rs_geo($1::text, 15)).wkt'),
  inline('st_astext(geometry, integer)', 'varchar', '(rs_geo($1::text, $2)).wkt'),
  inline('st_asewkt(geometry)', 'varchar', `${tag} || (rs_geo($1::text, 15)).wkt`),
  inline('st_asewkt(geometry, integer)', 'varchar', `${tag} || (rs_geo($1::text, $2)).wkt`),
  inline('st_ashexewkb(geometry)', 'varchar', 'upper($1::text)'),
  inline('st_ashexwkb(geometry)', 'varchar', 'rs_geo_moved($1::text, 0)'),
  inline('st_asewkb(geometry)', 'varbyte', 'from_hex($1::text)'),
  inline('st_asbinary(geometry)', 'varbyte', 'from_hex(rs_geo_moved($1::text, 0))'),
  inline('st_srid(geometry)', 'integer', '(rs_geo($1::text, 15)).srid'),
  inline('st_npoints(geometry)', 'integer', '(rs_geo($1::text, 15)).points'),
  inline('st_geometrytype(geometry)', 'varchar', `(${namesOf(1)})[(rs_geo($1::text, 15)).kind]`),
  inline(
    'geometrytype(geometry)',
    'varchar',
    `(${wktNames})[(rs_geo($1::text, 15)).kind] || case (rs_geo($1::text, 15)).dimensions when 'M' then 'M' else '' end`,
  ),
  coordinate('x', 'true', '0'),
  coordinate('y', 'true', '1'),
  coordinate('z', "found.dimensions like 'Z%'", '2'),
  coordinate('m', "found.dimensions like '%M'", 'length(found.dimensions) + 1'),
];

export const functionsSpatial: SetupStep = {
  name: 'functions: spatial',
  sql: [...bytes, ...fromText, read, whole, moved, ...made, ...shown].join('\n'),
};
