/** Writes down every call that a play makes on a connection and what became of it. It changes nothing of what is said or returned. */
import { Connection, Cursor } from '../../../../src/index.js';
import type { MemoryServer } from '../../../scripted/memory.js';

export interface Entry {
  /** `query`, `cursor.fetchAll` … */
  readonly call: string;
  /** The statement that it was given. */
  readonly sql: string | undefined;
  /** Virtual milliseconds. */
  readonly started: number;
  /** Bytes that the client had written by then, on all connections. */
  readonly writtenBefore: number;
  /** How often it settled. */
  settled: number;
  at: number;
  /** Bytes that each connection had received when it settled. */
  delivered: readonly number[];
  writtenAfter: number;
  outcome: { readonly value: string } | { readonly error: unknown } | undefined;
}

export class Journal {
  readonly entries: Entry[] = [];
  /** What connections told their listeners, in order. */
  readonly events: string[] = [];
  readonly connections: Connection[] = [];
  /** How often each connection told of its end. */
  readonly closes: number[] = [];
  readonly #server: MemoryServer;

  constructor(server: MemoryServer) {
    this.#server = server;
  }

  /** A call whose result is watched like the calls on what it gives. */
  async open(call: () => Promise<Connection>): Promise<Connection> {
    const connection = await this.track('connect', call);
    const index = this.connections.push(connection) - 1;
    this.closes.push(0);
    connection.on('close', () => this.closes[index]!++);
    connection.on('notice', (notice) => this.events.push(`notice ${notice.message}`));
    return this.watch(connection, '');
  }

  async track<T>(call: string, run: () => Promise<T>, sql?: string): Promise<T> {
    const entry: Entry = {
      call,
      sql,
      started: performance.now(),
      writtenBefore: this.#written(),
      settled: 0,
      at: NaN,
      delivered: [],
      writtenAfter: 0,
      outcome: undefined,
    };
    this.entries.push(entry);
    const settle = (outcome: Entry['outcome']): void => {
      entry.settled++;
      entry.at = performance.now();
      entry.delivered = this.#server.ends.map(({ delivered }) => delivered);
      entry.writtenAfter = this.#written();
      entry.outcome = outcome;
    };
    try {
      const value = await run();
      settle({ value: snapshot(value) });
      return value;
    } catch (error) {
      settle({ error });
      throw error;
    }
  }

  #written(): number {
    let sum = 0;
    for (const { written } of this.#server.ends) for (const bytes of written) sum += bytes.length;
    return sum;
  }

  /** The same object, each of whose calls is written down. */
  watch<T extends object>(target: T, prefix: string): T {
    const proxy: T = new Proxy(target, {
      get: (_, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        if (property === 'constructor') return member;
        return (...given: unknown[]) => {
          const handed =
            property === 'transaction' ? [() => (given[0] as (conn: T) => unknown)(proxy)] : given;
          const call = (): unknown => (member as (...given: unknown[]) => unknown).apply(target, handed);
          if (property === Symbol.asyncIterator) return this.watch(call() as object, `${prefix}iterator.`);
          if (quiet.has(property)) {
            const value = call();
            return value === target ? proxy : value instanceof Cursor ? this.watch(value, 'cursor.') : value;
          }
          return this.track(
            `${prefix}${String(property)}`,
            call as () => Promise<unknown>,
            typeof given[0] === 'string' ? given[0] : undefined,
          ).then((value) => (value === target ? proxy : value));
        };
      },
      set: (_, property, value) => Reflect.set(target, property, value, target),
    });
    return proxy;
  }
}

/** Members that do not return promises. */
const quiet = new Set<string | symbol>(['cursor', 'on', 'once', 'off']);

/** A value as text; of a cursor what does not depend on how much of its result has come. */
function snapshot(value: unknown): string {
  if (value instanceof Connection) return 'connection';
  if (value instanceof Cursor) return `cursor ${text(value.description)}`;
  return text(value);
}

function text(value: unknown): string {
  return JSON.stringify({ value }, (_, inner: unknown) =>
    typeof inner === 'bigint' || typeof inner === 'number' ? `${typeof inner} ${String(inner)}` : inner,
  );
}
