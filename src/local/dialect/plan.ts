/**
 * What the local Redshift does with a statement: the value that the dialect hands to the front. The dialect reads text
 * and makes this value; it never talks to the engine and never writes to a client.
 */

/** What the session knows when a statement arrives. */
export interface SessionFacts {
  /** The status that the last ReadyForQuery told, or would tell now. */
  readonly transaction: 'idle' | 'open' | 'failed';
  /** `enable_case_sensitive_identifier`; without it quoted names fold to lower case too (AWS manual, Names and identifiers). */
  readonly caseSensitive: boolean;
  /** The session's user. */
  readonly user: string;
}

/** A row of an answer to a question of the dialect, all columns as text. */
export type AnswerRow = readonly (string | null)[];

/** An error of the front's own, in the words of Redshift. */
export interface Refusal {
  readonly kind: 'refuse';
  readonly sqlState: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Offset in UTF-16 code units into the client's text of the place that is refused. */
  readonly at?: number;
}

/** The statement for the engine. */
export interface Run {
  readonly kind: 'run';
  readonly sql: string;
  /**
   * From an offset in `sql` (UTF-16 code units) to the one in the client's text that it stands for; undefined inside
   * text that the client did not write.
   */
  readonly position: (offset: number) => number | undefined;
  /** What CommandComplete says in place of the engine's tag. */
  readonly tag?: string;
  /** The engine's rows are dropped and NoData is announced: a command that is a function call on the engine. */
  readonly rows?: 'drop';
  /** Statements for the engine that run before, in the same transaction; their rows are dropped. */
  readonly before?: readonly string[];
  /** The same, after the statement has succeeded. */
  readonly after?: readonly string[];
  /** The transaction ends with the statement: TRUNCATE commits (AWS manual, TRUNCATE). */
  readonly commits?: true;
  /** The settings of the session may differ afterwards. */
  readonly changesSettings?: true;
  /** Prepared statements of the client that hold this command's name: DEALLOCATE; null: all of them. */
  readonly deallocates?: string | null;
}

/** A question to the engine, asked on the client's own backend inside its transaction, that decides the plan. */
export interface Ask {
  readonly kind: 'ask';
  readonly sql: string;
  /** Values of `$1…`, all as text. */
  readonly parameters: readonly string[];
  readonly then: (rows: readonly AnswerRow[]) => Plan;
}

/** Nothing but comments and blanks. */
export interface Empty {
  readonly kind: 'empty';
}

export type Plan = Run | Ask | Refusal | Empty;

/** A refusal as Redshift words what its grammar does not know. */
export function syntaxError(near: string, at: number): Refusal {
  return { kind: 'refuse', sqlState: '42601', message: `syntax error at or near "${near}"`, at };
}
