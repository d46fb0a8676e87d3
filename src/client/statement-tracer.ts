/**
 * Tells of the statements of one connection: as events of the query channel, and to the logger at debug. It makes nothing
 * when nobody listens, and shows values only with `logParameters`.
 */
import type { RedshiftError } from '../errors.js';
import type { Follower } from '../session/exchange.js';
import type { OwnOperation, Watcher } from '../session/own-statements.js';
import type { LexOptions } from '../sql/lexer.js';
import type { Parameters } from '../sql/placeholders.js';
import { statementKind } from '../sql/statements.js';
import {
  channels,
  traced,
  type Filling,
  type Logger,
  type QueryEvent,
  type QueryOperation,
  type Span,
  type TraceEvent,
} from '../trace.js';
import { parameterCount, shownParameters, shownRows } from './shown-parameters.js';

/** Where the statements of a connection go. */
export type Place = Pick<TraceEvent, 'host' | 'port' | 'database'>;

export interface TracerOptions {
  readonly place: Place;
  readonly logger: Logger | undefined;
  readonly logParameters: boolean;
  readonly processId: () => number;
  readonly lexOptions: () => LexOptions;
}

/** A statement as its caller gave it. */
export interface TracedStatement {
  readonly operation: QueryOperation;
  readonly sql: string;
  readonly parameters?: Parameters | null | undefined;
  /** The rows of executeMany, instead of parameters. */
  readonly rows?: TracedRows;
}

/** An array of parameters, or what can make one of the rows that are asked for. */
export type TracedRows = Pick<readonly Parameters[], 'length' | 'slice'>;

/** What became of a statement. */
export type StatementEnd = Filling<Pick<QueryEvent, 'command' | 'rowCount'>> & {
  readonly error?: RedshiftError | undefined;
};

export class StatementTracer {
  readonly #options: TracerOptions;
  readonly #log: ((event: QueryEvent) => void) | undefined;

  constructor(options: TracerOptions) {
    this.#options = options;
    const { logger } = options;
    if (logger !== undefined) {
      this.#log = (event) => {
        logStatement(logger, event);
      };
    }
  }

  /** Somebody listens, or it is logged; otherwise there is nothing to tell. */
  get watched(): boolean {
    return this.#log !== undefined || channels.query.hasSubscribers;
  }

  /** @param work makes the statement and runs it; what it throws means that nothing was sent */
  trace<T>(statement: TracedStatement, work: (span: Span<QueryEvent> | undefined) => T): T {
    return traced(channels.query, () => this.#event(statement), this.#log, work);
  }

  /** Watches a statement of the driver's own, in the context of whoever makes the driver send it. */
  own(operation: OwnOperation, sql: string): Watcher | undefined {
    return this.trace({ operation, sql }, (span) => {
      if (span === undefined) return undefined;
      return {
        sent: () => {
          span.fill({ sent: true });
        },
        over: (error) => {
          span.over({}, error);
        },
      };
    });
  }

  #event({ operation, sql, parameters, rows }: TracedStatement): QueryEvent {
    const { place, logParameters, processId, lexOptions } = this.#options;
    const text = typeof sql === 'string' ? sql : '';
    // A script has many; a request to cancel has none.
    const single = operation !== 'script' && operation !== 'setUp' && operation !== 'cancel';
    return {
      operation,
      sql: text,
      keyword: single ? attempt(() => statementKind(text, lexOptions()).keyword, '') : '',
      parameterCount: attempt(() => parameterCount(rows === undefined ? parameters : rows.slice(0, 1)[0]), 0),
      ...(rows === undefined ? {} : { batchSize: rows.length }),
      ...(logParameters
        ? {
            parameters: attempt(
              () => (rows === undefined ? shownParameters(parameters) : shownRows(rows)),
              [],
            ),
          }
        : {}),
      ...place,
      processId: processId(),
      sent: false,
    };
  }
}

/** What the caller gave may be anything; whether it can be run is not decided here. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Follows a statement through the session, and ends its span. */
export function followedBy(
  span: Span<QueryEvent> | undefined,
  outcome: () => StatementEnd,
): Follower | undefined {
  if (span === undefined) return undefined;
  return {
    sending(send) {
      span.fill({ waited: span.elapsed });
      span.run(send);
      span.fill({ sent: true });
    },
    over(givenUp) {
      const { error, ...known } = outcome();
      if (givenUp) span.over({ ...known, givenUp });
      else span.over(known, error);
    },
  };
}

function logStatement(logger: Logger, event: QueryEvent): void {
  const { operation, sql, processId, sent, duration, command, rowCount, batchSize, parameters, error } =
    event;
  // A statement that could not be cancelled costs the connection; all else is told to the caller.
  const level = operation === 'cancel' && error !== undefined ? 'warn' : 'debug';
  logger[level](error === undefined ? `Done: ${operation}` : `Failed: ${operation}`, {
    sql,
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(error === undefined ? { command, rowCount } : { error: error.name, code: error.code }),
    ...(event.givenUp === true ? { givenUp: true } : {}),
    sent,
    milliseconds: Math.round((duration ?? 0) * 1000) / 1000,
    processId,
  });
}
