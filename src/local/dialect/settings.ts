/** SET, RESET and SHOW (AWS manual, SET; RESET; SHOW; Configuration reference). */
import { answer, command, notYet, refuse, run } from './answer.js';
import type { Edits } from './edits.js';
import type { Plan, Refusal } from './plan.js';
import { type Reader, literalValue, lowerAscii, nameOf, sqlLiteral, sqlName } from './reader.js';
import { type Setting, engineSetting, settings, shownByAll } from './setting-names.js';
import { planSetTransaction } from './transactions.js';

/** The reader behind SET. */
export function planSet(reader: Reader, edits: Edits): Plan {
  if (reader.take('SESSION', 'CHARACTERISTICS', 'AS', 'TRANSACTION')) {
    return reader.ended ? reader.unexpected() : planSetTransaction(reader, edits);
  }
  if (reader.take('TRANSACTION')) return planSetTransaction(reader, edits);
  const local = reader.is('LOCAL') && !isAssignment(reader);
  const scoped =
    local || (reader.is('SESSION') && !isAssignment(reader) && !reader.is('SESSION', 'AUTHORIZATION'));
  if (scoped) reader.at++;
  if (reader.take('SESSION', 'AUTHORIZATION')) return planSetAuthorization(reader, local);
  if (reader.take('TIME', 'ZONE')) {
    const zone = offsetZone(reader);
    if (zone !== undefined) return planZone(zone, local);
    return reader.ended ? reader.unexpected() : run(edits, { changesSettings: true });
  }
  if (reader.take('NAMES')) return setEngine('client_encoding', reader, edits);
  if (reader.is('ROLE') || reader.is('CONSTRAINTS')) return reader.unexpected();
  const nameAt = reader.at;
  const name = reader.name();
  if (!name) return reader.unexpected();
  if (name.parts[0] === 'timezone' && reader.is('INTERVAL')) {
    edits.replace(nameAt, name.last, 'TIME ZONE');
    return run(edits, { changesSettings: true });
  }
  if (!reader.takeOne('TO', '=')) return reader.unexpected();
  if (reader.ended) return reader.unexpected();
  if (name.parts.length === 2) return run(edits, { changesSettings: true });
  const setting = name.parts.length === 1 ? settings.get(lowerAscii(name.parts[0] ?? '')) : undefined;
  const key = lowerAscii(name.parts.join('.'));
  if (!setting) return unknownSetting(key, reader.pieces[nameAt]?.start);
  if (key === 'seed') return planSeed(reader);
  if (key === 'session_authorization') return planSetAuthorization(reader, local);
  if (setting.readOnly) return fixedSetting(key, reader.pieces[nameAt]?.start);
  if (key === 'timezone') {
    const zone = offsetZone(reader);
    if (zone !== undefined) return planZone(zone, local);
  }
  if (setting.kind === 'engine') return setEngine(key, reader, edits);
  const value = readValue(key, setting, reader);
  if (typeof value !== 'string') return value;
  if (key === 'autocommit' && value === 'off') {
    return refuse('0A000', 'SET AUTOCOMMIT TO OFF is no longer supported', reader.pieces[nameAt]?.start);
  }
  edits.replace(nameAt, name.last, engineSetting(key));
  edits.replace(name.last + 2, reader.pieces.length - 1, value === 'DEFAULT' ? value : sqlLiteral(value));
  return run(edits, {
    changesSettings: true,
    ...(key === 'readonly' && { after: readOnlyFrom(value, local) }),
  });
}

/** Drivers set it for a connection that must not write (JDBC and ODBC drivers, option ReadOnly). */
function readOnlyFrom(value: string, local: boolean): string[] {
  const now = value === 'on' ? ['set local transaction_read_only = on'] : [];
  return local ? now : [...now, `set default_transaction_read_only = ${value}`];
}

/** `SET local = 1` sets a parameter of that name; there is none, but the message should say so. */
function isAssignment(reader: Reader): boolean {
  const next = reader.pieces[reader.at + 1];
  return next?.word === 'TO' || next?.text === '=';
}

/** Isolation can be asked for and changes nothing (AWS manual, BEGIN). */
function fixedSetting(key: string, at: number | undefined): Plan {
  if (key.endsWith('transaction_isolation')) return command('select 1', 'SET');
  return refuse('55P02', `parameter "${key}" cannot be changed`, at);
}

