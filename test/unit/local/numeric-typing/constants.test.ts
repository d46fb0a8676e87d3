import { describe, expect, it } from 'vitest';
import {
  integerConstant,
  literalType,
  textConstant,
} from '../../../../src/local/numeric-typing/constants.js';
import { isNode, parseTree, type TreeNode } from '../../../../src/local/numeric-typing/tree.js';

function node(text: string): TreeNode {
  const tree = parseTree(text);
  if (!isNode(tree)) throw new Error('a node expected');
  return tree;
}
const numeric = (bytes: string, rest = ''): TreeNode =>
  node(`{CONST :consttype 1700 :consttypmod -1 :constisnull false ${rest} :constvalue ${bytes}}`);

describe('literalType', () => {
  it.each([
    ['109.652', '10 [ 40 0 0 0 -128 -127 109 0 120 25 ]', 6, 3],
    ['-1.5', '10 [ 40 0 0 0 -128 -96 1 0 -120 19 ]', 2, 1],
    ['0.00001', '8 [ 32 0 0 0 -2 -126 -24 3 ]', 6, 5],
    ['0.0', '6 [ 24 0 0 0 -128 -128 ]', 2, 1],
    ['100000000000000000000', '8 [ 32 0 0 0 5 -128 1 0 ]', 21, 0],
    ['with the long header', '10 [ 40 0 0 0 2 0 1 0 12 0 ]', 8, 2],
  ])('%s', (_, bytes, precision, scale) => {
    expect(literalType(numeric(bytes))).toEqual({ precision, scale });
  });

  it('knows nothing of NULL and NaN', () => {
    expect(literalType(numeric('6 [ 24 0 0 0 0 -64 ]'))).toBeUndefined();
    expect(
      literalType(node('{CONST :consttype 1700 :consttypmod -1 :constisnull true :constvalue <>}')),
    ).toBeUndefined();
    expect(literalType(numeric('2 [ 1 2 ]'))).toBeUndefined();
    expect(literalType(numeric('<>'))).toBeUndefined();
  });
});

describe('integerConstant', () => {
  const integer = (bytes: string, length: number): TreeNode =>
    node(
      `{CONST :consttype 23 :constlen ${String(length)} :constbyval true :constisnull false :constvalue ${String(length)} [ ${bytes} ]}`,
    );
  it('reads INTEGER and BIGINT', () => {
    expect(integerConstant(integer('7 0 7 0 0 0 0 0', 4))).toBe(458_759);
    expect(integerConstant(integer('-1 -1 -1 -1 0 0 0 0', 4))).toBe(-1);
    expect(integerConstant(integer('-2 -1 -1 -1 -1 -1 -1 -1', 8))).toBe(-2);
  });
  it('is undefined for everything else', () => {
    expect(integerConstant(undefined)).toBeUndefined();
    expect(integerConstant(node('{VAR :varno 1}'))).toBeUndefined();
    expect(integerConstant(numeric('6 [ 24 0 0 0 -128 -128 ]', ':constbyval false'))).toBeUndefined();
  });
});

describe('textConstant', () => {
  it('reads the bytes after the length', () => {
    expect(textConstant(numeric('7 [ 28 0 0 0 57 68 57 ]'))).toBe('9D9');
    expect(textConstant(undefined)).toBeUndefined();
  });
});
