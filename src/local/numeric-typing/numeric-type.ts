/**
 * Precision and scale of computed NUMERIC values (AWS manual, Computations with numeric values).
 * Pure rules on numbers; it knows no expression and no tree.
 */

export interface NumericType {
  /** All digits, 1 to 38. */
  readonly precision: number;
  /** Digits after the point. */
  readonly scale: number;
}

export const maximumPrecision = 38;

/** The type modifier that a column description carries: `((p << 16) | s) + 4`. */
export const modifierOf = ({ precision, scale }: NumericType): number => ((precision << 16) | scale) + 4;

/** What a type modifier says; undefined for -1, "none". */
export function typeOfModifier(modifier: number): NumericType | undefined {
  if (modifier < 4) return undefined;
  const value = modifier - 4;
  return { precision: (value >> 16) & 0xffff, scale: value & 0xffff };
}

/** NUMERIC without a precision is NUMERIC(18,0) (AWS manual, Numeric types). */
export const bareNumeric: NumericType = { precision: 18, scale: 0 };

/**
 * Where nothing tells the scale (a parameter, a function of the user's): drivers that read binary need one, and this
 * one keeps the most of what people compute with, 28 digits before the point and 10 after it.
 */
export const assumedNumeric: NumericType = { precision: 38, scale: 10 };

/** What an integer counts for beside a NUMERIC (Numeric calculations with INTEGER and DECIMAL types). */
export const smallintAsNumeric: NumericType = { precision: 5, scale: 0 };
export const integerAsNumeric: NumericType = { precision: 10, scale: 0 };
export const bigintAsNumeric: NumericType = { precision: 19, scale: 0 };

const wholeDigits = ({ precision, scale }: NumericType): number => precision - scale;

function capped(precision: number, scale: number): NumericType {
  return {
    precision: Math.min(Math.max(precision, 1), maximumPrecision),
    scale: Math.min(scale, maximumPrecision),
  };
}

/** `+` and `-`: one digit more before the point. Beyond 38 digits the scale stays and the precision is cut. */
export function sumType(left: NumericType, right: NumericType): NumericType {
  const scale = Math.max(left.scale, right.scale);
  return capped(Math.max(wholeDigits(left), wholeDigits(right)) + 1 + scale, scale);
}

/** `*`: the manual multiplies DECIMAL(38,2) by a number of 21 digits and shows scale 2, so only the precision is cut. */
export function productType(left: NumericType, right: NumericType): NumericType {
  return capped(left.precision + right.precision + 1, left.scale + right.scale);
}

const divisionScaleLimit = 100;
const leastDivisionScale = 4;

/** `/`: Notes on division operations. DECIMAL(8,2) / DECIMAL(8,2) is DECIMAL(17,9). */
export function quotientType(left: NumericType, right: NumericType): NumericType {
  let scale = Math.max(leastDivisionScale, left.scale + right.precision - right.scale + 1);
  let precision = wholeDigits(left) + right.scale + scale;
  if (scale > divisionScaleLimit) {
    precision -= scale - divisionScaleLimit;
    scale = divisionScaleLimit;
  }
  if (precision > maximumPrecision) {
    scale = Math.max(maximumPrecision + scale - precision, leastDivisionScale);
    precision = maximumPrecision;
  }
  return capped(precision, scale);
}

/** `%`: what is left has the finer scale and never more whole digits than either side. */
export function remainderType(left: NumericType, right: NumericType): NumericType {
  const scale = Math.max(left.scale, right.scale);
  return capped(Math.min(wholeDigits(left), wholeDigits(right)) + scale, scale);
}

/** The widest precision that fits eight bytes. */
const precisionOfEightBytes = 19;

/**
 * One type for several values: UNION, CASE, COALESCE, DECODE. The manual cuts the precision to 19; what is wider already
 * stays wide ("to convert 64-bit DECIMAL values to a higher precision you must use an explicit conversion").
 */
export function commonType(left: NumericType, right: NumericType): NumericType {
  const scale = Math.max(left.scale, right.scale);
  const precision = Math.max(wholeDigits(left), wholeDigits(right)) + scale;
  const wide = Math.max(left.precision, right.precision) > precisionOfEightBytes;
  return capped(Math.min(precision, wide ? maximumPrecision : precisionOfEightBytes), scale);
}

/** SUM and AVG: 38 digits, the argument's scale. */
export const totalType = ({ scale }: NumericType): NumericType => ({ precision: maximumPrecision, scale });

/**
 * ROUND, TRUNC, CEILING, FLOOR: the manual names the argument's type and shows `28` and `28.1` for 28.05, so the scale
 * shrinks to the places asked for, and the precision stays.
 */
export const roundedType = ({ precision, scale }: NumericType, places: number): NumericType => ({
  precision,
  scale: Math.min(scale, Math.max(places, 0)),
});

/** MEDIAN and PERCENTILE_CONT: the manual shows one more digit after the point, none where 38 digits are full. */
export const interpolatedType = ({ precision, scale }: NumericType): NumericType =>
  precision >= maximumPrecision ? { precision, scale } : { precision: precision + 1, scale: scale + 1 };
