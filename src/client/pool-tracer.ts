/**
 * Tells of what a pool does: each step as an event of the pool's channel, and to the logger what nobody else is told.
 * It decides nothing, and makes nothing when nobody listens.
 */
import {
  channels,
  traced,
  type Filling,
  type Logger,
  type PoolTraceEvent,
  type Span,
  type TracedError,
} from '../trace.js';
import type { PoolRemoveEvent, PoolRemoveReason } from './pool-events.js';
import type { Place } from './statement-tracer.js';

type Counts = Pick<PoolTraceEvent, 'total' | 'idle' | 'waiting'>;

export class PoolTracer {
  /** Where the newest connection goes: without a host among the options, AWS tells it with the first. */
  place: Place;
  readonly #logger: Logger | undefined;
  readonly #counts: () => Counts;

  constructor(place: Place, logger: Logger | undefined, counts: () => Counts) {
    this.place = place;
    this.#logger = logger;
    this.#counts = counts;
  }

  /** @param known what is known when the step has succeeded */
  step<T>(
    operation: PoolTraceEvent['operation'],
    work: () => Promise<T>,
    known: (value: T) => Filling<PoolTraceEvent>,
  ): Promise<T> {
    const logger = operation === 'create' ? this.#logger : undefined;
    const log = logger === undefined ? undefined : (event: PoolTraceEvent) => logCreated(logger, event);
    return traced(
      channels.pool,
      () => this.#event(operation),
      log,
      (span) => (span === undefined ? work() : this.#follow(span, work, known)),
    );
  }

  async #follow<T>(
    span: Span<PoolTraceEvent>,
    work: () => Promise<T>,
    known: (value: T) => Filling<PoolTraceEvent>,
  ): Promise<T> {
    try {
      const value = await work();
      span.over({ ...known(value), ...this.#counts() });
      return value;
    } catch (error) {
      span.over(this.#counts(), error);
      throw error;
    }
  }

  /** A transaction is tried again. */
  retrying(error: unknown, attempt: number): void {
    const { name, code } = error as TracedError;
    this.#logger?.info('The transaction is tried again', { error: name, code, attempt });
  }

  /** A connection has left the pool. */
  removed({ processId, reason, error }: PoolRemoveEvent): void {
    const logger = this.#logger;
    const log = logger === undefined ? undefined : (event: PoolTraceEvent) => logRemoved(logger, event);
    const event = (): PoolTraceEvent => ({
      ...this.#event('remove'),
      reason,
      processId,
      ...(error === undefined ? {} : { cause: error as TracedError }),
    });
    traced(channels.pool, event, log, (span) => span?.over({}));
  }

  #event(operation: PoolTraceEvent['operation']): PoolTraceEvent {
    return { operation, ...this.place, ...this.#counts() };
  }
}

/** Connections that the pool opens ahead of time have nobody to tell that they failed. */
function logCreated(logger: Logger, { error, total, idle, waiting }: PoolTraceEvent): void {
  if (error === undefined) return;
  logger.info('The pool could not connect', { error: error.name, code: error.code, total, idle, waiting });
}

/** In the ordinary course of things, or because something was wrong. */
const ordinary: ReadonlySet<PoolRemoveReason> = new Set(['end', 'idle', 'lifetime', 'uses']);

function logRemoved(
  logger: Logger,
  { processId, reason, cause, total, idle, waiting }: PoolTraceEvent,
): void {
  const level = ordinary.has(reason as PoolRemoveReason) ? 'debug' : 'info';
  logger[level](`The pool removed a connection: ${reason ?? ''}`, {
    processId,
    ...(cause === undefined ? {} : { error: cause.name, code: cause.code }),
    total,
    idle,
    waiting,
  });
}
