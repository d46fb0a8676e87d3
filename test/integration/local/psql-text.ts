/** A value and a column's type as psql prints them. Reads what the driver hands out; it knows no server. */
import { Interval, type ColumnDescription } from '../../../src/index.js';

export function asPsql(value: unknown, column: ColumnDescription): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'number' && column.typeName === 'double precision') return float(value, 15);
  if (typeof value === 'number' && column.typeName === 'real') return float(value, 6);
  if (value instanceof Interval) return interval(value, column.typeName);
  if (Array.isArray(value)) return `{${value.map((element) => asPsql(element, column) ?? 'NULL').join(',')}}`;
  // A CHAR's trailing blanks mean nothing, and the manual's tables cannot show them.
  if (typeof value === 'string' && column.typeName === 'char') return value.replace(/ +$/, '');
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- numbers, bigints and texts; anything else shows itself
  return String(value);
}

/** The type's name, with its lengths where `wanted` has them. */
export function typeOf(column: ColumnDescription, wanted: string): string {
  const { typeName, precision, scale, displaySize } = column;
  if (!wanted.includes('(')) return typeName;
  if (typeName === 'numeric') return `numeric(${String(precision)},${String(scale)})`;
  return `${typeName}(${String(displaySize)})`;
}

/** C's `%.*g`, which Redshift prints floating-point numbers with. */
function float(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const [mantissa, power] = value.toExponential(digits - 1).split('e') as [string, string];
  const exponent = Number(power);
  const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent >= -4 && exponent < digits) return trim(value.toFixed(digits - 1 - exponent));
  return `${trim(mantissa)}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function interval({ months, days, microseconds }: Interval, type: string): string {
  if (type === 'interval year to month')
    return `${String(Math.trunc(months / 12))} years ${String(months % 12)} mons`;
  const total = BigInt(days) * 86_400_000_000n + microseconds;
  const seconds = total % 60_000_000n;
  const size = seconds < 0n ? -seconds : seconds;
  const fraction = String(size % 1_000_000n)
    .padStart(6, '0')
    .replace(/0{1,5}$/, '');
  const secondsText = `${seconds < 0n ? '-' : ''}${String(size / 1_000_000n)}.${fraction}`;
  return `${String(total / 86_400_000_000n)} days ${String((total / 3_600_000_000n) % 24n)} hours ${String((total / 60_000_000n) % 60n)} mins ${secondsText} secs`;
}
