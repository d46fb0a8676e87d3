/**
 * Dates and times as Redshift adds, compares and takes them apart (AWS manual, Date and time functions). Date parts come
 * as text; the dialect quotes the bare words.
 */
import { hide, hideOne, inline, internal } from './define.js';
import type { SetupStep } from './step.js';

/** AWS manual, Date parts for date or timestamp functions. */
const dateParts: Readonly<Record<string, string>> = {
  millennium: 'millennium millennia mil mils',
  century: 'century centuries c cent cents',
  decade: 'decade decades dec decs',
  year: 'year years y yr yrs',
  quarter: 'quarter quarters qtr qtrs',
  month: 'month months mon mons',
  week: 'week weeks w',
  day: 'day days d',
  dow: 'dayofweek dow dw weekday',
  doy: 'dayofyear doy dy yearday',
  hour: 'hour hours h hr hrs',
  minute: 'minute minutes m min mins',
  second: 'second seconds s sec secs',
  millisecond: 'millisecond milliseconds ms msec msecs msecond mseconds millisec millisecs millisecon',
  microsecond: 'microsecond microseconds microsec microsecs usecond useconds us usec usecs',
  epoch: 'epoch',
  timezone: 'timezone',
  timezone_hour: 'timezone_hour',
  timezone_minute: 'timezone_minute',
};

const quoted = (words: string): string =>
  words
    .split(' ')
    .map((word) => `'${word}'`)
    .join(', ');

/** NULL for what is no date part. */
const datePart = inline(
  'rs_datepart(text)',
  'text',
  `case ${Object.entries(dateParts)
    .map(([part, words]) => `when lower($1) in (${quoted(words)}) then '${part}'`)
    .join('\n  ')} end`,
);

const atUtc = (timetz: string): string => `(${timetz} at time zone interval '0')`;

/** What the rest is made of. Times are the server's own eight bytes: microseconds since 2000, or since midnight. */
const helpers = [
  datePart,
  internal('rs_ticks(timestamp)', 'bigint', 'int8up'),
  internal('rs_ticks(timestamptz)', 'bigint', 'int8up'),
  internal('rs_ticks(time)', 'bigint', 'int8up'),
  inline('rs_ticks(timetz)', 'bigint', `rs_ticks(${atUtc('$1')}::time)`),
  inline(
    'rs_whole(bigint, bigint)',
    'bigint',
    '$1 / $2 - case when $1 % $2 < 0 then 1 else 0 end',
    'immutable',
  ),
  inline(
    'rs_months(timestamp)',
    'bigint',
    `(date_part('year', $1) * 12 + date_part('month', $1) - 1)::bigint`,
  ),
  // February 29 and a number of years give March 1 where there is no such day (AWS manual, DATEADD, Usage notes).
  inline(
    'rs_add_years(timestamp, bigint)',
    'timestamp',
    `$1 + $2 * interval '1 year'
  + case when date_part('day', $1 + $2 * interval '1 year') <> date_part('day', $1) then interval '1 day'
    else interval '0' end`,
    'immutable',
  ),
];

const microseconds = {
  hour: 3_600_000_000,
  minute: 60_000_000,
  second: 1_000_000,
  millisecond: 1000,
} as const;

const added = [
  ['quarter', '3 months'],
  ['month', '1 month'],
  ['week', '7 days'],
  ['day', '1 day'],
] as const;
const addedTimes = ['hour', 'minute', 'second', 'millisecond', 'microsecond'].map(
  (unit) => [unit, `1 ${unit}`] as const,
);
const years = [
  ['year', 1],
  ['decade', 10],
  ['century', 100],
  ['millennium', 1000],
] as const;

const adding = (units: readonly (readonly [string, string])[], value: string): string =>
  units.map(([unit, step]) => `when '${unit}' then ${value} + $2 * interval '${step}'`).join('\n  ');

function dateAdd(name: string): string[] {
  const whole = [...added, ...addedTimes];
  return [
    inline(
      `${name}(text, bigint, timestamp)`,
      'timestamp',
      `case rs_datepart($1)
  ${adding(whole, '$3')}
  ${years.map(([unit, n]) => `when '${unit}' then rs_add_years($3, $2 * ${n})`).join('\n  ')}
  else rs_wrong_part('timestamp', $1, $3) end`,
      'immutable',
    ),
    // Days and more are those of the session's time zone.
    inline(
      `${name}(text, bigint, timestamptz)`,
      'timestamptz',
      `case rs_datepart($1)
  ${adding(whole, '$3')}
  ${years.map(([unit, n]) => `when '${unit}' then rs_add_years($3::timestamp, $2 * ${n})::timestamptz`).join('\n  ')}
  else rs_wrong_part('timestamptz', $1, $3) end`,
      'stable',
    ),
    inline(
      `${name}(text, bigint, time)`,
      'time',
      `case rs_datepart($1)
  ${adding(addedTimes, '$3')}
  else rs_wrong_part('time', $1, $3) end`,
      'immutable',
    ),
    inline(
      `${name}(text, bigint, timetz)`,
      'timetz',
      `case rs_datepart($1)
  ${adding(addedTimes, atUtc('$3'))}
  else rs_wrong_part('timetz', $1, $3) end`,
      'immutable',
    ),
  ];
}

