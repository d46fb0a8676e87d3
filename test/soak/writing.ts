/** Work that changes something, and what the client was told of it, for the ledger. */
import type { Connection } from '../../src/index.js';
import { hasten } from './haste.js';
import { describe } from './judge.js';
import { outcomeOf, type Ledger, type Outcome } from './ledger.js';
import { settle, type Asking } from './reading.js';

/** What a client's own code throws in the middle of its transaction. */
class ChangedMind extends Error {}

/** One statement under autocommit, or several rows all or nothing. */
export async function write(asking: Asking, ledger: Ledger): Promise<void> {
  const { judge, chance, conn, who, broken } = asking;
  const { page } = ledger;
  judge.questions++;
  const nonce = judge.nonce();
  const how = chance.pick('insert', 'many', 'script');
  const parts = how === 'insert' ? 1 + chance.below(3) : 1 + chance.skewed(40);
  const what = `${who}, ${how} ${String(nonce)}`;
  const haste = hasten(conn, chance, broken);
  const call = async (): Promise<void> => {
    const numbers = Array.from({ length: parts }, (_, part) => part);
    switch (how) {
      case 'insert': {
        const values = numbers.map((part) => `(%s, ${String(part)})`).join(', ');
        const { rowCount } = await conn.query(
          `insert into ${page.table} values ${values}`,
          numbers.map(() => nonce),
          haste.options,
        );
        judge.same(`${what}: rowCount`, rowCount, parts);
        return;
      }
      case 'many': {
        const cursor = await conn.cursor().executeMany(
          `insert into ${page.table} values (%s, %s)`,
          numbers.map((part) => [nonce, part]),
          haste.options,
        );
        judge.same(`${what}: rowCount`, cursor.rowCount, parts);
        return;
      }
      case 'script': {
        const sql = numbers.map(
          (part) => `insert into ${page.table} values (${String(nonce)}, ${String(part)})`,
        );
        const results = await conn.script(sql.join('; '), haste.options);
        judge.same(`${what}: results`, results.length, parts);
      }
    }
  };
  let outcome: Outcome = 'committed';
  try {
    await judge.returns(what, call());
    judge.answers++;
  } catch (error) {
    outcome = outcomeOf(error);
    judge.failed(what, error, { ...haste.excuses, inTheWay: true, failedBefore: !conn.autocommit });
  }
  ledger.write(page, nonce, { what, parts, outcome });
  await settle(asking, `${what}: end of its cancel`, haste.over(), { broken });
}

/** A transaction that commits, is rolled back, fails or is changed one's mind about; it sees its own work and no other. */
export async function transact(asking: Asking, ledger: Ledger): Promise<void> {
  const { judge, chance, conn, who, broken } = asking;
  const { page } = ledger;
  judge.questions++;
  const nonce = judge.nonce();
  const parts = 1 + chance.below(4);
  const what = `${who}, transaction ${String(nonce)}`;
  const haste = hasten(conn, chance, broken);
  const end = chance.pick('commit', 'commit', 'commit', 'change one’s mind', 'fail');
  const state = { reached: false };
  const work = async (inside: Connection): Promise<void> => {
    const cursor = inside.cursor();
    for (let part = 0; part < parts; part++) {
      await cursor.execute(
        `insert into ${page.table} values (%s, %s)`,
        [nonce, part],
        part === 0 ? haste.options : {},
      );
      if (!chance.happens(0.3)) continue;
      await cursor.execute(`select count(*) from ${page.table} where nonce = %s`, [nonce]);
      const row = (await cursor.fetchOne()) as [bigint] | null;
      judge.same(`${what}: its own rows`, row?.[0], BigInt(part + 1));
    }
    // What disturbs it may come between its statements, too; but not into the next piece of work.
    await haste.over();
    if (end === 'fail') await inside.query('select 1 / 0');
    if (end === 'change one’s mind') throw new ChangedMind();
    state.reached = true;
  };
  let outcome: Outcome = 'committed';
  try {
    await judge.returns(what, conn.autocommit ? conn.transaction(work) : byHand(conn, work));
    judge.answers++;
    if (end !== 'commit') judge.report('wrong answer', `${what} succeeded, though it had to ${end}`);
  } catch (error) {
    outcome = state.reached ? outcomeOf(error) : 'rolled back';
    const { name, sent, outcome: said } = error as { name: string; sent?: boolean; outcome?: string };
    // Row L10: of a COMMIT on its way nobody may claim to know.
    if (state.reached && name === 'ConnectionLostError' && sent !== false && said !== 'unknown') {
      judge.report(
        'wrong answer',
        `${what} lost its COMMIT, and was not told that the outcome is unknown: ${describe(error)}`,
      );
    }
    if (!(error instanceof ChangedMind)) {
      judge.failed(what, error, {
        ...haste.excuses,
        inTheWay: true,
        ...(end === 'fail' ? { state: '22012' } : {}),
      });
    }
  }
  ledger.write(page, nonce, { what, parts, outcome });
  await settle(asking, `${what}: end of its cancel`, haste.over(), { broken });
}

/** The same without autocommit, as DB-API has it. What went before belongs to nobody: it is rolled back. */
async function byHand(conn: Connection, work: (conn: Connection) => Promise<void>): Promise<void> {
  await conn.rollback();
  try {
    await work(conn);
    await conn.commit();
  } catch (error) {
    await conn.rollback().catch(() => undefined);
    throw error;
  }
}
