import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commonType,
  integerAsNumeric,
  interpolatedType,
  modifierOf,
  productType,
  quotientType,
  remainderType,
  roundedType,
  sumType,
  typeOfModifier,
  type NumericType,
} from '../../../../src/local/numeric-typing/numeric-type.js';

const type = (precision: number, scale: number): NumericType => ({ precision, scale });
const anyType = fc
  .integer({ min: 1, max: 38 })
  .chain((precision) => fc.integer({ min: 0, max: precision }).map((scale) => type(precision, scale)));

describe('type modifiers', () => {
  it('are those that drivers read', () => {
    expect(modifierOf(type(18, 8))).toBe(1_179_660);
    expect(modifierOf(type(38, 10))).toBe(2_490_382);
    expect(typeOfModifier(1_179_660)).toEqual(type(18, 8));
    expect(typeOfModifier(-1)).toBeUndefined();
  });
  it('go there and back', () => {
    fc.assert(
      fc.property(anyType, (any) => {
        expect(typeOfModifier(modifierOf(any))).toEqual(any);
      }),
    );
  });
});

describe('the formulas of the AWS manual, Computations with numeric values', () => {
  it('division: the example of PRICEPAID / COMMISSION', () => {
    expect(quotientType(type(8, 2), type(8, 2))).toEqual(type(17, 9));
  });
  it('division: at least four places', () => {
    expect(quotientType(type(5, 0), type(2, 1))).toEqual(type(10, 4));
  });
  it('division: beyond 38 digits the scale shrinks, to 4 at least', () => {
    expect(quotientType(type(19, 0), type(19, 0))).toEqual(type(38, 19));
    expect(quotientType(type(19, 2), type(38, 19))).toEqual(type(38, 4));
    expect(quotientType(type(38, 37), type(38, 0))).toEqual(type(38, 37));
    expect(quotientType(type(38, 0), type(38, 38))).toEqual(type(38, 4));
  });
  it('addition and multiplication', () => {
    expect(sumType(type(8, 2), type(5, 0))).toEqual(type(9, 2));
    expect(sumType(type(38, 10), type(38, 2))).toEqual(type(38, 10));
    expect(productType(type(8, 2), type(5, 0))).toEqual(type(14, 2));
    expect(productType(type(38, 2), type(21, 0))).toEqual(type(38, 2));
    expect(productType(type(19, 2), type(38, 19))).toEqual(type(38, 21));
    expect(productType(type(38, 30), type(38, 30))).toEqual(type(38, 38));
  });
  it('set operators and functions such as COALESCE: the example of DEC1 and DEC2', () => {
    expect(commonType(type(7, 2), type(15, 3))).toEqual(type(15, 3));
    expect(commonType(type(18, 0), type(18, 10))).toEqual(type(19, 10));
    expect(commonType(type(38, 2), integerAsNumeric)).toEqual(type(38, 2));
    expect(commonType(type(20, 2), type(10, 4))).toEqual(type(22, 4));
  });
  it('remainders, rounding, interpolation', () => {
    expect(remainderType(type(3, 1), integerAsNumeric)).toEqual(type(3, 1));
    expect(roundedType(type(8, 2), 1)).toEqual(type(8, 1));
    expect(roundedType(type(8, 2), -3)).toEqual(type(8, 0));
    expect(roundedType(type(8, 2), 9)).toEqual(type(8, 2));
    expect(interpolatedType(integerAsNumeric)).toEqual(type(11, 1));
    expect(interpolatedType(type(38, 2))).toEqual(type(38, 2));
  });
  it('always give a type that a column can have', () => {
    const rules = [sumType, productType, quotientType, remainderType, commonType];
    fc.assert(
      fc.property(anyType, anyType, (left, right) => {
        for (const rule of rules) {
          const { precision, scale } = rule(left, right);
          expect(precision).toBeGreaterThanOrEqual(1);
          expect(precision).toBeLessThanOrEqual(38);
          expect(scale).toBeGreaterThanOrEqual(0);
          expect(scale).toBeLessThanOrEqual(precision);
        }
      }),
    );
  });
});
