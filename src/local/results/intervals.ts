/** The three interval types as Redshift writes them. They have no days of their own: 24 hours are a day. */

export interface IntervalValue {
  /** Days included. */
  readonly microseconds: bigint;
  readonly months: number;
}

const microsecondsADay = 86_400_000_000n;

/** The engine's binary form: int64 microseconds, int32 days, int32 months. */
export function readInterval(value: Uint8Array): IntervalValue {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return {
    microseconds: view.getBigInt64(0) + BigInt(view.getInt32(8)) * microsecondsADay,
    months: view.getInt32(12),
  };
}

/** INTERVAL as PostgreSQL 8.0 wrote it: `1 year 2 mons 3 days 04:05:06.7`. */
export function intervalText({ microseconds, months }: IntervalValue): string {
  const parts: string[] = [];
  const unit = (count: bigint | number, name: string): void => {
    if (Number(count) !== 0) parts.push(`${String(count)} ${name}${Number(count) === 1 ? '' : 's'}`);
  };
  unit(Math.trunc(months / 12), 'year');
  unit(months % 12, 'mon');
  unit(microseconds / microsecondsADay, 'day');
  const rest = microseconds % microsecondsADay;
  if (rest !== 0n || parts.length === 0) parts.push(`${rest < 0n ? '-' : ''}${clock(rest)}`);
  return parts.join(' ');
}

/** INTERVAL YEAR TO MONTH: `1 years 2 mons`. */
export function yearToMonthText({ months }: IntervalValue): string {
  return `${String(Math.trunc(months / 12))} years ${String(months % 12)} mons`;
}

/** INTERVAL DAY TO SECOND: `1 days 2 hours 3 mins 4.0 secs`. */
export function dayToSecondText({ microseconds }: IntervalValue): string {
  const of = (unit: bigint, every?: bigint): string => {
    const count = microseconds / unit;
    return String(every === undefined ? count : count % every);
  };
  const seconds = microseconds % 60_000_000n;
  const whole = seconds / 1_000_000n;
  const fraction = fractionOf(seconds) || '.0';
  const sign = seconds < 0n && whole === 0n ? '-' : '';
  return (
    `${of(microsecondsADay)} days ${of(3_600_000_000n, 24n)} hours ${of(60_000_000n, 60n)} mins ` +
    `${sign}${String(whole)}${fraction} secs`
  );
}

function clock(signed: bigint): string {
  const micros = signed < 0n ? -signed : signed;
  const two = (number: bigint): string => String(number).padStart(2, '0');
  const seconds = micros / 1_000_000n;
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${fractionOf(micros)}`;
}

function fractionOf(micros: bigint): string {
  const fraction = String((micros < 0n ? -micros : micros) % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return fraction && `.${fraction}`;
}
