/**
 * Users and groups: functions on the engine do the work, in the running transaction (AWS manual, CREATE USER; ALTER
 * USER; CREATE GROUP). The names of users keep their case in quotes whatever the settings are.
 */
import { call, command, jsonLiteral, notYet } from './answer.js';
import type { Plan, Refusal } from './plan.js';
import { type Reader, literalValue, nameOf, sqlLiteral } from './reader.js';

type Options = Record<string, unknown>;

/** CREATE USER, the reader behind USER. */
export function planCreateUser(reader: Reader): Plan {
  const name = reader.identifier();
  if (name === undefined) return reader.unexpected();
  if (reader.is(':')) return notYet('A user of an identity provider', reader.piece?.start);
  reader.take('WITH');
  const options: Options = {};
  const problem = readOptions(reader, options, false);
  if (problem) return problem;
  // AWS manual, CREATE USER: the password, or that there is none, has to be said.
  if (!('password' in options)) return reader.unexpected();
  return command(call('rs_create_user', sqlLiteral(name), jsonLiteral(options)), 'CREATE USER');
}

/** ALTER USER, the reader behind USER. */
export function planAlterUser(reader: Reader): Plan {
  const name = reader.identifier();
  if (name === undefined) return reader.unexpected();
  if (reader.is(':')) return notYet('A user of an identity provider', reader.piece?.start);
  reader.take('WITH');
  const options: Options = {};
  if (reader.take('RENAME', 'TO')) {
    options['rename'] = reader.identifier();
    if (options['rename'] === undefined || !reader.ended) return reader.unexpected();
  } else {
    if (reader.ended) return reader.unexpected();
    const problem = readOptions(reader, options, true);
    if (problem) return problem;
  }
  return command(call('rs_alter_user', sqlLiteral(name), jsonLiteral(options)), 'ALTER USER');
}

function readOptions(reader: Reader, options: Options, alters: boolean): Refusal | undefined {
  while (!reader.ended) {
    const start = reader.at;
    const problem = readOption(reader, options, alters);
    if (problem) return problem;
    if (reader.at === start) return reader.unexpected();
    if (alters) reader.take(',');
  }
  return undefined;
}

function readOption(reader: Reader, options: Options, alters: boolean): Refusal | undefined {
  const flag = reader.takeOne('CREATEDB', 'NOCREATEDB', 'CREATEUSER', 'NOCREATEUSER');
  if (flag) {
    options[flag.replace('NO', '').toLowerCase()] = !flag.startsWith('NO');
  } else if (reader.take('PASSWORD')) {
    if (reader.take('DISABLE')) options['password'] = null;
    else {
      const password = reader.literal();
      if (password === undefined) return reader.unexpected();
      options['password'] = password;
    }
  } else if (reader.take('SYSLOG', 'ACCESS')) {
    const access = reader.takeOne('RESTRICTED', 'UNRESTRICTED');
    if (!access) return reader.unexpected();
    options['syslog'] = access.toLowerCase();
  } else if (!alters && reader.take('IN', 'GROUP')) {
    const groups = identifiers(reader);
    if (!groups) return reader.unexpected();
    options['groups'] = groups;
  } else if (reader.take('VALID', 'UNTIL')) {
    const until = reader.literal();
    if (until === undefined) return reader.unexpected();
    options['validUntil'] = until;
  } else if (reader.take('CONNECTION', 'LIMIT')) {
    const limit = reader.take('UNLIMITED') ? -1 : reader.integer();
    if (limit === undefined) return reader.unexpected();
    options['connectionLimit'] = limit;
  } else if (reader.take('SESSION', 'TIMEOUT')) {
    const seconds = reader.integer();
    if (seconds === undefined) return reader.unexpected();
    options['sessionTimeout'] = seconds;
  } else if (alters && reader.take('RESET', 'SESSION', 'TIMEOUT')) {
    options['sessionTimeout'] = null;
  } else if (reader.take('EXTERNALID')) {
    const id = reader.literal() ?? reader.identifier();
    if (id === undefined) return reader.unexpected();
    options['externalId'] = id;
  } else if (alters && reader.take('SET')) {
    return readSetting(reader, options);
  } else if (alters && reader.take('RESET')) {
    const name = reader.identifier();
    if (name === undefined) return reader.unexpected();
    options['reset'] = [...((options['reset'] as string[] | undefined) ?? []), name];
  }
  return undefined;
}

