import { describe, expect, it } from 'vitest';
import { TypeRegistry } from '../../../src/types/registry.js';
import { binary, postgresql, redshift, servers, text } from './cells.js';

describe('text types', () => {
  const oids = [18, 19, 25, 705, 1033, 1042, 1043];
  it.each(oids)('%i keeps every character in both forms', (oid) => {
    for (const value of [
      '',
      'a',
      'García',
      '日本語 🎉',
      '  padded   ',
      '\n\t',
      '"quoted\\"',
      'NULL',
      '\uFEFFbom',
    ]) {
      expect(text(oid, value)).toBe(value);
      expect(binary(oid, Buffer.from(value))).toBe(value);
    }
  });
  it('replaces what is no UTF-8, and goes on', () => {
    expect(binary(1043, '61ff62')).toBe('a\uFFFDb');
    expect(binary(1043, 'c3')).toBe('\uFFFD');
    expect(binary(1043, 'eda080')).toBe('\uFFFD\uFFFD\uFFFD');
  });
  it('are asked in binary, and aclitem only where it has a binary form', () => {
    const columns = oids.map((typeOid) => ({ typeOid, typeModifier: -1 }));
    expect([...TypeRegistry.defaults.formats(columns, redshift(0))]).toEqual(oids.map(() => 1));
    expect([...TypeRegistry.defaults.formats(columns, postgresql)]).toEqual(
      oids.map((oid) => (oid === 1033 ? 0 : 1)),
    );
  });
});

describe('types that are only text', () => {
  const oids = [
    22, 24, 27, 28, 29, 30, 114, 142, 600, 601, 602, 603, 604, 628, 650, 718, 790, 829, 869, 1560, 1562, 1790,
    2202, 2203, 2204, 2205, 2206, 2249, 2275, 2276, 2277, 2278, 2279, 2280, 2281, 2282, 2283, 2935, 2950,
    3000, 3999, 4000, 4600, 4602, 17329, 17331, 17332, 17336, 99999, 4294967295,
  ];
  it.each(oids)('%i is never asked in binary', (typeOid) => {
    for (const server of servers) {
      expect([...TypeRegistry.defaults.formats([{ typeOid, typeModifier: -1 }], server)]).toEqual([0]);
    }
  });
  it.each(oids.filter((oid) => ![22, 28, 29, 30, 114, 3000, 3999].includes(oid)))('%i is its text', (oid) => {
    expect(text(oid, '(0,1) é')).toBe('(0,1) é');
  });
});

describe('an unknown type', () => {
  it('is a string, and hex if it ever came in binary', () => {
    expect(text(123456, '{"any": [1]}')).toBe('{"any": [1]}');
    expect(binary(123456, '00ff')).toBe('00ff');
    expect(TypeRegistry.defaults.typeName(123456)).toBe('type 123456');
  });
});
