/**
 * Random arithmetic on NUMERIC and integers, computed by the local Redshift and by a model of the AWS manual's rules
 * (Computations with numeric values) that shares nothing with it: types and every digit have to be the same.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/index.js';
import { startLocal, type LocalServer } from './harness.js';

let server: LocalServer;
let conn: Connection;

beforeAll(async () => {
  server = await startLocal();
  conn = await server.connect({ autocommit: true });
  await conn.script(`create table n (a decimal(8,2), b decimal(12,4), c smallint, d integer, e bigint, z decimal(5,0));
    insert into n values (28.05, -4.2125, 7, -13, 100, 3)`);
});
afterAll(async () => {
  await server.stop();
});

/** A value as its digits, with the type that the manual gives it. */
interface Value {
  readonly sql: string;
  /** The value times 10^scale. */
  readonly digits: bigint;
  readonly precision: number;
  readonly scale: number;
  /** SMALLINT, INTEGER, BIGINT: they compute among themselves otherwise. */
  readonly whole: boolean;
}

const power = (exponent: number): bigint => 10n ** BigInt(exponent);

const leaves: readonly Value[] = [
  { sql: 'a', digits: 2805n, precision: 8, scale: 2, whole: false },
  { sql: 'b', digits: -42125n, precision: 12, scale: 4, whole: false },
  { sql: 'z', digits: 3n, precision: 5, scale: 0, whole: false },
  { sql: 'c', digits: 7n, precision: 5, scale: 0, whole: true },
  { sql: 'd', digits: -13n, precision: 10, scale: 0, whole: true },
  { sql: 'e', digits: 100n, precision: 19, scale: 0, whole: true },
  { sql: '3', digits: 3n, precision: 10, scale: 0, whole: true },
  { sql: '2.5', digits: 25n, precision: 2, scale: 1, whole: false },
  { sql: '0.125', digits: 125n, precision: 4, scale: 3, whole: false },
  { sql: '-7.0', digits: -70n, precision: 2, scale: 1, whole: false },
];

/** Undefined: the manual says nothing (integers among themselves, division by zero), or it does not fit. */
function compute(operator: string, left: Value, right: Value): Value | undefined {
  if (left.whole && right.whole) return undefined;
  const sql = `(${left.sql} ${operator} ${right.sql})`;
  const fitting = (digits: bigint, precision: number, scale: number): Value | undefined => {
    const size = digits < 0n ? -digits : digits;
    return precision > 38 || size >= power(precision)
      ? undefined
      : { sql, digits, precision, scale, whole: false };
  };
  switch (operator) {
    case '+':
    case '-': {
      const scale = Math.max(left.scale, right.scale);
      const precision = Math.max(left.precision - left.scale, right.precision - right.scale) + 1 + scale;
      const first = left.digits * power(scale - left.scale);
      const second = right.digits * power(scale - right.scale);
      return fitting(operator === '+' ? first + second : first - second, precision, scale);
    }
    case '*':
      return fitting(
        left.digits * right.digits,
        left.precision + right.precision + 1,
        left.scale + right.scale,
      );
    default: {
      if (right.digits === 0n) return undefined;
      let scale = Math.max(4, left.scale + right.precision - right.scale + 1);
      let precision = left.precision - left.scale + right.scale + scale;
      if (precision > 38) {
        scale = Math.max(38 + scale - precision, 4);
        precision = 38;
      }
      // BigInt divides towards zero, as Redshift cuts.
      return fitting(
        (left.digits * power(scale + right.scale)) / (right.digits * power(left.scale)),
        precision,
        scale,
      );
    }
  }
}

function shown({ digits, scale }: Value): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const point = text.length - scale;
  return `${digits < 0n ? '-' : ''}${text.slice(0, point)}${scale === 0 ? '' : '.'}${text.slice(point)}`;
}

const leaf = fc.constantFrom(...leaves);
const { expression } = fc.letrec<{ expression: Value | undefined }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc
      .tuple(fc.constantFrom('+', '-', '*', '/', '/'), tie('expression'), tie('expression'))
      .map(([operator, left, right]) => left && right && compute(operator, left, right)),
  ),
}));
const computed = expression.filter((value): value is Value => value !== undefined && !value.whole);

describe('random arithmetic', () => {
  it('has the type and the digits of the manual’s rules', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(computed, { minLength: 1, maxLength: 8 }), async (values) => {
        const sql = `select ${values.map((value) => value.sql).join(', ')} from n`;
        const result = await conn.query(sql, [], { rowMode: 'array' });
        expect(result.columns.map(({ precision, scale }) => [precision, scale])).toEqual(
          values.map(({ precision, scale }) => [precision, scale]),
        );
        expect(result.rows).toEqual([values.map(shown)]);
      }),
      { numRuns: 150 },
    );
  });

  it('is the same inside a query, in a condition and as text', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(computed, async (value) => {
        const { rows } = await conn.query(
          `with q as (select ${value.sql} as v from n) select v, v::varchar as t, v = ${shown(value)}::decimal(${String(value.precision)},${String(Math.min(value.scale, 37))}) as same from q group by v having v = max(v)`,
        );
        expect(rows).toEqual([{ v: shown(value), t: shown(value), same: true }]);
      }),
      { numRuns: 80 },
    );
  });
});
