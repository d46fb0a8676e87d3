/**
 * The rows of executeMany from wherever they come, cut into parts that fit the memory. It waits for a slow source as long as the caller's signal allows, and closes a source that it leaves.
 */
import { ArgumentError, CancelledError } from '../errors.js';
import type { Parameters } from '../sql/placeholders.js';

/** An array, any other iterable, or one that is asynchronous (a generator, a stream in object mode). */
export type RowSource = Iterable<Parameters> | AsyncIterable<Parameters>;

/** Where a part ends, whichever comes first. */
export const rowsPerPart = 8192;
const bytesPerPart = 8 * 1024 * 1024;

/** @throws what the source throws, as it is; CancelledError by the signal, also while the source keeps us waiting */
export async function* rowParts(
  source: RowSource,
  signal: AbortSignal | undefined,
  most = rowsPerPart,
): AsyncGenerator<readonly Parameters[], void, void> {
  const rows = open(source);
  let exhausted = false;
  try {
    let part: Parameters[] = [];
    let bytes = 0;
    for (;;) {
      // A source that throws has closed itself.
      exhausted = true;
      const next = rows.isAsync ? await unlessAborted(rows.next(), signal) : rows.next();
      if (next.done === true) break;
      exhausted = false;
      part.push(next.value);
      bytes += roughSize(next.value);
      if (part.length < most && bytes < bytesPerPart) continue;
      yield part;
      part = [];
      bytes = 0;
    }
    if (part.length > 0) yield part;
  } finally {
    if (!exhausted || signal?.aborted === true) await rows.close(signal?.aborted !== true);
  }
}

type Rows = { close(wait: boolean): Promise<void> } & (
  | { readonly isAsync: false; next(): IteratorResult<Parameters, unknown> }
  | { readonly isAsync: true; next(): Promise<IteratorResult<Parameters, unknown>> }
);

function open(source: RowSource): Rows {
  const given: unknown = source;
  if (typeof given === 'object' && given !== null && Symbol.asyncIterator in given) {
    const iterator = (given as AsyncIterable<Parameters>)[Symbol.asyncIterator]();
    return {
      isAsync: true,
      next: () => iterator.next(),
      close: (wait) => closed(() => iterator.return?.(), wait),
    };
  }
  if (typeof given === 'object' && given !== null && Symbol.iterator in given) {
    const iterator = (given as Iterable<Parameters>)[Symbol.iterator]();
    return {
      isAsync: false,
      next: () => iterator.next(),
      close: (wait) => closed(() => iterator.return?.(), wait),
    };
  }
  throw new ArgumentError(
    'executeMany takes the rows as an array, an iterable or an async iterable of parameters',
  );
}

/** The reason why the source is left is what the caller is told, not what the source says to it. */
async function closed(close: () => unknown, wait: boolean): Promise<void> {
  try {
    const closing = Promise.resolve(close()).catch(() => undefined);
    // One that hangs in its next() would hang here, too.
    if (wait) await closing;
  } catch {
    // See above.
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(new CancelledError('The call was cancelled by its signal', { cause: signal.reason }));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

/** Near enough to keep a part small; what is deep inside a value does not count. */
function roughSize(row: Parameters): number {
  let bytes = 0;
  if (typeof row !== 'object' || (row as unknown) === null) return bytes;
  for (const value of Array.isArray(row) ? (row as readonly unknown[]) : Object.values(row)) {
    if (typeof value === 'string') bytes += value.length;
    else if (ArrayBuffer.isView(value)) bytes += value.byteLength * 2;
    else bytes += 16;
  }
  return bytes;
}
