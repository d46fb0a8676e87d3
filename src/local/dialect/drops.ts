/** DROP of everything that Redshift drops the way the engine does (AWS manual, DROP TABLE and its kin). */
import { notYet, refuse, run } from './answer.js';
import type { Edits } from './edits.js';
import type { Plan, SessionFacts } from './plan.js';
import type { Reader } from './reader.js';
import { planDropRole } from './roles.js';
import { planDropRoutine } from './routines.js';
import { planDropDatabase } from './schemas.js';
import { notSupported } from './transactions.js';
import { planDropGroup, planDropUser } from './users.js';

const newer = 'DATASHARE EXTERNAL IDENTITY LIBRARY MASKING MODEL RLS TEMPLATE';
const never =
  'INDEX SEQUENCE TRIGGER TYPE DOMAIN EXTENSION RULE TABLESPACE AGGREGATE OPERATOR CAST CONVERSION COLLATION PUBLICATION';

/** The reader behind DROP. */
export function planDrop(reader: Reader, edits: Edits, facts: SessionFacts, sql: string): Plan {
  const at = reader.pieces[0]?.start ?? 0;
  const word = reader.piece?.word ?? '';
  if (newer.split(' ').includes(word)) return notYet(`DROP ${word}`, at);
  if (never.split(' ').includes(word)) return notSupportedTables(sql, at);
  switch (word) {
    case 'USER':
      reader.at++;
      return planDropUser(reader);
    case 'ROLE':
      reader.at++;
      return planDropRole(reader);
    case 'GROUP':
      reader.at++;
      return planDropGroup(reader);
    case 'DATABASE':
      reader.at++;
      return planDropDatabase(reader, edits, facts);
    case 'FUNCTION':
    case 'PROCEDURE':
      reader.at++;
      return planDropRoutine(reader, edits);
    case 'MATERIALIZED':
      reader.at++;
      return reader.take('VIEW') ? dropNames(reader, edits) : reader.unexpected();
    case 'TABLE':
    case 'VIEW':
    case 'SCHEMA':
      reader.at++;
      return dropNames(reader, edits);
    default:
      return reader.unexpected();
  }
}

function dropNames(reader: Reader, edits: Edits): Plan {
  reader.take('IF', 'EXISTS');
  if (reader.names().length === 0) return reader.unexpected();
  reader.takeOne('CASCADE', 'RESTRICT');
  if (reader.is('DROP', 'EXTERNAL')) return notYet('DROP SCHEMA … DROP EXTERNAL DATABASE');
  return reader.ended ? run(edits) : reader.unexpected();
}

/** Redshift's words for the objects that it does not have: CREATE INDEX and the like. */
export function notSupportedTables(sql: string, at: number): Plan {
  const plain = notSupported(sql, at).message;
  return refuse('0A000', plain.replace(/ not supported\.$/, ' not supported on Redshift tables.'), at);
}
