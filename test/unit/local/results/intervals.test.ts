import { describe, expect, it } from 'vitest';
import {
  dayToSecondText,
  intervalText,
  type IntervalValue,
  readInterval,
  yearToMonthText,
} from '../../../../src/local/results/intervals.js';

const of = (microseconds: bigint, months = 0): IntervalValue => ({ microseconds, months });

describe('the engine’s binary interval', () => {
  it('has its days in the microseconds', () => {
    const bytes = Buffer.from('0000000006fc23ac0000000300000002', 'hex');
    expect(readInterval(bytes)).toEqual(of(117_187_500n + 3n * 86_400_000_000n, 2));
  });
  it('may be negative in every part', () => {
    const bytes = Buffer.from('ffffffffffffffffffffffffffffffff', 'hex');
    expect(readInterval(bytes)).toEqual(of(-1n - 86_400_000_000n, -1));
  });
});

describe('INTERVAL as text', () => {
  it.each([
    [of(0n), '00:00:00'],
    [of(0n, 14), '1 year 2 mons'],
    [of(0n, 24), '2 years'],
    [of(0n, -1), '-1 mons'],
    [of(93_600_000_000n), '1 day 02:00:00'],
    [of(172_800_000_000n), '2 days'],
    [of(4_500_000n, 1), '1 mon 00:00:04.5'],
    [of(-1n), '-00:00:00.000001'],
    [of(-90_000_000_000n), '-1 days -01:00:00'],
    [of(86_399_999_999n), '23:59:59.999999'],
  ])('%o is %s', (value, text) => {
    expect(intervalText(value)).toBe(text);
  });
});

describe('INTERVAL YEAR TO MONTH as text', () => {
  it.each([
    [0, '0 years 0 mons'],
    [14, '1 years 2 mons'],
    [-14, '-1 years -2 mons'],
    [-5, '0 years -5 mons'],
    [0x7fffffff, '178956970 years 7 mons'],
    [-0x80000000, '-178956970 years -8 mons'],
  ])('%i months are %s', (months, text) => {
    expect(yearToMonthText(of(0n, months))).toBe(text);
  });
});

describe('INTERVAL DAY TO SECOND as text', () => {
  it.each([
    [0n, '0 days 0 hours 0 mins 0.0 secs'],
    [93_784_500_000n, '1 days 2 hours 3 mins 4.5 secs'],
    [-93_784_500_000n, '-1 days -2 hours -3 mins -4.5 secs'],
    [-500_000n, '0 days 0 hours 0 mins -0.5 secs'],
    [1n, '0 days 0 hours 0 mins 0.000001 secs'],
  ])('%i microseconds are %s', (microseconds, text) => {
    expect(dayToSecondText(of(microseconds))).toBe(text);
  });
});