const tickDifferences = [
  `when 'microsecond' then rs_ticks($3) - rs_ticks($2)`,
  ...Object.entries(microseconds).map(
    ([unit, size]) => `when '${unit}' then rs_whole(rs_ticks($3), ${size}) - rs_whole(rs_ticks($2), ${size})`,
  ),
].join('\n  ');

/** The boundaries between two values, not the time (AWS manual, DATEDIFF); weeks begin on Sunday. */
const difference = (value: (parameter: string) => string, type: string): string => {
  const [a, b] = [value('$2'), value('$3')];
  const parts = (part: string): string => `(date_part('${part}', ${b}) - date_part('${part}', ${a}))::bigint`;
  const months = (size: number): string =>
    `rs_whole(rs_months(${b}), ${size}) - rs_whole(rs_months(${a}), ${size})`;
  const week = (one: string): string => `rs_whole((${one}::date - date '1999-12-26')::bigint, 7)`;
  return `case rs_datepart($1)
  when 'day' then (${b}::date - ${a}::date)::bigint
  when 'month' then rs_months(${b}) - rs_months(${a})
  when 'year' then ${months(12)}
  when 'quarter' then ${months(3)}
  when 'week' then ${week(b)} - ${week(a)}
  ${tickDifferences}
  when 'decade' then ${months(120)}
  when 'century' then ${parts('century')}
  when 'millennium' then ${parts('millennium')}
  else rs_wrong_part('${type}', $1, rs_ticks($2)) end`;
};

const dateDifference = (name: string): string[] => [
  inline(
    `${name}(text, timestamp, timestamp)`,
    'bigint',
    difference((one) => one, 'timestamp'),
    'immutable',
  ),
  inline(
    `${name}(text, timestamptz, timestamptz)`,
    'bigint',
    difference((one) => `${one}::timestamp`, 'timestamptz'),
    'stable',
  ),
  ...['time', 'timetz'].map((type) =>
    inline(
      `${name}(text, ${type}, ${type})`,
      'bigint',
      `case rs_datepart($1)
  ${tickDifferences}
  else rs_wrong_part('${type}', $1, rs_ticks($2)) end`,
      'immutable',
    ),
  ),
];

/**
 * One part of a value as a number. DATE_PART gives seconds with their fraction, EXTRACT whole ones; milliseconds and
 * microseconds are without the seconds in both, decades count from the year 1 (AWS manual, Date parts for date or
 * timestamp functions).
 */
function part(type: string, second: string): string {
  // TIMETZ values are in UTC once they are stored; a literal tells its own zone.
  const utc = type === 'timetz' ? atUtc('$2') : '$2';
  return `case rs_datepart($1)
  when 'second' then ${second}
  when 'millisecond' then floor(date_part('milliseconds', $2))::bigint % 1000
  when 'microsecond' then date_part('microseconds', $2)::bigint % 1000000
  ${type.startsWith('timestamp') ? `when 'decade' then floor(date_part('year', $2) / 10) + 1` : ''}
  else case when rs_datepart($1) is null then rs_wrong_part('${type}', $1, rs_ticks($2))
    ${type === 'timetz' ? `when left(rs_datepart($1), 8) = 'timezone' then date_part(rs_datepart($1), $2)` : ''}
    else date_part(rs_datepart($1), ${utc}) end end`;
}

const partTypes = ['timestamp', 'timestamptz', 'time', 'timetz'] as const;
const stability = (type: string): string => (type === 'timestamptz' ? 'stable' : 'immutable');

/** Bound to PostgreSQL's own functions, hence made before those are hidden. */
const parts = partTypes.flatMap((type) => [
  inline(
    `rs_part(text, ${type})`,
    'double precision',
    part(type, `date_part('second', $2)`),
    stability(type),
  ),
  inline(
    `rs_whole_part(text, ${type})`,
    'double precision',
    part(type, `floor(date_part('second', $2))`),
    stability(type),
  ),
]);

/** An interval has months and the time, which is told in days of 24 hours (AWS manual, EXTRACT, Examples with INTERVAL). */
const interval = inline(
  'rs_part(text, interval)',
  'double precision',
  'date_part(coalesce(rs_datepart($1), $1), justify_hours($2))',
);

const partFunctions = [
  ...[...partTypes, 'interval'].flatMap((type) =>
    ['pgdate_part', 'date_part'].map((name) =>
      inline(`${name}(text, ${type})`, 'double precision', 'rs_part($1, $2)', stability(type)),
    ),
  ),
  // AWS manual, EXTRACT: an integer, but a double for TIMESTAMPTZ; the examples show the fraction of an interval's seconds.
  ...['timestamp', 'time', 'timetz'].map((type) =>
    inline(`extract(text, ${type})`, 'integer', 'floor(rs_whole_part($1, $2))::integer', stability(type)),
  ),
  inline('extract(text, timestamptz)', 'double precision', 'rs_whole_part($1, $2)', 'stable'),
  inline('extract(text, interval)', 'double precision', 'rs_part($1, $2)', 'immutable'),
  inline('date_part_year(date)', 'integer', `rs_part('year', $1::timestamp)::integer`),
];

