/**
 * Questions of a client, each with a number that no other question has, and in all ways in which a result can be read or
 * left. A row says which question it answers and which row it is: the one that came before must be the one before it.
 */
import type { Connection, Cursor, Pool } from '../../src/index.js';
import type { Chance } from './chance.js';
import { hasten } from './haste.js';
import type { Judge } from './judge.js';

export interface Asking {
  readonly judge: Judge;
  readonly chance: Chance;
  readonly conn: Connection;
  /** Who asks, for reports. */
  readonly who: string;
  /** The connection may end at any moment, by the network or by an administrator. */
  readonly broken: boolean;
}

type Row = [nonce: bigint, index: number, text: string, filler: string];

/** Rows of one question, checked as they come. */
class Series {
  readonly nonce: number;
  readonly count: number;
  readonly sql: string;
  readonly what: string;
  readonly #judge: Judge;
  readonly #width: number;
  #next = 1;

  constructor({ judge, chance, who }: Asking) {
    this.#judge = judge;
    judge.questions++;
    this.nonce = judge.nonce();
    this.count = chance.pick(0, 1, 2, 10, 100, chance.skewed(6000));
    this.#width = chance.pick(0, 0, 10, 150);
    this.what = `${who}, question ${String(this.nonce)}`;
    // A part of it is in the text, so that there are many texts and some of them come again.
    this.sql = `select %s::bigint as nonce, g::int as g, %s::varchar || '-' || g::varchar as text, repeat('x', ${String(this.#width)}) as filler from generate_series(1, ${String(this.count)}) g order by 2`;
  }

  get parameters(): unknown[] {
    return [this.nonce, `t${String(this.nonce)}`];
  }

  get seen(): number {
    return this.#next - 1;
  }

  row([nonce, index, text, filler]: Row): void {
    this.#judge.rows++;
    this.#judge.same(`${this.what}: number of the question`, nonce, BigInt(this.nonce));
    this.#judge.same(`${this.what}: number of the row`, index, this.#next);
    this.#judge.same(`${this.what}: text`, text, `t${String(this.nonce)}-${String(this.#next)}`);
    this.#judge.same(`${this.what}: length`, filler.length, this.#width);
    this.#next++;
  }

  rows(rows: readonly Row[]): void {
    for (const row of rows) this.row(row);
  }

  /** The result says that it is whole. */
  whole(): void {
    this.#judge.answers++;
    this.#judge.same(`${this.what}: rows of a whole result`, this.seen, this.count);
  }
}

/** One question on a cursor of its own, or by `query`. */
export async function ask(asking: Asking): Promise<void> {
  const { judge, chance, conn, broken } = asking;
  const series = new Series(asking);
  const haste = hasten(conn, chance, broken);
  const style = chance.pick('query', 'query', 'cursor', 'cursor', 'stream', 'aside');
  const what = `${series.what} (${style}, ${JSON.stringify(haste.options)})`;
  const call = async (): Promise<void> => {
    if (style === 'query') {
      const { rows, rowCount } = await conn.query<Row>(series.sql, series.parameters, {
        ...haste.options,
        rowMode: 'array',
      });
      series.rows(rows);
      judge.same(`${series.what}: rowCount`, rowCount, series.count);
      series.whole();
      return;
    }
    const stream = style === 'stream';
    const cursor = await conn
      .cursor<Row>()
      .execute<Row>(series.sql, series.parameters, { ...haste.options, stream });
    if (style === 'aside') await askAside(asking);
    await read(cursor, series, chance);
  };
  await settle(asking, what, call(), { ...haste.excuses, inTheWay: true });
  await settle(asking, `${series.what}: end of its cancel`, haste.over(), { broken });
}

/** Another question while the result of the first one lies unread. */
async function askAside(asking: Asking): Promise<void> {
  const { conn, broken } = asking;
  const series = new Series(asking);
  const call = conn.query<Row>(series.sql, series.parameters, { rowMode: 'array' }).then(({ rows }) => {
    series.rows(rows);
    series.whole();
  });
  // What disturbs the first one may hit the connection while this one runs: conn.cancel() cancels what runs now.
  await settle(asking, series.what, call, { broken, cancelled: true, inTheWay: true });
}

async function read(cursor: Cursor<Row>, series: Series, chance: Chance): Promise<void> {
  switch (chance.pick('all', 'all', 'many', 'one', 'loop', 'loop', 'leave', 'close', 'forget')) {
    case 'all':
      series.rows(await cursor.fetchAll());
      {
        series.whole();
        return;
      }
    case 'many':
      for (;;) {
        const rows = await cursor.fetchMany(1 + chance.skewed(500));
        if (rows.length === 0) {
          series.whole();
          return;
        }
        series.rows(rows);
      }
    case 'one':
      for (let left = chance.below(30); left > 0; left--) {
        const row = await cursor.fetchOne();
        if (row === null) {
          series.whole();
          return;
        }
        series.row(row);
      }
      series.rows(await cursor.fetchAll());
      {
        series.whole();
        return;
      }
    case 'loop':
      for await (const row of cursor) series.row(row);
      {
        series.whole();
        return;
      }
    case 'leave': {
      const last = chance.below(series.count + 1);
      for await (const row of cursor) {
        series.row(row);
        if (series.seen >= last) break;
      }
      return;
    }
    case 'close':
      series.rows(await cursor.fetchMany(chance.below(50)));
      return cursor.close();
    case 'forget':
      // The rest of it stands in the way of whatever comes next.
      series.rows(await cursor.fetchMany(chance.below(5)));
      return;
  }
}

