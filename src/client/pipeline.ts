/** Statements that are sent without waiting for each other (rule S8): who runs them, and what becomes of their errors. */
import { InterfaceError } from '../errors.js';
import type { Parameters } from '../sql/placeholders.js';
import type { QueryOptions, Result } from './query.js';

type RunQuery = <Row>(
  sql: string,
  parameters: Parameters | null | undefined,
  options: QueryOptions,
) => Promise<Result<Row>>;

/** A promise that knows whether anybody has asked for its outcome. */
class Call<T> extends Promise<T> {
  taken = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.taken = true;
    return super.then(fulfilled, rejected);
  }

  /** Waits for it without asking for its outcome. Never rejects. */
  settled(noted: (error: unknown) => void): Promise<void> {
    return super.then(() => undefined, noted);
  }
}

/** What `conn.pipeline()` hands to its function. */
export class Pipeline {
  readonly #run: RunQuery;
  readonly #calls: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;
  #over = false;

  /** @internal Made by `conn.pipeline()`. */
  constructor(run: RunQuery) {
    this.#run = run;
  }

  /**
   * As `conn.query`, but sent without waiting for the answers to what was called before. A statement that cannot be sent like
   * that (DDL, COPY, UNLOAD, CALL, SET …) waits for them, and those behind it wait for it.
   *
   * @throws InterfaceError after the end of the pipeline
   */
  query<Row = Record<string, unknown>>(
    sql: string,
    parameters?: Parameters | null,
    options: QueryOptions = {},
  ): Promise<Result<Row>> {
    if (this.#over) return Promise.reject(new InterfaceError('The pipeline is over', { sent: false }));
    const call = new Call<Result<Row>>((resolve, reject) => {
      this.#run<Row>(sql, parameters, options).then(resolve, reject);
    });
    this.#calls.push(
      call.settled((error) => {
        if (!call.taken) this.#failure ??= { error };
      }),
    );
    return call;
  }

  /** @internal Waits until all calls were answered, those too that are made meanwhile. @returns the first error that nobody has asked for */
  async end(): Promise<{ readonly error: unknown } | undefined> {
    for (let calls = this.#calls.splice(0); calls.length > 0; calls = this.#calls.splice(0)) {
      await Promise.all(calls);
    }
    this.#over = true;
    return this.#failure;
  }
}

/** Gives what the work gives, when all that it has called is answered. @throws what it throws, or an error that it did not look at */
export async function runPipeline<T>(
  run: RunQuery,
  work: (pipeline: Pipeline) => T | Promise<T>,
): Promise<T> {
  const pipeline = new Pipeline(run);
  let value: T;
  try {
    value = await work(pipeline);
  } catch (error) {
    await pipeline.end();
    throw error;
  }
  const failure = await pipeline.end();
  if (failure !== undefined) throw failure.error;
  return value;
}