/** `SET parameter { TO | = } { value | DEFAULT }`, behind SET. */
function readSetting(reader: Reader, options: Options): Refusal | undefined {
  const name = reader.identifier();
  if (name === undefined || !reader.takeOne('TO', '=')) return reader.unexpected();
  if (reader.take('DEFAULT')) {
    options['reset'] = [...((options['reset'] as string[] | undefined) ?? []), name];
    return undefined;
  }
  const values: string[] = [];
  do {
    const piece = reader.piece;
    if (!piece) return reader.unexpected();
    const named = piece.kind === 'identifier' || piece.kind === 'quoted-identifier';
    values.push(literalValue(piece) ?? (named ? nameOf(piece) : piece.text));
    reader.at++;
  } while (reader.take(','));
  const settings = (options['set'] as Record<string, string> | undefined) ?? {};
  options['set'] = { ...settings, [name]: values.join(', ') };
  return undefined;
}

/** DROP USER [ IF EXISTS ] name [, …], the reader behind USER. */
export function planDropUser(reader: Reader): Plan {
  return dropAll(reader, 'rs_drop_user', 'DROP USER');
}

/** DROP GROUP [ IF EXISTS ] name, the reader behind GROUP. */
export function planDropGroup(reader: Reader): Plan {
  return dropAll(reader, 'rs_drop_group', 'DROP GROUP');
}

function dropAll(reader: Reader, name: string, tag: string): Plan {
  const unlessMissing = reader.take('IF', 'EXISTS');
  const names = identifiers(reader);
  if (!names || !reader.ended) return reader.unexpected();
  const calls = names.map((user) => `pg_catalog.${name}(${sqlLiteral(user)}, ${unlessMissing})`);
  return command(`select ${calls.join(', ')}`, tag);
}

/** CREATE GROUP name [ [ WITH ] USER name [, …] ], the reader behind GROUP. */
export function planCreateGroup(reader: Reader): Plan {
  const name = reader.identifier();
  if (name === undefined) return reader.unexpected();
  reader.take('WITH');
  const users = reader.take('USER') ? identifiers(reader) : [];
  if (!users || !reader.ended) return reader.unexpected();
  return command(call('rs_create_group', sqlLiteral(name), jsonLiteral(users)), 'CREATE GROUP');
}

/** ALTER GROUP name { ADD USER … | DROP USER … | RENAME TO … }, the reader behind GROUP. */
export function planAlterGroup(reader: Reader): Plan {
  const name = reader.identifier();
  if (name === undefined) return reader.unexpected();
  const options: Options = {};
  if (reader.take('RENAME', 'TO')) {
    options['rename'] = reader.identifier();
    if (options['rename'] === undefined) return reader.unexpected();
  } else {
    const action = reader.takeOne('ADD', 'DROP');
    if (!action || !reader.take('USER')) return reader.unexpected();
    const users = identifiers(reader);
    if (!users) return reader.unexpected();
    options[action.toLowerCase()] = users;
  }
  if (!reader.ended) return reader.unexpected();
  return command(call('rs_alter_group', sqlLiteral(name), jsonLiteral(options)), 'ALTER GROUP');
}

function identifiers(reader: Reader): string[] | undefined {
  const names: string[] = [];
  do {
    const name = reader.identifier();
    if (name === undefined) return undefined;
    names.push(name);
  } while (reader.take(','));
  return names;
}
