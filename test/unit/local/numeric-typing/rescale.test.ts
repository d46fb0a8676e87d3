import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modifierOf } from '../../../../src/local/numeric-typing/numeric-type.js';
import { numericBinary, rescaleNumeric } from '../../../../src/local/numeric-typing/rescale.js';

const modifier = (precision: number, scale: number): number => modifierOf({ precision, scale });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('rescaleNumeric', () => {
  it.each([
    ['0.66666666666666666667', 17, 9, '0.666666666'],
    ['-0.66666666666666666667', 17, 9, '-0.666666666'],
    ['28', 8, 2, '28.00'],
    ['28.05', 8, 2, '28.05'],
    ['28.05', 8, 0, '28'],
    ['-0.004', 8, 2, '0.00'],
    ['-0.005', 8, 3, '-0.005'],
    ['-0.5', 8, 0, '0'],
    ['0', 8, 2, '0.00'],
    ['0', 1, 0, '0'],
    ['.5', 3, 1, '0.5'],
    ['007.50', 3, 1, '7.5'],
    ['0.12345', 5, 5, '0.12345'],
    ['99999999999999999999999999999999999999', 38, 0, '99999999999999999999999999999999999999'],
    ['9223372036854775807', 19, 0, '9223372036854775807'],
    ['-9.223372036854775807', 19, 18, '-9.223372036854775807'],
  ])('%s as NUMERIC(%i,%i) is %s', (text, precision, scale, shown) => {
    expect(rescaleNumeric(text, modifier(precision, scale))).toBe(shown);
  });

  it('leaves a value alone when there is no modifier', () => {
    expect(rescaleNumeric('1.2345678901234567890123456789012345678901', -1)).toBe(
      '1.2345678901234567890123456789012345678901',
    );
    expect(rescaleNumeric('NaN', -1)).toBe('NaN');
  });

  it.each([
    ['1234.5', 5, 2],
    ['1', 5, 5],
    ['NaN', 38, 2],
    ['Infinity', 38, 2],
    ['-Infinity', 38, 2],
    ['1000', 3, 0],
  ])('refuses %s as NUMERIC(%i,%i)', (text, precision, scale) => {
    expect(() => rescaleNumeric(text, modifier(precision, scale))).toThrow(
      expect.objectContaining({ message: 'Numeric data overflow (result precision)', code: 'XX000' }),
    );
    expect(() => numericBinary(text, modifier(precision, scale))).toThrow('Numeric data overflow');
  });
});

describe('numericBinary', () => {
  it('writes the values that the Python driver tests with', () => {
    expect(hex(numericBinary('-12345.67891', modifier(18, 5)))).toBe('ffffffffb669fd2d');
    expect(hex(numericBinary('0.0000012345', modifier(38, 10)))).toBe('00000000000000000000000000003039');
    expect(hex(numericBinary('-12345.67891', modifier(18, 8)))).toBe('fffffee08e04f7c8');
  });
  it('has 8 bytes up to 19 digits and 16 beyond', () => {
    expect(numericBinary('1', modifier(18, 0))).toHaveLength(8);
    expect(numericBinary('-9223372036854775807', modifier(19, 0))).toHaveLength(8);
    expect(numericBinary('9223372036854775808', modifier(19, 0))).toHaveLength(16);
    expect(hex(numericBinary('-1', modifier(20, 0)))).toBe('ff'.repeat(16));
    expect(hex(numericBinary('99999999999999999999999999999999999999', modifier(38, 0)))).toBe(
      '4b3b4ca85a86c47a098a223fffffffff',
    );
  });
  it('needs a modifier', () => {
    expect(() => numericBinary('1', -1)).toThrow('no binary form');
  });
});

describe('every value that fits', () => {
  const cases = fc.integer({ min: 1, max: 38 }).chain((precision) =>
    fc.record({
      precision: fc.constant(precision),
      scale: fc.integer({ min: 0, max: precision }),
      value: fc.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n }),
      more: fc.stringMatching(/^\d{0,20}$/),
    }),
  );

  it('is the same number in text and in binary, whatever digits follow', () => {
    fc.assert(
      fc.property(cases, ({ precision, scale, value, more }) => {
        const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
        const point = digits.length - scale;
        const sign = value < 0n ? '-' : '';
        const exact = `${sign}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`;
        const longer = more === '' ? exact : `${exact}${scale === 0 ? '.' : ''}${more}`;
        expect(rescaleNumeric(longer, modifier(precision, scale))).toBe(
          value === 0n ? exact.replace('-', '') : exact,
        );
        const bytes = numericBinary(longer, modifier(precision, scale));
        expect(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex(bytes)}`))).toBe(value);
      }),
    );
  });
});
