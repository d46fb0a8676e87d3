/** The dialogues that the matrix is made from, and how each goes when nothing disturbs it. */
import { compileTranscript, type Mark } from '../../../scripted/memory-plan.js';
import { dialogues as names, readDialogue } from '../../scripted/have.js';
import { plays } from '../../scripted/plays.js';
import { written } from './judge.js';
import { converse, type Account, type Dialogue } from './conversation.js';

export interface Known extends Dialogue {
  /** Delivered in the pieces in which the server wrote it. */
  readonly whole: Account;
  /** Delivered byte by byte: here each call settles at the first byte at which it can. */
  readonly slow: Account;
  /** The server's messages, by connection. */
  readonly marks: readonly (readonly Mark[])[];
  /** Byte of the first connection at which what is this dialogue's own begins; the login before it is a dialogue of its own. */
  readonly begins: number;
  /** Messages that the client says until then. */
  readonly loginMessages: number;
  /** The client says the same each time, to the byte. */
  readonly repeats: boolean;
  /** Bytes of the server, by connection. */
  readonly sizes: readonly number[];
}

/** Not played in memory: 20 MB would take all the time, and TLS needs a socket. */
const elsewhere = new Set(['large-result', 'tls-refused']);

export const played: readonly string[] = names.filter((name) => !elsewhere.has(name));

const known = new Map<string, Promise<Known>>();

export function dialogue(name: string): Promise<Known> {
  const found = known.get(name) ?? learn(name);
  known.set(name, found);
  return found;
}

async function learn(name: string): Promise<Known> {
  const given: Dialogue = { name, script: await compileTranscript(readDialogue(name)), play: plays[name]! };
  const whole = await converse(given, { strict: true });
  const slow = await converse(given, { strict: true, pieces: (at) => at + 1 });
  for (const account of [whole, slow]) {
    if (account.playError !== undefined) throw account.playError as Error;
    const wrong = [...account.server.complaints, ...account.problems.map(({ text }) => text)];
    if (!account.server.played) wrong.push('the dialogue was not had to its end');
    if (wrong.length > 0) throw new Error(`${name} does not go as it should: ${wrong.join('; ')}`);
  }
  const marks = whole.server.ends.map((end) => end.marks);
  const login = whole.entries[0]!;
  const begins = name.startsWith('login') ? 0 : login.delivered[0]!;
  const sizes = whole.server.ends.map(({ delivered }) => delivered);
  const own = whole.server.ends[0]!.messages.findIndex(({ type }) =>
    ['Parse', 'Query', 'Terminate', 'Bind'].includes(type),
  );
  const loginMessages = begins === 0 ? 0 : own;
  const repeats = written(whole).join() === written(slow).join();
  return { ...given, whole, slow, marks, begins, loginMessages, repeats, sizes };
}
