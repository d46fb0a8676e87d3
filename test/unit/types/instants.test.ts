import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ArgumentError, DataError } from '../../../src/errors.js';
import { writeInstant } from '../../../src/types/instants.js';
import { TypeRegistry } from '../../../src/types/registry.js';
import { Timestamp } from '../../../src/types/timestamp.js';
import { binary, int32, int64, slowTimestamp, text } from './cells.js';

const to2000 = 946_684_800_000_000n;
/** What Date holds, in microseconds since 2000. */
const dateLimit = 8_640_000_000_000_000_000n;
/** Redshift: 4713 BC to 294276. */
const serverFirst = -211_813_488_000_000_000n;
const serverLast = 9_223_371_331_199_999_999n;

function micros(value: unknown): bigint {
  const date = value as Date;
  return BigInt(date.getTime()) * 1000n + BigInt(date instanceof Timestamp ? date.microseconds : 0) - to2000;
}

describe('timestamp and timestamptz', () => {
  it('read 1969-12-31 23:59:59.999999', () => {
    const value = binary(1114, 'fffca2fec4c81fff') as Timestamp;
    expect(value).toBeInstanceOf(Timestamp);
    expect(value.toISOString()).toBe('1969-12-31T23:59:59.999999Z');
    expect(micros(value)).toBe(-946_684_800_000_001n);
    expect(micros(text(1114, '1969-12-31 23:59:59.999999'))).toBe(-946_684_800_000_001n);
  });
  it('are a plain Date while there is nothing below the millisecond', () => {
    for (const value of [
      text(1114, '2024-01-02 03:04:05.678'),
      binary(1184, int64(0n)),
      text(1184, '1969-12-31 23:59:59.999+00'),
    ]) {
      expect(Object.getPrototypeOf(value)).toBe(Date.prototype);
    }
    expect((text(1114, '2024-01-02 03:04:05.6781') as Timestamp).microseconds).toBe(100);
  });
  it('are exact to the microsecond wherever Date reaches, from either form', () => {
    const last = dateLimit - to2000;
    const value = fc.oneof(
      fc.bigInt(serverFirst, last),
      fc.bigInt(-(2n ** 53n), 2n ** 53n),
      fc.bigInt(-to2000 - 2_000_000n, -to2000 + 2_000_000n),
      fc.constantFrom(
        serverFirst,
        last,
        2n ** 53n,
        -(2n ** 53n),
        2n ** 53n - 1n,
        0n,
        -1n,
        999n,
        -999n,
        1000n,
        -1000n,
      ),
    );
    fc.assert(
      fc.property(value, (exact) => {
        const { date, time, era } = slowTimestamp(exact);
        for (const read of [
          binary(1114, int64(exact)),
          binary(1184, int64(exact)),
          text(1114, `${date} ${time}${era}`),
          text(1184, `${date} ${time}+00${era}`),
        ]) {
          expect(read).toBeInstanceOf(Date);
          expect(micros(read)).toBe(exact);
        }
      }),
      { numRuns: 1000 },
    );
  });
  it('are text by choice over the whole range of the server', () => {
    const types = { timestamp: 'string', timestamptz: 'string' };
    fc.assert(
      fc.property(fc.bigInt(serverFirst, serverLast), (exact) => {
        const { date, time, era } = slowTimestamp(exact);
        for (const read of [
          binary(1114, int64(exact), { types }),
          text(1114, `${date} ${time}${era}`, { types }),
        ]) {
          expect(read).toBe(`${date} ${time}${era}`);
        }
        for (const read of [
          binary(1184, int64(exact), { types }),
          text(1184, `${date} ${time}+00${era}`, { types }),
        ]) {
          expect(read).toBe(`${date} ${time}+00${era}`);
        }
      }),
      { numRuns: 500 },
    );
  });
  it('are microseconds since 1970 by choice', () => {
    const types = { timestamp: 'micros', timestamptz: 'micros' };
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n) + 1n, 2n ** 63n - 2n), (exact) => {
        expect(binary(1114, int64(exact), { types })).toBe(exact + to2000);
        expect(binary(1184, int64(exact), { types })).toBe(exact + to2000);
      }),
    );
    expect(text(1114, '1970-01-01 00:00:00.000001', { types })).toBe(1n);
  });
  it('take any offset of the session', () => {
    for (const [written, shown] of [
      ['2024-01-02 03:04:05+05:30', '2024-01-01T21:34:05.000Z'],
      ['2024-01-01 20:04:05-07', '2024-01-02T03:04:05.000Z'],
      ['1883-11-18 12:03:57-04:56:02', '1883-11-18T16:59:59.000Z'],
      ['0044-03-15 00:00:00+01 BC', '-000043-03-14T23:00:00.000Z'],
      ['2024-02-29 23:59:59.5-01', '2024-03-01T00:59:59.500Z'],
    ] as const) {
      expect((text(1184, written) as Date).toISOString()).toBe(shown);
    }
  });
  it('pad a fraction on the right', () => {
    for (const [fraction, microseconds] of [
      ['.1', 100_000],
      ['.12', 120_000],
      ['.123', 123_000],
      ['.1234', 123_400],
      ['.00001', 10],
      ['.000001', 1],
    ] as const) {
      expect(micros(text(1114, `2000-01-01 00:00:00${fraction}`))).toBe(BigInt(microseconds));
    }
  });
  it('have infinities', () => {
    for (const oid of [1114, 1184]) {
      expect([binary(oid, int64(2n ** 63n - 1n)), binary(oid, int64(-(2n ** 63n)))]).toEqual([
        Infinity,
        -Infinity,
      ]);
      expect([text(oid, 'infinity'), text(oid, '-infinity')]).toEqual([Infinity, -Infinity]);
      const types = { [oid]: 'string' };
      expect([binary(oid, int64(2n ** 63n - 1n), { types }), text(oid, '-infinity', { types })]).toEqual([
        'infinity',
        '-infinity',
      ]);
      expect(binary(oid, int64(2n ** 63n - 1n), { types: { [oid]: 'micros' } })).toBe(Infinity);
    }
  });
  it('refuse what Date cannot hold, naming the choice that can', () => {
    for (const get of [
      () => text(1114, '294276-12-31 23:59:59.999999'),
      () => text(1184, '275760-09-13 00:00:00.001+00'),
      () => binary(1184, int64(serverLast)),
      () => binary(1114, int64(2n ** 63n - 2n)),
    ]) {
      expect(get).toThrow(DataError);
      expect(get).toThrow(/'string'/);
    }
  });
  it.each([
    '',
    '2024-01-01',
    '2024-01-01T00:00:00',
    '2024-01-01 00:00',
    '2024-02-30 00:00:00',
    '2024-01-01 24:00:01',
    '0000-01-01 00:00:00',
    'now',
    '2024-01-01 00:00:00.1234567',
    '2024-01-01 00:00:00 AD',
  ])('refuse %j', (written) => {
    expect(() => text(1114, written)).toThrow(DataError);
    expect(() => text(1184, `${written}+00`)).toThrow(DataError);
  });
  it('do not take an offset where there must be none, nor go without', () => {
    expect(() => text(1114, '2024-01-01 00:00:00+00')).toThrow(DataError);
    expect(() => text(1184, '2024-01-01 00:00:00')).toThrow(DataError);
    expect(() => text(1184, '2024-01-01 00:00:00+00:99')).toThrow(DataError);
  });
});

