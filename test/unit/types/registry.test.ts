import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.js';
import { createTypes, TypeRegistry, type TypeOptions } from '../../../src/types/registry.js';
import { binary, int32, int64, numericModifier, redshift, text } from './cells.js';

const column = (typeOid: number, typeModifier = -1) => ({ typeOid, typeModifier });

describe('a registry', () => {
  it('is never changed by the one below it', () => {
    const connection = createTypes({ bigint: 'number' });
    const cursor = connection.with({ bigint: 'string', date: 'date' });
    const query = cursor.with(undefined);
    expect(query).toBe(cursor);
    const one = (types: TypeRegistry): unknown => {
      const cell = { bytes: Buffer.from('5'), view: new DataView(new ArrayBuffer(0)) };
      return types.readers([column(20)], [0], redshift(2))[0]!(cell, 0, 1);
    };
    expect([TypeRegistry.defaults, connection, cursor].map(one)).toEqual([5n, 5, '5']);
  });
  it('takes name, alias and OID of a type for the same entry', () => {
    for (const key of ['bigint', 'int8', 'BIGINT', ' Int8 ', '20']) {
      expect(text(20, '5', { types: { [key]: 'number' } })).toBe(5);
    }
    const types = createTypes({ int8: 'number' }).with({ 20: 'string' });
    const cell = { bytes: Buffer.from('5'), view: new DataView(new ArrayBuffer(0)) };
    expect(types.readers([column(20)], [0], redshift(2))[0]!(cell, 0, 1)).toBe('5');
  });
  it('takes a wider choice back', () => {
    expect(
      createTypes('json')
        .with({ timestamp: 'default' })
        .formats([column(1114)], redshift(2)),
    ).toEqual(Uint8Array.of(1));
    const types = createTypes({ bigint: 'number' }).with({ bigint: 'default' });
    const cell = { bytes: Buffer.from('5'), view: new DataView(new ArrayBuffer(0)) };
    expect(types.readers([column(20)], [0], redshift(2))[0]!(cell, 0, 1)).toBe(5n);
  });
  it('gives a function the text of any type, listed or not', () => {
    const shout = (written: string): string => `${written}!`;
    expect(text(99_999, 'x', { types: { 99999: shout } })).toBe('x!');
    expect(text(1043, 'é', { types: { varchar: shout } })).toBe('é!');
    expect(binary(1043, Buffer.from('é'), { types: { 'character varying': shout } })).toBe('é!');
    expect(binary(23, int32(-5), { types: { int: shout } })).toBe('-5!');
    // Below the normal range a REAL has fewer digits to tell.
    expect(binary(700, '00007703', { types: { real: shout } })).toBe('4.2693e-41!');
    expect(binary(700, '00000001', { types: { real: shout } })).toBe('1e-45!');
    expect(binary(20, int64(2n ** 60n), { types: { bigint: shout } })).toBe('1152921504606846976!');
    expect(binary(1700, int64(-5n), { types: { numeric: shout }, modifier: numericModifier(18, 2) })).toBe(
      '-0.05!',
    );
    expect(binary(1114, int64(1n), { types: { timestamp: shout } })).toBe('2000-01-01 00:00:00.000001!');
    expect(text(1184, '2024-01-01 05:30:00+05:30', { types: { timestamptz: shout } })).toBe(
      '2024-01-01 00:00:00+00!',
    );
    expect(text(1082, 'infinity', { types: { date: shout } })).toBe('infinity!');
    expect(text(1188, '1 years 2 mons', { types: { 'interval year to month': shout } })).toBe('P1Y2M!');
    expect(text(3000, 'ab', { types: { geometry: shout } })).toBe('AB!');
    expect(text(22, '1 2', { types: { int2vector: shout } })).toBe('1 2!');
  });
  it('does not look at what a name inherits', () => {
    for (const key of ['constructor', 'toString', 'hasOwnProperty']) {
      expect(() => createTypes({ [key]: 'number' })).toThrow(/there is no type/);
    }
    const own = JSON.parse('{"__proto__": "number"}') as TypeOptions;
    expect(() => createTypes(own)).toThrow(/there is no type "__proto__"/);
    const none = Object.assign(Object.create({ bigint: 'number' }) as object, {});
    expect(createTypes(none as TypeOptions).formats([column(20)], redshift(2))).toEqual(Uint8Array.of(1));
  });
});

describe('a wrong option', () => {
  it.each([
    [{ bignt: 'number' }, /no type "bignt"; did you mean "bigint"/],
    [{ timestmptz: 'string' }, /did you mean "timestamptz"/],
    [{ 'integr[]': () => 1 }, /no type "integr\[\]"/],
    [{ 0: 'string' }, /no type "0"/],
    [{ 4294967296: 'string' }, /no type/],
    [
      { bigint: 'Number' },
      /types\.bigint takes 'number', 'string', 'default', a function of the text, not "Number"/,
    ],
    [{ integer: 'string' }, /types\.integer takes 'default', a function/],
    [{ timestamp: 'iso' }, /takes 'string', 'micros', 'temporal'/],
    [{ super: 'plain' }, /takes 'json', 'string'/],
    [{ real: 'text' }, /types\.real takes/],
    [{ bigint: 5 }, /not number/],
    [{ bigint: null }, /not object/],
    [{ 'bigint[]': 'number' }, /what is chosen for bigint holds for its arrays/],
    [{ 99999: 'string' }, /types\.99999 takes 'default', a function/],
    ['jsno', /no preset "jsno"; the only one is 'json'/],
    [[], /types must be an object/],
    [null, /types must be an object/],
    [5, /types must be an object/],
  ])('%o', (options, message) => {
    expect(() => createTypes(options as never)).toThrow(ArgumentError);
    expect(() => createTypes(options as never)).toThrow(message);
  });
  it('passes over what is undefined', () => {
    expect(text(20, '5', { types: { bigint: undefined } as never })).toBe(5n);
  });
});

