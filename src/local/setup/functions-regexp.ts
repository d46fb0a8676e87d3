/**
 * Regular expressions with Redshift's order of arguments (AWS manual, REGEXP_COUNT, REGEXP_INSTR, REGEXP_REPLACE,
 * REGEXP_SUBSTR). PostgreSQL's own engine reads the patterns, those of the PCRE dialect too.
 */
import { hide, inline } from './define.js';
import type { SetupStep } from './step.js';

/** `c` and `i` of the parameters are PostgreSQL's own flags; `p` asks for what its engine knows anyway. */
const flags = inline('rs_regexp_flags(text)', 'text', `translate($1, 'pe', '')`);

/** 1 for `e` with a pattern that has a group: the first group is meant, not the match. */
const group = inline(
  'rs_regexp_group(text, text)',
  'integer',
  String.raw`case when strpos($2, 'e') > 0
  and regexp_replace(regexp_replace($1, '\\.', '', 'g'), '\[[^\]]*\]', '', 'g') ~ '\((?!\?)' then 1 else 0 end`,
);

/** Group numbers are `$1` with Redshift, also `\1`. */
const replacement = inline(
  'rs_regexp_replacement(text)',
  'text',
  String.raw`regexp_replace($1, '\$([0-9])', '\\\1', 'g')`,
);

const start = 'greatest($3, 1)';

/** NULL for any NULL by what they are made of, so that PostgreSQL can put them in the place of the call. */
const made = [
  inline(
    'rs_regexp_count(text, text, integer, text)',
    'integer',
    `regexp_count($1, $2, ${start}, rs_regexp_flags($4))`,
    'immutable',
  ),
  inline(
    'rs_regexp_instr(text, text, integer, integer, integer, text)',
    'integer',
    `case when $4 < 1 then 0 else regexp_instr($1, $2, ${start}, $4, ($5 <> 0)::integer,
  rs_regexp_flags($6), rs_regexp_group($2, $6)) end`,
    'immutable',
  ),
  // From the position on, all; a position behind the text leaves it as it is.
  inline(
    'rs_regexp_replace(text, text, text, integer, text)',
    'varchar',
    `case when $4 > length($1) and $2 is not null and $3 is not null then $1
  else regexp_replace($1, $2, rs_regexp_replacement($3), greatest($4, 1), 0, rs_regexp_flags($5)) end`,
    'immutable',
  ),
  // No match is an empty text, no such occurrence NULL.
  inline(
    'rs_regexp_substr(text, text, integer, integer, text)',
    'varchar',
    `case when $2 is not null and $4 between 1 and greatest(length($1), 1)
  then coalesce(regexp_substr($1, $2, ${start}, $4, rs_regexp_flags($5), rs_regexp_group($2, $5)), left($1, 0)) end`,
    'immutable',
  ),
];

/** A function and its shorter forms: the arguments that it must have, and those with a default, in order. */
function forms(
  name: string,
  result: string,
  needed: readonly string[],
  optional: readonly (readonly [string, string])[],
): string[] {
  return Array.from({ length: optional.length + 1 }, (_, given) => {
    const types = [...needed, ...optional.slice(0, given).map(([type]) => type)];
    const values = [
      ...types.map((_type, index) => `$${String(index + 1)}`),
      ...optional.slice(given).map(([, value]) => value),
    ];
    return inline(`${name}(${types.join(', ')})`, result, `rs_${name}(${values.join(', ')})`, 'immutable');
  });
}

const position = ['integer', '1'] as const;
const parameters = ['text', `'c'`] as const;
const texts = ['text', 'text'] as const;

export const functionsRegexp: SetupStep = {
  name: 'functions: regular expressions',
  sql: [
    flags,
    group,
    replacement,
    ...made,
    hide('regexp_count', 'regexp_instr', 'regexp_replace', 'regexp_substr', 'regexp_like'),
    ...forms('regexp_count', 'integer', texts, [position, parameters]),
    ...forms('regexp_instr', 'integer', texts, [position, ['integer', '1'], ['integer', '0'], parameters]),
    ...forms('regexp_replace', 'varchar', texts, [['text', `''`], position, parameters]),
    ...forms('regexp_substr', 'varchar', texts, [position, ['integer', '1'], parameters]),
  ].join('\n'),
};
