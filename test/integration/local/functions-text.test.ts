/** Functions of texts against the examples of the AWS manual, and beyond them. */
import { answers } from './function-answers.js';

const varchar = 'character varying';
/** Words with a digit and a lower-case letter, in the PCRE dialect. */
const words = `'passwd7 plain A1234 a1234', '(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+'`;
const email = `'Etiam.laoreet.libero@sodalesMaurisblandit.edu'`;

answers({
  r_ASCII: {
    answers: [
      [`ascii('amazon')`, '97', 'integer'],
      [`ascii('')`, '0'],
      [`ascii('€')`, '8364'],
      ['ascii(null)', null],
    ],
  },
  r_BPCHARCMP: {
    answers: [
      [`bpcharcmp('Rafael', 'Taylor')`, '-1', 'integer'],
      [`bpcharcmp('Vladimir', 'Humphrey')`, '1'],
      [`bpcharcmp('Chase', 'Chase')`, '0'],
      [`bttext_pattern_cmp('é', 'z')`, '1'],
    ],
  },
  r_BTRIM: {
    answers: [
      [`btrim('     abc    ')`, 'abc', varchar],
      [`btrim('xyzaxyzbxyzcxyz', 'xyz')`, 'axyzbxyzc', varchar],
      [`trim('"' from '"dog"')`, 'dog'],
      [`trim('ick', 'CDG')`, 'ick'],
      [`ltrim('2008-01-24 06:43:29', '2008-')`, '1-24 06:43:29'],
      [`rtrim('abcxx', 'x')`, 'abc'],
    ],
  },
  r_CHARINDEX: {
    answers: [
      [`charindex('dog', 'fish')`, '0', 'integer'],
      [`charindex('fish', 'dogfish')`, '4'],
      [`charindex('.', 1234.50)`, '5'],
      [`strpos('dogfish', 'fist')`, '0'],
      [`position('fish' in 'dogfish')`, '4'],
      [`charindex('é', 'aéé')`, '2'],
      [`charindex(null, 'x')`, null],
    ],
  },
  r_CHR: {
    answers: [
      ['chr(65)', 'A'],
      ['chr(0)', null],
      ['chr(300)', null],
      [`'a' || chr(32) || 'b'`, 'a b'],
    ],
  },
  r_CONCAT: {
    answers: [
      [`concat('December 25, ', '2008')`, 'December 25, 2008', varchar],
      [`concat('Thursday, ', concat('December 25, ', '2008'))`, 'Thursday, December 25, 2008'],
      [`concat('Caesars Palace', concat(' seats ', 0))`, 'Caesars Palace seats 0'],
      [`concat('abc'::varbyte, 'def'::varbyte)`, '\\x616263646566', 'varbyte'],
      [`concat('a', null)`, null],
      [`'a' || null`, null],
    ],
    failures: [
      [`concat('a', 'b', 'c')`, '42883', 'function concat(unknown, unknown, unknown) does not exist'],
    ],
  },
  r_LEN: {
    answers: [
      [`len('français')`, '8', 'integer'],
      [`octet_length('français')`, '9', 'integer'],
      [`len('cat')`, '3'],
      [`len('cat   ')`, '6'],
      [`len('cat   '::char(6))`, '3'],
      [`length('cat   '::char(6))`, '3'],
      [`octet_length('cat   '::char(6))`, '3'],
      [`len('aaa'::varbyte)`, '3'],
      [`octet_length('é'::varbyte)`, '2'],
      ['len(12345)', '5'],
      [`textlen('é')`, '1'],
      [`char_length('é') + character_length('é')`, '2'],
    ],
  },
  OCTETINDEX: {
    answers: [
      [`octetindex('AWS', 'Amazon AWS')`, '8', 'integer'],
      [`octetindex('AWS', 'Άμαζον AWS')`, '14'],
      [`octetindex('x', 'Amazon')`, '0'],
    ],
  },
  r_INITCAP: {
    answers: [
      [`initcap('All non-musical theatre')`, 'All Non-Musical Theatre', varchar],
      [`initcap('MLB')`, 'Mlb'],
      [`initcap('urna.Ut@egetdictumplacerat.edu')`, 'Urna.Ut@Egetdictumplacerat.Edu'],
      [`upper('é') || lower('ÉA')`, 'Ééa'],
    ],
  },
  r_LEFT: {
    answers: [
      [`left('The King and I', 5)`, 'The K', varchar],
      [`right('Pal Joey', 5)`, ' Joey', varchar],
      [`left('éa', 1)`, 'é'],
      ['left(12345, 2)', '12'],
    ],
  },
  r_LPAD: {
    answers: [
      [`lpad('La Cenerentola (Cinder)', 20)`, 'La Cenerentola (Cind', varchar],
      [`lpad('Salome', 8)`, '  Salome'],
      [`rpad('Salome', 20, '0123456789')`, 'Salome01234567890123'],
      [`lpad('x', -1)`, ''],
    ],
  },
  r_QUOTE_LITERAL: {
    answers: [
      [`quote_ident('MLB')`, '"MLB"'],
      [`quote_ident('plain')`, 'plain'],
      [`quote_literal('a''b')`, `'a''b'`, varchar],
      ['quote_literal(10)', `'10'`],
      [`quote_literal('a\\\\b')`, `'a\\\\b'`],
    ],
  },
  REGEXP_COUNT: {
    answers: [
      [`regexp_count('abcdefghijklmnopqrstuvwxyz', '[a-z]{3}')`, '8', 'integer'],
      [`regexp_count(${email}, '@[^.]*\\\\.(org|edu)')`, '1'],
      [`regexp_count('the fox', 'FOX', 1, 'i')`, '1'],
      [`regexp_count(${words}, 1, 'p')`, '2'],
      [`regexp_count(${words}, 1, 'ip')`, '3'],
      [`regexp_count('abcb', 'b', 3)`, '1'],
      [`regexp_count('abc', 'b', 0)`, '1'],
      [`regexp_count('abc', 'b', 10)`, '0'],
      [`regexp_count(null, 'b')`, null],
    ],
  },
  REGEXP_INSTR: {
    answers: [
      [`regexp_instr(${email}, '@[^.]*')`, '21', 'integer'],
      [`regexp_instr('The Home Depot Center', '[cC]ent(er|re)$')`, '16'],
      [`regexp_instr('the fox', 'FOX', 1, 1, 0, 'i')`, '5'],
      [`regexp_instr(${words}, 1, 2, 0, 'p')`, '21'],
      [`regexp_instr(${words}, 1, 2, 0, 'ip')`, '15'],
      [`regexp_instr('abcabc', 'b(c)', 1, 1, 0, 'e')`, '3'],
      [`regexp_instr('abcabc', 'bc', 1, 1, 0, 'e')`, '2'],
      [`regexp_instr('abcabc', 'b(?:c)', 1, 2, 0, 'e')`, '5'],
      [`regexp_instr('abc', 'b', 1, 1, 1)`, '3'],
      [`regexp_instr('abc', 'b', 1, 1, 7)`, '3'],
      [`regexp_instr('abc', 'x')`, '0'],
      [`regexp_instr('abc', 'b', 1, 0)`, '0'],
      [`regexp_instr('abc', 'b', 9)`, '0'],
    ],
  },
  REGEXP_REPLACE: {
    answers: [
      [`regexp_replace(${email}, '@.*\\\\.(org|gov|com|edu|ca)$')`, 'Etiam.laoreet.libero', varchar],
      [
        `regexp_replace(${email}, '@.*\\\\.[[:alpha:]]{2,3}', '@internal.company.com')`,
        'Etiam.laoreet.libero@internal.company.com',
      ],
      [`regexp_replace('the fox', 'FOX', 'quick brown fox', 1, 'i')`, 'the quick brown fox'],
      [`regexp_replace(${words}, '[hidden]', 1, 'p')`, '[hidden] plain A1234 [hidden]'],
      [`regexp_replace(${words}, '[hidden]', 1, 'ip')`, '[hidden] plain [hidden] [hidden]'],
      [`regexp_replace('aXbX', 'X', 'y')`, 'ayby'],
      [`regexp_replace('aXbX', 'X', 'y', 3)`, 'aXby'],
      [`regexp_replace('abc', 'b', 'x', 10)`, 'abc'],
      [`regexp_replace('john smith', '([a-z]+) ([a-z]+)', '$2 $1')`, 'smith john'],
      [`regexp_replace('john smith', '([a-z]+) ([a-z]+)', '\\\\2 \\\\1')`, 'smith john'],
      [`regexp_replace('abc', 'b', null)`, null],
      [`regexp_replace('abc', null, 'x')`, null],
    ],
  },
  REGEXP_SUBSTR: {
    answers: [
      [`regexp_substr(${email}, '@[^.]*')`, '@sodalesMaurisblandit', varchar],
      [`regexp_substr('the fox', 'FOX', 1, 1, 'i')`, 'fox'],
      [`regexp_substr('THE SECRET CODE IS THE LOWERCASE PART OF 1931abc0EZ.', '[a-z]+', 1, 1, 'c')`, 'abc'],
      [`regexp_substr(${words}, 1, 2, 'p')`, 'a1234'],
      [`regexp_substr(${words}, 1, 2, 'ip')`, 'A1234'],
      [
        `regexp_substr('This is a cat, this is a dog. This is a mouse.', 'this is a (\\\\w+)', 1, 2, 'ie')`,
        'dog',
      ],
      [`regexp_substr('abc', 'b', 1, 1, 'e')`, 'b'],
      [`regexp_substr('abc', 'x')`, ''],
      [`regexp_substr('abc', 'b', 9)`, ''],
      [`regexp_substr('abc', 'b', 1, 0)`, null],
      [`regexp_substr('abc', 'b', 1, 4)`, null],
      [`regexp_substr(null, 'b')`, null],
    ],
    failures: [
      [`regexp_substr('a', '(')`, '2201B', 'invalid regular expression: parentheses () not balanced'],
    ],
  },
  r_REPEAT: {
    answers: [
      ['repeat(10, 3)', '101010', varchar],
      [`replicate('ab', 2)`, 'abab', varchar],
      [`replicate('ab', -1)`, ''],
      [`replace('Shows', 'Shows', 'Theatre')`, 'Theatre', varchar],
      [`replace('a', null, 'b')`, null],
      [`reverse('abcde')`, 'edcba', varchar],
      ['reverse(172456)', '654271'],
      [`reverse('ab  '::char(4))`, 'ba'],
    ],
  },
  SOUNDEX: {
    answers: [
      [`soundex('Amazon')`, 'A525', varchar],
      [`soundex('AWS Amazon')`, 'A252'],
      [`soundex('+-*/%')`, ''],
      [
        `soundex('Tymczak') || soundex('Pfister') || soundex('Ashcraft') || soundex('Honeyman')`,
        'T522P236A261H555',
      ],
      ['soundex(null)', null],
      [`difference('AC/DC', 'Ay See Dee See')`, '4', 'integer'],
      [`difference('Amazon', '+-*/%')`, '0'],
    ],
  },
  SPLIT_PART: {
    answers: [
      [`split_part('2008-03-05 12:25:29', '-', 2)`, '03', varchar],
      [`split_part(timestamp '2008-03-05 12:25:29', '-', 1)`, '2008'],
      [`split_part('abc', '-', 1)`, 'abc'],
      [`split_part('abc', '-', 2)`, ''],
      [`split_part(null, '-', 2)`, null],
    ],
    failures: [
      [`split_part('abc', '-', 0)`, '22023', 'field position must be greater than zero'],
      [`split_part('abc', '-', -1)`, '22023', 'field position must be greater than zero'],
    ],
  },
  r_STRTOL: {
    answers: [
      [`strtol('0xf', 16)`, '15', 'bigint'],
      [`strtol('abcd1234', 16)`, '2882343476'],
      [`strtol('1234567', 10)`, '1234567'],
      [`strtol('1234567', 8)`, '342391'],
      [`strtol('110101', 2)`, '53'],
      [`strtol('', 10)`, '0'],
      [`strtol('  -fF', 16)`, '-255'],
      [`strtol('+zz', 36)`, '1295'],
      [`strtol('-9223372036854775808', 10)`, '-9223372036854775808'],
      ['strtol(null, 10)', null],
    ],
    failures: [
      [`strtol('12x', 10)`, '22023', 'The input 12x is not valid to be converted to base 10'],
      [`strtol('12', 1)`, '22023', 'The base 1 is not valid; it has to be between 2 and 36'],
      [`strtol('9223372036854775808', 10)`, '22003', 'bigint out of range'],
    ],
  },
  r_SUBSTRING: {
    answers: [
      [`substring('caterpillar', 6, 4)`, 'pill', varchar],
      [`substring('caterpillar', 6, 8)`, 'pillar'],
      [`substring('caterpillar', -2, 6)`, 'cat'],
      [`substring('caterpillar', -5, 4)`, ''],
      [`substring('caterpillar' from 2 for 3)`, 'ate'],
      [`substr('caterpillar', 6)`, 'pillar', varchar],
      [`substring(timestamp '2008-01-24 06:43:29', 6, 2)`, '01'],
      [`substring('abc'::varbyte, -3)`, '\\x616263', 'varbyte'],
      [`substring('abc'::varbyte, 3)`, '\\x63'],
      [`substring('abc'::varbyte, 2, 10)`, '\\x6263'],
      [`substr('abc'::varbyte, 2, 1)`, '\\x62'],
    ],
    failures: [[`substring('abc', 2, -1)`, '22011', 'negative substring length not allowed']],
  },
  r_TRANSLATE: {
    answers: [
      [`translate('mint tea', 'inea', 'osin')`, 'most tin', varchar],
      [`translate('St. George', ' .', '_')`, 'St_George'],
      [`translate('a', null, 'b')`, null],
    ],
  },
  r_concat_op: {
    answers: [
      [`'a' || 'b'`, 'ab', varchar],
      [`'a' || 1`, 'a1', varchar],
      [`1.50 || 'a'`, '1.50a'],
      [`'on ' || date '2020-01-01'`, 'on 2020-01-01'],
    ],
  },
});
