import { describe, expect, it } from 'vitest';
import { columnFacts } from '../../../src/types/column-facts.js';
import { numericModifier } from './cells.js';

const facts = (typeOid: number, typeModifier: number, typeSize: number): (number | null)[] => {
  const { displaySize, internalSize, precision, scale } = columnFacts({ typeOid, typeModifier, typeSize });
  return [displaySize, internalSize, precision, scale];
};

describe('sizes of a column', () => {
  it.each([
    ['integer', 23, -1, 4, [11, 4, 10, 0]],
    ['bigint', 20, -1, 8, [20, 8, 19, 0]],
    ['numeric(18,8)', 1700, 1_179_660, -1, [20, null, 18, 8]],
    ['numeric(38,10)', 1700, 2_490_382, -1, [40, null, 38, 10]],
    ['numeric(5,0)', 1700, numericModifier(5, 0), -1, [6, null, 5, 0]],
    ['numeric', 1700, -1, -1, [null, null, null, null]],
    ['varchar(100)', 1043, 104, -1, [100, 100, 100, null]],
    ['varchar', 1043, -1, -1, [null, null, null, null]],
    ['char(3)', 1042, 7, -1, [3, 3, 3, null]],
    ['varbyte(16)', 6551, 20, -1, [32, 16, 16, null]],
    ['timestamp', 1114, -1, 8, [29, 8, 29, 6]],
    ['timestamp(0)', 1114, 0, 8, [22, 8, 22, 0]],
    ['time(3)', 1083, 3, 8, [12, 8, 12, 3]],
    ['interval', 1186, -1, 16, [null, 16, null, 6]],
    ['interval second(3)', 1186, (0x7fff << 16) | 3, 16, [null, 16, null, 3]],
    ['bit(5)', 1560, 5, -1, [5, null, 5, null]],
    ['name', 19, -1, 64, [64, 64, 64, null]],
    ['unknown', 99_999, -1, -1, [null, null, null, null]],
  ])('%s', (_name, oid, modifier, size, wanted) => {
    expect(facts(oid, modifier, size)).toEqual(wanted);
  });
});
