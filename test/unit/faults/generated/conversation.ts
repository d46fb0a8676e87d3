/** One case: a dialogue that the driver has over the memory network, with or without harm, and what is wrong whatever it was. */
import { connect, ConnectionLostError, InterfaceError } from '../../../../src/index.js';
import type { Mark, MemoryScript, Plan } from '../../../scripted/memory-plan.js';
import { MemoryServer } from '../../../scripted/memory.js';
import { quiet, type Open, type Play } from '../../scripted/play.js';
import { Journal, type Entry } from './journal.js';
import { onNetwork, settle, timers } from './network.js';

/** Seconds; no time passes while the clock stands still. */
export const bounds = { connectTimeout: 10, queryTimeout: 3, closeTimeout: 2 } as const;
/** Whatever a play does, its calls are over by then. */
const playLimit = 60;

export interface Dialogue {
  readonly name: string;
  readonly script: MemoryScript;
  readonly play: Play;
}

export interface Account {
  readonly server: MemoryServer;
  readonly entries: readonly Entry[];
  readonly events: readonly string[];
  /** Of each connection: the texts of its notices, and what the server reported of itself. */
  readonly told: readonly { readonly notices: readonly string[]; readonly parameters: string }[];
  /** What the play threw: a call's error, or its own displeasure with an answer. */
  readonly playError: unknown;
  /** Virtual milliseconds and received bytes when the harm struck. */
  readonly struck: { readonly at: number; readonly delivered: readonly number[] } | undefined;
  /** A call that was made at that moment, behind all others. */
  readonly bystander: Entry | undefined;
  /** What may never be, by kind. */
  readonly problems: Problem[];
}

export interface Problem {
  readonly kind: 'crash' | 'hang' | 'wrong' | 'leak';
  readonly text: string;
}

/** Rejections and exceptions that nobody caught, and warnings; filled by the listeners of the test file. */
export const surprises: string[] = [];

export const bystanderSql = 'select 0 as bystander';

export async function converse(
  { script, play }: Dialogue,
  plan: Plan = {},
  options: { readonly bystander?: boolean } = {},
): Promise<Account> {
  const problems: Problem[] = [];
  const before = surprises.length;
  const found: { struck?: Account['struck']; bystander?: Entry } = {};
  const server = new MemoryServer(script, {
    ...plan,
    onHarm: () => {
      found.struck = { at: performance.now(), delivered: server.ends.map(({ delivered }) => delivered) };
      const [connection] = journal.connections;
      if (options.bystander !== true || connection === undefined) return;
      journal.track('bystander', () => connection.query(bystanderSql)).catch(() => undefined);
      found.bystander = journal.entries.pop()!;
    },
  });
  const journal = new Journal(server);
  const open: Open = (given = {}) =>
    journal.open(() =>
      connect({
        host: 'memory',
        port: 5439,
        database: 'dev',
        user: 'alice',
        autocommit: true,
        logger: quiet,
        ...(play.tls === true ? {} : { sslmode: 'disable' }),
        ...bounds,
        ...given,
      }),
    );
  let playError: unknown;
  await onNetwork(server, async () => {
    const run = play.run(open, { connections: server.ends }).catch((error: unknown) => {
      playError = error;
    });
    if ((await settle(server, run, playLimit)) === 'stuck') {
      const waiting = journal.entries.filter(({ settled }) => settled === 0).map(({ call }) => call);
      problems.push({ kind: 'hang', text: `the play hangs in ${waiting.join(', ') || 'itself'}` });
    }
    await end(journal, server, problems);
  });
  const told = journal.connections.map((connection) => ({
    notices: connection.notices.map(({ message }) => message),
    parameters: JSON.stringify([...connection.parameters]),
  }));
  const entries = found.bystander === undefined ? journal.entries : [...journal.entries, found.bystander];
  for (const { call, settled } of entries) {
    if (settled === 0) problems.push({ kind: 'hang', text: `${call} never settled` });
  }
  for (const each of server.crashes)
    problems.push({ kind: 'crash', text: `thrown at the socket: ${String(each)}` });
  for (const each of surprises.slice(before)) problems.push({ kind: 'crash', text: each });
  return {
    server,
    entries: journal.entries,
    events: journal.events,
    told,
    playError,
    struck: found.struck,
    bystander: found.bystander,
    problems,
  };
}

/** Closes what the play left open; nothing may be left of it. */
async function end(journal: Journal, server: MemoryServer, problems: Problem[]): Promise<void> {
  for (const [index, connection] of journal.connections.entries()) {
    const started = performance.now();
    if ((await settle(server, connection.close(), bounds.closeTimeout + 1)) === 'stuck') {
      problems.push({ kind: 'hang', text: 'close() never settled' });
      continue;
    }
    const took = performance.now() - started;
    if (took > bounds.closeTimeout * 1000)
      problems.push({ kind: 'hang', text: `close() took ${String(took)} ms` });
    if (!connection.closed)
      problems.push({ kind: 'leak', text: 'the connection does not report that it is closed' });
    const refusal = await connection.query('select 1 as late').catch((error: unknown) => error);
    const closed = refusal instanceof ConnectionLostError || refusal instanceof InterfaceError;
    if (!closed || refusal.sent !== false) {
      problems.push({ kind: 'wrong', text: `a call on the closed connection: ${describe(refusal)}` });
    }
    if (journal.closes[index] !== 1) {
      problems.push({ kind: 'wrong', text: `'close' was told ${String(journal.closes[index])} times` });
    }
  }
  // What is due anyway: the server's end of a connection that was closed.
  await settle(server, new Promise<void>((resolve) => setImmediate(resolve)), 0);
  for (let turn = 0; turn < 20 && server.due > 0; turn++)
    await new Promise((resolve) => setImmediate(resolve));
  if (timers() > 0) problems.push({ kind: 'leak', text: `${String(timers())} timers are left` });
  for (const [index, each] of server.ends.entries()) {
    if (!each.closed)
      problems.push({ kind: 'leak', text: `socket ${String(index + 1)} is left open (${each.over})` });
    if (each.late > 0)
      problems.push({ kind: 'wrong', text: `socket ${String(index + 1)} was written to after its end` });
  }
}

/** An error in a line. */
export function describe(value: unknown): string {
  if (!(value instanceof Error)) return `no error but ${JSON.stringify(value)}`;
  const { name, message, cause } = value;
  const { sent, sqlState, phase, outcome } = facts(value);
  return `${name}: ${message} ${JSON.stringify({ sqlState, phase, sent, outcome, cause: cause instanceof Error ? cause.name : cause })}`;
}

/** What an error of this driver may tell beside its text. */
export function facts(error: unknown): {
  readonly sent?: unknown;
  readonly sqlState?: unknown;
  readonly phase?: unknown;
  readonly outcome?: unknown;
} {
  return error as object;
}

/** Outcome of a call as text: equal texts, equal outcomes. */
export function outcomeOf({ outcome }: Entry): string {
  if (outcome === undefined) return 'pending';
  return 'value' in outcome ? `value ${outcome.value}` : `error ${describe(outcome.error)}`;
}

/** All messages that had arrived whole on a connection when so many bytes of it had. */
export function arrived(marks: readonly Mark[], bytes: number): Mark[] {
  return marks.filter(({ end: last }) => last <= bytes);
}
