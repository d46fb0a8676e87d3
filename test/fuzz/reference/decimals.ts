/** Decimal text and binary floating point, by integers only. */
import { Scanner } from './characters.js';

/** digits × 10^exponent, and the sign apart, since zero has one. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: bigint;
  readonly exponent: number;
}

/** `1`, `1.`, `.5`, `1.5e-3`, with any sign. */
export function readDecimal(text: string): Decimal | undefined {
  const scan = new Scanner(text);
  const negative = scan.sign() < 0n;
  const whole = scan.digits(0, Infinity)!;
  const fraction = scan.take('.') ? scan.digits(0, Infinity)! : '';
  if (whole + fraction === '') return undefined;
  let exponent = 0;
  if (scan.take('e') || scan.take('E')) {
    const sign = scan.sign();
    const power = scan.digits(1, Infinity);
    if (power === undefined) return undefined;
    // No double is so large or so small that more would matter.
    const size = BigInt(power) > 100_000n ? 100_000n : BigInt(power);
    exponent = Number(sign * size);
  }
  if (!scan.done()) return undefined;
  return { negative, digits: BigInt(whole + fraction), exponent: exponent - fraction.length };
}

/** IEEE 754: bits of the fraction and of the exponent. */
const forms = {
  double: { precision: 53n, least: -1074n, most: 1024n },
  real: { precision: 24n, least: -149n, most: 128n },
};

/** The nearest double or real, ties to even; undefined beyond the largest. */
export function nearest(
  { negative, digits, exponent }: Decimal,
  form: 'double' | 'real',
): number | undefined {
  const { precision, least, most } = forms[form];
  if (digits === 0n) return negative ? -0 : 0;
  // Beyond every double, or below the half of the smallest: the powers would only take time.
  const size = digits.toString().length + exponent;
  if (size > 400) return undefined;
  if (size < -400) return negative ? -0 : 0;
  const top = exponent > 0 ? digits * 10n ** BigInt(exponent) : digits;
  const bottom = exponent < 0 ? 10n ** BigInt(-exponent) : 1n;
  // The power of two of the last bit that is kept.
  let scale = BigInt(top.toString(2).length - bottom.toString(2).length) - precision;
  for (;;) {
    if (scale < least) scale = least;
    const kept = roundedQuotient(top, bottom, scale);
    const length = BigInt(kept.toString(2).length);
    if (length > precision) {
      scale++;
      continue;
    }
    if (length < precision && scale > least) {
      scale--;
      continue;
    }
    if (kept !== 0n && length + scale > most) return undefined;
    return (negative ? -1 : 1) * exactly(kept, scale);
  }
}

/** top / (bottom × 2^scale), to the nearest integer, ties to even. */
function roundedQuotient(top: bigint, bottom: bigint, scale: bigint): bigint {
  const above = scale < 0n ? top << -scale : top;
  const below = scale > 0n ? bottom << scale : bottom;
  const quotient = above / below;
  const twice = (above % below) * 2n;
  const up = twice > below || (twice === below && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

/** kept × 2^scale, which a double holds: each step is exact. */
function exactly(kept: bigint, scale: bigint): number {
  let value = Number(kept);
  for (let left = scale; left > 0n; left--) value *= 2;
  // Doubling is exact all the way up; halving only while no bit falls off, which is why the bits go down to the last one.
  for (let left = scale; left < 0n; left++) value /= 2;
  return value;
}

/** An integer times 10^-scale, by moving characters. */
export function withPoint(value: bigint, scale: number): string {
  let digits = (value < 0n ? -value : value).toString();
  while (digits.length <= scale) digits = `0${digits}`;
  const cut = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
  return value < 0n ? `-${text}` : text;
}
