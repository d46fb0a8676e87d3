/** What the front makes of the engine's values, read by the driver: text and binary have to mean the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnPlan, parameterForEngine, typeSize } from '../../../../src/local/results/values.js';
import type { FieldDescription, Format } from '../../../../src/protocol/messages.js';
import { Interval } from '../../../../src/types/interval.js';
import { binary, text } from '../../types/cells.js';

const field = (typeOid: number, typeModifier = -1): FieldDescription => ({
  name: 'c',
  tableOid: 0,
  attributeNumber: 0,
  typeOid,
  typeSize: -1,
  typeModifier,
  format: 0,
});
const modifier = (precision: number, scale: number): number => ((precision << 16) | scale) + 4;

/** A value as it comes to a client that asked for this format. */
function sent(typeOid: number, format: Format, value: Uint8Array, typeModifier = -1): Uint8Array {
  const traits = { computed: false, protocolVersion: 1 };
  const { rewrite } = columnPlan(field(typeOid, typeModifier), format, traits);
  return rewrite ? rewrite(value) : value;
}

function interval(microseconds: bigint, days: number, months: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(16));
  bytes.setBigInt64(0, microseconds);
  bytes.setInt32(8, days);
  bytes.setInt32(12, months);
  return new Uint8Array(bytes.buffer);
}

const dayLong = 86_400_000_000n;
const days = fc.integer({ min: -1_000_000, max: 1_000_000 });
const microseconds = fc.bigInt(-(2n ** 62n), 2n ** 62n);
const months = fc.integer({ min: -2_147_483_648, max: 2_147_483_647 });

describe('an interval', () => {
  it('is the same in text and in binary, days in hours', () => {
    fc.assert(
      fc.property(microseconds, days, months, (micros, day, month) => {
        const value = interval(micros, day, month);
        const expected = new Interval({ months: month, microseconds: micros + BigInt(day) * dayLong });
        expect(binary(1186, sent(1186, 1, value))).toEqual(expected);
        expect(text(1186, Buffer.from(sent(1186, 0, value)).toString())).toEqual(expected);
      }),
    );
  });
  it('year to month and day to second are', () => {
    fc.assert(
      fc.property(microseconds, days, months, (micros, day, month) => {
        const value = interval(micros, day, month);
        const dayToSecond = new Interval({ microseconds: micros + BigInt(day) * dayLong });
        expect(binary(1188, sent(1188, 1, value))).toEqual(new Interval({ months: month }));
        expect(text(1188, Buffer.from(sent(1188, 0, value)).toString())).toEqual(
          new Interval({ months: month }),
        );
        expect(binary(1190, sent(1190, 1, value))).toEqual(dayToSecond);
        expect(text(1190, Buffer.from(sent(1190, 0, value)).toString())).toEqual(dayToSecond);
      }),
    );
  });
  it('that a client sends in Redshift’s binary form is the engine’s', () => {
    expect(Buffer.from(parameterForEngine(1186, Buffer.from('0000000000000001ffffffff', 'hex')))).toEqual(
      Buffer.from(interval(1n, 0, -1)),
    );
    expect(Buffer.from(parameterForEngine(1188, Buffer.from('ffffffff', 'hex')))).toEqual(
      Buffer.from(interval(0n, 0, -1)),
    );
    expect(Buffer.from(parameterForEngine(1190, Buffer.from('ffffffffffffffff', 'hex')))).toEqual(
      Buffer.from(interval(-1n, 0, 0)),
    );
  });
});

describe('NUMERIC', () => {
  it('is 8 bytes up to precision 19, else 16 (AWS manual, Numeric types)', () => {
    const bytes = sent(1700, 1, Buffer.from('-12345.67891'), modifier(18, 8));
    expect(Buffer.from(bytes).toString('hex')).toBe('fffffee08e04f7c8');
    expect(sent(1700, 1, Buffer.from('1'), modifier(20, 0))).toHaveLength(16);
  });
});

describe('TIMETZ', () => {
  const value = Buffer.from('000000134743bc0000004650', 'hex'); // 23:00 five hours west of UTC
  it('comes in UTC, as Redshift keeps it', () => {
    expect(Buffer.from(sent(1266, 0, value)).toString()).toBe('04:00:00+00');
    expect(text(1266, '04:00:00+00')).toEqual(binary(1266, sent(1266, 1, value)));
  });
  it('keeps its microseconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 86_399_999_999 }),
        fc.integer({ min: -57_599, max: 57_599 }),
        (micros, west) => {
          const bytes = Buffer.alloc(12);
          bytes.writeBigInt64BE(BigInt(micros));
          bytes.writeInt32BE(west, 8);
          const utc = (((BigInt(micros) + BigInt(west) * 1_000_000n) % dayLong) + dayLong) % dayLong;
          expect(Buffer.from(sent(1266, 1, bytes)).readBigInt64BE()).toBe(utc);
          expect(text(1266, Buffer.from(sent(1266, 0, bytes)).toString())).toEqual(
            binary(1266, sent(1266, 1, bytes)),
          );
        },
      ),
    );
  });
});

