import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, DataError } from '../../../src/errors.js';
import { Interval, writeInterval } from '../../../src/types/interval.js';
import { binary, int32, int64, postgresql, redshift, text } from './cells.js';

const parts = (value: unknown): [number, number, bigint] => {
  expect(value).toBeInstanceOf(Interval);
  const { months, days, microseconds } = value as Interval;
  return [months, days, microseconds];
};
const second = 1_000_000n;
const day = 86_400n * second;
const int32s = fc.integer({ min: -2_147_483_648, max: 2_147_483_647 });
const int64s = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);

describe('Interval', () => {
  it.each([
    [{}, 'PT0S'],
    [{ months: 14 }, 'P1Y2M'],
    [{ months: -14 }, 'P-1Y-2M'],
    [{ months: -1 }, 'P-1M'],
    [{ days: -3 }, 'P-3D'],
    [{ microseconds: 1_500_000n }, 'PT1.5S'],
    [{ microseconds: -500_000n }, 'PT-0.5S'],
    [{ microseconds: 1n }, 'PT0.000001S'],
    [{ microseconds: -3_661_000_000n }, 'PT-1H-1M-1S'],
    [{ microseconds: 60_000_010n }, 'PT1M0.00001S'],
    [{ months: 12, days: 1, microseconds: 3_600_000_000n }, 'P1Y1DT1H'],
    [{ months: -2_147_483_648 }, 'P-178956970Y-8M'],
    [{ microseconds: -(2n ** 63n) }, 'PT-2562047788H-54.775808S'],
  ])('%o is %s', (given, shown) => {
    const value = new Interval(given);
    expect(`${String(value)} ${JSON.stringify(value)}`).toBe(`${shown} "${shown}"`);
  });
  it('is frozen', () => {
    expect(Object.isFrozen(new Interval({}))).toBe(true);
  });
  it('refuses parts that no server holds', () => {
    for (const bad of [
      { months: 2 ** 31 },
      { days: 0.5 },
      { days: NaN },
      { microseconds: 2n ** 63n },
      { microseconds: 5 },
    ]) {
      expect(() => new Interval(bad as never)).toThrow(ArgumentError);
    }
  });
});

describe('interval in binary', () => {
  it('is 12 bytes on Redshift, over the whole range', () => {
    expect(parts(binary(1186, '0000000000000000ffffffff'))).toEqual([-1, 0, 0n]);
    fc.assert(
      fc.property(int64s, int32s, (microseconds, months) => {
        expect(parts(binary(1186, Buffer.concat([int64(microseconds), int32(months)])))).toEqual([
          months,
          0,
          microseconds,
        ]);
      }),
    );
  });
  it('is 16 bytes on PostgreSQL, where days stay days', () => {
    const bytes = Buffer.concat([int64(5n), int32(-3), int32(14)]);
    expect(parts(binary(1186, bytes, { server: postgresql }))).toEqual([14, -3, 5n]);
    expect(parts(binary(1186, bytes))).toEqual([14, 0, 5n - 3n * day]);
  });
  it('has infinities there', () => {
    const endless = '7fffffffffffffff7fffffff7fffffff';
    expect(binary(1186, endless, { server: postgresql })).toBe(Infinity);
    expect(binary(1186, '800000000000000080000000 80000000', { server: postgresql })).toBe(-Infinity);
    expect(text(1186, '-infinity', { server: postgresql })).toBe(-Infinity);
    expect(text(1186, 'infinity', { server: postgresql, types: { interval: 'string' } })).toBe('infinity');
  });
  it('is int32 months, or int64 microseconds', () => {
    expect(parts(binary(1188, '80000000'))).toEqual([-2_147_483_648, 0, 0n]);
    expect(parts(binary(1190, '8000000000000000'))).toEqual([0, 0, -(2n ** 63n)]);
    fc.assert(
      fc.property(int64s, int32s, (microseconds, months) => {
        expect(parts(binary(1188, int32(months)))).toEqual([months, 0, 0n]);
        expect(parts(binary(1190, int64(microseconds)))).toEqual([0, 0, microseconds]);
      }),
    );
  });
  it('refuses other lengths, and days that do not fit', () => {
    for (const [oid, good] of [
      [1186, [12, 16]],
      [1188, [4]],
      [1190, [8]],
    ] as const) {
      for (let length = 0; length < 20; length++) {
        if (!(good as readonly number[]).includes(length))
          expect(() => binary(oid, Buffer.alloc(length))).toThrow(DataError);
      }
    }
    expect(() => binary(1186, Buffer.concat([int64(2n ** 63n - 1n), int32(1), int32(0)]))).toThrow(DataError);
  });
});

