/** A private PostgreSQL with the local Redshift's set-up, for tests of the set-up alone: SQL goes to it as it is. */
import pg from 'pg';
import { startEngine, type Engine } from '../../../src/local/engine/engine.js';

export type Row = Record<string, unknown>;

export interface TemplateEngine {
  readonly engine: Engine;
  readonly socketDir: string;
  readonly port: number;
  /** As an ordinary user of the database `dev`, with the settings of a client's session; values come as texts. */
  query(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  /** The one value of a one-row, one-column answer. */
  value(sql: string, params?: readonly unknown[]): Promise<unknown>;
  /** As the owner. */
  admin(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  /** A connection of its own; the harness closes it. */
  client(options?: pg.ClientConfig): Promise<pg.Client>;
  stop(): Promise<void>;
}

/** What the front sets in the sessions of clients. */
const sessionSettings = {
  standard_conforming_strings: 'off',
  escape_string_warning: 'off',
  backslash_quote: 'on',
  IntervalStyle: 'postgres',
  DateStyle: 'ISO',
  bytea_output: 'hex',
  extra_float_digits: '0',
  jit: 'off',
  search_path: '"$user",public',
};

/** Values as the server wrote them: no reader of `pg` stands between the test and the answer. */
const asText = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** The user that `query` is; it owns schema public's rights but is no superuser. */
export const ordinaryUser = 'tester';

export async function startTemplateEngine(): Promise<TemplateEngine> {
  const engine = await startEngine({ template: true });
  const clients: pg.Client[] = [];
  const client = async (options: pg.ClientConfig = {}): Promise<pg.Client> => {
    const made = new pg.Client({
      host: engine.socketDir,
      port: engine.port,
      database: 'dev',
      user: ordinaryUser,
      types: asText,
      options: Object.entries(sessionSettings)
        .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`)
        .join(' '),
      ...options,
    });
    made.on('error', () => undefined);
    await made.connect();
    clients.push(made);
    return made;
  };
  try {
    const owner = await client({ user: engine.user, options: '' });
    await owner.query(`create role ${ordinaryUser} login; grant create on database dev to ${ordinaryUser};
      grant all on schema public to ${ordinaryUser}`);
    const user = await client();
    const ask = async (by: pg.Client, sql: string, params?: readonly unknown[]): Promise<Row[]> => {
      const answer = (await by.query(sql, params === undefined ? undefined : [...params])) as
        pg.QueryResult<Row> | pg.QueryResult<Row>[];
      return Array.isArray(answer) ? (answer.at(-1)?.rows ?? []) : answer.rows;
    };
    return {
      engine,
      socketDir: engine.socketDir,
      port: engine.port,
      query: (sql, params) => ask(user, sql, params),
      value: async (sql, params) => Object.values((await ask(user, sql, params))[0] ?? {})[0],
      admin: (sql, params) => ask(owner, sql, params),
      client,
      stop: async () => {
        for (const open of clients) await open.end().catch(() => undefined);
        await engine.stop();
      },
    };
  } catch (error) {
    await engine.stop();
    throw error;
  }
}
