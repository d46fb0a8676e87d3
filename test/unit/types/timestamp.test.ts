import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { Timestamp } from '../../../src/types/timestamp.js';

const make = (): Timestamp => new Timestamp(Date.UTC(2024, 0, 2, 3, 4, 5, 678), 901);

describe('Timestamp', () => {
  it('is a Date with microseconds', () => {
    const value = make();
    expect(value).toBeInstanceOf(Date);
    expect(value.microseconds).toBe(901);
    expect(value.toISOString()).toBe('2024-01-02T03:04:05.678901Z');
    expect(JSON.stringify({ value })).toBe('{"value":"2024-01-02T03:04:05.678901Z"}');
    expect(value.valueOf()).toBe(Date.UTC(2024, 0, 2, 3, 4, 5, 678));
    expect(inspect(value)).toBe('2024-01-02T03:04:05.678901Z');
  });
  it('counts them upward before 1970 too', () => {
    expect(new Timestamp(-1, 1).toISOString()).toBe('1969-12-31T23:59:59.999001Z');
    expect(new Timestamp(-62_198_755_200_000, 7).toISOString()).toBe('-000001-01-01T00:00:00.000007Z');
  });
  it('is a Date of its milliseconds to whatever copies it', () => {
    for (const copy of [new Date(make()), structuredClone(make())]) {
      expect(copy.toISOString()).toBe('2024-01-02T03:04:05.678Z');
    }
    expect(Number(make())).toBe(Date.UTC(2024, 0, 2, 3, 4, 5, 678));
  });
  const setters = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'));
  it.each(setters)('forgets them when %s changes the value', (name) => {
    const value = make();
    const plain = new Date(value);
    const [a, b] = [value, plain].map((date) =>
      (Reflect.get(date, name) as (to: number) => number).call(date, 5),
    );
    expect(a).toBe(b);
    expect(value.getTime()).toBe(plain.getTime());
    expect(value.microseconds).toBe(0);
  });
  it('refuses what is no count of microseconds', () => {
    for (const bad of [-1, 1000, 0.5, NaN]) expect(() => new Timestamp(0, bad)).toThrow(ArgumentError);
  });
  it('behaves as an invalid Date when it is one', () => {
    const value = new Timestamp(NaN);
    expect(JSON.stringify([value])).toBe('[null]');
    expect(() => value.toISOString()).toThrow(RangeError);
    expect(inspect(value)).toBe('Invalid Date');
  });
});
