/**
 * Transactions. All isolation levels are one on Redshift (AWS manual, BEGIN); here it is the engine's snapshot
 * isolation. No savepoints, no two-phase commit.
 */
import { command, refuse, run } from './answer.js';
import type { Edits } from './edits.js';
import type { Plan, Refusal, SessionFacts } from './plan.js';
import type { Reader } from './reader.js';

const isolation = 'ISOLATION LEVEL REPEATABLE READ';

/** BEGIN, START TRANSACTION, COMMIT, END, ABORT, ROLLBACK, the reader behind the word. */
export function planTransaction(
  word: string,
  reader: Reader,
  edits: Edits,
  facts: SessionFacts,
  sql: string,
): Plan {
  switch (word) {
    case 'START':
      if (!reader.take('TRANSACTION')) return reader.unexpected();
      return begin(reader, edits, facts);
    case 'BEGIN':
      reader.takeOne('WORK', 'TRANSACTION');
      return begin(reader, edits, facts);
    default:
      if (reader.is('PREPARED')) return notSupported(sql, reader.pieces[0]?.start ?? 0);
      reader.takeOne('WORK', 'TRANSACTION');
      if (reader.is('TO')) return notSupported(sql, reader.pieces[0]?.start ?? 0);
      return reader.ended ? run(edits) : reader.unexpected();
  }
}

function begin(reader: Reader, edits: Edits, facts: SessionFacts): Plan {
  const head = reader.at - 1;
  const access = readModes(reader, edits);
  if (typeof access !== 'string') return access;
  // Inside a transaction the engine warns, and would refuse to change what is running.
  edits.insertAfter(head, facts.transaction === 'idle' ? ` ${isolation}${access}` : '');
  return run(edits);
}

/** The modes, taken out of the text; gives what is left of them for the engine. */
function readModes(reader: Reader, edits: Edits): string | Refusal {
  const first = reader.at;
  let access = '';
  while (!reader.ended) {
    if (reader.take('ISOLATION', 'LEVEL')) {
      const known =
        reader.take('SERIALIZABLE') ||
        reader.take('READ', 'UNCOMMITTED') ||
        reader.take('READ', 'COMMITTED') ||
        reader.take('REPEATABLE', 'READ') ||
        reader.take('SNAPSHOT');
      if (!known) return reader.unexpected();
    } else if (reader.take('READ', 'ONLY')) access = ' READ ONLY';
    else if (reader.take('READ', 'WRITE')) access = ' READ WRITE';
    else return reader.unexpected();
    reader.take(',');
  }
  if (reader.at > first) edits.replace(first, reader.at - 1, '');
  return access;
}

/** `SET [SESSION CHARACTERISTICS AS] TRANSACTION …`, the reader behind TRANSACTION. */
export function planSetTransaction(reader: Reader, edits: Edits): Plan {
  if (reader.ended) return reader.unexpected();
  const head = reader.at - 1;
  const access = readModes(reader, edits);
  if (typeof access !== 'string') return access;
  // One level for all: only access is left to say.
  if (access === '') return command('select 1', 'SET');
  edits.insertAfter(head, access);
  return run(edits);
}

/** Redshift repeats the whole command. */
export function notSupported(sql: string, at: number): Refusal {
  return refuse('0A000', `SQL command "${sql.trim()}" not supported.`, at);
}