/** An offset like `-8:00`, which counts east of UTC here and west of it in the engine (AWS manual, timezone). */
function offsetZone(reader: Reader): string | undefined {
  const piece = reader.piece;
  const text = piece && (literalValue(piece) ?? '');
  const found = /^([-+]?)(\d{1,2})(?::?(\d\d))?$/.exec(text ?? '');
  if (!found || reader.at + 1 < reader.pieces.length) return undefined;
  const [, sign = '', hours = '', minutes = '00'] = found;
  return `${sign === '-' ? '-' : '+'}${hours.padStart(2, '0')}:${minutes}`;
}

function planZone(offset: string, local: boolean): Plan {
  const scope = local ? 'LOCAL ' : '';
  const sql = `SET ${scope}TIME ZONE INTERVAL '${offset}' HOUR TO MINUTE`;
  return { kind: 'run', sql, position: () => undefined, changesSettings: true };
}

/** Redshift speaks UTF-8 with everybody. */
const unicode = new Set(['utf8', 'utf-8', 'utf_8', 'unicode', 'default']);

function setEngine(key: string, reader: Reader, edits: Edits): Plan {
  const at = reader.pieces[reader.at - 2]?.start;
  const style = lowerAscii(reader.piece?.text.replaceAll("'", '') ?? '');
  if (key === 'client_encoding' && !unicode.has(style)) {
    return refuse('22023', `conversion between UNICODE and ${style} is not supported`, at);
  }
  if (key === 'intervalstyle') {
    if (style !== 'postgres' && style !== 'default') return notYet(`IntervalStyle ${style}`, at);
  }
  return run(edits, { changesSettings: true });
}

/** One value in the form in which SHOW gives it back. */
function readValue(key: string, setting: Setting, reader: Reader): string | Refusal {
  const piece = reader.piece;
  const at = piece?.start;
  if (reader.take('DEFAULT')) return reader.ended ? 'DEFAULT' : reader.unexpected();
  let value = reader.literal();
  if (value === undefined && (reader.is('-') || reader.is('+') || piece?.kind === 'number')) {
    const sign = reader.takeOne('-', '+') === '-' ? '-' : '';
    value = sign + (reader.piece?.text ?? '');
    reader.at++;
  } else if (
    value === undefined &&
    piece &&
    (piece.kind === 'identifier' || piece.kind === 'quoted-identifier')
  ) {
    value = nameOf(piece);
    reader.at++;
  }
  if (value === undefined || !reader.ended) return reader.unexpected();
  if (setting.kind === 'boolean') {
    const word = lowerAscii(value);
    if (['true', 'on', 'yes', '1', 't', 'y'].includes(word)) return 'on';
    if (['false', 'off', 'no', '0', 'f', 'n'].includes(word)) return 'off';
    return refuse('22023', `parameter "${key}" requires a Boolean value`, at);
  }
  if (setting.kind === 'number' && !/^[-+]?\d+(?:\.\d*)?$/.test(value)) {
    return refuse('22023', `parameter "${key}" requires a numeric value`, at);
  }
  if (key === 'wlm_query_slot_count' && !(Number(value) >= 1 && Number(value) <= 50)) {
    return refuse('22023', `${value} is outside the valid range for parameter "${key}" (1 .. 50)`, at);
  }
  return value;
}

/** `SET SEED TO 0.5` is setseed (AWS manual, RANDOM). */
function planSeed(reader: Reader): Plan {
  const value = reader.literal() ?? reader.piece?.text ?? '';
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)$/.test(value)) return reader.unexpected();
  return command(`select pg_catalog._pg_setseed(${value})`, 'SET');
}

/** Users of the engine cannot take another session's place, but a superuser of Redshift is a member of all of them. */
function planSetAuthorization(reader: Reader, local: boolean): Plan {
  const scope = local ? 'LOCAL ' : '';
  if (reader.take('DEFAULT')) {
    return reader.ended ? setRole(local ? 'SET LOCAL ROLE NONE' : 'RESET ROLE', 'SET') : reader.unexpected();
  }
  const user = reader.literal() ?? reader.identifier();
  if (user === undefined || !reader.ended) return reader.unexpected();
  return setRole(`SET ${scope}ROLE ${sqlName(user)}`, 'SET');
}

function setRole(sql: string, tag: string): Plan {
  return { kind: 'run', sql, position: () => undefined, tag, changesSettings: true };
}

