/**
 * Target `session`: clients that call at random while their server lies at random, over loopback sockets and in memory.
 * Every call settles once and in time, what resolves with rows has the rows that a slow decoder reads from the same bytes,
 * nothing is thrown that nobody catches, and nothing is left behind.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../../src/client/connection.js';
import { RedshiftError } from '../../src/errors.js';
import { Finding, hold, type Target } from './engine.js';
import { inMemory, onLoopback, type Place } from './lying-places.js';
import { lies, type Lie } from './lying-server.js';
import type { Random } from './random.js';
import { rowsIn, type HeardResult } from './reference/results.js';
import { smallerList } from './shrink.js';

const calls = [
  'execute',
  'query',
  'stream',
  'break',
  'fetchMany',
  'executeMany',
  'script',
  'commit',
  'rollback',
  'transaction',
  'cancel',
  'abort',
  'hang',
  'fail',
  'close',
  'nothing',
] as const;

interface Call {
  readonly does: (typeof calls)[number];
  readonly rows: number;
  /** Milliseconds before it is made, behind the one before; 0: at once. */
  readonly after: number;
  /** Whether the next call waits for it. */
  readonly awaited: boolean;
}

interface Scenario {
  readonly place: 'loopback' | 'memory';
  readonly autocommit: boolean;
  readonly cancels: boolean;
  readonly lies: readonly Lie[];
  readonly calls: readonly Call[];
}

type SessionInput = readonly Scenario[];

/** Seconds. Whoever gives none waits as long as the server does, so every statement here has one. */
const bounds = { connect: 0.3, query: 0.15, close: 0.15 };
/** Milliseconds in which all calls of a scenario have to be settled on a loaded machine: they run in a row at worst. */
const patience = 30_000;
const heapCap = 400 * 1024 * 1024;

function generate(random: Random): SessionInput {
  return random.list(20, () => ({
    place: random.pick(['loopback', 'memory'] as const),
    autocommit: random.oneIn(2),
    cancels: !random.oneIn(4),
    lies: random.oneIn(5)
      ? []
      : random.list(1 + random.few(2), () => ({
          at: random.oneIn(4) ? random.below(6) : random.below(60),
          does: random.pick(lies),
          seed: random.uint32(),
        })),
    calls: random.list(1 + random.few(7), () => ({
      does: random.pick(calls),
      rows: random.oneIn(3) ? random.below(40) : random.below(4),
      after: random.oneIn(4) ? random.below(8) : 0,
      awaited: random.oneIn(2),
    })),
  }));
}

async function check(input: SessionInput): Promise<void> {
  await Promise.all(input.map(checkScenario));
  hold(process.memoryUsage().heapUsed < heapCap, () => 'The heap grows');
}

async function checkScenario(scenario: Scenario, index: number): Promise<void> {
  const place = await (scenario.place === 'loopback' ? onLoopback : inMemory)(
    scenario,
    bounds,
    scenario.autocommit,
  );
  try {
    await within('The scenario', play(scenario, place, `s${String(index)}`));
  } finally {
    await within('Closing the place', place.close());
  }
}

/** What is not settled by then hangs. */
async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = new AbortController();
  try {
    return await Promise.race([
      promise,
      sleep(patience, undefined, { signal: late.signal }).then(() => {
        throw new Finding(`${what} is not settled after ${String(patience)} ms`);
      }),
    ]);
  } finally {
    late.abort();
  }
}

async function play(scenario: Scenario, place: Place, name: string): Promise<void> {
  let connection: Connection;
  try {
    connection = await place.open();
  } catch (error) {
    if (place.server?.lied !== false || isLate(error)) return;
    throw error;
  }
  const player = new Player(connection, place, name);
  const open: Promise<void>[] = [];
  for (const [index, call] of scenario.calls.entries()) {
    if (call.after > 0) await sleep(call.after);
    const made = player.make(call, index);
    open.push(made);
    if (call.awaited) await made;
  }
  await Promise.all(open);
  await connection.close();
  // Twice is once.
  await connection.close();
}

const isLate = (error: unknown): boolean =>
  error instanceof Error && /TimeoutError|took too long/.test(`${error.constructor.name} ${error.message}`);

class Player {
  readonly #connection: Connection;
  readonly #place: Place;
  readonly #name: string;

  constructor(connection: Connection, place: Place, name: string) {
    this.#connection = connection;
    this.#place = place;
    this.#name = name;
  }

  async make(call: Call, index: number): Promise<void> {
    const tag = `${this.#name}.${String(index)}`;
    const sql = `rows ${String(call.rows)} ${tag}`;
    const honest = (): boolean => this.#place.server?.lied === false;
    try {
      await this.#call(call, sql, tag, honest);
    } catch (error) {
      if (error instanceof Finding) throw error;
      if (!(error instanceof RedshiftError))
        throw new Finding(
          `${call.does} rejects with ${String(error)} ${error instanceof Error ? (error.stack ?? '') : ''}`,
          'kind',
        );
    }
  }

