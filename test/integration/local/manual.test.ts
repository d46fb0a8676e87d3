/**
 * The pairs of statement and answer from the AWS manual, on the local Redshift and through the driver: once with every
 * value as text (protocol version 0) and once as a client gets them by default (version 2, binary where that exists).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedshiftError, type Connection, type Notice, type Result } from '../../../src/index.js';
import { aggregates } from '../../fixtures/manual/aggregates.js';
import { binaryHash } from '../../fixtures/manual/binary-hash.js';
import { computations } from '../../fixtures/manual/computations.js';
import { conditional } from '../../fixtures/manual/conditional.js';
import { dateparts } from '../../fixtures/manual/dateparts.js';
import { dates } from '../../fixtures/manual/dates.js';
import { ddl } from '../../fixtures/manual/ddl.js';
import { dml } from '../../fixtures/manual/dml.js';
import { jsonSuper } from '../../fixtures/manual/json-super.js';
import { numbers } from '../../fixtures/manual/numbers.js';
import { pageUrl, type Pair } from '../../fixtures/manual/pair.js';
import { pivots } from '../../fixtures/manual/pivot.js';
import { procedures } from '../../fixtures/manual/procedures.js';
import { queries } from '../../fixtures/manual/queries.js';
import { refusals } from '../../fixtures/manual/refusals.js';
import { settings } from '../../fixtures/manual/settings.js';
import { spatial } from '../../fixtures/manual/spatial.js';
import { systemViews } from '../../fixtures/manual/system.js';
import { text } from '../../fixtures/manual/text.js';
import { transactions } from '../../fixtures/manual/transactions.js';
import { types } from '../../fixtures/manual/types.js';
import { users } from '../../fixtures/manual/users.js';
import { windows } from '../../fixtures/manual/window.js';
import { startLocal, type LocalServer } from './harness.js';
import { asPsql, typeOf } from './psql-text.js';

const groups: Record<string, readonly Pair[]> = {
  dates,
  'date parts': dateparts,
  text,
  numbers,
  computations,
  conditional,
  aggregates,
  windows,
  'JSON and SUPER': jsonSuper,
  'binary values and hashes': binaryHash,
  spatial,
  types,
  tables: ddl,
  data: dml,
  queries,
  pivots,
  settings,
  procedures,
  users,
  'system views': systemViews,
  transactions,
};

let local: LocalServer;

beforeAll(async () => {
  local = await startLocal();
});
afterAll(async () => {
  await local.stop();
});

/** Connections that no pair has left anything in, by protocol version. */
const waiting = new Map<number, Connection[]>();

async function withConnection<T>(
  version: 0 | 2,
  own: boolean,
  work: (conn: Connection) => Promise<T>,
): Promise<T> {
  const conn =
    (own ? undefined : waiting.get(version)?.pop()) ??
    (await local.connect({ autocommit: true, clientProtocolVersion: version }));
  let clean = false;
  try {
    const answer = await work(conn);
    clean = !own;
    return answer;
  } finally {
    if (clean) waiting.set(version, [...(waiting.get(version) ?? []), conn]);
    else await conn.close();
  }
}

type Answer = Result<unknown[]> & { readonly notices: readonly string[] };

interface Runnable {
  readonly setup?: readonly string[];
  readonly sql: string;
  readonly commits?: boolean;
}

let schemas = 0;

