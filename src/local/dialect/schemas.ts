/** Schemas and databases; quotas and collations of a database are read and mean nothing here. */
import { command, notYet, refuse, run } from './answer.js';
import type { Edits } from './edits.js';
import type { Plan, Refusal, SessionFacts } from './plan.js';
import { type Reader, sqlLiteral } from './reader.js';

/** CREATE SCHEMA, the reader behind SCHEMA (AWS manual, CREATE SCHEMA). */
export function planCreateSchema(reader: Reader, edits: Edits): Plan {
  reader.take('IF', 'NOT', 'EXISTS');
  const named = !reader.is('AUTHORIZATION') && !reader.is('QUOTA');
  if (named && reader.identifier() === undefined) return reader.unexpected();
  if (reader.take('AUTHORIZATION')) {
    if (reader.identifier() === undefined) return reader.unexpected();
  } else if (!named) return reader.unexpected();
  const problem = dropQuota(reader, edits);
  if (problem) return problem;
  if (reader.is('CREATE') || reader.is('GRANT')) {
    return notYet('CREATE SCHEMA with objects in it', reader.piece?.start);
  }
  return reader.ended ? run(edits) : reader.unexpected();
}

function dropQuota(reader: Reader, edits: Edits): Refusal | undefined {
  const first = reader.at;
  if (!reader.take('QUOTA')) return undefined;
  if (!reader.take('UNLIMITED')) {
    if (reader.integer() === undefined) return reader.unexpected();
    reader.takeOne('MB', 'GB', 'TB');
  }
  edits.replace(first, reader.at - 1, '');
  return undefined;
}

/** ALTER SCHEMA name { RENAME TO … | OWNER TO … | QUOTA … }, the reader behind SCHEMA. */
export function planAlterSchema(reader: Reader, edits: Edits): Plan {
  const name = reader.identifier();
  if (name === undefined) return reader.unexpected();
  if (reader.is('QUOTA')) {
    const problem = dropQuota(reader, edits);
    if (problem) return problem;
    if (!reader.ended) return reader.unexpected();
    return command(`select ${sqlLiteral(name)}::pg_catalog.regnamespace`, 'ALTER SCHEMA');
  }
  if (!reader.take('RENAME', 'TO') && !reader.take('OWNER', 'TO')) return reader.unexpected();
  if (reader.identifier() === undefined || !reader.ended) return reader.unexpected();
  return run(edits);
}

/** CREATE DATABASE, the reader behind DATABASE (AWS manual, CREATE DATABASE). */
export function planCreateDatabase(reader: Reader, edits: Edits, facts: SessionFacts): Plan {
  const at = reader.pieces[0]?.start;
  if (reader.identifier() === undefined) return reader.unexpected();
  if (reader.is('FROM')) return notYet('CREATE DATABASE FROM a datashare', at);
  reader.take('WITH');
  while (!reader.ended) {
    const first = reader.at;
    const drop = () => {
      edits.replace(first, reader.at - 1, '');
    };
    if (reader.take('OWNER')) {
      reader.take('=');
      if (reader.identifier() === undefined) return reader.unexpected();
    } else if (reader.take('CONNECTION', 'LIMIT')) {
      if (reader.take('UNLIMITED')) drop();
      else if (reader.integer() === undefined) return reader.unexpected();
    } else if (reader.take('COLLATE')) {
      if (reader.is('CASE_INSENSITIVE') || reader.is('CI')) {
        return notYet('A case-insensitive database', reader.piece?.start);
      }
      if (!reader.takeOne('CASE_SENSITIVE', 'CS')) return reader.unexpected();
      drop();
    } else if (reader.take('ISOLATION', 'LEVEL')) {
      if (!reader.takeOne('SERIALIZABLE', 'SNAPSHOT')) return reader.unexpected();
      drop();
    } else return reader.unexpected();
  }
  return outside(facts, 'CREATE DATABASE', at) ?? run(edits);
}

/** ALTER DATABASE, the reader behind DATABASE. */
export function planAlterDatabase(reader: Reader, edits: Edits): Plan {
  if (reader.identifier() === undefined) return reader.unexpected();
  if (reader.take('ISOLATION', 'LEVEL')) {
    if (!reader.takeOne('SERIALIZABLE', 'SNAPSHOT') || !reader.ended) return reader.unexpected();
    return command('select 1', 'ALTER DATABASE');
  }
  if (reader.is('COLLATE')) return notYet('ALTER DATABASE … COLLATE', reader.piece?.start);
  if (reader.take('CONNECTION', 'LIMIT')) {
    const at = reader.at;
    if (reader.take('UNLIMITED')) edits.replace(at, at, '-1');
    else if (reader.integer() === undefined) return reader.unexpected();
    return reader.ended ? run(edits) : reader.unexpected();
  }
  if (!reader.take('RENAME', 'TO') && !reader.take('OWNER', 'TO')) return reader.unexpected();
  if (reader.identifier() === undefined || !reader.ended) return reader.unexpected();
  return run(edits);
}

/** DROP DATABASE name [ FORCE ], the reader behind DATABASE. */
export function planDropDatabase(reader: Reader, edits: Edits, facts: SessionFacts): Plan {
  reader.take('IF', 'EXISTS');
  if (reader.identifier() === undefined) return reader.unexpected();
  if (reader.take('FORCE')) edits.replace(reader.at - 1, reader.at - 1, 'WITH (FORCE)');
  if (!reader.ended) return reader.unexpected();
  return outside(facts, 'DROP DATABASE', reader.pieces[0]?.start) ?? run(edits);
}

function outside(facts: SessionFacts, what: string, at: number | undefined): Refusal | undefined {
  if (facts.transaction !== 'open') return undefined;
  return refuse('25001', `${what} cannot run inside a transaction block`, at);
}
