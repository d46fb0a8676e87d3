/** Functions over random values, against the same computed here: many values in one statement. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTemplateEngine, type TemplateEngine } from './engine-harness.js';

let engine: TemplateEngine;
beforeAll(async () => {
  engine = await startTemplateEngine();
});
afterAll(() => engine.stop());

/** Milliseconds since 1970 of the years 1 to 9999. */
const moment = fc.integer({ min: Date.UTC(2, 0) - 1900 * 31556952000, max: Date.UTC(9998, 0) });
const literal = (time: number): string => `timestamp '${new Date(time).toISOString().slice(0, 23)}'`;
const lists = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(values, { minLength: 1, maxLength: 60 });

const inYears = (time: number): boolean => {
  const year = new Date(time).getUTCFullYear();
  return year >= 1 && year <= 9999;
};

async function each(rows: readonly string[], expression: string): Promise<unknown[]> {
  const values = rows.map((row, index) => `(${index}, ${row})`).join(', ');
  const found = await engine.query(
    `select ${expression} as answer from (values ${values}) as t(i, a, b) order by i`,
  );
  return found.map(({ answer }) => answer);
}

const months = (time: number): number => {
  const date = new Date(time);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
const counted: Readonly<Record<string, (time: number) => number>> = {
  year: (time) => Math.floor(months(time) / 12),
  quarter: (time) => Math.floor(months(time) / 3),
  month: months,
  // 1970-01-04 was a Sunday.
  week: (time) => Math.floor((time / 86_400_000 - 3) / 7),
  day: (time) => Math.floor(time / 86_400_000),
  hour: (time) => Math.floor(time / 3_600_000),
  minute: (time) => Math.floor(time / 60_000),
  second: (time) => Math.floor(time / 1000),
  millisecond: (time) => time,
};

test.each(Object.entries(counted))('DATEDIFF counts the boundaries of a %s', async (part, count) => {
  await fc.assert(
    fc.asyncProperty(lists(fc.tuple(moment, moment)), async (pairs) => {
      const answers = await each(
        pairs.map(([a, b]) => `${literal(a)}, ${literal(b)}`),
        `datediff('${part}', a, b)`,
      );
      expect(answers.map(Number)).toEqual(pairs.map(([a, b]) => count(b) - count(a)));
    }),
    { numRuns: 15 },
  );
});

test.each([
  ['second', 1000],
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 7 * 86_400_000],
])('DATEADD of a %s and DATEDIFF are each other’s inverse', async (part, size) => {
  await fc.assert(
    fc.asyncProperty(lists(fc.tuple(moment, fc.integer({ min: -100_000, max: 10_000 }))), async (pairs) => {
      const inRange = pairs.filter(([time, n]) => inYears(time + n * size));
      fc.pre(inRange.length > 0);
      const rows = inRange.map(([time, n]) => `${literal(time)}, ${n}`);
      const added = await each(rows, `to_char(dateadd('${part}', b, a), 'YYYY-MM-DD"T"HH24:MI:SS.MS')`);
      expect(added).toEqual(inRange.map(([time, n]) => new Date(time + n * size).toISOString().slice(0, 23)));
      const back = await each(rows, `datediff('${part}', a, dateadd('${part}', b, a))`);
      expect(back.map(Number)).toEqual(inRange.map(([, n]) => n));
    }),
    { numRuns: 15 },
  );
});

test('TO_DATE carries surplus months and days over as a calendar does', async () => {
  const field = fc.tuple(
    fc.integer({ min: 1000, max: 9000 }),
    fc.integer({ min: 1, max: 99 }),
    fc.integer({ min: 1, max: 99 }),
  );
  const two = (value: number): string => String(value).padStart(2, '0');
  await fc.assert(
    fc.asyncProperty(lists(field), async (fields) => {
      const rows = fields.map(([y, m, d]) => `'${y}${two(m)}${two(d)}', '${y}/${two(m)}/${two(d)}'`);
      const expected = fields.map(([y, m, d]) => new Date(Date.UTC(y, m - 1, d)).toISOString().slice(0, 10));
      expect(await each(rows, `to_date(a, 'YYYYMMDD')`)).toEqual(expected);
      expect(await each(rows, `to_date(b, 'YYYY/MM/DD')`)).toEqual(expected);
    }),
    { numRuns: 15 },
  );
});

test('FNV_HASH is 64-bit FNV-1a over the bytes', async () => {
  const hash = (bytes: Uint8Array): string => {
    let h = 0xcbf29ce484222325n;
    for (const byte of bytes) h = BigInt.asUintN(64, (h ^ BigInt(byte)) * 0x100000001b3n);
    return BigInt.asIntN(64, h).toString();
  };
  const text = fc.string({ unit: fc.constantFrom('a', 'Z', ' ', '0', 'é', '€', '😀') });
  await fc.assert(
    fc.asyncProperty(lists(text), async (texts) => {
      const answers = await each(
        texts.map((one) => `'${one}', null`),
        'fnv_hash(a)',
      );
      expect(answers).toEqual(texts.map((one) => hash(new TextEncoder().encode(one))));
    }),
    { numRuns: 15 },
  );
});

test('STRTOL reads what is written in any base', async () => {
  const number = fc.tuple(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.integer({ min: 2, max: 36 }),
  );
  await fc.assert(
    fc.asyncProperty(lists(number), async (numbers) => {
      const answers = await each(
        numbers.map(([value, base]) => `'${value.toString(base)}', ${base}`),
        'strtol(a, b)',
      );
      expect(answers).toEqual(numbers.map(([value]) => value.toString()));
    }),
    { numRuns: 15 },
  );
});

test('bytes survive the way through texts of every format', async () => {
  const bytes = fc.uint8Array({ maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(lists(bytes), async (values) => {
      const hex = values.map((value) => Buffer.from(value).toString('hex'));
      const rows = hex.map((value) => `'${value}', null`);
      expect(await each(rows, 'to_hex(from_hex(a))')).toEqual(hex);
      for (const format of ['hex', 'binary', 'base64']) {
        const there = `to_varbyte(from_varbyte(from_hex(a), '${format}'), '${format}')`;
        expect(await each(rows, `to_hex(${there})`)).toEqual(hex);
      }
    }),
    { numRuns: 10 },
  );
});
