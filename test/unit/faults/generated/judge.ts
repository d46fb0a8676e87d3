/** What may become of a dialogue: each judge lists what is wrong with an account, in words; an empty list is a pass. */
import {
  ConnectError,
  ConnectionLostError,
  ProtocolError,
  RedshiftError,
  TimeoutError,
} from '../../../../src/index.js';
import {
  arrived,
  bounds,
  bystanderSql,
  describe,
  facts,
  outcomeOf,
  type Account,
  type Problem,
} from './conversation.js';
import type { Known } from './dialogues.js';
import type { Entry } from './journal.js';

const wrong = (text: string): Problem => ({ kind: 'wrong', text });

/** Rule 13.4 and row O3: results, events and what the client says are those of the undisturbed dialogue. */
export function unchanged(known: Known, account: Account, besides = ''): Problem[] {
  const problems = [...account.problems, ...account.server.complaints.map(wrong)];
  if (account.playError !== undefined)
    problems.push(wrong(`the play failed: ${describe(account.playError)}`));
  const { whole } = known;
  const keep = (text: string): boolean => besides === '' || !text.includes(besides);
  compare('calls', whole.entries.map(summary), account.entries.map(summary), problems);
  // What comes before a program can listen is only kept.
  const told = account.told.flatMap(({ notices }) => notices.map((text) => `notice ${text}`));
  compare('events', told.slice(told.length - account.events.length), account.events, problems);
  if (account.events.length < whole.events.length) problems.push(wrong('fewer events'));
  for (const [index, { notices, parameters }] of whole.told.entries()) {
    const now = account.told[index];
    compare('notices', notices, now?.notices.filter(keep) ?? [], problems);
    compare('parameters', pairs(parameters), pairs(now?.parameters ?? '[]').filter(keep), problems);
  }
  if (known.repeats) compare('bytes of the client', written(whole), written(account), problems);
  return problems;
}

export type Loss = 'fin' | 'rst' | 'silence' | 'garbage';

/** Rows L1 to L3 and L12: what had come whole counts, everything else is an error of the right kind. */
export function lost(known: Known, account: Account, loss: Loss, connection: number): Problem[] {
  const problems = [...account.problems];
  const { struck } = account;
  // The driver had hung up before.
  if (struck === undefined) return unchanged(known, account);
  const bytes = struck.delivered[0] ?? 0;
  const alone = known.sizes.length === 1;
  const main = connection === 1;
  for (const [index, entry] of account.entries.entries()) {
    const base = known.slow.entries[index];
    if (base?.call !== entry.call) {
      if (entry.outcome !== undefined && 'value' in entry.outcome) {
        problems.push(wrong(`${entry.call} was not made in the undisturbed dialogue, and resolved`));
      }
      continue;
    }
    if (entry.settled === 0) continue;
    const same = outcomeOf(entry) === outcomeOf(base);
    if (alone && main && base.delivered[0]! <= bytes) {
      if (!same) problems.push(wrong(`${entry.call} had its whole answer: ${outcomeOf(entry)}`));
      continue;
    }
    if (entry.outcome !== undefined && 'value' in entry.outcome) {
      if (!same) problems.push(wrong(`${entry.call} resolved with something else: ${outcomeOf(entry)}`));
      else if (alone && main && !asksNothing.has(entry.call)) {
        problems.push(wrong(`${entry.call} resolved before its answer had come`));
      }
    } else if (!same) problems.push(...judgeError(known, account, entry, base, loss, main));
    if (main) problems.push(...judgeTime(entry, struck.at, loss, alone));
  }
  if (main) problems.push(...judgeBystander(account), ...judgeTold(known, account, bytes));
  return problems;
}

