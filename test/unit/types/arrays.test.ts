import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.js';
import { TypeRegistry } from '../../../src/types/registry.js';
import {
  binary,
  binaryArray,
  int16,
  int32,
  int64,
  postgresql,
  redshift,
  redshiftVersions,
  text,
} from './cells.js';

/** As array_out of PostgreSQL writes an element. */
function element(value: string | null): string {
  if (value === null) return 'NULL';
  const plain = value !== '' && !/^null$/i.test(value) && !/[{}",\\\s]/.test(value);
  return plain ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
const strings = fc.array(
  fc.option(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom('', 'null', 'NULL', '{', '}', '"', '\\', ' a ', '\u00a0x\u00a0', 'é,ü'),
    ),
  ),
  { maxLength: 8 },
);

describe('arrays in text', () => {
  it('give the elements that were written', () => {
    fc.assert(
      fc.property(strings, (values) => {
        const clean = values.map((one) => one?.replace(/[\ud800-\udfff]/g, '?') ?? null);
        expect(text(1009, `{${clean.map(element).join(',')}}`)).toEqual(clean);
      }),
      { numRuns: 1000 },
    );
  });
  it.each([
    [1007, '{}', []],
    [1007, '{1,2,NULL}', [1, 2, null]],
    [
      1007,
      '{{1,2},{3,4}}',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [1007, '[0:1]={1,2}', [1, 2]],
    [
      1007,
      '[-1:0][2:3]={{1,2},{3,4}}',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [1007, ' { 1 , 2 } ', [1, 2]],
    [1009, '{null,"null","NULL",nUlL,\\null}', [null, 'null', 'NULL', null, 'null']],
    [1009, '{a b , "c d" }', ['a b', 'c d']],
    [1009, '{"a\\"b\\\\c",d\\,e}', ['a"b\\c', 'd,e']],
    [1009, '{""}', ['']],
    [1000, '{t,f}', [true, false]],
    [1016, '{9223372036854775807}', [2n ** 63n - 1n]],
    [1231, '{1.10,-0.05,NaN}', ['1.10', '-0.05', 'NaN']],
    [1182, '{"0044-03-15 BC",2024-01-02}', ['0044-03-15 BC', '2024-01-02']],
    [1021, '{0.1}', [Math.fround(0.1)]],
    [1001, '{"\\\\x00ff"}', [Buffer.from([0, 255])]],
    [1034, '{=r/postgres,"a b=r/c"}', ['=r/postgres', 'a b=r/c']],
    [22, '1 2 3', [1, 2, 3]],
    [22, '', []],
    [30, '4294967295 1', [4_294_967_295, 1]],
    [1006, '{"1 2","3"}', [[1, 2], [3]]],
    [199, '{"{\\"a\\":1}"}', [{ a: 1 }]],
  ])('%i %s', (oid, written, values) => {
    expect(text(oid, written)).toEqual(values);
  });
  it.each([
    '',
    '{',
    '}',
    '{1',
    '1,2',
    '{1,}',
    '{,1}',
    '{1,,2}',
    '{1}x',
    '{1}{2}',
    '{{1},2}',
    '{1,{2}}',
    '{{1},{2,3}}',
    '{{},{1}}',
    '{"1}',
    '{"1"2}',
    '{1"2"}',
    '{1\\}',
    '{"1\\',
    '{x}',
    '{1;2}',
    '[0:2]={1,2}',
    '[0:1]',
    '[0:1]=',
    '[a:b]={1}',
    '[1:1][1:2]={1}',
    '[1:1]={{1}}',
    '{ }x',
    '{1 2}',
  ])('refuses %j', (written) => {
    expect(() => text(1007, written)).toThrow(DataError);
  });
  it('refuses a depth that no server has, at once', () => {
    const start = performance.now();
    expect(() => text(1007, '{'.repeat(100_000))).toThrow(DataError);
    expect(() => text(1007, '{'.repeat(100_000) + '}'.repeat(100_000))).toThrow(DataError);
    expect(performance.now() - start).toBeLessThan(200);
  });
  it('refuses vectors of anything but numbers', () => {
    for (const bad of ['1,2', 'x', '1 x', '{1}', '__import__'])
      expect(() => text(22, bad)).toThrow(DataError);
  });
});

describe('arrays in binary', () => {
  it('read text[] {o,NULL}', () => {
    expect(binary(1009, '0000000100000001000000190000000200000001000000016fffffffff')).toEqual(['o', null]);
  });
  it('read every element type', () => {
    expect(binary(1007, binaryArray(23, [int32(5), null]))).toEqual([5, null]);
    expect(binary(1005, binaryArray(21, [int16(-5)]))).toEqual([-5]);
    expect(binary(1016, binaryArray(20, [int64(7n)]))).toEqual([7n]);
    expect(binary(1028, binaryArray(26, [int32(-1)]))).toEqual([4_294_967_295]);
    expect(binary(1015, binaryArray(1043, [Buffer.from('é')]))).toEqual(['é']);
    expect(binary(22, binaryArray(21, [int16(1), int16(2)]))).toEqual([1, 2]);
    expect(binary(30, binaryArray(26, [int32(3)]))).toEqual([3]);
    expect(binary(1115, binaryArray(1114, [int64(0n)]), { server: postgresql })).toEqual([
      new Date(Date.UTC(2000, 0, 1)),
    ]);
    expect(binary(1007, binaryArray(23, []))).toEqual([]);
  });
  it('read more dimensions', () => {
    const head = [2, 0, 23, 2, 1, 2, 1].map(int32);
    const cells = [1, 2, 3, 4].flatMap((value) => [int32(4), int32(value)]);
    expect(binary(1007, Buffer.concat([...head, ...cells]))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(binary(1007, Buffer.concat([2, 0, 23, 0, 1, 5, 1].map(int32)))).toEqual([]);
  });
  it('give what text gives', () => {
    fc.assert(
      fc.property(strings, (values) => {
        const clean = values.map((one) => one?.replace(/[\ud800-\udfff]/g, '?') ?? null);
        const cells = clean.map((one) => (one === null ? null : Buffer.from(one)));
        expect(binary(1009, binaryArray(25, cells))).toEqual(text(1009, `{${clean.map(element).join(',')}}`));
      }),
    );
  });
  it('allocate nothing that is not there', () => {
    const million = int32(1_000_000);
    const zeros = Buffer.alloc(4_000_000);
    const start = performance.now();
    for (const lengths of [
      [million],
      [million, int32(0)],
      [million, million, million, int32(0)],
      [int32(-1)],
      [int32(0), int32(-5)],
    ]) {
      for (const rest of [Buffer.alloc(0), zeros.subarray(0, 3_999_996)]) {
        const dimensions = lengths.flatMap((length) => [length, int32(1)]);
        const bytes = Buffer.concat([int32(lengths.length), int32(0), int32(23), ...dimensions, rest]);
        expect(() => binary(1007, bytes)).toThrow(DataError);
      }
    }
    expect(performance.now() - start).toBeLessThan(500);
  });
  it('refuse elements that are arrays themselves', () => {
    let nested = binaryArray(23, [int32(1)]);
    for (let depth = 0; depth < 2000; depth++) nested = binaryArray(1007, [nested]);
    expect(() => binary(1007, nested)).toThrow(DataError);
  });
  it('refuse what is cut or too long', () => {
    const good = binaryArray(23, [int32(1), int32(2)]);
    for (let length = 0; length < good.length; length++) {
      expect(() => binary(1007, good.subarray(0, length))).toThrow(DataError);
    }
    expect(() => binary(1007, Buffer.concat([good, Buffer.of(0)]))).toThrow(DataError);
    expect(() => binary(1007, binaryArray(23, [Buffer.alloc(3)]))).toThrow(DataError);
  });
});

describe('what is chosen for an element', () => {
  it('holds in its arrays, in both forms', () => {
    const types = { bigint: 'number', varchar: (one: string) => one.length };
    expect(text(1016, '{1,NULL}', { types })).toEqual([1, null]);
    expect(binary(1016, binaryArray(20, [int64(1n)]), { types })).toEqual([1]);
    expect(text(1015, '{abc,"d,e"}', { types })).toEqual([3, 3]);
    expect(binary(1015, binaryArray(1043, [Buffer.from('abc')]), { types })).toEqual([3]);
  });
  it('leaves a function for the array itself the array’s text', () => {
    const types = { 'integer[]': (one: string) => `<${one}>` };
    expect(text(1007, '[0:1]={1,2}', { types })).toBe('<[0:1]={1,2}>');
    const columns = [{ typeOid: 1007, typeModifier: -1 }];
    expect([...TypeRegistry.defaults.formats(columns, redshift(2))]).toEqual([1]);
    expect([...TypeRegistry.defaults.with(types).formats(columns, redshift(2))]).toEqual([0]);
  });
});

describe('which arrays are asked in binary', () => {
  const binaryOnes = [1002, 1005, 1007, 1009, 1015, 1021, 1028, 1034];
  const others = [
    1000, 1001, 1003, 1014, 1016, 1022, 1115, 1182, 1183, 1185, 1187, 1231, 1270, 1006, 1013, 199,
  ];
  it('on Redshift those that its own driver asks so, from version 2 on', () => {
    const columns = [...binaryOnes, ...others].map((typeOid) => ({ typeOid, typeModifier: -1 }));
    for (const server of redshiftVersions) {
      const wanted = columns.map(({ typeOid }) =>
        server.protocolVersion >= 2 && binaryOnes.includes(typeOid) ? 1 : 0,
      );
      expect([...TypeRegistry.defaults.formats(columns, server)]).toEqual(wanted);
    }
  });
  it('on PostgreSQL those whose elements are', () => {
    const asked = (typeOid: number): number =>
      TypeRegistry.defaults.formats([{ typeOid, typeModifier: -1 }], postgresql)[0]!;
    expect([1007, 1016, 1182, 1185, 1001, 1187].map(asked)).toEqual([1, 1, 1, 1, 1, 1]);
    expect([1231, 1034, 199, 1006].map(asked)).toEqual([0, 0, 0, 0]);
  });
});
