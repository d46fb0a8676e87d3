/** Cursors and prepared statements by SQL (AWS manual, DECLARE, FETCH, CLOSE, PREPARE). */
import { refuse, run } from './answer.js';
import type { Edits } from './edits.js';
import type { Plan, SessionFacts } from './plan.js';
import type { Reader } from './reader.js';

/** DECLARE name CURSOR FOR query: only inside a transaction. */
export function planDeclare(reader: Reader, edits: Edits, facts: SessionFacts): Plan {
  const at = reader.pieces[0]?.start;
  if (reader.identifier() === undefined) return reader.unexpected();
  if (!reader.take('CURSOR') || !reader.take('FOR')) return reader.unexpected();
  if (!reader.is('SELECT') && !reader.is('WITH') && !reader.is('(')) return reader.unexpected();
  if (facts.transaction === 'idle') {
    return refuse('25P01', 'DECLARE CURSOR may only be used in transaction blocks', at);
  }
  return run(edits, { tag: 'DECLARE CURSOR' });
}

/** FETCH [ NEXT | ALL | FORWARD [ n | ALL ] ] FROM cursor. */
export function planFetch(reader: Reader, edits: Edits): Plan {
  const at = reader.piece?.start;
  if (
    reader.is('FIRST') ||
    reader.is('LAST') ||
    reader.is('PRIOR') ||
    reader.is('ABSOLUTE') ||
    reader.is('BACKWARD')
  ) {
    return refuse('55000', 'cursor can only scan forward', at);
  }
  const forward = reader.takeOne('FORWARD', 'NEXT', 'ALL', 'RELATIVE');
  if (forward === 'FORWARD' || forward === 'RELATIVE' || forward === undefined) {
    if (!reader.take('ALL')) {
      const count = reader.integer();
      if (count !== undefined && count < 0) return refuse('55000', 'cursor can only scan forward', at);
    }
  }
  reader.takeOne('FROM', 'IN');
  if (reader.identifier() === undefined || !reader.ended) return reader.unexpected();
  return run(edits, { tag: 'FETCH' });
}

/** CLOSE cursor. */
export function planClose(reader: Reader, edits: Edits): Plan {
  if (reader.identifier() === undefined || !reader.ended) return reader.unexpected();
  return run(edits);
}

/** DEALLOCATE [ PREPARE ] { name | ALL }. */
export function planDeallocate(reader: Reader, edits: Edits): Plan {
  reader.take('PREPARE');
  if (reader.take('ALL')) return reader.ended ? run(edits, { deallocates: null }) : reader.unexpected();
  const name = reader.identifier();
  if (name === undefined || !reader.ended) return reader.unexpected();
  return run(edits, { deallocates: name });
}