/** A byte was changed: nobody can tell what was meant, but nothing else may be made of it, and nothing may hang. */
export function mangled(known: Known, account: Account): Problem[] {
  const problems = [...account.problems];
  const bytes = account.struck?.delivered[0] ?? 0;
  for (const [index, entry] of account.entries.entries()) {
    const base = known.slow.entries[index];
    if (entry.settled === 0) continue;
    const same = base?.call === entry.call && outcomeOf(entry) === outcomeOf(base);
    if (entry.outcome !== undefined && 'value' in entry.outcome) {
      if (!same) problems.push(wrong(`${entry.call} resolved with something else: ${outcomeOf(entry)}`));
    } else if (!same && known.sizes.length === 1 && base !== undefined && base.delivered[0]! <= bytes) {
      problems.push(wrong(`${entry.call} had its whole answer: ${outcomeOf(entry)}`));
    } else if (!(entry.outcome?.error instanceof RedshiftError)) {
      problems.push(wrong(`${entry.call} rejects with ${describe(entry.outcome?.error)}`));
    }
  }
  return problems;
}

/** Calls that are right to succeed on a connection that is gone. */
const asksNothing = new Set(['close', 'cursor.close', 'cursor.iterator.return', 'cancel', 'end']);

function judgeError(
  known: Known,
  account: Account,
  entry: Entry,
  base: Entry,
  loss: Loss,
  main: boolean,
): Problem[] {
  const error = entry.outcome !== undefined && 'error' in entry.outcome ? entry.outcome.error : undefined;
  const problems: Problem[] = [];
  const said = (text: string): Problem => wrong(`${entry.call}: ${text}: ${describe(error)}`);
  if (!(error instanceof RedshiftError)) return [said('no error of this driver')];
  const codes = errorsThatCame(known, account);
  const expected = base.outcome !== undefined && 'error' in base.outcome ? base.outcome.error : undefined;
  const state = expected instanceof RedshiftError ? expected.sqlState : undefined;
  const since = known.slow.entries[known.slow.entries.indexOf(base) - 1]?.delivered[0] ?? 0;
  if (main && state !== undefined && codes.some(({ code, end }) => code === state && end > since)) {
    // Row L8: the server had said why.
    if (error.sqlState !== state) problems.push(said(`the server's ${state} had come`));
  }
  if (error.sqlState !== undefined) {
    if (!codes.some(({ code }) => code === error.sqlState)) problems.push(said('no such error had come'));
    return problems;
  }
  if (expected instanceof RedshiftError && expected.constructor === error.constructor) return problems;
  const cause = error.cause;
  const right = {
    fin: entry.call === 'connect' ? error instanceof ConnectError : error instanceof ConnectionLostError,
    rst: entry.call === 'connect' ? error instanceof ConnectError : error instanceof ConnectionLostError,
    silence:
      error instanceof TimeoutError ||
      (error instanceof ConnectionLostError && cause instanceof TimeoutError),
    garbage:
      error instanceof ProtocolError ||
      (error instanceof ConnectionLostError && cause instanceof ProtocolError),
  }[loss];
  // Harm to a further connection (a cancel request) shows as the bound of what that one was for.
  const late = !main && (error instanceof TimeoutError || error instanceof ConnectionLostError);
  if (!right && !late) problems.push(said(`not the kind for ${loss}`));
  if (loss === 'silence' && entry.call === 'connect' && facts(error).phase !== 'connect') {
    problems.push(said('not the connect bound'));
  }
  problems.push(...judgeCommit(account, entry, error));
  if (error.sent === false && wasSent(account, entry)) problems.push(said('some of it was sent'));
  return problems;
}

/** Whether the client wrote anything of the call: by its statement, where that is its own; by what was written meanwhile, where it was alone. */
function wasSent({ entries, bystander, server }: Account, entry: Entry): boolean {
  const { sql } = entry;
  if (sql !== undefined && entries.filter((each) => each.sql === sql).length === 1) {
    const own = sql.replaceAll('%s', '$').split('$', 1)[0]!;
    return server.ends.some(({ written: said }) => Buffer.concat(said).includes(own));
  }
  const others = [...entries, ...(bystander === undefined ? [] : [bystander])].filter(
    (each) => each !== entry,
  );
  const alone = others.every(({ started, at }) => at <= entry.started || started >= entry.at);
  return alone && entry.writtenAfter > entry.writtenBefore;
}

