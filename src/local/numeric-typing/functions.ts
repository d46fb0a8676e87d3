/**
 * Which NUMERIC type a function or an operator of the engine gives on Redshift, by the function's name.
 * It gets the types of the arguments and reads constants among them; it never looks beyond the call.
 */
import { integerConstant, textConstant } from './constants.js';
import {
  bareNumeric,
  bigintAsNumeric,
  commonType,
  integerAsNumeric,
  interpolatedType,
  maximumPrecision,
  productType,
  quotientType,
  remainderType,
  roundedType,
  smallintAsNumeric,
  sumType,
  totalType,
  typeOfModifier,
  type NumericType,
} from './numeric-type.js';
import type { TreeNode } from './tree.js';

/** PostgreSQL's functions that return NUMERIC, by OID (pg_proc.dat); they never change. */
const builtIn: Readonly<Record<number, string>> = {
  1703: 'numeric',
  1704: 'abs',
  1705: 'abs',
  1706: 'sign',
  1707: 'round',
  1708: 'round',
  1709: 'trunc',
  1710: 'trunc',
  1711: 'ceil',
  1712: 'floor',
  1724: 'numeric_add',
  1725: 'numeric_sub',
  1726: 'numeric_mul',
  1727: 'numeric_div',
  1728: 'mod',
  1729: 'mod',
  1740: 'numeric',
  1742: 'numeric',
  1743: 'numeric',
  1766: 'least',
  1767: 'greatest',
  1771: 'numeric_uminus',
  1777: 'to_number',
  1781: 'numeric',
  1782: 'numeric',
  1915: 'numeric_uplus',
  1973: 'div',
  1980: 'div',
  2103: 'avg',
  2107: 'sum',
  2114: 'sum',
  2130: 'max',
  2146: 'min',
  2167: 'ceil',
  3106: 'lag',
  3107: 'lag',
  3108: 'lag',
  3109: 'lead',
  3110: 'lead',
  3111: 'lead',
  3112: 'first_value',
  3113: 'last_value',
  3114: 'nth_value',
  3259: 'generate_series',
  3260: 'generate_series',
  6291: 'any_value',
};

/** Functions made at set-up or by a user have OIDs from here on; their names have to be asked. */
const firstOwnOid = 10_000;

/** The name of a function whose OID is PostgreSQL's own; undefined when another one has to be looked up. */
export const builtInName = (oid: number): string | undefined =>
  builtIn[oid] ?? (oid < firstOwnOid ? '' : undefined);

/** One call: the arguments as they stand and what is known of their types (undefined for NULL and what is no number). */
export interface Call {
  readonly args: readonly TreeNode[];
  readonly types: readonly (NumericType | undefined)[];
  /** Whether the user wrote a cast, other than one that the engine put in. */
  readonly explicit: boolean;
}

type Rule = (call: Call) => NumericType | undefined;
type Binary = (left: NumericType, right: NumericType) => NumericType;

/** NULL beside a number takes its type. */
const binary =
  (rule: Binary): Rule =>
  ({ types: [left, right] }) => {
    const known = left ?? right;
    return known === undefined ? undefined : rule(left ?? known, right ?? known);
  };

const first: Rule = ({ types: [type] }) => type;

/** One type for all arguments from the given one on. */
const common =
  (from: number): Rule =>
  ({ types }) =>
    commonOf(types.slice(from));

/** One type for values that stand in each other's place; undefined when none of them tells any. */
export function commonOf(types: readonly (NumericType | undefined)[]): NumericType | undefined {
  let result: NumericType | undefined;
  for (const type of types) {
    if (type !== undefined) result = result === undefined ? type : commonType(result, type);
  }
  return result;
}

const rounded: Rule = ({ args, types: [type] }) => {
  if (type === undefined) return undefined;
  if (args.length < 2) return roundedType(type, 0);
  // Places that are computed tell nothing before the statement runs: the scale stays.
  return roundedType(type, integerConstant(args[1]) ?? type.scale);
};

const whole: Rule = ({ types: [type] }) => (type === undefined ? undefined : roundedType(type, 0));