const truncation = ['timestamp', 'timestamptz'].map((type) =>
  inline(
    `rs_trunc(text, ${type})`,
    type,
    `case when rs_datepart($1) is null then rs_wrong_part('${type}', $1, $2)
  else date_trunc(rs_datepart($1), $2) end`,
    stability(type),
  ),
);

const zone = (from: string, to: string, value: string): string =>
  `(${value} at time zone ${from}) at time zone ${to}`;

const whole = [
  inline('getdate()', 'timestamp', `date_trunc('second', statement_timestamp())::timestamp`, 'stable'),
  inline('sysdate()', 'timestamp', 'transaction_timestamp()::timestamp', 'stable'),
  inline('trunc(timestamp)', 'date', '$1::date'),
  inline('trunc(timestamptz)', 'date', '$1::date', 'stable strict'),
  inline(
    'last_day(timestamp)',
    'date',
    `(date_trunc('month', $1) + interval '1 month' - interval '1 day')::date`,
  ),
  // The last day of a month stays the last day (AWS manual, ADD_MONTHS).
  inline(
    'add_months(timestamp, bigint)',
    'timestamp',
    `case when date_trunc('month', $1) <> date_trunc('month', $1 + interval '1 day')
    then $1 + interval '1 day' + $2 * interval '1 month' - interval '1 day'
    else $1 + $2 * interval '1 month' end`,
    'immutable',
  ),
  // Whole months between equal days or two last days, else a month has 31 days (AWS manual, MONTHS_BETWEEN).
  inline(
    'months_between(timestamp, timestamp)',
    'double precision',
    `(rs_months($1) - rs_months($2)) + case
    when date_part('day', $1) = date_part('day', $2) then 0
    when date_part('month', $1) <> date_part('month', $1 + interval '1 day')
      and date_part('month', $2) <> date_part('month', $2 + interval '1 day') then 0
    else (date_part('day', $1) - date_part('day', $2)
      + (date_part('epoch', $1::time) - date_part('epoch', $2::time)) / 86400) / 31 end`,
    'immutable',
  ),
  inline('convert_timezone(text, timestamp)', 'timestamp', zone(`'UTC'`, '$1', '$2'), 'stable strict'),
  inline('convert_timezone(text, text, timestamp)', 'timestamp', zone('$1', '$2', '$3'), 'stable strict'),
  inline(
    'next_day(timestamp, text)',
    'date',
    `$1::date + (case
  when $2 is null then null
  when lower($2) in ('su', 'sun', 'sunday') then 0
  when lower($2) in ('m', 'mo', 'mon', 'monday') then 1
  when lower($2) in ('tu', 'tue', 'tues', 'tuesday') then 2
  when lower($2) in ('w', 'we', 'wed', 'wednesday') then 3
  when lower($2) in ('th', 'thu', 'thurs', 'thursday') then 4
  when lower($2) in ('f', 'fr', 'fri', 'friday') then 5
  when lower($2) in ('sa', 'sat', 'saturday') then 6
  else rs_fail('22023', 'invalid day of the week: ' || $2, rs_ticks($1)) end
    - date_part('dow', $1)::integer + 6)::integer % 7 + 1`,
    'immutable',
  ),
];

/**
 * A literal without a type is a TIMESTAMP to a function that takes dates and times, where PostgreSQL would make it a
 * TIMESTAMPTZ: that is the one preferred type among those. Either becomes the other by itself, in the session's time zone
 * (AWS manual, Type compatibility and conversion).
 */
const preferTimestamp = `update pg_catalog.pg_type set typispreferred = oid = 'timestamp'::regtype
where oid in ('timestamp'::regtype, 'timestamptz'::regtype);
update pg_catalog.pg_cast set castcontext = 'i'
where castsource = 'timestamptz'::regtype and casttarget = 'timestamp'::regtype;`;

export const functionsDates: SetupStep = {
  name: 'functions: dates',
  sql: [
    preferTimestamp,
    ...helpers,
    ...parts,
    interval,
    ...truncation,
    ...whole,
    hide('date_part', 'extract', 'date_trunc', 'date_add', 'date_subtract'),
    ...partFunctions,
    ...['timestamp', 'timestamptz'].map((type) =>
      inline(`date_trunc(text, ${type})`, type, 'rs_trunc($1, $2)', stability(type)),
    ),
    ...dateAdd('dateadd'),
    ...dateAdd('date_add'),
    ...dateDifference('datediff'),
    ...dateDifference('date_diff'),
    hideOne('trunc(macaddr)', 'trunc(macaddr8)'),
  ].join('\n'),
};