/** Row L10: whoever loses a COMMIT on its way is told that nobody knows. */
function judgeCommit(account: Account, entry: Entry, error: RedshiftError): Problem[] {
  const asked = written(account).join('').split('commit\0').length - 1;
  const struck = account.struck?.delivered[0] ?? 0;
  const answered = arrived(account.server.ends[0]?.marks ?? [], struck).filter(
    ({ message }) => message.type === 'CommandComplete' && message.tag === 'COMMIT',
  ).length;
  const unknown = facts(error).outcome === 'unknown';
  if (asked > answered && commits.has(entry.call) && !unknown) {
    return [wrong(`${entry.call}: COMMIT was on its way, the outcome is not 'unknown': ${describe(error)}`)];
  }
  if (asked === 0 && unknown)
    return [wrong(`${entry.call}: no COMMIT was sent, yet its outcome is 'unknown'`)];
  return [];
}

const commits = new Set(['commit', 'cursor.executeMany', 'transaction']);

/** P1: a connection that is gone is known at once; a silence ends with the bound of what was waited for. */
function judgeTime(entry: Entry, struck: number, loss: Loss, alone: boolean): Problem[] {
  const took = entry.at - Math.max(entry.started, struck);
  const { connectTimeout, queryTimeout, closeTimeout } = bounds;
  const limit =
    loss === 'silence'
      ? entry.call === 'connect'
        ? connectTimeout
        : queryTimeout + closeTimeout
      : alone
        ? 0
        : closeTimeout;
  return took > limit * 1000 ? [wrong(`${entry.call} settled ${String(took)} ms after ${loss}`)] : [];
}

/** A call behind all others says truthfully whether a byte of it had left. */
function judgeBystander({ bystander, server }: Account): Problem[] {
  if (bystander?.outcome === undefined) return [];
  if ('value' in bystander.outcome) return [wrong('the call behind all others resolved')];
  const { error } = bystander.outcome;
  const left = server.ends.some((end) => Buffer.concat(end.written).includes(bystanderSql));
  if (!(error instanceof RedshiftError) || (error.sent === false) === left) {
    return [wrong(`the call behind all others ${left ? 'was' : 'was not'} sent: ${describe(error)}`)];
  }
  return [];
}

/** A message that had not come whole was never looked at. */
function judgeTold(known: Known, account: Account, bytes: number): Problem[] {
  const told = account.told[0];
  if (told === undefined) return [];
  const problems: Problem[] = [];
  const came = arrived(known.marks[0]!, bytes);
  const notices = came.flatMap(({ message }) =>
    message.type === 'NoticeResponse' ? [message.fields.get('M') ?? ''] : [],
  );
  const parameters = new Map(
    came.flatMap(({ message }) =>
      message.type === 'ParameterStatus' ? [[message.name, message.value] as const] : [],
    ),
  );
  compare('notices', notices, told.notices, problems);
  compare('parameters', [...parameters].map(String), pairs(told.parameters), problems);
  return problems;
}

/** Errors of the server that had come whole when the harm struck. */
function errorsThatCame(known: Known, account: Account): { code: string; end: number }[] {
  return account.server.ends.flatMap((end, index) =>
    arrived(
      known.marks[index] ?? [],
      index === 0 ? (account.struck?.delivered[0] ?? 0) : end.delivered,
    ).flatMap(({ message, end: last }) =>
      message.type === 'ErrorResponse' ? [{ code: message.fields.get('C') ?? '', end: last }] : [],
    ),
  );
}

function summary(entry: Entry): string {
  return `${entry.call}: ${outcomeOf(entry)}`;
}

function pairs(parameters: string): string[] {
  return (JSON.parse(parameters) as [string, string][]).map(String);
}

/** All that the client said, by connection. */
export function written(account: Account): string[] {
  return account.server.ends.map((end) => Buffer.concat(end.written).toString('latin1'));
}

function compare(what: string, before: readonly string[], now: readonly string[], problems: Problem[]): void {
  const at = before.findIndex((text, index) => text !== now[index]);
  if (at < 0 && before.length === now.length) return;
  const place = at < 0 ? before.length : at;
  problems.push(
    wrong(
      `${what} differ at ${String(place)}: ${JSON.stringify(before[place])} before, ${JSON.stringify(now[place])} now`,
    ),
  );
}
