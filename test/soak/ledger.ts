/**
 * What the clients were told of their work, held against what the table says: committed work is there, rolled-back work
 * is not, and of what nobody knows either all is there or nothing.
 */
import type { Connection } from '../../src/index.js';
import type { Judge } from './judge.js';

export type Outcome = 'committed' | 'rolled back' | 'unknown';

interface Entry {
  readonly what: string;
  readonly parts: number;
  readonly outcome: Outcome;
}

/** One table for each stretch of time, so that the memory of an hour is that of a minute. */
interface Page {
  readonly table: string;
  readonly entries: Map<number, Entry>;
}

export class Ledger {
  readonly told: Record<Outcome, number> = { committed: 0, 'rolled back': 0, unknown: 0 };
  /** Of what nobody knew, how much was there. */
  unknownThere = 0;
  readonly #judge: Judge;
  #page: Page = { table: '', entries: new Map() };
  #before: Page | undefined;
  #pages = 0;

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  /** The table that work goes to that begins now. */
  get page(): Page {
    return this.#page;
  }

  write(page: Page, nonce: number, entry: Entry): void {
    this.told[entry.outcome]++;
    page.entries.set(nonce, entry);
  }

  /**
   * Begins a new page, and checks the one before the last: what was begun on it is long over.
   *
   * @param admin a connection that nobody disturbs
   */
  async turn(admin: Connection): Promise<void> {
    const table = `ledger_${String(++this.#pages)}`;
    await admin.query(`create table ${table} (nonce bigint, part int)`);
    const over = this.#before;
    this.#before = this.#page.table === '' ? undefined : this.#page;
    this.#page = { table, entries: new Map() };
    if (over !== undefined) await this.#check(over, admin);
  }

  /** Checks all that is left; everything is over. */
  async close(admin: Connection): Promise<void> {
    for (const page of [this.#before, this.#page]) if (page !== undefined) await this.#check(page, admin);
  }

  async #check({ table, entries }: Page, admin: Connection): Promise<void> {
    const { rows } = await admin.query<{ nonce: bigint; count: bigint; parts: bigint }>(
      `select nonce, count(*) as count, count(distinct part) as parts from ${table} group by nonce`,
    );
    const found = new Map(rows.map((row) => [Number(row.nonce), row]));
    for (const [nonce, { what, parts, outcome }] of entries) {
      const there = found.get(nonce);
      found.delete(nonce);
      const whole = Number(there?.count ?? 0) === parts && Number(there?.parts ?? 0) === parts;
      const right = {
        committed: whole,
        'rolled back': there === undefined,
        unknown: whole || there === undefined,
      };
      if (outcome === 'unknown' && whole) this.unknownThere++;
      if (right[outcome]) continue;
      this.#judge.report(
        'wrong answer',
        `${what}, ${String(parts)} rows, was told to be ${outcome}, but the table has ${String(there?.count ?? 0)} of them`,
      );
    }
    for (const nonce of found.keys()) {
      this.#judge.report(
        'wrong answer',
        `the table has rows of ${String(nonce)}, of which nobody was told anything`,
      );
    }
  }
}

/** What an error says of the work that it ended. */
export function outcomeOf(error: unknown): Outcome {
  const { sent, sqlState } = error as { sent?: boolean; sqlState?: string };
  if (sent === false) return 'rolled back';
  // An administrator's command (57P01) may come behind the commit; every other answer of the server is its last word.
  if (sqlState !== undefined && sqlState !== '57P01') return 'rolled back';
  return 'unknown';
}