describe('SUPER', () => {
  it.each([
    ['\u0001{"a":[1,2.50]}', '{"a":[1,2.50]}'],
    ['\u0001null', 'null'],
    ['plain "text"', '"plain \\"text\\""'],
    ['', '""'],
  ])('%j is %s', (kept, json) => {
    for (const format of [0, 1] as const) {
      expect(Buffer.from(sent(4000, format, Buffer.from(kept))).toString()).toBe(json);
    }
  });
});

describe('VARBYTE', () => {
  it('is hex digits without a prefix in text, and raw in binary', () => {
    expect(Buffer.from(sent(6551, 0, Buffer.from('\\x00ff'))).toString()).toBe('00ff');
    expect(Buffer.from(sent(6551, 1, Buffer.from('00ff', 'hex'))).toString('hex')).toBe('00ff');
  });
});

describe('VARBYTE from version 2 on', () => {
  it('is raw in text, too', () => {
    for (const protocolVersion of [2, 3]) {
      const plan = columnPlan(field(6551), 0, { computed: false, protocolVersion });
      expect(plan).toEqual({ engineFormat: 1, rewrite: undefined });
    }
  });
});

describe('an array of ACLITEM', () => {
  it('is a binary array of texts', () => {
    const bytes = sent(1034, 1, Buffer.from('{rdsdb=arwdDxtm/rdsdb,"\\"a b\\"=r/rdsdb"}'));
    expect(binary(1034, bytes)).toEqual(['rdsdb=arwdDxtm/rdsdb', '"a b"=r/rdsdb']);
    expect(binary(1034, sent(1034, 1, Buffer.from('{}')))).toEqual([]);
  });
});

describe('GEOGRAPHY', () => {
  it('is hex EWKB in text, and raw in binary', () => {
    expect(Buffer.from(sent(3001, 0, Buffer.from('0101'))).toString()).toBe('0101');
    expect(Buffer.from(sent(3001, 1, Buffer.from('0101'))).toString('hex')).toBe('0101');
  });
});

it('sizes of types are Redshift’s where the engine’s differ', () => {
  expect([1186, 1188, 1190, 23].map((oid) => typeSize({ ...field(oid), typeSize: 16 }))).toEqual([
    12, 4, 8, 16,
  ]);
});

describe('an ABSTIME', () => {
  const stamp = (micros: bigint): Uint8Array => {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setBigInt64(0, micros);
    return new Uint8Array(bytes.buffer);
  };
  const seconds = (micros: bigint): number => {
    const cell = sent(702, 1, stamp(micros));
    expect(cell).toHaveLength(typeSize(field(702)));
    return new DataView(cell.buffer, cell.byteOffset).getInt32(0);
  };

  it('is seconds since 1970 in four bytes, rounded down', () => {
    expect(seconds(0n)).toBe(946_684_800);
    expect(seconds(-1n)).toBe(946_684_799);
    expect(seconds(-946_684_800_000_000n)).toBe(0);
    expect(seconds(-946_684_800_000_001n)).toBe(-1);
  });

  it('ends where its bytes do, at the infinities', () => {
    expect(seconds(2n ** 63n - 1n)).toBe(0x7fff_fffc);
    expect(seconds(-(2n ** 63n))).toBe(-0x8000_0000);
    expect(seconds(4_000_000_000_000_000n)).toBe(0x7fff_fffc);
  });
});

describe('a TIME', () => {
  it('has no 24:00:00', () => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, dayLong);
    expect(binary(1083, sent(1083, 1, bytes))).toBe('00:00:00');
    expect(Buffer.from(sent(1083, 0, Buffer.from('24:00:00'))).toString()).toBe('00:00:00');
    expect(Buffer.from(sent(1083, 0, Buffer.from('23:59:59.5'))).toString()).toBe('23:59:59.5');
    new DataView(bytes.buffer).setBigInt64(0, dayLong - 1n);
    expect(binary(1083, sent(1083, 1, bytes))).toBe('23:59:59.999999');
  });
});