/** Many questions at once; each has its own answer, however many of them are cancelled on the way. */
export async function askMany(asking: Asking): Promise<void> {
  const { judge, chance, conn, who, broken } = asking;
  const calls = Array.from({ length: 2 + chance.below(20) }, async () => {
    judge.questions++;
    const nonce = judge.nonce();
    const what = `${who}, one of many, question ${String(nonce)}`;
    const controller = chance.happens(0.1) ? new AbortController() : undefined;
    const timer =
      controller === undefined ? undefined : setTimeout(() => controller.abort(), chance.below(20));
    const call = conn
      .query<{ nonce: bigint; pid: number }>('select %s::bigint as nonce, pg_backend_pid() as pid', [nonce], {
        ...(controller === undefined ? {} : { signal: controller.signal }),
      })
      .then(({ rows }) => {
        judge.answers++;
        judge.same(`${what}: rows`, rows.length, 1);
        judge.same(`${what}: number`, rows[0]?.nonce, BigInt(nonce));
        judge.same(`${what}: process`, rows[0]?.pid, conn.processId);
      });
    await settle(asking, what, call, { broken, cancelled: controller !== undefined, inTheWay: true });
    clearTimeout(timer);
  });
  await Promise.all(calls);
}

/** A question that the server answers with an error: it has to be the error of this question. */
export async function askWrongly(asking: Asking): Promise<void> {
  const { judge, chance, conn, who, broken } = asking;
  judge.questions++;
  const nonce = judge.nonce();
  const what = `${who}, wrong question ${String(nonce)}`;
  const haste = hasten(conn, chance, broken);
  const call = conn.query(`select 'n${String(nonce)}'::int as a`, null, haste.options).then(
    () => {
      judge.report('wrong answer', `${what} was answered`);
    },
    (error: unknown) => {
      const { sqlState, message } = error as { sqlState?: string; message: string };
      if (sqlState !== '22P02') throw error;
      judge.answers++;
      if (!message.includes(`"n${String(nonce)}"`))
        judge.report('wrong answer', `${what} was told: ${message}`);
    },
  );
  await settle(asking, what, call, { ...haste.excuses, inTheWay: true });
  await settle(asking, `${what}: end of its cancel`, haste.over(), { broken });
}

/** Several statements in one message. */
export async function askScript(asking: Asking): Promise<void> {
  const { judge, chance, conn, who, broken } = asking;
  judge.questions++;
  const nonces = Array.from({ length: 1 + chance.below(5) }, () => judge.nonce());
  const what = `${who}, script ${String(nonces[0])}`;
  const { options, excuses, over } = hasten(conn, chance, broken);
  const sql = nonces.map((nonce) => `select ${String(nonce)}::bigint as nonce`).join('; ');
  const call = conn.script(sql, options).then((results) => {
    judge.answers++;
    judge.same(`${what}: results`, results.length, nonces.length);
    for (const [index, nonce] of nonces.entries()) {
      judge.same(`${what}: number`, results[index]?.rows[0]?.['nonce'], BigInt(nonce));
    }
  });
  await settle(asking, what, call, { ...excuses, inTheWay: true });
  await settle(asking, `${what}: end of its cancel`, over(), { broken });
}

/** A question to a pool, on whatever connection it has. */
export async function askPool(
  { judge, chance, who, broken }: Pick<Asking, 'judge' | 'chance' | 'who' | 'broken'>,
  pool: Pool,
): Promise<void> {
  judge.questions++;
  const nonce = judge.nonce();
  const what = `${who}, pool, question ${String(nonce)}`;
  const signal = chance.happens(0.2) ? AbortSignal.timeout(chance.below(30)) : undefined;
  try {
    const call = pool.query<{ nonce: bigint }>('select %s::bigint as nonce', [nonce], { signal });
    const { rows } = await judge.returns(what, call);
    judge.answers++;
    judge.same(`${what}: number`, rows[0]?.nonce, BigInt(nonce));
  } catch (error) {
    judge.failed(what, error, {
      broken,
      cancelled: signal !== undefined,
      ...(broken ? { state: '53300' } : {}),
    });
  }
}

/** Waits for a call within the judge's bound; a failure has to have its reason. */
export async function settle(
  { judge, conn }: Asking,
  what: string,
  call: Promise<unknown>,
  excuses: Parameters<Judge['failed']>[2],
): Promise<void> {
  try {
    await judge.returns(what, call);
  } catch (error) {
    judge.failed(what, error, { failedBefore: !conn.autocommit, ...excuses });
  }
}