describe('interval in text', () => {
  it.each([
    ['1 year 2 mons 3 days 04:05:06.789', 14, 3, 14_706_789_000n],
    ['-1 years -2 mons +3 days -04:05:06', -14, 3, -14_706n * second],
    ['00:00:00', 0, 0, 0n],
    ['-00:00:00.5', 0, 0, -500_000n],
    ['1 day', 0, 1, 0n],
    ['1 mon', 1, 0, 0n],
    ['2562047788:00:54.775807', 0, 0, 2n ** 63n - 1n],
    ['-2562047788:00:54.775808', 0, 0, -(2n ** 63n)],
    ['-178956970 years -8 mons', -2_147_483_648, 0, 0n],
    ['@ 1 year 2 mons -3 days 4 hours 5 mins 6.789 secs', 14, -3, 14_706_789_000n],
    ['@ 1 day 2 hours ago', 0, -1, -7200n * second],
    ['@ 1 day\r2 hours ago', 0, -1, -7200n * second],
    ['01:02', 0, 0, 3720n * second],
  ])('%s', (written, months, days, microseconds) => {
    expect(parts(text(1186, written, { server: postgresql }))).toEqual([months, days, microseconds]);
    if (days === 0) expect(parts(text(1186, written))).toEqual([months, 0, microseconds]);
    else expect(parts(text(1186, written))).toEqual([months, 0, microseconds + BigInt(days) * day]);
  });
  it("reads Redshift's forms", () => {
    expect(parts(text(1188, '1 years 2 mons'))).toEqual([14, 0, 0n]);
    expect(parts(text(1188, '-1 years -2 mons'))).toEqual([-14, 0, 0n]);
    expect(parts(text(1188, '0 years 0 mons'))).toEqual([0, 0, 0n]);
    expect(parts(text(1188, '2 mons'))).toEqual([2, 0, 0n]);
    expect(parts(text(1190, '1 days 2 hours 3 mins 4.5 secs'))).toEqual([0, 0, 93_784_500_000n]);
    expect(parts(text(1190, '-1 days -2 hours -3 mins -4.5 secs'))).toEqual([0, 0, -93_784_500_000n]);
    expect(parts(text(1190, '0 days 0 hours 0 mins -0.000001 secs'))).toEqual([0, 0, -1n]);
    expect(parts(text(1190, '-106751991 days -4 hours 0 mins -54.775808 secs'))).toEqual([
      0,
      0,
      -(2n ** 63n),
    ]);
    expect(parts(text(1190, '3 days'))).toEqual([0, 0, 3n * day]);
  });
  it('gives what binary gives, over the whole range', () => {
    const abs = (value: bigint): bigint => (value < 0n ? -value : value);
    fc.assert(
      fc.property(int64s, int32s, (microseconds, months) => {
        const sign = microseconds < 0n ? '-' : '';
        const size = abs(microseconds);
        const seconds = `${String((size / second) % 60n)}.${String(size % second).padStart(6, '0')}`;
        const units = `${sign}${String(size / day)} days ${sign}${String((size / (3600n * second)) % 24n)} hours ${sign}${String((size / (60n * second)) % 60n)} mins ${sign}${seconds} secs`;
        expect(text(1190, units)).toEqual(binary(1190, int64(microseconds)));
        const years = `${String(Math.trunc(months / 12))} years ${String(months % 12)} mons`;
        expect(text(1188, years)).toEqual(binary(1188, int32(months)));
        const both = Buffer.concat([int64(microseconds), int32(months)]);
        expect(text(1186, `${years} ${units}`)).toEqual(binary(1186, both));
        expect(text(1186, `${years} ${units}`, { types: { interval: 'string' } })).toBe(
          String(binary(1186, both)),
        );
      }),
    );
  });
  it.each([
    '',
    ' ',
    'x',
    '1',
    '1 fortnight',
    '1.5 days',
    '1 year 2',
    '--1 day',
    '1 day ago',
    '1:2:3',
    '00:60:00',
    '9'.repeat(30) + ' days',
    '3000000000 mons',
    '1 day1 hour',
    'P1Y',
    '1 day\0',
    ' '.repeat(1000),
  ])('refuses %j', (written) => {
    expect(() => text(1186, written)).toThrow(DataError);
  });
  it('refuses the parts that the type has not', () => {
    expect(() => text(1188, '1 days')).toThrow(DataError);
    expect(() => text(1190, '1 mons')).toThrow(DataError);
    expect(() => text(1190, 'infinity')).toThrow(DataError);
  });
});

describe('an Interval as text for the server', () => {
  it('is read back as it was', () => {
    fc.assert(
      fc.property(int64s, int32s, int32s, (microseconds, days, months) => {
        const value = new Interval({ microseconds, days, months });
        expect(text(1186, writeInterval(value, postgresql), { server: postgresql })).toEqual(value);
        const folded = microseconds + BigInt(days) * day;
        if (BigInt.asIntN(64, folded) !== folded) return;
        expect(parts(text(1186, writeInterval(value, redshift(2))))).toEqual([months, 0, folded]);
      }),
    );
  });
  it('keeps every number within 32 bits on Redshift', () => {
    const written = writeInterval(new Interval({ microseconds: -(2n ** 63n) }), redshift(2));
    expect(written).toBe('0 mons -106751991 days -4 hours -0 mins -54.775808 secs');
  });
});