describe("the preset 'json'", () => {
  const types = 'json' as const;
  it('gives values that JSON.stringify takes and keeps readable', () => {
    const row = [
      text(20, '9007199254740991', { types }),
      text(1700, '-0.05', { types }),
      text(1082, 'infinity', { types }),
      text(1082, '2024-01-02', { types }),
      text(1114, '2024-01-02 03:04:05', { types }),
      binary(1114, int64(-1n), { types }),
      text(1184, '2024-01-02 03:04:05.5+01', { types }),
      text(1184, '0044-03-15 00:00:00+00 BC', { types }),
      text(1114, '294276-12-31 23:59:59.999999', { types }),
      binary(1114, int64(-(2n ** 63n)), { types }),
      text(1186, '1 mon 01:00:00', { types }),
      text(1188, '1 years', { types }),
      text(4000, '{"a":[12345678901234567890,1]}', { types }),
      text(114, '12345678901234567890', { types }),
      text(6551, 'FF00', { types }),
      text(17, '\\xff', { types }),
      text(701, 'NaN', { types }),
      text(700, '-Infinity', { types }),
      text(1022, '{1.5,NaN}', { types }),
      text(1016, '{1,NULL}', { types }),
      text(16, 't', { types }),
      text(702, '1970-01-01 00:00:00+00', { types }),
    ];
    expect(JSON.parse(JSON.stringify(row))).toEqual([
      9_007_199_254_740_991,
      '-0.05',
      'infinity',
      '2024-01-02',
      '2024-01-02T03:04:05.000Z',
      '1999-12-31T23:59:59.999999Z',
      '2024-01-02T02:04:05.500Z',
      '-000043-03-15T00:00:00.000Z',
      '+294276-12-31T23:59:59.999999Z',
      '-infinity',
      'P1MT1H',
      'P1Y',
      { a: ['12345678901234567890', 1] },
      '12345678901234567890',
      'ff00',
      'ff',
      'NaN',
      '-Infinity',
      [1.5, 'NaN'],
      [1, null],
      true,
      '1970-01-01T00:00:00.000Z',
    ]);
  });
  it('refuses a bigint that a number would round', () => {
    expect(() => text(20, '9007199254740993', { types })).toThrow(/9007199254740993/);
  });
  it('gives way to a narrower scope, type by type', () => {
    const registry = createTypes('json').with({ bigint: 'string' });
    const cell = { bytes: Buffer.from('5'), view: new DataView(new ArrayBuffer(0)) };
    const [reader] = registry.readers([column(20)], [0], redshift(2));
    expect(reader!(cell, 0, 1)).toBe('5');
  });
});

describe('names', () => {
  it('are the SQL names', () => {
    const names = [16, 20, 701, 1700, 1042, 1184, 1188, 4000, 1007, 1231, 22, 1006, 12345].map((oid) =>
      TypeRegistry.defaults.typeName(oid),
    );
    expect(names).toEqual([
      'boolean',
      'bigint',
      'double precision',
      'numeric',
      'char',
      'timestamptz',
      'interval year to month',
      'super',
      'integer[]',
      'numeric[]',
      'int2vector',
      'int2vector[]',
      'type 12345',
    ]);
    expect([20, 1007, 12345].map((oid) => TypeRegistry.defaults.codec(oid).name)).toEqual([
      'bigint',
      'integer[]',
      'type 12345',
    ]);
  });
});

describe('which formats are asked on Redshift', () => {
  const always = [
    16, 18, 19, 20, 21, 23, 25, 26, 700, 701, 702, 705, 1033, 1042, 1043, 1114, 1184, 1186, 1188, 1190, 1266,
  ];
  const fromVersion2 = [6551, 1082, 1083, 3001, 1002, 1005, 1007, 1009, 1015, 1021, 1028, 1034];
  const never = [
    3000, 3999, 4000, 2935, 114, 28, 24, 22, 30, 27, 29, 17, 1790, 2275, 2278, 1016, 1022, 1231, 1700, 99_999,
  ];
  it.each([0, 1, 2, 3])('at version %i', (version) => {
    const asked = (oids: readonly number[]): number[] => {
      const columns = oids.map((oid) => column(oid));
      return Array.from(TypeRegistry.defaults.formats(columns, redshift(version)));
    };
    expect(asked(always)).toEqual(always.map(() => 1));
    expect(asked(fromVersion2)).toEqual(fromVersion2.map(() => (version >= 2 ? 1 : 0)));
    expect(asked(never)).toEqual(never.map(() => 0));
  });
});
