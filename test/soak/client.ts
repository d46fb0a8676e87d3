/** One client: connects, asks and writes whatever chance has it do, connects again when it lost its connection, until it is told to stop. */
import { connect, Pool, type Connection, type ConnectOptions } from '../../src/index.js';
import type { Chance } from './chance.js';
import type { Judge } from './judge.js';
import type { Ledger } from './ledger.js';
import { ask, askMany, askPool, askScript, askWrongly, type Asking } from './reading.js';
import { transact, write } from './writing.js';

export interface ClientOptions {
  readonly who: string;
  readonly chance: Chance;
  readonly judge: Judge;
  readonly ledger: Ledger;
  /** How it comes to its connections: its own ones, or those of a pool that others use too. */
  readonly source: ConnectOptions | Pool;
  /** Its connections may end at any moment; otherwise nothing but its own doing may make a call fail. */
  readonly broken: boolean;
  readonly autocommit: boolean;
  /** Connections that an administrator may end. */
  readonly victims: Set<Connection>;
  readonly isOver: () => boolean;
}

export async function runClient(client: ClientOptions): Promise<void> {
  const { isOver, victims, broken, judge, who, chance, source } = client;
  while (!isOver()) {
    if (source instanceof Pool && chance.happens(0.5)) await askPool(client, source);
    const conn = await open(client);
    if (conn === undefined) continue;
    if (broken) victims.add(conn);
    // Some connections live long, some are closed after a few statements.
    const statements = source instanceof Pool ? 1 + chance.below(20) : chance.pick(1, 10, 100, 100_000);
    for (let done = 0; done < statements && !conn.closed && !isOver(); done++) {
      await act({ judge, chance, conn, who, broken }, client.ledger);
    }
    victims.delete(conn);
    await judge.returns(`${who}, close()`, conn.close());
  }
}

async function open(client: ClientOptions): Promise<Connection | undefined> {
  const { judge, source, who, broken } = client;
  judge.connects++;
  const call = source instanceof Pool ? lease(client, source) : connect(settings(client, source));
  try {
    return await judge.returns(`${who}, connect()`, call);
  } catch (error) {
    judge.failedConnects++;
    // 53300: so many sessions were cut that the server has not noticed them all yet.
    judge.failed(`${who}, connect()`, error, { broken, late: broken, ...(broken ? { state: '53300' } : {}) });
    await new Promise((resolve) => setTimeout(resolve, 20));
    return undefined;
  }
}

/** Every connection has its own limits, small ones often. */
export function settings(
  { chance, autocommit }: Pick<ClientOptions, 'chance' | 'autocommit'>,
  options: ConnectOptions,
): ConnectOptions {
  return {
    ...options,
    autocommit,
    fetchBufferSize: chance.pick(2000, 20_000, 8_388_608),
    maxResultBytes: chance.pick(300_000, 1_073_741_824),
    maxPreparedStatements: chance.pick(1, 5, 1000),
    clientProtocolVersion: chance.pick(0, 1, 2),
    pipeline: autocommit && chance.happens(0.5),
    // Uncommitted work is no accident here.
    logger: quiet,
  };
}

/** A connection of the pool has to come clean, whatever the one before did with it. */
async function lease({ judge, who, chance }: ClientOptions, pool: Pool): Promise<Connection> {
  const conn = await pool.connect();
  const { total, idle, busy, connecting, max } = pool.stats;
  if (total > max || idle + busy + connecting !== total) {
    judge.report('wrong answer', `${who}: the pool counts ${JSON.stringify(pool.stats)}`);
  }
  judge.same(`${who}, lease: status`, conn.transactionStatus, 'idle');
  judge.same(`${who}, lease: autocommit`, conn.autocommit, true);
  // What is then left open at its release is for the pool to put right.
  if (chance.happens(0.3)) conn.autocommit = false;
  return conn;
}

const silent = (): void => undefined;
const quiet = { debug: silent, info: silent, warn: silent, error: silent };

async function act(asking: Asking, ledger: Ledger): Promise<void> {
  const { conn, chance } = asking;
  // What failed inside a transaction is over; it must not be taken for the fault of the next one.
  if (conn.transactionStatus === 'failed' || (!conn.autocommit && chance.happens(0.1))) {
    await tidy(asking);
  }
  switch (chance.pick('ask', 'ask', 'ask', 'ask', 'many', 'wrong', 'script', 'write', 'transact')) {
    case 'ask':
      return ask(asking);
    case 'many':
      return askMany(asking);
    case 'wrong':
      return askWrongly(asking);
    case 'script':
      return askScript(asking);
    case 'write':
      // What is written without autocommit is known to be there only behind a COMMIT: that is what transactions are for.
      return conn.autocommit ? write(asking, ledger) : ask(asking);
    case 'transact':
      return transact(asking, ledger);
  }
}

async function tidy({ judge, conn, who, broken }: Asking): Promise<void> {
  try {
    await judge.returns(`${who}, rollback()`, conn.rollback());
  } catch (error) {
    judge.failed(`${who}, rollback()`, error, { broken });
  }
}
