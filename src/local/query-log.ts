/** What a session's statements were, for STL_QUERY and its kin: collected here, written when somebody asks for them. */

export interface LoggedQuery {
  readonly query: number;
  readonly user: string;
  readonly pid: number;
  readonly database: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly aborted: boolean;
}

/** All sessions of a server share the numbers of queries and one list. */
export class QueryHistory {
  #next = 100;
  #unwritten: LoggedQuery[] = [];
  readonly #write: (queries: readonly LoggedQuery[]) => Promise<void>;

  constructor(write: (queries: readonly LoggedQuery[]) => Promise<void>) {
    this.#write = write;
  }

  nextId(): number {
    return this.#next++;
  }

  add(query: LoggedQuery): void {
    this.#unwritten.push(query);
    // A session that runs for days and never asks must not fill the memory.
    if (this.#unwritten.length > 10_000) this.#unwritten.splice(0, 5_000);
  }

  async publish(): Promise<void> {
    const queries = this.#unwritten;
    this.#unwritten = [];
    if (queries.length > 0) await this.#write(queries);
  }
}

/** One session's part of it. */
export class QueryLog {
  readonly #history: QueryHistory;
  readonly #session: { readonly user: string; readonly pid: number; readonly database: string };
  lastQueryId = -1;

  constructor(
    history: QueryHistory,
    session: { readonly user: string; readonly pid: number; readonly database: string },
  ) {
    this.#history = history;
    this.#session = session;
  }

  /** Whether a statement reads what is collected here. */
  concerns(sql: string): boolean {
    return /pg_last_query_id|st[lv]_|sv[lcv]_|sys_/i.test(sql);
  }

  begin(text: string): { end(aborted: boolean): void } {
    const query = this.#history.nextId();
    const start = Date.now();
    const { user, pid, database } = this.#session;
    const own = /pg_last_query_id/i.test(text) ? undefined : query;
    return {
      end: (aborted) => {
        if (own !== undefined) this.lastQueryId = own;
        this.#history.add({ query, user, pid, database, text, start, end: Date.now(), aborted });
      },
    };
  }

  async publish(): Promise<void> {
    await this.#history.publish();
  }
}
