/** What this driver wants to be, as ratios to others in one run, and whether it is: `npm run bench -- --goals`. */
import { markdown } from './report.js';
import { figuresOf, type CaseResult, type Figures } from './results.js';

interface Goal {
  readonly what: string;
  readonly group: string;
  readonly title: string;
  readonly ours: string;
  /** Whom it is held against: the best of those that were measured. */
  readonly than: readonly string[];
  readonly of: keyof Figures;
  /** Ours divided by theirs is at most this. */
  readonly most: number;
  /** Say it the other way round: so many times less. */
  readonly inverse?: boolean;
}

const objects = 'redshift-connector, objects';
const texts = 'redshift-connector, objects, text timestamps';
const lazy = 'redshift-connector, lazy rows';
const frame = 'redshift-connector, data frame';
const floor = ['floor: walk headers'];

type More = Partial<Pick<Goal, 'of'>>;

const atMost =
  (most: number) =>
  (
    what: string,
    group: string,
    title: string,
    ours: string,
    than: readonly string[],
    more: More = {},
  ): Goal => ({
    ...{ what, group, title, ours, than, most, of: 'wall' },
    ...more,
  });

const faster =
  (times: number) =>
  (...args: Parameters<ReturnType<typeof atMost>>): Goal => ({
    ...atMost(1 / times)(...args),
    inverse: true,
  });

/** Rows have the same goals where bytes come as they are and over TLS; columns their own (docs/performance.md says why). */
const columnGoals = {
  plain: { floors: { mixed: 3, narrow: 2, text: 4.5, numeric: 4.5 }, than: 10 },
  tls: { floors: { mixed: 2, narrow: 1.7, text: 2.5, numeric: 2.5 }, than: 8 },
} as const;

function bulk(path: keyof typeof columnGoals, group: string, how: string, columnsGroup: string): Goal[] {
  const { floors, than } = columnGoals[path];
  const toPostgres = { mixed: 3, narrow: 4.3, text: 1.7, numeric: 1.9 };
  const toPg = { ...toPostgres, mixed: 3.8 };
  return (['mixed', 'narrow', 'text', 'numeric'] as const).flatMap((shape) => {
    const title = `${shape}, ${how}`;
    const columnar = shape === 'mixed' ? 25 : shape === 'narrow' ? 10 : than;
    return [
      atMost(floors[shape])('columns', columnsGroup, title, frame, floor),
      faster(columnar)('columns', columnsGroup, title, frame, ['pg']),
      faster(columnar)('columns', columnsGroup, title, frame, ['postgres']),
      faster(toPg[shape])('objects', group, title, objects, ['pg']),
      faster(toPostgres[shape])('objects', group, title, objects, ['postgres']),
      ...(shape === 'mixed'
        ? [
            faster(4.5)('objects, text timestamps', group, title, texts, ['pg']),
            faster(3.5)('objects, text timestamps', group, title, texts, ['postgres']),
          ]
        : []),
      faster(shape === 'mixed' ? 8 : 5)('lazy rows', group, title, lazy, ['postgres']),
    ];
  });
}

const live = (shape: string): string => `${shape}, from PostgreSQL`;
const redshift = (shape: string): string => `${shape}, Redshift's protocol, replayed`;
const own = 'redshift-connector';
const python = ['redshift_connector (Python)'];
const one = 'one after the other';
const many = 'a hundred in flight on one connection';
const executeMany = 'redshift-connector, executeMany';
const iterate = 'redshift-connector, for await, objects';

const table: readonly Goal[] = [
  ...bulk('plain', 'rows', 'replayed', 'columns'),
  ...bulk('tls', 'tls', 'replayed over TLS', 'tls'),
  atMost(1.2)('columns', 'live', live('mixed'), frame, ['psql, COPY binary']),
  atMost(3)('columns, CPU', 'live', live('mixed'), frame, floor, { of: 'cpu' }),
  faster(3.8)('objects', 'redshift', redshift('mixed'), objects, python),
  faster(4)('objects', 'redshift', redshift('numeric'), objects, python),
  faster(40)('columns', 'redshift', redshift('mixed'), frame, python),
  faster(40)('columns', 'redshift', redshift('numeric'), frame, python),
  ...['mixed', 'narrow', 'text', 'numeric'].flatMap((shape) => [
    atMost(1)('objects', 'live', live(shape), objects, ['psycopg']),
    ...(shape === 'text' ? [] : [atMost(1)('objects', 'live', live(shape), objects, ['asyncpg'])]),
    atMost(0.35)('columns, CPU', 'live', live(shape), frame, ['psycopg', 'asyncpg'], { of: 'cpu' }),
  ]),
  atMost(0.8)('objects, peak memory', 'rows', 'mixed, replayed', objects, ['pg'], { of: 'peak' }),
  atMost(0.5)('p50', 'small', one, own, ['pg'], { of: 'half' }),
  atMost(0.5)('p50', 'small', one, own, ['postgres'], { of: 'half' }),
  atMost(1)('p50', 'small', one, own, ['psycopg'], { of: 'half' }),
  atMost(0.4)('CPU', 'small', one, own, ['pg'], { of: 'cpu' }),
  atMost(1)('', 'small', many, own, ['postgres']),
  atMost(0.35)('', 'small', many, own, ['pg']),
  atMost(0.65)('CPU', 'small', many, own, ['postgres'], { of: 'cpu' }),
  atMost(0.65)('', 'small', 'ten connections', own, [
    ...['pg', 'postgres', 'pg, pool.query', 'postgres, pool of ten'],
  ]),
  ...['pg, statements of many rows', 'postgres, statements of many rows'].map((peer) =>
    atMost(0.25)('', 'insert', 'rows of four columns', executeMany, [peer]),
  ),
  atMost(0.5)('', 'insert', 'rows of four columns', executeMany, ['asyncpg, executemany']),
  atMost(3)('', 'insert', 'rows of four columns', executeMany, ['psycopg, COPY']),
  atMost(1.1)('', 'stream', live('narrow'), iterate, floor),
  atMost(0.2)('CPU', 'stream', live('narrow'), iterate, ['pg-cursor'], { of: 'cpu' }),
  atMost(0.8)('', 'stream', live('narrow'), iterate, ['asyncpg, cursor']),
  atMost(1.1)('p50', 'connect', 'without a password', own, ['pg', 'postgres', 'psycopg', 'asyncpg'], {
    of: 'half',
  }),
  atMost(1.1)('p50', 'connect', 'TLS and SCRAM', own, ['pg', 'postgres', 'psycopg', 'asyncpg'], {
    of: 'half',
  }),
];