  async #call(call: Call, sql: string, tag: string, honest: () => boolean): Promise<void> {
    const connection = this.#connection;
    const cursor = connection.cursor();
    switch (call.does) {
      case 'execute':
        await cursor.execute(sql);
        {
          this.#compare(await cursor.fetchAll(), true, tag, call.rows, honest);
          return;
        }
      case 'query': {
        const { rows } = await connection.query(sql);
        this.#compare(rows, true, tag, call.rows, honest);
        return;
      }
      case 'stream':
      case 'break': {
        await cursor.execute(sql, [], { stream: true });
        const rows: unknown[] = [];
        for await (const row of cursor) {
          rows.push(row);
          if (call.does === 'break' && rows.length > call.rows / 2) break;
        }
        this.#compare(rows, call.does === 'stream', tag, call.rows, honest);
        return;
      }
      case 'fetchMany': {
        await cursor.execute(sql);
        const rows: unknown[] = await cursor.fetchMany(3);
        await sleep(1);
        const one = await cursor.fetchOne();
        if (one !== null) rows.push(one);
        this.#compare(rows, false, tag, Math.min(4, call.rows), honest);
        return;
      }
      case 'executeMany':
        await cursor.executeMany(
          'insert into t values (%s)',
          Array.from({ length: call.rows + 1 }, (_, each) => [each]),
        );
        return;
      case 'script': {
        const results = await connection.script(`${sql}; set a; ${sql}`);
        for (const { rows } of results)
          if (rows.length > 0) this.#compare(rows, true, tag, call.rows, honest);
        return;
      }
      case 'commit':
        return connection.commit();
      case 'rollback':
        return connection.rollback();
      case 'transaction':
        await connection.transaction(async (inner) => {
          await inner.query(sql);
        });
        return;
      case 'cancel':
        return connection.cancel();
      case 'abort': {
        const signal = new AbortController();
        const timer = setTimeout(() => {
          signal.abort();
        }, call.rows % 5);
        try {
          await cursor.execute(call.rows % 2 === 0 ? sql : 'hang', [], { signal: signal.signal });
          await cursor.fetchAll();
        } finally {
          clearTimeout(timer);
        }
        return;
      }
      case 'hang':
        await cursor.execute('hang', [], { timeout: 0.02 });
        return;
      case 'fail':
        await cursor.execute('fail');
        return;
      case 'close':
        return connection.close();
      case 'nothing':
        return cursor.close();
    }
  }

  /** @param whole the call gave the result to its end; @param count how many rows an honest server sends for it */
  #compare(
    rows: readonly unknown[],
    whole: boolean,
    tag: string,
    count: number,
    honest: () => boolean,
  ): void {
    const told = rows.map((row) => JSON.stringify(row));
    // As long as nothing false was said, a row belongs to this very call.
    if (honest()) {
      hold(
        rows.every((row) => Array.isArray(row) && String(row[0]).startsWith(`${tag}:`)),
        () => `${tag} was given ${told.join()}`,
      );
      if (whole)
        hold(rows.length === count, () => `${tag} was given ${String(rows.length)} of ${String(count)} rows`);
    }
    const said = Buffer.concat(this.#place.server?.said ?? []);
    const heard = rowsIn(said);
    if (heard === undefined) return;
    const fits = ({ rows: sent, complete }: HeardResult): boolean =>
      (whole ? complete && sent.length === told.length : sent.length >= told.length) &&
      told.every((row, index) => row === sent[index]);
    hold(heard.some(fits), () => `${tag} was given rows that nobody sent: ${told.join().slice(0, 300)}`);
  }
}

/** Timers and sockets of this process. */
function resources(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout' || kind.includes('TCP')).length;
}

export const session: Target<SessionInput> = {
  name: 'session',
  about:
    'random calls to a lying server, over loopback and in memory: all settle, nothing false, nothing left',
  needs: 'nothing',
  open() {
    const before = resources();
    const warn = process.emitWarning.bind(process);
    // Clients here close with work that they did not commit, as careless ones do: one warning each would be a thousand lines.
    process.emitWarning = ((warning: string, options: { readonly code?: string }) => {
      if (options.code !== 'RS_UNCOMMITTED') warn(warning, options);
    }) as typeof process.emitWarning;
    let scenarios = 0;
    return Promise.resolve({
      generate,
      check: async (input: SessionInput) => {
        scenarios += input.length;
        await check(input);
      },
      *smaller(input: SessionInput) {
        yield* smallerList(input, function* (scenario) {
          for (const list of smallerList(scenario.calls, () => [])) yield { ...scenario, calls: list };
          for (const list of smallerList(scenario.lies, () => [])) yield { ...scenario, lies: list };
        });
      },
      figures: () => [
        `${String(scenarios)} scenarios; resources before ${String(before)}, after ${String(resources())}`,
      ],
      async close() {
        process.emitWarning = warn;
        // What is closed is gone a few turns of the loop later.
        for (let turn = 0; resources() > before && turn < 200; turn++) await sleep(20);
        if (resources() > before)
          throw new Finding(`Sockets or timers are left: ${process.getActiveResourcesInfo().join()}`);
      },
    });
  },
};
