/** Random data frames for property tests: types with the values that rows have of them. */
import fc from 'fast-check';
import { Interval, Timestamp, type DataType } from '../../../src/index.js';

type Row = Record<string, unknown>;

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

function decimals(precision: number, scale: number): fc.Arbitrary<string> {
  const most = 10n ** BigInt(precision) - 1n;
  const whole = fc.oneof(
    fc.bigInt({ min: -most, max: most }),
    fc.bigInt({ min: most < 999n ? -most : -999n, max: most < 999n ? most : 999n }),
  );
  return whole.map((value) => {
    const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
    const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    return value < 0n ? `-${text}` : text;
  });
}

const times = fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59), fc.nat(999_999)).map(([h, m, s, f]) => {
  const fraction = pad(f, 6).replace(/0+$/, '');
  return `${pad(h)}:${pad(m)}:${pad(s)}${fraction === '' ? '' : `.${fraction}`}`;
});

const instants = fc
  .tuple(fc.date({ noInvalidDate: true }), fc.option(fc.integer({ min: 1, max: 999 })))
  .map(([date, below]) => (below === null ? date : new Timestamp(date.getTime(), below)));

/** Every type that Arrow has a place for, and values of it. */
export const valuesOf: readonly (readonly [DataType, fc.Arbitrary<unknown>])[] = [
  [{ kind: 'bool' }, fc.boolean()],
  [{ kind: 'int16' }, fc.integer({ min: -32768, max: 32767 })],
  [{ kind: 'int32' }, fc.integer()],
  [{ kind: 'uint32' }, fc.nat(4_294_967_295)],
  [{ kind: 'int64' }, int64],
  [{ kind: 'float32' }, fc.float()],
  [{ kind: 'float64' }, fc.double()],
  [{ kind: 'utf8' }, fc.string({ unit: 'grapheme' })],
  [{ kind: 'dictionary' }, fc.constantFrom('', 'a', 'é', '🎉')],
  [{ kind: 'binary' }, fc.uint8Array().map((bytes) => Buffer.from(bytes))],
  [
    { kind: 'date32' },
    fc
      .date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') })
      .map((date) => date.toISOString().slice(0, 10)),
  ],
  [{ kind: 'time64' }, times],
  [{ kind: 'timestamp' }, instants],
  [{ kind: 'timestamp', timezone: 'UTC' }, instants],
  [{ kind: 'decimal128', precision: 38, scale: 10 }, decimals(38, 10)],
  [{ kind: 'decimal128', precision: 5, scale: 5 }, decimals(5, 5)],
  [{ kind: 'decimal128', precision: 18, scale: 0 }, decimals(18, 0)],
  [
    { kind: 'interval' },
    fc
      .tuple(fc.integer(), fc.integer(), fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }))
      .map(([months, days, microseconds]) => new Interval({ months, days, microseconds })),
  ],
];

export interface RandomFrame {
  readonly names: readonly string[];
  readonly types: readonly DataType[];
  readonly rows: readonly Row[];
}

export function anyFrame(kinds = valuesOf): fc.Arbitrary<RandomFrame> {
  return fc
    .uniqueArray(
      fc.tuple(
        fc.oneof(
          // `constructor` is what vitest compares objects by, and has a test of its own.
          fc.string({ minLength: 1 }).filter((name) => name !== 'constructor'),
          fc.constant('__proto__'),
        ),
        fc.nat(kinds.length - 1),
      ),
      {
        selector: ([name]) => name,
        minLength: 1,
        maxLength: 6,
      },
    )
    .chain((columns) => {
      const names = columns.map(([name]) => name);
      const cells = columns.map(([, kind]) => fc.option(kinds[kind]![1]));
      return fc.array(fc.tuple(...cells), { maxLength: 20 }).map((rows) => ({
        names,
        types: columns.map(([, kind]) => kinds[kind]![0]),
        rows: rows.map((row): Row => Object.fromEntries(names.map((name, index) => [name, row[index]]))),
      }));
    });
}