/** Megabytes in a process that streams, and at most so much more with five times as many rows. */
const streaming = { peak: 80, growth: 5 };
/** Of a data frame: times the bytes of its columns, and megabytes beside. */
const columnar = { times: 1.2, beside: 60 };

interface Line {
  readonly goal: string;
  readonly bound: string;
  readonly measured: string;
  /** The same ratio of CPU time: what a loaded machine does not blur so much. */
  readonly cpu?: string;
  readonly met: boolean | undefined;
}

export function goals(results: readonly CaseResult[]): string {
  const lines = [...table.map((goal) => judge(goal, results)), ...memory(results)];
  const said = { true: 'met', false: '**not met**', undefined: 'not measured' };
  const rows = lines.map(({ goal, bound, measured, cpu, met }) => [
    goal,
    bound,
    measured,
    cpu ?? '',
    said[String(met) as keyof typeof said],
  ]);
  const count = (met: boolean | undefined): string => String(lines.filter((line) => line.met === met).length);
  return `\n### Goals: ${count(true)} met, ${count(false)} not met, ${count(undefined)} not measured\n\n${markdown([['goal', 'bound', 'measured', 'CPU', ''], ...rows])}`;
}

function judge(
  { what, group, title, ours, than, of, most, inverse }: Goal,
  results: readonly CaseResult[],
): Line {
  const label = `${group}, ${title}${what === '' ? '' : `: ${what}`}, against ${than.join(' / ')}`;
  const bound = inverse === true ? `≥ ${(1 / most).toFixed(1)}× faster` : `≤ ${most.toFixed(2)}×`;
  const found = results.find((one) => one.group === group && one.title === title);
  const mine = found === undefined ? undefined : figuresOf(found, ours)?.[of];
  const theirs = than
    .map((peer) => (found === undefined ? undefined : figuresOf(found, peer)?.[of]))
    .filter((figure) => figure !== undefined);
  if (mine === undefined || theirs.length === 0) return { goal: label, bound, measured: '', met: undefined };
  const ratio = mine / Math.min(...theirs);
  const shown = (ratio: number): string =>
    inverse === true ? `${(1 / ratio).toFixed(1)}×` : `${ratio.toFixed(2)}×`;
  return {
    goal: label,
    bound,
    measured: shown(ratio),
    cpu: cpuRatio(ours, than, found!, shown),
    met: ratio <= most,
  };
}

function cpuRatio(
  ours: string,
  than: readonly string[],
  found: CaseResult,
  shown: (ratio: number) => string,
): string {
  const used = than.map((peer) => figuresOf(found, peer)?.cpu ?? 0).filter((cpu) => cpu > 0);
  return used.length === 0 ? '' : shown(figuresOf(found, ours)!.cpu / Math.min(...used));
}

function memory(results: readonly CaseResult[]): Line[] {
  const of = (group: string, title: string, client: string): CaseResult['made'][string] | undefined =>
    results.find((one) => one.group === group && one.title === title)?.made[client];
  const [few, more] = [live('narrow'), 'narrow, five times as many'].map((title) => {
    const made = of('stream', title, iterate);
    return made === undefined ? undefined : Math.max(...made.map(({ peakMb }) => peakMb));
  });
  const held = of('columns', 'mixed, replayed', frame)?.[0];
  const allowed = ((held?.held ?? 0) / 2 ** 20) * columnar.times + columnar.beside;
  return [
    {
      goal: 'stream, narrow: peak memory, five times as many rows',
      bound: `≤ ${String(streaming.peak)} MB, ≤ ${String(streaming.growth)} MB more`,
      measured: few === undefined || more === undefined ? '' : `${more.toFixed(0)} MB, ${few.toFixed(0)} MB`,
      met:
        few === undefined || more === undefined
          ? undefined
          : more <= streaming.peak && more - few <= streaming.growth,
    },
    {
      goal: 'columns, mixed, replayed: peak memory',
      bound: `≤ ${String(columnar.times)}× the columns + ${String(columnar.beside)} MB`,
      measured: held?.held === undefined ? '' : `${held.peakMb.toFixed(0)} of ${allowed.toFixed(0)} MB`,
      met: held?.held === undefined ? undefined : held.peakMb <= allowed,
    },
  ];
}
