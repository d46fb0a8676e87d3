import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  civilDay,
  dateOfDay,
  dateText,
  dayOfDate,
  isDate,
  offsetSeconds,
  timeText,
} from '../../../src/types/calendar.js';
import { slowDay } from './cells.js';

describe('day numbers', () => {
  it('agree with counting year by year, 4713 BC to 10000', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -4712, max: 10_000 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 28 }),
        (year, month, day) => {
          expect(dayOfDate(year, month, day)).toBe(slowDay(year, month, day));
          expect(dateOfDay(slowDay(year, month, day))).toEqual({ year, month, day });
        },
      ),
    );
  });
  it('come back from any int32 day, and neighbours differ by one day', () => {
    fc.assert(
      fc.property(fc.integer(), (number) => {
        const { year, month, day } = dateOfDay(number);
        expect(isDate(year, month, day)).toBe(true);
        expect(dayOfDate(year, month, day)).toBe(number);
        const next = dateOfDay(number + 1);
        expect([next.day === day + 1, next.day === 1]).toContain(true);
      }),
      { numRuns: 1000 },
    );
  });
  it('need no Julian correction', () => {
    expect(dayOfDate(1582, 10, 15) - dayOfDate(1582, 10, 4)).toBe(11);
    expect(dayOfDate(1612, 10, 14)).toBe(slowDay(1612, 10, 14));
  });
});

describe('which days there are', () => {
  it.each([
    [2000, 2, 29, true],
    [1900, 2, 29, false],
    [0, 2, 29, true],
    [-4, 2, 29, true],
    [2023, 4, 31, false],
    [2023, 0, 1, false],
    [2023, 13, 1, false],
    [2023, 1, 0, false],
    [2023, 12, 32, false],
  ])('%i-%i-%i: %s', (year, month, day, there) => {
    expect(isDate(year, month, day)).toBe(there);
  });
  it('has 1 BC before 1, and no year 0', () => {
    expect(civilDay(1, 12, 31, true)! + 1).toBe(civilDay(1, 1, 1, false));
    expect(civilDay(0, 1, 1, false)).toBeUndefined();
    expect(civilDay(0, 1, 1, true)).toBeUndefined();
    expect(dateText(civilDay(44, 3, 15, true)!)).toEqual({ text: '0044-03-15', era: ' BC' });
  });
});

describe('clocks', () => {
  it('cut the zeros that end a fraction', () => {
    expect([0, 1, 100_000, 86_400_000_000, 86_399_999_999, 3_661_000_010].map(timeText)).toEqual([
      '00:00:00',
      '00:00:00.000001',
      '00:00:00.1',
      '24:00:00',
      '23:59:59.999999',
      '01:01:01.00001',
    ]);
  });
  it('know offsets down to the second', () => {
    expect(['+00', '-08', '+05:30', '-04:56:02', '+15:59:59'].map(offsetSeconds)).toEqual([
      0, -28_800, 19_800, -17_762, 57_599,
    ]);
    expect(offsetSeconds('+01:60')).toBeNaN();
    expect(offsetSeconds('+99')).toBeNaN();
  });
});
