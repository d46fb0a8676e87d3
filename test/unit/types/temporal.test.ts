import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.js';
import { TypeRegistry } from '../../../src/types/registry.js';
import { binary, int32, int64, postgresql, redshift, slowDay, slowTimestamp, text } from './cells.js';

const int32Max = 2_147_483_647;

describe('date', () => {
  it.each([
    ['1582-10-15', -152_384],
    ['0001-01-01', -730_119],
    ['2000-01-01', 0],
    ['1999-12-31', -1],
    ['1612-10-13', -141_428],
    ['9999-12-31', 2_921_939],
    ['294276-12-31', 106_751_982],
  ])('%s is day %i', (written, day) => {
    expect(binary(1082, int32(day))).toBe(written);
    expect(text(1082, written)).toBe(written);
  });
  it('agrees with a slow calendar over the whole range of the server', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_451_545, max: 106_751_991 }), (day) => {
        const { date, era } = slowTimestamp(BigInt(day) * 86_400_000_000n);
        expect(binary(1082, int32(day))).toBe(date + era);
        expect(text(1082, date + era)).toBe(date + era);
      }),
      { numRuns: 1000 },
    );
  });
  it('knows the years before Christ', () => {
    expect(binary(1082, int32(slowDay(-43, 3, 15)))).toBe('0044-03-15 BC');
    expect(text(1082, '4713-01-01 BC')).toBe('4713-01-01 BC');
  });
  it('has infinities', () => {
    expect([binary(1082, int32(int32Max)), binary(1082, int32(-int32Max - 1))]).toEqual([
      Infinity,
      -Infinity,
    ]);
    expect([text(1082, 'infinity'), text(1082, '-infinity')]).toEqual([Infinity, -Infinity]);
    expect(text(1082, 'infinity', { types: { date: 'string' } })).toBe('infinity');
  });
  it('is UTC midnight by choice', () => {
    const types = { date: 'date' };
    for (const value of [
      text(1082, '0044-03-15 BC', { types }),
      binary(1082, int32(slowDay(-43, 3, 15)), { types }),
    ]) {
      expect((value as Date).toISOString()).toBe('-000043-03-15T00:00:00.000Z');
    }
    expect((text(1082, '275760-09-13', { types }) as Date).getTime()).toBe(8.64e15);
    expect(() => text(1082, '275760-09-14', { types })).toThrow(/'string'/);
    expect(text(1082, '-infinity', { types })).toBe(-Infinity);
  });
  it.each([
    '',
    '2023-02-29',
    '2023-13-01',
    '2023-1-1',
    '0000-01-01',
    '23-01-01',
    '2023-01-01 AD',
    '2023-01-01x',
    '2023/01/01',
    ' 2023-01-01',
    '99999999-01-01',
  ])('refuses %j', (written) => {
    expect(() => text(1082, written)).toThrow(DataError);
  });
  it('is asked in text below version 2', () => {
    const columns = [1082, 1083, 3001].map((typeOid) => ({ typeOid, typeModifier: -1 }));
    for (const version of [0, 1])
      expect([...TypeRegistry.defaults.formats(columns, redshift(version))]).toEqual([0, 0, 0]);
    for (const version of [2, 3])
      expect([...TypeRegistry.defaults.formats(columns, redshift(version))]).toEqual([1, 1, 1]);
    expect([...TypeRegistry.defaults.formats(columns.slice(0, 2), postgresql)]).toEqual([1, 1]);
  });
});

describe('time', () => {
  it('keeps every microsecond', () => {
    expect(binary(1083, '0000000cff3d7050')).toBe('15:30:21.82408');
    expect(text(1083, '15:30:21.824080')).toBe('15:30:21.82408');
    fc.assert(
      fc.property(fc.bigInt(0n, 86_399_999_999n), (value) => {
        const { time } = slowTimestamp(value);
        expect(binary(1083, int64(value))).toBe(time);
        expect(text(1083, time)).toBe(time);
      }),
      { numRuns: 1000 },
    );
  });
  it('goes from 00:00:00 to 24:00:00', () => {
    expect([binary(1083, int64(0n)), binary(1083, int64(86_400_000_000n))]).toEqual(['00:00:00', '24:00:00']);
    expect(text(1083, '24:00:00')).toBe('24:00:00');
    for (const value of [-1n, 86_400_000_001n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(() => binary(1083, int64(value))).toThrow(DataError);
    }
  });
  it.each([
    '',
    '1:02:03',
    '24:00:00.000001',
    '25:00:00',
    '00:60:00',
    '00:00:61',
    '00:00:00.',
    '00:00:00.1234567',
    '00:00:00+00',
    '00:00',
    '-00:00:01',
  ])('refuses %j', (written) => {
    expect(() => text(1083, written)).toThrow(DataError);
  });
});

describe('timetz', () => {
  it('is UTC, beyond midnight too', () => {
    expect(binary(1266, '000000134743bc0000004650')).toBe('04:00:00+00');
    expect(text(1266, '23:00:00-05')).toBe('04:00:00+00');
    expect(text(1266, '01:00:00+05:30')).toBe('19:30:00+00');
    expect(text(1266, '00:00:00.5+00:00:01')).toBe('23:59:59.5+00');
    expect(text(1266, '12:00:00.123456+00')).toBe('12:00:00.123456+00');
  });
  it('loses no microsecond (the Python driver loses one in half of all values)', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 86_399_999_999n),
        fc.integer({ min: -57_599, max: 57_599 }),
        (value, west) => {
          const utc =
            (((value + BigInt(west) * 1_000_000n) % 86_400_000_000n) + 86_400_000_000n) % 86_400_000_000n;
          const shown = `${slowTimestamp(utc).time}+00`;
          expect(binary(1266, Buffer.concat([int64(value), int32(west)]))).toBe(shown);
          const size = Math.abs(west);
          const two = (part: number): string => String(part).padStart(2, '0');
          const zone = `${west > 0 ? '-' : '+'}${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}:${two(size % 60)}`;
          expect(text(1266, slowTimestamp(value).time + zone)).toBe(shown);
        },
      ),
      { numRuns: 1000 },
    );
  });
  it.each([
    '',
    '00:00:00',
    '00:00:00+',
    '00:00:00+1',
    '00:00:00+01:60',
    '00:00:00Z',
    '25:00:00+00',
    '00:00:00+25',
  ])('refuses %j', (written) => {
    expect(() => text(1266, written)).toThrow(DataError);
  });
  it('refuses other lengths and impossible times', () => {
    for (const bytes of ['', '00', '0000000000000000', 'ffffffffffffffff00000000']) {
      expect(() => binary(1266, bytes)).toThrow(DataError);
    }
  });
});