/** The reader behind RESET. */
export function planReset(reader: Reader, edits: Edits): Plan {
  if (reader.take('ALL')) return reader.ended ? run(edits, { changesSettings: true }) : reader.unexpected();
  if (reader.take('SESSION', 'AUTHORIZATION')) return setRole('RESET ROLE', 'RESET');
  if (reader.take('TIME', 'ZONE')) return run(edits, { changesSettings: true });
  const nameAt = reader.at;
  const name = reader.name();
  if (!name || !reader.ended) return reader.unexpected();
  if (name.parts.length === 2) return run(edits, { changesSettings: true });
  const key = lowerAscii(name.parts[0] ?? '');
  const setting = settings.get(key);
  if (!setting || name.parts.length > 1)
    return unknownSetting(name.parts.join('.'), reader.pieces[nameAt]?.start);
  if (setting.kind === 'engine') return run(edits, { changesSettings: true });
  edits.replace(nameAt, name.last, engineSetting(key));
  return run(edits, { changesSettings: true });
}

const discovery = new Set(
  (
    'DATABASES SCHEMAS TABLES COLUMNS CONSTRAINTS GRANTS COLUMN PROCEDURES FUNCTIONS PARAMETERS TABLE VIEW PROCEDURE ' +
    'FUNCTION EXTERNAL MODEL DATASHARES ROLE POLICIES MATERIALIZED TEMPLATE TEMPLATES'
  ).split(' '),
);

/** The reader behind SHOW. */
export function planShow(reader: Reader, edits: Edits): Plan {
  const word = reader.piece?.word ?? '';
  if (discovery.has(word)) return notYet(`SHOW ${word}`, reader.pieces[0]?.start);
  if (reader.take('ALL')) return reader.ended ? showAll() : reader.unexpected();
  if (reader.take('TIME', 'ZONE')) return answer(showOne('timezone', 'TimeZone'), 'SHOW');
  if (reader.take('SESSION', 'AUTHORIZATION')) {
    return answer('select current_user::text as session_authorization', 'SHOW');
  }
  if (reader.take('TRANSACTION', 'ISOLATION', 'LEVEL')) {
    return answer(showOne('transaction_isolation', 'transaction_isolation'), 'SHOW');
  }
  const at = reader.piece?.start;
  const name = reader.name();
  if (!name || !reader.ended) return reader.unexpected();
  const key = lowerAscii(name.parts.join('.'));
  if (name.parts.length === 2) return run(edits);
  if (!settings.has(key)) return unknownSetting(key, at);
  return answer(showOne(key, labels[key] ?? key), 'SHOW');
}

const labels: Readonly<Record<string, string>> = {
  timezone: 'TimeZone',
  datestyle: 'DateStyle',
  intervalstyle: 'IntervalStyle',
};

function showOne(key: string, label: string): string {
  return `select ${valueOf(key)}::text as ${sqlName(label)}`;
}

function showAll(): Plan {
  const rows = shownByAll.map((name) => `(${sqlLiteral(name)}, ${valueOf(name)}::text)`);
  return answer(
    `select name::text, setting::text from (values ${rows.join(', ')}) as settings (name, setting)`,
    'SHOW',
  );
}

/** The value as an expression; a reset setting of its own is empty on the engine. */
function valueOf(key: string): string {
  const setting = settings.get(key);
  if (setting === undefined) return 'null';
  if (setting.kind !== 'engine') {
    const value = `pg_catalog.current_setting(${sqlLiteral(engineSetting(key))}, true)`;
    return `coalesce(nullif(${value}, ''), ${sqlLiteral(setting.initial)})`;
  }
  if (key === 'session_authorization') return 'current_user::text';
  const value = `pg_catalog.current_setting(${sqlLiteral(key)})`;
  // As the manual shows it: the initial path without quotes, any other one with them.
  if (key === 'search_path') {
    return `case ${value} when '"$user", public' then '$user, public' else ${value} end`;
  }
  if (key === 'client_encoding' || key === 'server_encoding')
    return `pg_catalog.replace(${value}, 'UTF8', 'UNICODE')`;
  return key === 'statement_timeout'
    ? `(pg_catalog.extract('epoch', ${value}::interval) * 1000)::bigint`
    : value;
}

function unknownSetting(name: string, at: number | undefined): Refusal {
  return refuse('42704', `unrecognized configuration parameter "${name}"`, at);
}
