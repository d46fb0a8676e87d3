/** Functions of numbers and bytes, digests and hashes, against the examples of the AWS manual, and beyond them. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTemplateEngine, type TemplateEngine } from './engine-harness.js';
import { answers } from './function-answers.js';

const double = 'double precision';
const varchar = 'character varying';
const rows = (...values: string[]): string =>
  `(values ${values.map((one) => `(${one})`).join(', ')}) as t(x)`;

answers({
  'math functions': {
    answers: [
      ['acos(-1)', '3.14159265358979', double],
      ['cbrt(27.0)', '3', double],
      ['exp(1.0)', '2.71828182845905', double],
      ['dexp(1)', '2.71828182845905', double],
      ['ln(2.718281828)', '0.999999999831127', double],
      ['log(100)', '2', double],
      ['log(2, 8)', '3', double],
      ['dlog10(100.0)', '2', double],
      ['dlog1(1)', '0'],
      ['power(2, 3)', '8', double],
      ['pow(2.5, 2)', '6.25', double],
      ['sqrt(16)', '4', double],
      [`sqrt('16')`, '4'],
      ['pi()', '3.14159265358979'],
      ['degrees(.5)', '28.6478897565412'],
      ['radians(180)', '3.14159265358979'],
      ['cot(1)', '0.642092615934331'],
      ['sign(-4.25)', '-1'],
      ['sign(4.25::float8)', '1', double],
      ['abs(-38)', '38', 'integer'],
      ['ceil(28.05)', '29'],
      ['ceiling(5::smallint)', '5', 'smallint'],
      ['floor(-5)', '-5', 'integer'],
      ['floor(28.05)', '28'],
      ['round(28.05)', '28'],
      [`round('28.05')`, '28', double],
      [`abs('-5')`, '5', double],
      ['round(5)', '5', double],
      ['round(28.05, 1)', '28.1'],
      ['round(28.05, -1)', '30'],
      ['round(2.345::float8, 1)', '2.3', double],
      ['trunc(111.15)', '111'],
      ['trunc(111.15, 1)', '111.1'],
      ['trunc(111.15, -1)', '110'],
      ['trunc(1.29::float8, 1)', '1.2', double],
      ['mod(10, 4)', '2', 'integer'],
      ['mod(10.5, 4)', '2.5'],
      ['11 % 4', '3'],
      ['greatest(1, null, 3)', '3'],
      ['least(2, 1.5)', '1.5'],
      ['random() between 0 and 1', 't'],
      [`to_hex(2147676847)`, '8002f2af', varchar],
      ['to_hex(-1)', 'ffffffff'],
      ['ln(null)', null],
    ],
    failures: [
      ['ln(0)', '2201E', 'cannot take logarithm of zero'],
      ['sqrt(-1)', '2201F', 'cannot take square root of a negative number'],
      ['mod(1, 0)', '22012', 'division by zero'],
    ],
  },
  r_CHECKSUM: {
    answers: [
      ['checksum(109.20)', '10920', 'integer'],
      ['checksum(9.75)', '975'],
      ['checksum(-5)', '-5'],
    ],
  },
  r_MEDIAN: {
    answers: [
      [`median(x) from ${rows('1', '2', 'null')}`, '1.5', 'numeric'],
      [`median(x) from ${rows('3', '1', '2')}`, '2.0'],
      [`median(x) from ${rows('1.25', '2.25')}`, '1.750', 'numeric'],
      [`median(x) from ${rows('1.5::float8', '2')}`, '1.75', double],
      [`median(x) from ${rows(`date '2020-01-01'`, `'2020-01-04'`)}`, '2020-01-02', 'date'],
      [`median(x) from ${rows(`timestamp '2020-01-01'`, `'2020-01-04'`)}`, '2020-01-02 12:00:00'],
      [`median(x) from ${rows('1')} where false`, null],
      [`median(x) over (partition by x > 0) from ${rows('1', '4', '2')} limit 1`, '2.0'],
    ],
  },
  'numbers in SUPER': {
    answers: [
      [`rs_super_json(abs(json_parse('-5.5')))`, '5.5'],
      [`rs_super_json(ceil(json_parse('5.2')))`, '6'],
      [`rs_super_json(trunc(json_parse('5.9')))`, '5'],
      [`round(json_parse('"a"'))`, null, 'super'],
    ],
  },
  r_FNV_HASH: {
    answers: [
      ['fnv_hash(1)', '-5968735742475085980', 'bigint'],
      [`fnv_hash('Amazon Redshift')`, '7783490368944507294'],
      [`fnv_hash('Amazon Redshift', fnv_hash(1))`, '-2202602717770968555'],
      [`fnv_hash('abcd')`, '-281581062704388899'],
      [`fnv_hash('cd', fnv_hash('ab'))`, '-281581062704388899'],
      ['fnv_hash(1::smallint)', '589727492704079044'],
      ['fnv_hash(1::bigint)', '-8517097267634966620'],
      ['fnv_hash(null::integer)', null],
    ],
  },
  // The values are those of Iceberg's specification, Appendix B; the manual's own examples are FNV_HASH's.
  MURMUR3_32_HASH: {
    answers: [
      ['murmur3_32_hash(34)', '2017239379', 'integer'],
      ['murmur3_32_hash(34::bigint)', '2017239379'],
      [`murmur3_32_hash(date '2017-11-16')`, '-653330422'],
      [`murmur3_32_hash(time '22:31:08')`, '-662762989'],
      [`murmur3_32_hash(timestamp '2017-11-16 22:31:08')`, '-2047944441'],
      [`murmur3_32_hash('iceberg')`, '1210000089'],
      [`murmur3_32_hash(from_hex('00010203'))`, '-188683207'],
      [`murmur3_32_hash('')`, '0'],
      [`murmur3_32_hash('a', 1) <> murmur3_32_hash('a')`, 't'],
      ['murmur3_32_hash(null::integer)', null],
    ],
  },
  digests: {
    answers: [
      [`md5('Amazon Redshift')`, 'f7415e33f972c03abd4f3fed36748f7a', varchar],
      [`md5('abc'::varbyte)`, '900150983cd24fb0d6963f7d28e17f72'],
      [`sha1('Amazon Redshift')`, createHash('sha1').update('Amazon Redshift').digest('hex'), varchar],
      [`sha('abc')`, 'a9993e364706816aba3e25717850c26c9cd0d89d'],
      [`func_sha1('')`, 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
      [`sha1('é'::varbyte)`, createHash('sha1').update('é').digest('hex')],
      [`sha2('Amazon Redshift', 256)`, createHash('sha256').update('Amazon Redshift').digest('hex'), varchar],
      ...[224, 384, 512].map(
        (bits) => [`sha2('é', ${bits})`, createHash(`sha${bits}`).update('é').digest('hex')] as const,
      ),
      [`sha2('abc', 0)`, createHash('sha256').update('abc').digest('hex')],
      [`sha2('abc', 1)`, ''],
      ['sha2(null, 256)', null],
      [`crc32('Amazon Redshift')`, 'f2726906', varchar],
    ],
  },
  'bytes and texts': {
    answers: [
      [`from_hex('6162')`, '\\x6162', 'varbyte'],
      [`to_varbyte('6162', 'hex')`, '\\x6162', 'varbyte'],
      [`to_varbyte('4', 'HEX')`, '\\x04'],
      [`to_varbyte('01001101', 'binary')`, '\\x4d'],
      [`to_varbyte('', 'binary')`, '\\x'],
      [`to_varbyte('a', 'utf8')`, '\\x61'],
      [`to_varbyte('a', 'UTF_8')`, '\\x61'],
      [`to_varbyte('YWI=', 'base64')`, '\\x6162'],
      [`from_varbyte('ab', 'hex')`, '6162', varchar],
      [`from_varbyte(from_hex('4d01'), 'binary')`, '0100110100000001'],
      [`from_varbyte('é', 'UTF-8')`, 'é'],
      [`to_hex('abc'::varbyte)`, '616263', varchar],
      [`getbit(from_hex('4d'), 2)`, '1', 'integer'],
      [
        [7, 6, 5, 4, 3, 2, 1, 0].map((at) => `getbit(from_hex('4d'), ${at})::varchar`).join(' || '),
        '01001101',
      ],
      [`getbit(from_hex('014d'), 8)`, '1'],
      [`'abc'::varbyte::varchar`, 'abc'],
    ],
    failures: [
      [`to_varbyte('4', 'x')`, '22023', 'invalid format "x"; it has to be hex, binary, utf8 or base64'],
      [`to_varbyte('2', 'binary')`, '22023', 'invalid binary digit in "2"'],
      [`from_hex('6')`, '22023', 'invalid hexadecimal data: odd number of digits'],
      [`getbit(from_hex('4d'), 8)`, '22003', 'index 8 out of valid range'],
    ],
  },
});

let engine: TemplateEngine;
beforeAll(async () => {
  engine = await startTemplateEngine();
});
afterAll(() => engine.stop());

test('SHA-1 of every length around its blocks is what others compute', async () => {
  const found = await engine.query(
    `select n, sha1(repeat('x', n::integer)) as digest from generate_series(0, 130) as n`,
  );
  for (const { n, digest } of found) {
    expect(digest).toBe(
      createHash('sha1')
        .update('x'.repeat(Number(n)))
        .digest('hex'),
    );
  }
});