describe("the choice 'temporal'", () => {
  const scope = globalThis as { Temporal?: unknown };
  const real = scope.Temporal;
  afterEach(() => {
    if (real === undefined) delete scope.Temporal;
    else scope.Temporal = real;
  });
  it('is refused when it is chosen where there is no Temporal', () => {
    delete scope.Temporal;
    expect(() => TypeRegistry.defaults.with({ timestamp: 'temporal' })).toThrow(ArgumentError);
  });
  it('makes PlainDateTime of timestamp and Instant of timestamptz', () => {
    const part = (kind: string) => ({
      from: (written: string) => {
        if (written.includes('294276')) throw new RangeError('out of range');
        return `${kind} ${written}`;
      },
    });
    scope.Temporal = { Instant: part('Instant'), PlainDateTime: part('PlainDateTime') };
    const types = { timestamp: 'temporal', timestamptz: 'temporal' };
    expect(text(1114, '2024-01-02 03:04:05.000001', { types })).toBe(
      'PlainDateTime 2024-01-02T03:04:05.000001',
    );
    expect(text(1184, '0044-03-15 00:00:00+01 BC', { types })).toBe('Instant -000043-03-14T23:00:00.000Z');
    expect(binary(1184, int64(-1n), { types })).toBe('Instant 1999-12-31T23:59:59.999999Z');
    expect(() => text(1114, '294276-01-01 00:00:00', { types })).toThrow(DataError);
  });
});

describe('abstime', () => {
  it('counts seconds since 1970', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_147_483_647, max: 2_147_483_643 }), (seconds) => {
        expect((binary(702, int32(seconds)) as Date).getTime()).toBe(seconds * 1000);
      }),
    );
    expect((text(702, '2024-01-02 03:04:05+01') as Date).toISOString()).toBe('2024-01-02T02:04:05.000Z');
  });
  it('has infinities, and a value that is none', () => {
    expect([binary(702, '7ffffffc'), binary(702, '80000000')]).toEqual([Infinity, -Infinity]);
    expect([text(702, 'infinity'), text(702, '-infinity')]).toEqual([Infinity, -Infinity]);
    expect(() => binary(702, '7ffffffe')).toThrow(DataError);
    expect(() => text(702, 'invalid')).toThrow(DataError);
    const types = { abstime: 'string' };
    expect([binary(702, '7ffffffe', { types }), text(702, 'invalid', { types })]).toEqual([
      'invalid',
      'invalid',
    ]);
    expect(binary(702, int32(0), { types })).toBe('1970-01-01 00:00:00+00');
  });
});

describe('a Date as text for the server', () => {
  it('is what the server’s own text reads back', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), fc.integer({ min: 0, max: 999 }), (date, below) => {
        const value = new Timestamp(date.getTime(), below);
        const written = writeInstant(value)!;
        const back = text(1184, written);
        expect(micros(back)).toBe(micros(value));
        expect(written).toMatch(/^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00(?: BC)?$/);
      }),
      { numRuns: 1000 },
    );
  });
});
