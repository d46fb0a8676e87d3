/**
 * The pairs of statement and answer from the AWS manual again, through the clients that other people have made: `pg`, psql,
 * and Amazon's Python driver where the machine has them. Each pair runs in a transaction that is rolled back.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cell, Pair } from '../../fixtures/manual/pair.js';
import { startLocal, type LocalServer } from './harness.js';

const fixtures = new URL('../../fixtures/manual/', import.meta.url);

async function loadPairs(): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const file of (await readdir(fixtures)).sort()) {
    if (file === 'pair.ts') continue;
    const exports = (await import(new URL(file, fixtures).href)) as Record<string, unknown>;
    for (const list of Object.values(exports)) {
      if (Array.isArray(list)) pairs.push(...(list as Pair[]));
    }
  }
  // Refusals have no rows. TIMESTAMPTZ is shown in the session's time zone; the fixtures have it in UTC.
  return pairs.filter(
    ({ rows, commits, page }) => Array.isArray(rows) && commits !== true && page !== 'r_timezone_config',
  );
}

type Rows = readonly (readonly Cell[])[];

const same = (one: Cell, other: Cell): boolean => one === other || one?.trim() === other?.trim();

function matches(pair: Pair, answer: Rows, equal = same): boolean {
  const sorted = (rows: Rows): Rows =>
    pair.unordered === true
      ? [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : rows;
  const [wanted, got] = [sorted(pair.rows), sorted(answer)];
  return (
    wanted.length === got.length &&
    wanted.every(
      (row, at) =>
        row.length === got[at]!.length && row.every((cell, place) => equal(cell, got[at]![place]!)),
    )
  );
}

/** What went wrong, one line a pair. */
const complaint = ({ page, sql, rows }: Pair, got: unknown): string =>
  `${page}: ${sql}\n  wanted ${JSON.stringify(rows)}\n  got    ${JSON.stringify(got)}`;

const statement = (sql: string): string => `${sql.trim().replace(/;$/, '')};\n`;

let server: LocalServer;
let pairs: Pair[];
beforeAll(async () => {
  pairs = await loadPairs();
  server = await startLocal();
});
afterAll(() => server.stop());

const login = () => {
  const { host, port, database, user, password } = server.redshift;
  return { host, port, database, user, password };
};

describe('the pairs of the manual', () => {
  it('are many', () => {
    expect(pairs.length).toBeGreaterThan(500);
  });

  it('hold for pg', { timeout: 240_000 }, async () => {
    const client = new pg.Client({
      ...login(),
      ssl: { ca: server.redshift.sslrootcert },
      types: { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig,
    });
    await client.connect();
    const wrong: string[] = [];
    for (const pair of pairs) {
      try {
        await client.query('begin');
        for (const sql of pair.setup ?? []) await client.query(sql);
        const { rows } = await client.query<Cell[]>({ text: pair.sql, rowMode: 'array' });
        if (!matches(pair, rows)) wrong.push(complaint(pair, rows));
      } catch (error) {
        wrong.push(complaint(pair, (error as Error).message));
      } finally {
        await client.query('rollback');
      }
    }
    await client.end();
    expect(wrong).toEqual([]);
  });

  it.skipIf(spawnSync('psql', ['--version']).status !== 0)(
    'hold for psql',
    { timeout: 240_000 },
    async () => {
      const [field, record, nothing, mark] = ['\u001f', '\u001e', '\u0002', '\u0003'];
      const script = pairs
        .map(
          ({ setup = [], sql }) =>
            `begin;\n${setup.map(statement).join('')}\\echo -n ${mark}\n${statement(sql)}\\echo -n ${mark}\nrollback;\n`,
        )
        .join('');
      const { host, port, database, user, password } = login();
      const format = ['-A', '-t', '-F', field, '-R', record, '-P', `null=${nothing}`];
      const child = spawn('psql', ['-X', '-q', '-w', ...format], {
        env: {
          ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))),
          ...{ PGHOST: host, PGPORT: String(port), PGDATABASE: database, PGUSER: user, PGPASSWORD: password },
          ...{ LC_ALL: 'C', PGCLIENTENCODING: 'UTF8' },
        },
      });
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr.resume();
      child.stdin.end(script);
      await new Promise((resolve) => child.on('close', resolve));
      const answers = out.split(mark).filter((_, at) => at % 2 === 1);
      expect(answers).toHaveLength(pairs.length);
      const wrong = pairs.flatMap((pair, at) => {
        const text = answers[at]!.replace(/\n$/, '');
        const rows =
          text === '' && pair.rows.length === 0 ? [] : text.split(record).map((row) => row.split(field));
        const cells = rows.map((row) => row.map((cell) => (cell === nothing ? null : cell)));
        return matches(pair, cells) ? [] : [complaint(pair, cells)];
      });
      expect(wrong).toEqual([]);
    },
  );

  const python = process.env['PYTHON'] ?? 'python3';
  const driver = process.env['REDSHIFT_PYTHON_DRIVER'];
  const environment = {
    ...process.env,
    PYTHONWARNINGS: 'ignore',
    ...(driver !== undefined && { PYTHONPATH: driver }),
  };
  const hasDriver = spawnSync(python, ['-c', 'import redshift_connector'], { env: environment }).status === 0;

  it.skipIf(!hasDriver)('hold for the Python driver', { timeout: 240_000 }, async () => {
    // Its own forms of VARBYTE and of the intervals are not psql's.
    const readable = pairs.filter(
      ({ sql, types = [] }) => !/varbyte|from_hex|interval|st_as(ew|b|w)|geog/i.test(sql + types.join()),
    );
    const child = spawn(python, ['-c', script], { env: environment });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdin.end(JSON.stringify({ login: { ...login(), ssl: false }, pairs: readable }));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(err).toBe('');
    expect(code).toBe(0);
    const answers = JSON.parse(out) as (Rows | string)[];
    const close = (wanted: Cell, got: Cell): boolean =>
      same(wanted, got) ||
      (wanted !== null &&
        got !== null &&
        Math.abs(Number(wanted) - Number(got)) <= 1e-5 * Math.max(1, Math.abs(Number(wanted))));
    const wrong = readable.flatMap((pair, at) => {
      const answer = answers[at]!;
      return typeof answer !== 'string' && matches(pair, answer, close) ? [] : [complaint(pair, answer)];
    });
    expect(wrong).toEqual([]);
  });
});

const script = `
import datetime, decimal, json, sys
import redshift_connector

asked = json.load(sys.stdin)

def fraction(value):
    return ("." + "%06d" % value.microsecond).rstrip("0") if value.microsecond else ""

def shown(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") + fraction(value) + ("+00" if value.tzinfo else "")
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S") + fraction(value) + ("+00" if value.tzinfo else "")
    return str(value)

connection = redshift_connector.connect(**asked["login"])
answers = []
for pair in asked["pairs"]:
    try:
        cursor = connection.cursor()
        for sql in pair.get("setup", []):
            cursor.execute(sql)
        cursor.execute(pair["sql"])
        rows = cursor.fetchall() if cursor.description else ()
        answers.append([[shown(value) for value in row] for row in rows])
    except redshift_connector.ProgrammingError as error:
        answers.append(str(error))
    finally:
        connection.rollback()
print(json.dumps(answers))
`;