/** What the statement answers after its set-up; all that it did is undone. */
async function answerOf(pair: Runnable, version: 0 | 2): Promise<Answer> {
  const run = async (conn: Connection): Promise<Answer> => {
    for (const statement of pair.setup ?? []) {
      await conn.query(statement).catch((error: unknown) => {
        throw new SetupError(statement, error);
      });
    }
    const notices: string[] = [];
    const listen = ({ message }: Notice): void => void notices.push(message);
    conn.on('notice', listen);
    try {
      const result = await conn.query<unknown[]>(pair.sql, [], { rowMode: 'array', types: readable });
      return { ...result, notices };
    } finally {
      conn.off('notice', listen);
    }
  };
  if (pair.commits !== true) {
    return withConnection(version, changesSession(pair), async (conn) => {
      await conn.query('begin');
      try {
        return await run(conn);
      } finally {
        // The statement's own error is the one to tell.
        if (!conn.closed) await conn.query('rollback');
      }
    });
  }
  const schema = `manual_${String(++schemas)}`;
  return withConnection(version, true, async (conn) => {
    await conn.query(`create schema ${schema}`);
    await conn.query(`set search_path to ${schema}`);
    try {
      return await run(conn);
    } finally {
      if (!conn.closed) {
        if (conn.transactionStatus !== 'idle') await conn.query('rollback');
        await conn.query(`drop schema ${schema} cascade`);
      }
    }
  });
}

class SetupError extends Error {
  constructor(statement: string, cause: unknown) {
    super(`the set-up failed at: ${statement}\n${String(cause)}`, { cause });
  }
}

/** A setting outlives a rollback, and a prepared statement the transaction: such a pair has a connection of its own. */
const changesSession = (pair: Runnable): boolean =>
  [...(pair.setup ?? []), pair.sql].some((statement) =>
    /^\s*(set|reset|prepare|select set_config)\b/i.test(statement),
  );

const readable = { timestamp: 'string', timestamptz: 'string', varbyte: 'hex' } as const;

function shown(result: Answer): (string | null)[][] {
  return result.rows.map((row) => row.map((value, index) => asPsql(value, result.columns[index]!)));
}

const sorted = (rows: readonly (readonly (string | null)[])[]): readonly (readonly (string | null)[])[] =>
  [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

describe.each(Object.entries(groups))('%s', (_group, pairs) => {
  it.each(pairs.map((pair) => [pair.page, pair.sql.replaceAll(/\s+/g, ' '), pair] as const))(
    '%s: %s',
    async (_page, _sql, pair) => {
      const where = `${pageUrl(pair.page)}\n${[...(pair.setup ?? []), pair.sql].join(';\n')}`;
      for (const version of [0, 2] as const) {
        const told = `${where}\n(protocol version ${String(version)})`;
        const result = await answerOf(pair, version).catch((error: unknown) => {
          throw new Error(`${told}\n${String(error)}`, { cause: error });
        });
        const rows = shown(result);
        if (pair.unordered === true) expect(sorted(rows), told).toEqual(sorted(pair.rows));
        else expect(rows, told).toEqual(pair.rows);
        if (pair.notices) expect(result.notices, told).toEqual(pair.notices);
        const { columns, types: typeNames } = pair;
        if (columns)
          expect(
            result.columns.map(({ name }) => name),
            told,
          ).toEqual(columns);
        if (typeNames)
          expect(
            result.columns.map((column, index) => typeOf(column, typeNames[index] ?? '')),
            told,
          ).toEqual(typeNames);
      }
    },
  );
});

describe('refusals', () => {
  it.each(
    refusals.map((statement) => [statement.page, statement.sql.replaceAll(/\s+/g, ' '), statement] as const),
  )('%s: %s', async (_page, _sql, statement) => {
    const where = `${pageUrl(statement.page)}\n${[...(statement.setup ?? []), statement.sql].join(';\n')}`;
    const outcome: unknown = await answerOf(statement, 2).then(
      (result) => result,
      (error: unknown) => error,
    );
    if (outcome instanceof SetupError) throw outcome;
    expect(outcome, where).toBeInstanceOf(RedshiftError);
    const error = outcome as RedshiftError & { readonly sqlState?: string };
    expect(error.sqlState ?? 'none', `${where}\n${error.message}`).toMatch(
      new RegExp(`^${statement.sqlState ?? '[0-9A-Z]{5}'}$`),
    );
    if (statement.message !== undefined) expect(error.message, where).toContain(statement.message);
  });
});

it('has as many pairs as it promises', () => {
  expect(Object.values(groups).reduce((sum, pairs) => sum + pairs.length, 0)).toBeGreaterThan(500);
  expect(refusals.length).toBeGreaterThan(100);
});
