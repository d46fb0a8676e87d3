import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { Interval } from '../../../src/types/interval.js';
import { typed, type Typed } from '../../../src/types/typed.js';

const show = ({ oid, format, bytes }: Typed): [number, number, string | null] => [
  oid,
  format,
  bytes === null ? null : Buffer.from(bytes).toString(format === 1 ? 'hex' : 'utf8'),
];

describe('typed', () => {
  it.each([
    ['boolean', true, [16, 0, 't']],
    ['bool', false, [16, 0, 'f']],
    ['int2', -32_768, [21, 0, '-32768']],
    ['smallint', '32767', [21, 0, '32767']],
    ['int4', 5n, [23, 0, '5']],
    ['integer', -5, [23, 0, '-5']],
    ['int8', 2n ** 63n - 1n, [20, 0, '9223372036854775807']],
    ['bigint', '-9223372036854775808', [20, 0, '-9223372036854775808']],
    ['float4', 0.5, [700, 0, '0.5']],
    ['real', -Infinity, [700, 0, '-Infinity']],
    ['float8', -0, [701, 0, '-0']],
    ['double', NaN, [701, 0, 'NaN']],
    ['numeric', '-0.05', [1700, 0, '-0.05']],
    ['decimal', 10n ** 37n, [1700, 0, '10000000000000000000000000000000000000']],
    ['char', 'a ', [1042, 0, 'a ']],
    ['bpchar', 'a', [1042, 0, 'a']],
    ['varchar', 'é', [1043, 0, 'é']],
    ['text', '', [25, 0, '']],
    ['date', '2024-01-02', [1082, 0, '2024-01-02']],
    ['date', new Date(Date.UTC(-43, 2, 15, 5)), [1082, 0, '0044-03-15 BC']],
    ['time', '01:02:03', [1083, 0, '01:02:03']],
    ['timetz', '01:02:03+00', [1266, 0, '01:02:03+00']],
    ['timestamp', new Date(1), [1114, 0, '1970-01-01 00:00:00.001000']],
    ['timestamptz', new Date(1), [1184, 0, '1970-01-01 00:00:00.001000+00']],
    ['interval', '1 day', [1186, 0, '1 day']],
    ['interval', new Interval({ days: 1 }), [1186, 0, '0 mons 1 days 0 hours 0 mins 0.000000 secs']],
    ['intervalYearToMonth', new Interval({ months: 14 }), [1188, 1, '0000000e']],
    ['intervalDayToSecond', new Interval({ days: 1, microseconds: -1n }), [1190, 1, '000000141dd75fff']],
    ['super', { a: 2n ** 60n }, [4000, 0, '{"a":1152921504606846976}']],
    ['super', '{"a":1}', [4000, 0, '{"a":1}']],
    ['json', [1, 2], [114, 0, '[1,2]']],
    ['varbyte', Buffer.from([255]), [6551, 0, 'ff']],
    ['varbyte', 'FF00', [6551, 0, 'FF00']],
    ['bytea', Buffer.from([255]), [17, 0, '\\xff']],
    ['geometry', '0101', [3000, 0, '0101']],
    ['geography', Buffer.from([1]), [3001, 0, '01']],
  ] as const)('%s(%o)', (name, value, wanted) => {
    expect(show((typed[name] as (value: unknown) => Typed)(value))).toEqual(wanted);
  });
  it('gives a NULL of the type', () => {
    for (const [name, make] of Object.entries(typed)) {
      if (name === 'oid') continue;
      for (const nothing of [null, undefined]) {
        const { oid, bytes } = (make as (value: unknown) => Typed)(nothing);
        expect([typeof oid, bytes]).toEqual(['number', null]);
      }
    }
  });
  it('takes any OID', () => {
    expect(show(typed.oid(2950, 'x'))).toEqual([2950, 0, 'x']);
    expect(show(typed.oid(2950, null))).toEqual([2950, 0, null]);
    for (const bad of [-1, 0.5, 2 ** 32, NaN]) expect(() => typed.oid(bad, 'x')).toThrow(ArgumentError);
  });
  it.each([
    ['boolean', 1],
    ['int2', 70_000],
    ['int2', -32_769],
    ['int4', 2 ** 31],
    ['int4', 1.5],
    ['int4', NaN],
    ['int4', true],
    ['int8', 2n ** 63n],
    ['int8', 2 ** 60],
    ['int8', ''],
    ['int8', '0x10'],
    ['int8', ' 1'],
    ['float4', 1e39],
    ['float8', '1'],
    ['numeric', 'x'],
    ['numeric', ''],
    ['numeric', Infinity],
    ['numeric', true],
    ['varchar', 5],
    ['varchar', 'a\0'],
    ['date', new Date(NaN)],
    ['timestamp', 5],
    ['interval', 5],
    ['intervalYearToMonth', new Interval({ days: 1 })],
    ['intervalYearToMonth', '1 year'],
    ['intervalDayToSecond', new Interval({ months: 1 })],
    ['intervalDayToSecond', new Interval({ days: 1, microseconds: 2n ** 63n - 1n })],
    ['super', () => 1],
    ['json', 'a\0'],
    ['varbyte', 'f'],
    ['varbyte', 'zz'],
    ['varbyte', 5],
    ['varbyte', [1]],
  ] as const)('%s refuses %o, by name', (name, value) => {
    const make = typed[name] as (value: unknown) => Typed;
    expect(() => make(value)).toThrow(ArgumentError);
    expect(() => make(value)).toThrow(new RegExp(`typed\\.${name}\\b`));
  });
  it('is frozen', () => {
    expect([Object.isFrozen(typed), Object.isFrozen(typed.int2(1))]).toEqual([true, true]);
  });
});
