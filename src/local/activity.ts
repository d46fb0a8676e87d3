/**
 * What sessions did, for STL_QUERY, STL_CONNECTION_LOG and their kin: collected here, and written to a database's own
 * tables just before somebody asks for it there.
 */
import { statementKind } from '../sql/statements.js';

/** Moments are written as ISO 8601 has them. */
export interface LoggedQuery {
  readonly user: string;
  readonly pid: number;
  readonly kind: 'QUERY' | 'DDL' | 'UTILITY';
  readonly text: string;
  readonly start: string;
  readonly end: string;
  readonly aborted: boolean;
  readonly sqlState: string | null;
  readonly error: string | null;
}

export interface LoggedConnection {
  readonly event: 'authenticated' | 'disconnecting session';
  readonly time: string;
  readonly host: string;
  readonly port: string;
  readonly pid: number;
  readonly database: string;
  readonly user: string;
  readonly method: string;
  readonly sslVersion: string;
  readonly sslCipher: string;
  readonly application: string;
  readonly driver: string;
  readonly os: string;
  readonly plugin: string;
  readonly protocol: number;
}

/** Writes what has gathered; the names are those of the functions behind the system tables. */
export type WriteActivity = (
  database: string,
  name: 'rs_log_queries' | 'rs_log_connections',
  entries: readonly (LoggedQuery | LoggedConnection)[],
) => Promise<void>;

/** A session that runs for days and never asks must not fill the memory. */
const most = 10_000;

const systemTables = /\b(st[lv]|sv[lcv]|svcs|sys)_\w|last_\w*query_id/i;

export class Activity {
  readonly #write: WriteActivity;
  readonly #queries = new Map<string, LoggedQuery[]>();
  readonly #connections: LoggedConnection[] = [];

  constructor(write: WriteActivity) {
    this.#write = write;
  }

  /** Whether a statement reads what is collected here. */
  concerns(sql: string): boolean {
    return systemTables.test(sql);
  }

  ran(database: string, query: LoggedQuery): void {
    const queries = this.#queries.get(database) ?? [];
    this.#queries.set(database, queries);
    keep(queries, query);
  }

  came(connection: LoggedConnection): void {
    keep(this.#connections, connection);
  }

  /** Writes what a database has not been told yet. What cannot be written is lost: nobody's statement fails for it. */
  async publish(database: string): Promise<void> {
    const queries = this.#queries.get(database) ?? [];
    this.#queries.delete(database);
    // Every connection of the cluster is told in the database where somebody asks; each but once.
    const connections = this.#connections.splice(0);
    const writing: Promise<void>[] = [];
    if (queries.length > 0) writing.push(this.#write(database, 'rs_log_queries', queries));
    if (connections.length > 0) writing.push(this.#write(database, 'rs_log_connections', connections));
    await Promise.allSettled(writing);
  }
}

function keep<T>(list: T[], entry: T): void {
  list.push(entry);
  if (list.length > most) list.splice(0, most / 2);
}

const definitions = new Set(['CREATE', 'ALTER', 'DROP', 'TRUNCATE', 'COMMENT']);
const queries = new Set('SELECT WITH VALUES TABLE INSERT UPDATE DELETE MERGE COPY UNLOAD'.split(' '));

/** Which of the system tables a statement goes to. */
export function activityKind(sql: string): LoggedQuery['kind'] {
  const { keyword } = statementKind(sql, { backslashEscapes: true });
  if (definitions.has(keyword)) return 'DDL';
  return queries.has(keyword) ? 'QUERY' : 'UTILITY';
}
