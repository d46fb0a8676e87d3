/** CREATE and ALTER: which rule reads the rest. */
import { planAlterTable } from './alter-table.js';
import { notYet } from './answer.js';
import { planCreateTable } from './create-table.js';
import { notSupportedTables } from './drops.js';
import type { Edits } from './edits.js';
import { planDefaultPrivileges } from './grants.js';
import type { Plan, SessionFacts } from './plan.js';
import type { Reader } from './reader.js';
import { planAlterRole, planCreateRole } from './roles.js';
import { type Planner, planAlterRoutine, planCreateFunction, planCreateProcedure } from './routines.js';
import { planAlterDatabase, planAlterSchema, planCreateDatabase, planCreateSchema } from './schemas.js';
import { planAlterGroup, planAlterUser, planCreateGroup, planCreateUser } from './users.js';
import { planAlterMaterializedView, planCreateMaterializedView, planCreateView } from './views.js';

/** Redshift has these, the local one not. */
const newer = new Set(
  'DATASHARE EXTERNAL IDENTITY LIBRARY MASKING MODEL RLS TEMPLATE SYSTEM DEFAULT'.split(' '),
);

/** Neither has these for a client (AWS manual, Unsupported PostgreSQL features). */
const never = new Set(
  (
    'INDEX UNIQUE SEQUENCE TRIGGER CONSTRAINT TYPE DOMAIN EXTENSION RULE TABLESPACE AGGREGATE OPERATOR CAST CONVERSION ' +
    'COLLATION PUBLICATION SUBSCRIPTION SERVER FOREIGN POLICY STATISTICS TRANSFORM ACCESS EVENT LANGUAGE UNLOGGED TEXT'
  ).split(' '),
);

/** The reader behind CREATE. */
export function planCreate(
  reader: Reader,
  edits: Edits,
  facts: SessionFacts,
  plan: Planner,
  sql: string,
): Plan {
  const at = reader.pieces[0]?.start ?? 0;
  const replaces = reader.take('OR', 'REPLACE');
  const word = reader.piece?.word ?? '';
  if (replaces && !['VIEW', 'FUNCTION', 'PROCEDURE', 'EXTERNAL', 'LIBRARY'].includes(word))
    return reader.unexpected();
  switch (word) {
    case 'LOCAL':
    case 'TEMP':
    case 'TEMPORARY':
    case 'TABLE':
      return planCreateTable(reader, edits);
    case 'VIEW':
      return planCreateView(reader, edits);
    case 'MATERIALIZED':
      return planCreateMaterializedView(reader, edits);
    case 'SCHEMA':
      reader.at++;
      return planCreateSchema(reader, edits);
    case 'DATABASE':
      reader.at++;
      return planCreateDatabase(reader, edits, facts);
    case 'USER':
      reader.at++;
      return planCreateUser(reader);
    case 'GROUP':
      reader.at++;
      return planCreateGroup(reader);
    case 'ROLE':
      reader.at++;
      return planCreateRole(reader);
    case 'FUNCTION':
      reader.at++;
      return planCreateFunction(reader, edits, facts, plan);
    case 'PROCEDURE':
      reader.at++;
      return planCreateProcedure(reader, edits, facts, plan);
    default:
      if (newer.has(word)) return notYet(`CREATE ${word}`, at);
      return never.has(word) ? notSupportedTables(sql, at) : reader.unexpected();
  }
}

/** The reader behind ALTER. */
export function planAlter(reader: Reader, edits: Edits, facts: SessionFacts, sql: string): Plan {
  const at = reader.pieces[0]?.start ?? 0;
  const word = reader.piece?.word ?? '';
  switch (word) {
    case 'TABLE':
      reader.at++;
      return planAlterTable(reader, edits, facts);
    case 'SCHEMA':
      reader.at++;
      return planAlterSchema(reader, edits);
    case 'DATABASE':
      reader.at++;
      return planAlterDatabase(reader, edits);
    case 'USER':
      reader.at++;
      return planAlterUser(reader);
    case 'GROUP':
      reader.at++;
      return planAlterGroup(reader);
    case 'PROCEDURE':
    case 'FUNCTION':
      reader.at++;
      return planAlterRoutine(reader, edits);
    case 'MATERIALIZED':
      return planAlterMaterializedView(reader);
    case 'ROLE':
      reader.at++;
      return planAlterRole(reader);
    case 'DEFAULT':
      if (!reader.take('DEFAULT', 'PRIVILEGES')) return reader.unexpected();
      return planDefaultPrivileges(reader, edits);
    default:
      if (newer.has(word)) return notYet(`ALTER ${word}`, at);
      return never.has(word) ? notSupportedTables(sql, at) : reader.unexpected();
  }
}
