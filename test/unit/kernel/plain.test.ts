import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../../src/kernel/lanes.js';
import { makePlainDecoder } from '../../../src/kernel/plain.js';
import { makeWasmDecoder } from '../../../src/kernel/wasm.js';
import {
  blockOf,
  float32,
  float64,
  int16,
  int32,
  int64,
  postgresNumeric,
  redshiftNumeric,
  text,
  valuesOf,
  type Cell,
} from './blocks.js';

/** One column of these cells; the WebAssembly twin says the same. */
function decoded(lane: Lane, ...cells: Cell[]): unknown {
  const block = blockOf(cells.map((cell) => [cell]));
  const [plain, wasm] = [makePlainDecoder([lane]), makeWasmDecoder([lane])!].map((decoder) =>
    valuesOf(decoder.decode(block)[0]!, lane, cells.length),
  );
  expect(wasm).toEqual(plain);
  return plain;
}

const days = 10_957;
const micros = BigInt(days) * 86_400_000_000n;
const int64Max = 2n ** 63n - 1n;

describe('the plain column decoder', () => {
  it.each([
    [
      { kind: 'bool' },
      [Uint8Array.of(1), null, Uint8Array.of(0), Uint8Array.of(1)],
      [true, null, false, true],
    ],
    [{ kind: 'bool' }, [Uint8Array.of(1), Uint8Array.of(2)], 'bad 1'],
    [{ kind: 'int16' }, [int16(-32768), null, int16(32767)], [-32768, null, 32767]],
    [{ kind: 'int16' }, [int16(1), int32(1)], 'bad 1'],
    [{ kind: 'int32' }, [int32(-(2 ** 31)), int32(2 ** 31 - 1)], [-(2 ** 31), 2 ** 31 - 1]],
    [{ kind: 'uint32' }, [int32(-1), int64(7n), int64(2n ** 32n - 1n)], [2 ** 32 - 1, 7, 2 ** 32 - 1]],
    [{ kind: 'uint32' }, [int64(2n ** 32n)], 'bad 0'],
    [
      { kind: 'int64' },
      [int64(-int64Max - 1n), null, int64(int64Max), int64(-5n)],
      [-int64Max - 1n, null, int64Max, -5n],
    ],
    [{ kind: 'float32' }, [float32(0.1), float32(NaN), null], [Math.fround(0.1), NaN, null]],
    [{ kind: 'float64' }, [float64(0.1), float64(-0), float64(Infinity)], [0.1, -0, Infinity]],
    [
      { kind: 'int64AsFloat64' },
      [int64(2n ** 53n - 1n), int64(1n - 2n ** 53n), int64(-1n)],
      [2 ** 53 - 1, 1 - 2 ** 53, -1],
    ],
    [{ kind: 'int64AsFloat64' }, [int64(2n ** 53n)], 'bad 0'],
    [{ kind: 'int64AsFloat64' }, [int64(-(2n ** 53n))], 'bad 0'],
    [{ kind: 'date32' }, [int32(0), int32(-days), null], [days, 0, null]],
    [{ kind: 'date32' }, [int32(0), int32(2 ** 31 - 1)], 'bad 1'],
    [{ kind: 'date32' }, [int32(-(2 ** 31))], 'bad 0'],
    [{ kind: 'date32' }, [int32(2 ** 31 - 1 - days)], [2 ** 31 - 1]],
    [{ kind: 'time64' }, [int64(0n), int64(86_400_000_000n)], [0n, 86_400_000_000n]],
    [{ kind: 'time64' }, [int64(86_400_000_001n)], 'bad 0'],
    [{ kind: 'time64' }, [int64(-1n)], 'bad 0'],
    [{ kind: 'timestamp' }, [int64(0n), int64(-1n), int64(-micros), null], [micros, micros - 1n, 0n, null]],
    [{ kind: 'timestamp' }, [int64(int64Max)], 'bad 0'],
    [{ kind: 'timestamp' }, [int64(-int64Max - 1n)], 'bad 0'],
    [{ kind: 'timestamp' }, [int64(int64Max - micros), int64(-int64Max)], [int64Max, micros - int64Max]],
    [{ kind: 'timestamp' }, [int64(int64Max - micros + 1n)], 'bad 0'],
    [{ kind: 'utf8' }, [text('ä'), null, text(''), text('x'.repeat(100))], ['ä', null, '', 'x'.repeat(100)]],
    [{ kind: 'binary' }, [Uint8Array.of(0, 255), null], ['00ff', null]],
    [
      { kind: 'numericText' },
      [text('-0.50'), null, text('7'), text('9'.repeat(48))],
      ['-0.50', null, '7', '9'.repeat(48)],
    ],
    [{ kind: 'numericText' }, [text('1.5'), text('NaN')], 'bad 1'],
    [{ kind: 'numericText' }, [text('9'.repeat(49))], 'bad 0'],
    [{ kind: 'numericText' }, [text('-')], 'bad 0'],
    [{ kind: 'numericText' }, [text('')], 'bad 0'],
    [{ kind: 'numericText' }, [text('.5')], 'bad 0'],
    [{ kind: 'numericText' }, [text('5.')], 'bad 0'],
    [{ kind: 'numericText' }, [text('1.2.3')], 'bad 0'],
    [{ kind: 'skip' }, [int16(1), null], [undefined, undefined]],
  ] as [Lane, Cell[], unknown][])('%o', (lane, cells, wanted) => {
    expect(decoded(lane, ...cells)).toEqual(wanted);
  });

  it('reads intervals in their four forms', () => {
    const sixteen = (us: bigint, d: number, m: number): Uint8Array =>
      Buffer.concat([int64(us), int32(d), int32(m)]);
    expect(decoded({ kind: 'interval', form: 'postgresql' }, sixteen(-5n, 3, -2), null)).toEqual([
      [-2, 3, -5n],
      null,
    ]);
    expect(
      decoded(
        { kind: 'interval', form: 'redshift' },
        sixteen(-5n, 3, -2),
        Buffer.concat([int64(7n), int32(1)]),
      ),
    ).toEqual([
      [-2, 0, 3n * 86_400_000_000n - 5n],
      [1, 0, 7n],
    ]);
    expect(decoded({ kind: 'interval', form: 'months' }, int32(-14))).toEqual([[-14, 0, 0n]]);
    expect(decoded({ kind: 'interval', form: 'microseconds' }, int64(-int64Max))).toEqual([
      [0, 0, -int64Max],
    ]);
    const most = 2 ** 31 - 1;
    expect(decoded({ kind: 'interval', form: 'postgresql' }, sixteen(int64Max, most, most))).toBe('bad 0');
    expect(
      decoded({ kind: 'interval', form: 'postgresql' }, sixteen(-int64Max - 1n, -most - 1, -most - 1)),
    ).toBe('bad 0');
    expect(decoded({ kind: 'interval', form: 'redshift' }, sixteen(int64Max, 1, 0))).toBe('bad 0');
    expect(decoded({ kind: 'interval', form: 'microseconds' }, int32(1))).toBe('bad 0');
  });

  const unscaled = fc.oneof(
    fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
    fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }),
    fc.bigInt({ min: -20_000n, max: 20_000n }),
  );
  const written = (value: bigint, scale: number): string => {
    const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
    const point = digits.length - scale;
    const sign = value < 0n ? '-' : '';
    return scale === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  };

  it('reads every decimal in every form to the last digit', () => {
    fc.assert(
      fc.property(
        fc.array(unscaled, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 38 }),
        (values, scale) => {
          const lane = (form: 'text' | 'redshift' | 'postgresql'): Lane => ({
            kind: 'decimal128',
            form,
            scale,
          });
          const texts = values.map((value) => written(value, scale));
          expect(decoded(lane('text'), ...texts.map(text))).toEqual(values);
          expect(decoded(lane('postgresql'), ...texts.map(postgresNumeric))).toEqual(values);
          expect(decoded(lane('redshift'), ...values.map((value) => redshiftNumeric(value, 16)))).toEqual(
            values,
          );
          const short = values.map((value) => BigInt.asIntN(64, value));
          expect(decoded(lane('redshift'), ...short.map((value) => redshiftNumeric(value, 8)))).toEqual(
            short,
          );
        },
      ),
    );
  });

  it('takes a decimal of another scale only when no digit is lost', () => {
    const lane = (form: 'text' | 'postgresql', scale: number): Lane => ({ kind: 'decimal128', form, scale });
    for (const form of ['text', 'postgresql'] as const) {
      const cell = form === 'text' ? text : postgresNumeric;
      expect(decoded(lane(form, 2), cell('1.5'), cell('-0.5000'), cell('7'), cell('0'))).toEqual([
        150n,
        -50n,
        700n,
        0n,
      ]);
      expect(decoded(lane(form, 2), cell('1.501'))).toBe('bad 0');
      expect(decoded(lane(form, 0), cell('12345678901234567890.00001'))).toBe('bad 0');
      expect(decoded(lane(form, 0), cell('1'.padEnd(39, '0')))).toBe('bad 0');
      expect(decoded(lane(form, 1), cell('1'.padEnd(38, '0')))).toBe('bad 0');
      expect(decoded(lane(form, 38), cell('0.00000000000000000001'))).toEqual([10n ** 18n]);
      expect(decoded(lane(form, 0), cell('NaN'))).toBe('bad 0');
    }
    for (const bad of ['', '-', '.5', '5.', '1.2.3', '+1', ' 1', '1e3', '--1', 'Infinity', '0'.repeat(101)]) {
      expect(decoded(lane('text', 2), text(bad))).toBe('bad 0');
    }
  });

  it('finds a malformed group, sign, weight or length', () => {
    const cell = (...halves: number[]): Uint8Array =>
      Buffer.concat(halves.map((half) => int16((half << 16) >> 16)));
    const lane: Lane = { kind: 'decimal128', form: 'postgresql', scale: 2 };
    expect(decoded(lane, cell(1, 0, 0, 2, 42))).toEqual([4200n]);
    for (const bad of [
      cell(1, 0, 0, 2, 10_000),
      cell(1, 0, 0x1234, 2, 42),
      cell(2, 0, 0, 2, 42),
      cell(1, 0, 0, 2, 42, 1),
      cell(1, 21, 0, 2, 0),
      cell(1, 0, 0),
      cell(0, 0, 0xd000, 0),
      cell(21, 0, 0, 0, ...Array.from({ length: 21 }, () => 0)),
    ]) {
      expect(decoded(lane, bad)).toBe('bad 0');
    }
    // No groups: zero, whatever the weight says.
    expect(decoded(lane, cell(0, 99, 0, 2))).toEqual([0n]);
  });

  it('gives the nearest double of a numeric, or leaves it to the slow way', () => {
    fc.assert(
      fc.property(unscaled, fc.integer({ min: 0, max: 38 }), (value, scale) => {
        const decimal = written(value, scale);
        const lane = (form: 'text' | 'redshift' | 'postgresql'): Lane => ({
          kind: 'numericAsFloat64',
          form,
          scale,
        });
        const safe = (value < 0n ? -value : value) <= BigInt(Number.MAX_SAFE_INTEGER);
        const wanted = safe && scale <= 22 ? [Number(decimal)] : 'bad 0';
        expect(decoded(lane('text'), text(decimal))).toEqual(wanted);
        expect(decoded(lane('redshift'), redshiftNumeric(value, 16))).toEqual(wanted);
        const groups = decoded(lane('postgresql'), postgresNumeric(decimal));
        if (groups !== 'bad 0') expect(groups).toEqual([Number(decimal)]);
        else expect(decimal.length).toBeGreaterThan(9);
      }),
    );
    expect(decoded({ kind: 'numericAsFloat64', form: 'text', scale: 0 }, text('-0.00'))).toEqual([-0]);
    expect(decoded({ kind: 'numericAsFloat64', form: 'text', scale: 0 }, text('NaN'))).toBe('bad 0');
    // Groups whose integer is beyond 64 bits, and just below 2^53.
    const groups = (...halves: number[]): Uint8Array => Buffer.concat(halves.map(int16));
    const lane: Lane = { kind: 'numericAsFloat64', form: 'postgresql', scale: 0 };
    expect(decoded(lane, groups(5, 0, 0, 0, 1845, 0, 0, 0, 0))).toBe('bad 0');
    expect(decoded(lane, groups(5, 0, 0, 0, 922, 3372, 369, 0, 0))).toBe('bad 0');
    expect(decoded(lane, groups(4, 3, 0, 0, 9007, 1992, 5474, 991))).toEqual([9_007_199_254_740_991]);
    expect(decoded(lane, groups(4, 3, 0, 0, 9007, 1992, 5474, 992))).toBe('bad 0');
  });

  it('decodes blocks of many columns one after the other in the same memory', () => {
    const lanes: Lane[] = [{ kind: 'int32' }, { kind: 'utf8' }, { kind: 'skip' }, { kind: 'bool' }];
    const decoder = makePlainDecoder(lanes);
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
            fc.option(fc.string()),
            fc.option(fc.boolean()),
          ),
          { maxLength: 40 },
        ),
        (rows) => {
          const block = blockOf(
            rows.map(([number, string, truth]) => [
              number === null ? null : int32(number),
              string === null ? null : text(string),
              text('not looked at'),
              truth === null ? null : Uint8Array.of(truth ? 1 : 0),
            ]),
          );
          const pieces = decoder.decode(block);
          for (const [column, lane] of lanes.entries()) {
            if (lane.kind === 'skip') continue;
            const wanted = rows.map((row) => row[column === 3 ? 2 : (column as 0 | 1)]);
            expect(valuesOf(pieces[column]!, lane, rows.length)).toEqual(wanted);
            expect(pieces[column]!.nullCount).toBe(wanted.filter((value) => value === null).length);
          }
        },
      ),
    );
  });

  it('leaves no bit set beyond the last row', () => {
    const pieces = makePlainDecoder([{ kind: 'bool' }]).decode(
      blockOf(Array.from({ length: 9 }, (_, row) => [row === 4 ? null : Uint8Array.of(1)])),
    );
    expect([...pieces[0]!.values]).toEqual([0b11101111, 1]);
    expect([...pieces[0]!.validity!]).toEqual([0b11101111, 1]);
  });
});
