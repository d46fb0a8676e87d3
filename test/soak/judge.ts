/**
 * Keeps count of what was asked and answered, and says what is wrong: an answer that belongs to another question, a row
 * too few or too many, an error that nothing explains, a call that does not return. It never forgives.
 */
import { RedshiftError } from '../../src/index.js';

export type Problem = 'wrong answer' | 'hang' | 'crash' | 'leak';

/** Why a call may fail. What is not listed here may not happen to it. */
export interface Excuses {
  /** Somebody of ours asked for it to be cancelled. */
  readonly cancelled?: boolean;
  /** It was given little time. */
  readonly late?: boolean;
  /** The network or an administrator may end this connection. */
  readonly broken?: boolean;
  /** A result that nobody reads may be too large to be put aside. */
  readonly inTheWay?: boolean;
  /** A statement before it may have failed in the same transaction. */
  readonly failedBefore?: boolean;
  /** The SQLSTATE that was asked for. */
  readonly state?: string;
}

/** Longer than every bound of a call together: what takes longer hangs. */
const patience = 45_000;
/** So many problems are told in full. */
const told = 20;
/** So many calls of a client are told of together with its problem. */
const remembered = 8;

export class Judge {
  questions = 0;
  answers = 0;
  rows = 0;
  cancelled = 0;
  late = 0;
  lost = 0;
  refused = 0;
  connects = 0;
  failedConnects = 0;
  readonly problems: Record<Problem, number> = { 'wrong answer': 0, hang: 0, crash: 0, leak: 0 };
  readonly #say: (line: string) => void;
  /** The last calls of each client. */
  readonly #history = new Map<string, string[]>();
  #told = 0;
  #nonce = 0;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** A number that no other statement carries. */
  nonce(): number {
    return ++this.#nonce;
  }

  report(kind: Problem, text: string): void {
    this.problems[kind]++;
    if (this.#told++ < told) this.#say(`${kind.toUpperCase()}: ${text}`);
  }

  /** What came back has to be this, and nothing else. */
  same(what: string, found: unknown, wanted: unknown): void {
    if (Object.is(found, wanted)) return;
    this.report('wrong answer', `${what}: ${describe(found)} in place of ${describe(wanted)}`);
  }

  /** Awaits a call of the driver, and counts it as a hang when it is not over in time. */
  async returns<T>(what: string, call: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const hang = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.report('hang', `${what} is not over after ${String(patience / 1000)} seconds`);
        reject(new HangError(what));
      }, patience);
    });
    try {
      const value = await Promise.race([call, hang]);
      this.#remember(what, 'over');
      return value;
    } catch (error) {
      this.#remember(what, describe(error));
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A call failed: is that what may happen to it? */
  failed(what: string, error: unknown, excuses: Excuses): void {
    if (error instanceof HangError) return;
    if (!(error instanceof RedshiftError)) {
      this.report('wrong answer', `${what} failed with what is no error of the driver: ${describe(error)}`);
    } else if (!this.#excused(error, excuses)) {
      this.report('wrong answer', `${what} failed without a reason: ${describe(error)}${this.#before(what)}`);
    }
  }

  #remember(what: string, end: string): void {
    const [who = ''] = what.split(',', 1);
    const calls = this.#history.get(who) ?? [];
    calls.push(`${what}: ${end}`);
    if (calls.length > remembered) calls.shift();
    this.#history.set(who, calls);
  }

  #before(what: string): string {
    const [who = ''] = what.split(',', 1);
    return (this.#history.get(who) ?? []).map((call) => `\n    before: ${call}`).join('');
  }

  #excused(error: RedshiftError, excuses: Excuses): boolean {
    const { name, sqlState } = error;
    if (excuses.state !== undefined && sqlState === excuses.state) return true;
    if (excuses.failedBefore === true && sqlState === '25P02') return true;
    if (name === 'AbortError') {
      this.cancelled++;
      return excuses.cancelled === true;
    }
    if (name === 'TimeoutError') {
      this.late++;
      return excuses.late === true || excuses.broken === true;
    }
    if (
      sqlState === undefined &&
      /has an unread result that is larger|holds more than maxResultBytes/.test(error.message)
    ) {
      this.refused++;
      return excuses.inTheWay === true;
    }
    // Never an excuse for 57014: a cancel that hits a statement is told as the cancel of that statement.
    const isLoss =
      name === 'ConnectionLostError' ||
      name === 'ConnectError' ||
      sqlState === '57P01' ||
      /^The connection is closed|was given up before it was read/.test(error.message);
    if (isLoss) this.lost++;
    return isLoss && (excuses.broken === true || error.cause instanceof Error);
  }
}

/** The call was given up by the judge, who has told of it. */
export class HangError extends Error {}

export function describe(value: unknown): string {
  if (!(value instanceof Error))
    return typeof value === 'bigint' || value === undefined ? String(value) : JSON.stringify(value);
  const { sqlState, code } = value as { sqlState?: string; code?: string };
  const cause = value.cause === undefined ? '' : ` (cause: ${describe(value.cause)})`;
  return `${value.name} ${sqlState ?? code ?? ''} ${value.message}${cause}`;
}