/** numeric(numeric, modifier) is a cast to a length; numeric(integer), numeric(double precision) convert. */
const cast: Rule = ({ args, types: [type], explicit }) => {
  const modifier = args.length > 1 ? integerConstant(args[1]) : undefined;
  if (modifier !== undefined) return typeOfModifier(modifier) ?? type;
  return explicit ? bareNumeric : type;
};

/** The digits that a format has before and after its point (AWS manual, TO_NUMBER; Numeric format strings). */
const toNumber: Rule = ({ args }) => {
  const format = textConstant(args[1]);
  if (format === undefined) return undefined;
  const [before = '', after = ''] = format.split(/[.D]/i, 2);
  const digits = (text: string): number => text.replace(/[^09]/g, '').length;
  const scale = Math.min(digits(after), maximumPrecision);
  return { precision: Math.min(Math.max(digits(before) + scale, 1), maximumPrecision), scale };
};

/** (expression [, format] [, precision, scale]), 38 and 0 where they are not given (AWS manual, TEXT_TO_NUMERIC_ALT). */
const textToNumeric: Rule = ({ args }) => {
  const numbers = args.map(integerConstant).filter((value) => value !== undefined);
  const [precision = maximumPrecision, scale = 0] = numbers;
  return { precision, scale };
};

const total: Rule = ({ types: [type] }) => (type === undefined ? undefined : totalType(type));

const rules: Readonly<Record<string, Rule>> = {
  numeric: cast,
  numeric_add: binary(sumType),
  numeric_sub: binary(sumType),
  numeric_mul: binary(productType),
  numeric_div: binary(quotientType),
  // A division that is cut at its scale; the arguments behind the two are the scale.
  rs_quotient: binary(quotientType),
  mod: binary(remainderType),
  numeric_uminus: first,
  numeric_uplus: first,
  abs: first,
  // AWS manual, SIGN: "If the input is DECIMAL, the output is DECIMAL(1,0)".
  sign: () => ({ precision: 1, scale: 0 }),
  round: rounded,
  trunc: rounded,
  ceil: whole,
  floor: whole,
  div: whole,
  to_number: toNumber,
  text_to_numeric_alt: textToNumeric,
  text_to_int_alt: () => ({ precision: maximumPrecision, scale: 0 }),
  sum: total,
  avg: total,
  max: first,
  min: first,
  median: ({ types: [type] }) => (type === undefined ? undefined : interpolatedType(type)),
  percentile_cont: ({ types: [type] }) => (type === undefined ? undefined : interpolatedType(type)),
  percentile_disc: first,
  rs_percentile_cont: ({ types: [, , type] }) => (type === undefined ? undefined : interpolatedType(type)),
  rs_percentile_disc: ({ types: [, , type] }) => type,
  approximate_percentile_disc: first,
  any_value: first,
  first_value: first,
  last_value: first,
  nth_value: first,
  rs_first_value: first,
  rs_last_value: first,
  rs_nth_value: first,
  rs_lag: first,
  rs_lead: first,
  lag: ({ types: [type, , otherwise] }) => commonOf([type, otherwise]),
  lead: ({ types: [type, , otherwise] }) => commonOf([type, otherwise]),
  greatest: common(0),
  least: common(0),
  nvl: common(0),
  nvl2: common(1),
  isnull: common(0),
  generate_series: common(0),
};

const aliases: Readonly<Record<string, string>> = { ceiling: 'ceil' };

/** Undefined where the manual gives no rule, or the arguments tell nothing. */
export function resultType(functionName: string, call: Call): NumericType | undefined {
  const name = aliases[functionName] ?? functionName;
  return Object.hasOwn(rules, name) ? rules[name]?.(call) : undefined;
}

/** What an expression of an integer type counts for; undefined for every other type. */
export function integerType(typeOid: number): NumericType | undefined {
  switch (typeOid) {
    case 21:
      return smallintAsNumeric;
    case 23:
      return integerAsNumeric;
    case 20:
      return bigintAsNumeric;
    default:
      return undefined;
  }
}
