/**
 * Character functions as Redshift has them (AWS manual, String functions): they return VARCHAR, count characters, and
 * leave the blanks at the end of a CHAR out of account.
 */
import { hide, hideOne, inline, procedural } from './define.js';
import type { SetupStep } from './step.js';

/** PostgreSQL's own character functions that do on Redshift what they do there; they say TEXT where Redshift has VARCHAR. */
const returningVarchar = [
  'anytextcat',
  'btrim',
  'initcap',
  'left',
  'lower',
  'lpad',
  'ltrim',
  'md5',
  'repeat',
  'replace',
  'quote_ident',
  'reverse',
  'right',
  'rpad',
  'rtrim',
  'substr',
  'substring',
  'textanycat',
  'textcat',
  'timeofday',
  'to_hex',
  'translate',
  'upper',
];

const varchar = `update pg_catalog.pg_proc set prorettype = 'varchar'::regtype
where pronamespace = 'pg_catalog'::regnamespace and prorettype = 'text'::regtype and oid < 12000
  and proname in (${returningVarchar.map((name) => `'${name}'`).join(', ')});
update pg_catalog.pg_operator set oprresult = 'varchar'::regtype where oprname = '||' and oprresult = 'text'::regtype;`;

/** American Soundex: a letter with its neighbours' code, or parted from it by H or W, is not said twice. */
const soundex = procedural(
  'soundex(text)',
  'varchar',
  `
declare
  letters text := pg_catalog._pg_regexp_replace(upper($1), '[^A-Z]', '', 'g');
  codes text := translate(letters, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '01230120022455012623010202');
  result text := left(letters, 1);
  last text := left(codes, 1);
  one text;
begin
  for at in 2 .. length(letters) loop
    continue when substr(letters, at, 1) in ('H', 'W');
    one := substr(codes, at, 1);
    if one <> '0' and one <> last then result := result || one; end if;
    last := one;
    exit when length(result) = 4;
  end loop;
  return case when result = '' then '' else rpad(result, 4, '0') end;
end`,
);

const difference = inline(
  'difference(text, text)',
  'integer',
  `case when soundex($1) = '' and soundex($2) = '' then 1 when soundex($1) = '' or soundex($2) = '' then 0 else
  ${[1, 2, 3, 4].map((at) => `(substr(soundex($1), ${at}, 1) = substr(soundex($2), ${at}, 1))::integer`).join(' + ')} end`,
);

/** The characters of a number in a base, as C's strtol reads them. */
const strtol = procedural(
  'strtol(text, integer)',
  'bigint',
  `
declare
  digits text := lower(ltrim($1, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)));
  negative boolean := left(digits, 1) = '-';
  result numeric := 0;
  digit integer;
begin
  if $2 not between 2 and 36 then
    raise exception using errcode = '22023', message = 'The base ' || $2::text || ' is not valid; it has to be between 2 and 36';
  end if;
  if left(digits, 1) in ('+', '-') then digits := substr(digits, 2); end if;
  if $2 = 16 and left(digits, 2) = '0x' then digits := substr(digits, 3); end if;
  for at in 1 .. length(digits) loop
    digit := position(substr(digits, at, 1) in '0123456789abcdefghijklmnopqrstuvwxyz') - 1;
    if digit < 0 or digit >= $2 then
      raise exception using errcode = '22023', message = 'The input ' || $1 || ' is not valid to be converted to base ' || $2::text;
    end if;
    result := result * $2 + digit;
    exit when result > 9223372036854775808;
  end loop;
  return case when negative then -result else result end;
end`,
);

const comparison = `sign(bttext_pattern_cmp($1, $2)::numeric)::integer`;

export const functionsText: SetupStep = {
  name: 'functions: text',
  sql: [
    inline('len(text)', 'integer', 'length($1)'),
    inline('len(bpchar)', 'integer', 'length($1)'),
    inline('charindex(text, text)', 'integer', 'strpos($2, $1)'),
    inline(
      'octetindex(text, text)',
      'integer',
      `case when strpos($2, $1) = 0 then 0 else octet_length(left($2, strpos($2, $1) - 1)) + 1 end`,
    ),
    hideOne('octet_length(character)'),
    inline('octet_length(character)', 'integer', 'octet_length(rtrim($1::text))'),
    // $1::text has lost its blanks already; the names stay for what compares CHAR.
    inline('rs_compare(text, text)', 'integer', comparison),
    hide('quote_literal', 'chr', 'split_part', 'bttext_pattern_cmp'),
    inline('bpcharcmp(text, text)', 'integer', 'rs_compare($1, $2)'),
    inline('bttext_pattern_cmp(text, text)', 'integer', 'rs_compare($1, $2)'),
    inline('concat(text, text)', 'varchar', '$1 || $2'),
    inline('replicate(text, integer)', 'varchar', 'repeat($1, $2)'),
    // NULL for what is no ASCII character (AWS manual, CHR).
    inline('chr(integer)', 'varchar', 'case when $1 between 1 and 127 then _pg_chr($1) end', 'immutable'),
    // A backslash escapes in every literal of Redshift's, so that no E is needed.
    inline(
      'quote_literal(text)',
      'varchar',
      String.raw`'''' || replace(replace($1, '\', '\\'), '''', '''''') || ''''`,
    ),
    inline(
      'split_part(text, text, integer)',
      'varchar',
      `case when $3 <= 0 then rs_fail('22023', 'field position must be greater than zero', $1)
  else _pg_split_part($1, $2, $3) end`,
      'immutable',
    ),
    soundex,
    difference,
    strtol,
    varchar,
  ].join('\n'),
};
