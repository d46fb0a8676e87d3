/**
 * Texts to and from dates, times and numbers by a format (AWS manual, Data type formatting functions). PostgreSQL's own
 * readers do the work; they refuse days and hours that do not exist, which Redshift counts on from there unless told not to.
 */
import { hideOne, inline, procedural } from './define.js';
import type { SetupStep } from './step.js';

/**
 * What a text says when a field in it is out of range: the format is read again, field by field, and the surplus carried
 * over. Formats with other fields than those of plain dates and times keep PostgreSQL's error.
 */
const overflowing = procedural(
  'rs_overflowing(text, text, boolean)',
  'timestamp',
  `
declare
  source text := $1;
  format text := upper($2);
  field text;
  found text;
  at integer := 1;
  year integer := 1;
  month integer := 1;
  day integer := 1;
  hour integer := 0;
  minute integer := 0;
  second integer := 0;
  fraction numeric := 0.0;
  afternoon boolean;
begin
  while format <> '' loop
    field := substring(format from '^(YYYY|YYY|YY|Y|MONTH|MON|MM|MI|MS|US|DDD|DD|HH24|HH12|HH|SS|AM|PM|A[.]M[.]|P[.]M[.])');
    if field is null then
      if left(format, 1) between 'A' and 'Z' then
        raise exception using errcode = '22008', message = 'date/time field value out of range: "' || $1 || '"';
      end if;
      format := substr(format, 2);
      if source ~ '^[^0-9A-Za-z]' then source := substr(source, 2); end if;
      continue;
    end if;
    format := substr(format, length(field) + 1);
    source := ltrim(source);
    if field in ('MONTH', 'MON', 'AM', 'PM') then
      found := substring(source from '^[A-Za-z]+');
    elsif field in ('A.M.', 'P.M.') then
      found := substring(source from '^[A-Za-z.]+');
    else
      at := case field when 'YYYY' then 4 when 'YYY' then 3 when 'Y' then 1 when 'DDD' then 3 when 'MS' then 3 when 'US' then 6 else 2 end;
      -- A separator ends a field; without one its width does.
      found := case when format ~ '^([^A-Z]|$)' then substring(source from '^[0-9]+')
        else substring(left(source, at) from '^[0-9]+') end;
    end if;
    if found is null then
      raise exception using errcode = '22008', message = 'date/time field value out of range: "' || $1 || '"';
    end if;
    source := substr(source, length(found) + 1);
    case field
      when 'YYYY' then year := found;
      when 'YYY' then year := 2000 + found::integer - case when found::integer >= 520 then 1000 else 0 end;
      when 'YY' then year := found::integer + case when found::integer < 70 then 2000 else 1900 end;
      when 'Y' then year := 2020 + found::integer;
      when 'MM' then month := found;
      when 'MON', 'MONTH' then
        month := (position(upper(left(found, 3)) in 'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC') + 2) / 3;
      when 'DD', 'DDD' then day := found;
      when 'HH24', 'HH12', 'HH' then hour := found;
      when 'MI' then minute := found;
      when 'SS' then second := found;
      when 'MS', 'US' then fraction := ('0.' || found)::numeric;
      else afternoon := upper(left(found, 1)) = 'P';
    end case;
  end loop;
  if afternoon is not null then hour := hour % 12 + case when afternoon then 12 else 0 end; end if;
  if $3 and (hour > 23 or minute > 59 or second > 59) then
    raise exception using errcode = '22008', message = 'date/time field time value out of range: ' || hour::text || ':'
      || minute::text || ':' || (second + fraction)::text;
  elsif $3 then
    raise exception using errcode = '22008',
      message = 'date/time field date value out of range: ' || year::text || '-' || month::text || '-' || day::text;
  end if;
  return pg_catalog._pg_make_date(year, 1, 1) + (month - 1) * interval '1 month' + (day - 1) * interval '1 day'
    + hour * interval '1 hour' + minute * interval '1 minute' + (second + fraction)::double precision * interval '1 second';
end`,
);

const reading = (name: string, type: string, empty: string, strict: string): string => `
begin
  if btrim($1) = '' then return ${type} '${empty}'; end if;
  begin
    return pg_catalog._pg_${name}($1, $2);
  exception when datetime_field_overflow then
    return pg_catalog.rs_overflowing($1, $2, ${strict})::${type};
  end;
end`;

const read = (name: string, type: string, empty: string): string[] => [
  procedural(`${name}(text, text)`, type, reading(name, type, empty, 'false'), 'stable strict'),
  procedural(`${name}(text, text, boolean)`, type, reading(name, type, empty, '$3'), 'stable strict'),
];

/** PostgreSQL writes no currency sign without a locale that has one. */
const numbers = ['integer', 'bigint', 'real', 'double precision', 'numeric'];
const writeNumber = (type: string): string =>
  inline(
    `rs_to_char(${type}, text)`,
    'varchar',
    String.raw`to_char($1, case when $2 ~* 'L' then regexp_replace($2, '(?<!P)L', '"$"', 'gi') else $2 end)`,
    'stable',
  );

/**
 * Numbers with a sign on either side, a blank text is 0; halves go to the even neighbour (AWS manual, TEXT_TO_INT_ALT,
 * TEXT_TO_NUMERIC_ALT). The forms with a Teradata format are not there.
 */
const teradata = [
  procedural(
    'rs_teradata(text)',
    'numeric',
    `
declare
  trimmed text := btrim($1);
begin
  if trimmed = '' then return 0; end if;
  if right(trimmed, 1) in ('+', '-') then trimmed := right(trimmed, 1) || left(trimmed, -1); end if;
  return trimmed::numeric;
end`,
  ),
  inline('text_to_int_alt(text)', 'integer', 'trunc(rs_teradata($1))::integer'),
  inline(
    'text_to_numeric_alt(text, integer, integer)',
    'numeric',
    `case when abs(rs_teradata($1) - trunc(rs_teradata($1), $3)) * power(10::numeric, $3::numeric) = 0.5
    and mod(trunc(rs_teradata($1), $3) * power(10::numeric, $3::numeric), 2) = 0
  then trunc(rs_teradata($1), $3) else round(rs_teradata($1), $3) end`,
  ),
  inline('text_to_numeric_alt(text)', 'numeric', 'text_to_numeric_alt($1, 38, 0)'),
];

export const functionsFormats: SetupStep = {
  name: 'functions: formats',
  sql: [
    overflowing,
    ...numbers.map(writeNumber),
    inline('rs_to_char(timestamptz, text)', 'varchar', 'to_char($1, $2)', 'stable'),
    inline('rs_to_char(interval, text)', 'varchar', 'to_char($1, $2)', 'stable'),
    // Also a TIMESTAMP is in the session's zone, and has its name (AWS manual, TO_CHAR).
    inline(
      'rs_to_char(timestamp, text)',
      'varchar',
      `case when $2 ~* '(TZ|OF)' then to_char($1::timestamptz, $2) else to_char($1, $2) end`,
      'stable',
    ),
    hideOne(
      ...[...numbers, 'timestamp', 'timestamptz', 'interval'].map((type) => `to_char(${type}, text)`),
      'to_date(text, text)',
      'to_timestamp(text, text)',
      'to_timestamp(double precision)',
    ),
    ...[...numbers, 'timestamp', 'timestamptz', 'interval'].map((type) =>
      inline(`to_char(${type}, text)`, 'varchar', 'rs_to_char($1, $2)', 'stable'),
    ),
    ...read('to_date', 'date', '0001-01-01'),
    ...read('to_timestamp', 'timestamptz', '0001-01-01 00:00:00'),
    ...teradata,
  ].join('\n'),
};
