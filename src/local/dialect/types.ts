/**
 * Types as Redshift reads their names: aliases, default lengths, `max`, and the types of PostgreSQL that it does not
 * have (AWS manual, Data types; Unsupported PostgreSQL data types). Reads one type at one place; where types stand in
 * a statement is for others to know.
 */
import type { Piece } from './pieces.js';
import type { Refusal } from './plan.js';
import { Reader, lowerAscii } from './reader.js';

/** Where the type is written; a column has default lengths and fewer types. */
export type TypePlace =
  | { readonly of: 'cast' }
  | { readonly of: 'argument' }
  | { readonly of: 'column'; readonly table: string; readonly column: string };

/** A type that was read from `first` to `last`. */
export interface TypeReading {
  readonly kind: 'type';
  readonly first: number;
  readonly last: number;
  /** What the engine calls it; undefined when it is written that way already. */
  readonly text?: string;
}

/** Types that are Redshift's own or that the engine has under the same name, with how many numbers they may have. */
const plain: ReadonlyMap<string, string> = new Map(
  Object.entries({
    smallint: 'smallint',
    int2: 'smallint',
    integer: 'integer',
    int: 'integer',
    int4: 'integer',
    bigint: 'bigint',
    int8: 'bigint',
    real: 'real',
    float4: 'real',
    float: 'double precision',
    float8: 'double precision',
    'double precision': 'double precision',
    boolean: 'boolean',
    bool: 'boolean',
    date: 'date',
    time: 'time',
    timetz: 'timetz',
    timestamp: 'timestamp',
    timestamptz: 'timestamptz',
    datetime: 'timestamp',
    intervaly2m: 'intervaly2m',
    intervald2s: 'intervald2s',
    super: 'super',
    geometry: 'geometry',
    geography: 'geography',
    hllsketch: 'hllsketch',
  }),
);

const characters: ReadonlyMap<string, 'varchar' | 'char' | 'text' | 'bpchar'> = new Map(
  Object.entries({
    varchar: 'varchar',
    'character varying': 'varchar',
    'char varying': 'varchar',
    nvarchar: 'varchar',
    'national character varying': 'varchar',
    'national char varying': 'varchar',
    text: 'text',
    char: 'char',
    character: 'char',
    nchar: 'char',
    'national character': 'char',
    'national char': 'char',
    bpchar: 'bpchar',
  } as const),
);

/** In the catalog of Redshift, yet no type of a column. */
const unsupported = new Set(
  (
    'serial bigserial serial4 serial8 bytea money inet cidr macaddr bit varbit point lseg path box polygon line circle ' +
    'name oid xid cid tid regproc regprocedure regoper regoperator regclass regtype abstime reltime tinterval refcursor ' +
    'int2vector oidvector aclitem unknown cstring record anyelement anyarray void trigger'
  ).split(' '),
);

/** Types of PostgreSQL after 8.0 that Redshift never had. */
const missing = new Set(
  (
    'json jsonb jsonpath uuid xml hstore citext tsvector tsquery smallserial serial2 txid_snapshot pg_lsn pg_snapshot ' +
    'macaddr8 int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange ' +
    'tsmultirange tstzmultirange datemultirange regrole regnamespace regconfig regdictionary regcollation xid8 double ' +
    'string number tinyint blob clob binary longtext mediumtext enum'
  ).split(' '),
);

/** Both are in Redshift's catalog and work in a cast on its leader node only. */
const uncastable = new Set(
  'bytea money inet cidr macaddr bit varbit point lseg path box polygon line circle'.split(' '),
);

const words: readonly (readonly string[])[] = [
  ['NATIONAL', 'CHARACTER', 'VARYING'],
  ['NATIONAL', 'CHAR', 'VARYING'],
  ['NATIONAL', 'CHARACTER'],
  ['NATIONAL', 'CHAR'],
  ['CHARACTER', 'VARYING'],
  ['CHAR', 'VARYING'],
  ['BINARY', 'VARYING'],
  ['BIT', 'VARYING'],
  ['DOUBLE', 'PRECISION'],
];

/** A type that only the catalog has: arrays of it are met in queries of the catalog alone. */
export function isCatalogType(name: string): boolean {
  return unsupported.has(lowerAscii(name)) && !uncastable.has(lowerAscii(name));
}

/** The type whose first piece is `at`; undefined where no type can begin. */
export function readType(
  pieces: readonly Piece[],
  at: number,
  place: TypePlace,
): TypeReading | Refusal | undefined {
  const reader = new Reader(pieces, at);
  const catalog = reader.is('PG_CATALOG', '.');
  if (catalog) reader.at += 2;
  const first = reader.piece;
  if (first?.kind === 'quoted-identifier') {
    return readQuoted(reader, at, place);
  }
  if (first?.kind !== 'identifier') return undefined;
  if (first.word === 'INTERVAL') return readInterval(reader, at, place);
  const several = words.find((sequence) => reader.is(...sequence));
  const written = several ? several.join(' ').toLowerCase() : lowerAscii(first.text);
  const name = written === 'bit varying' ? 'varbit' : written;
  reader.at += several?.length ?? 1;
  if (reader.is('.')) return skipForeign(reader, at);
  const modifiers = readModifiers(reader);
  const zone = readZone(reader, name);
  const array = readArray(reader);
  const known = { name, zone, modifiers, array };
  return judge(pieces, at, reader.at - 1, known, place);
}

interface Written {
  readonly name: string;
  readonly zone: 'with' | 'without' | undefined;
  /** The texts between the brackets, in small letters. */
  readonly modifiers: readonly string[] | undefined;
  readonly array: boolean;
}

function judge(
  pieces: readonly Piece[],
  first: number,
  last: number,
  written: Written,
  place: TypePlace,
): TypeReading | Refusal {
  const at = pieces[first]?.start ?? 0;
  const { name, modifiers } = written;
  if (written.array && place.of !== 'cast') return unsupportedType(place, `${plain.get(name) ?? name}[]`, at);
  if (missing.has(name)) return noSuchType(name, at);
  if (unsupported.has(name) && (place.of === 'column' || uncastable.has(name))) {
    return unsupportedType(place, name === 'varbit' ? 'bit varying' : name, at);
  }
  const text = engineType(written, place, at);
  if (text !== undefined && typeof text !== 'string') return text;
  if (text === undefined && place.of === 'column' && !plain.has(name)) {
    return noSuchType(name, at);
  }
  if (text === undefined || modifiers?.includes('')) return { kind: 'type', first, last };
  return { kind: 'type', first, last, text: text + (written.array ? '[]' : '') };
}

/** The engine's name where it differs from what is written. */
function engineType(written: Written, place: TypePlace, at: number): string | Refusal | undefined {
  const { name, modifiers } = written;
  const kind = characters.get(name);
  if (kind) return characterType(kind, name, modifiers, place, at);
  switch (name) {
    case 'numeric':
    case 'decimal':
    case 'dec':
      return numericType(modifiers, at);
    case 'float':
      return floatType(modifiers, at);
    case 'varbyte':
    case 'varbinary':
    case 'binary varying':
      return varbyteType(modifiers, place, at);
    case 'datetime':
      return 'timestamp';
    default:
      return undefined;
  }
}

const defaultLength = { varchar: 256, text: 256, char: 1, bpchar: 256 } as const;

function characterType(
  kind: 'varchar' | 'char' | 'text' | 'bpchar',
  name: string,
  modifiers: readonly string[] | undefined,
  place: TypePlace,
  at: number,
): string | Refusal | undefined {
  const wide = kind === 'varchar' || kind === 'text';
  const engine = wide ? 'varchar' : 'char';
  const most = wide ? 65535 : 4096;
  if (modifiers === undefined) {
    if (place.of === 'column') return `${engine}(${defaultLength[kind]})`;
    return name.startsWith('n') ? engine : undefined;
  }
  const written = modifiers[0] ?? '';
  const length = written === 'max' ? most : Number(written);
  if (modifiers.length !== 1 || !Number.isInteger(length)) return undefined;
  if (length < 1) return bad(`length for type ${engine} must be at least 1`, at);
  if (length > most) return bad(`length for type ${engine} cannot exceed ${most}`, at);
  return `${engine}(${length})`;
}

/** Precision 18 and scale 0 unless they are written (AWS manual, Numeric types). */
function numericType(modifiers: readonly string[] | undefined, at: number): string | Refusal | undefined {
  if (modifiers === undefined) return 'numeric(18,0)';
  const [precision, scale = 0, more] = modifiers.map(Number);
  if (precision === undefined || more !== undefined || Number.isNaN(precision + scale)) return undefined;
  if (precision < 1 || precision > 38) {
    return bad(`NUMERIC precision ${precision} must be between 1 and 38`, at);
  }
  if (scale < 0 || scale > precision) {
    return bad(`NUMERIC scale ${scale} must be between 0 and precision ${precision}`, at);
  }
  return `numeric(${precision},${scale})`;
}

function floatType(modifiers: readonly string[] | undefined, at: number): string | Refusal | undefined {
  if (modifiers === undefined) return undefined;
  const bits = Number(modifiers[0]);
  if (modifiers.length !== 1 || !Number.isInteger(bits)) return undefined;
  if (bits < 1) return bad('precision for type float must be at least 1 bit', at);
  if (bits > 53) return bad('precision for type float must be less than 54 bits', at);
  return bits <= 24 ? 'real' : 'double precision';
}

/** 64,000 bytes unless a length is written, at most 16,777,216 (AWS manual, VARBYTE type). */
function varbyteType(
  modifiers: readonly string[] | undefined,
  place: TypePlace,
  at: number,
): string | Refusal | undefined {
  const most = 16_777_216;
  if (modifiers === undefined) return place.of === 'column' ? 'varbyte(64000)' : 'varbyte';
  const written = modifiers[0] ?? '';
  const length = written === 'max' ? most : Number(written);
  if (modifiers.length !== 1 || !Number.isInteger(length)) return undefined;
  if (length < 1) return bad('length for type varbyte must be at least 1', at);
  if (length > most) return bad(`length for type varbyte cannot exceed ${most}`, at);
  return `varbyte(${length})`;
}

const months = new Set(['YEAR', 'MONTH']);
const fields = new Set(['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND']);

/** The type that the fields behind INTERVAL make (AWS manual, Interval data types and literals). */
export function intervalFields(reader: Reader): 'intervaly2m' | 'intervald2s' | undefined {
  const from = reader.piece?.word ?? '';
  if (!fields.has(from)) return undefined;
  reader.at++;
  if (reader.is('TO') && fields.has(reader.pieces[reader.at + 1]?.word ?? '')) reader.at += 2;
  if (reader.is('(')) reader.skipBrackets();
  return months.has(from) ? 'intervaly2m' : 'intervald2s';
}

function readInterval(reader: Reader, first: number, place: TypePlace): TypeReading | Refusal {
  const at = reader.piece?.start ?? 0;
  reader.at++;
  const text = intervalFields(reader);
  if (text) return { kind: 'type', first, last: reader.at - 1, text };
  if (reader.is('(')) reader.skipBrackets();
  if (place.of === 'column') return unsupportedType(place, 'interval', at);
  return { kind: 'type', first, last: reader.at - 1 };
}

/** A type in quotes is the catalog's own name: `"char"` is not CHAR. */
function readQuoted(reader: Reader, first: number, place: TypePlace): TypeReading | Refusal {
  const piece = reader.piece;
  const name = reader.identifier() ?? '';
  readModifiers(reader);
  const array = readArray(reader);
  const at = piece?.start ?? 0;
  if (missing.has(name)) return noSuchType(name, at);
  if (place.of === 'column' && (array || !plain.has(name))) {
    if (name === 'varchar' || name === 'bpchar' || name === 'numeric' || name === 'super') {
      return { kind: 'type', first, last: reader.at - 1 };
    }
    return unsupportedType(place, name, at);
  }
  return { kind: 'type', first, last: reader.at - 1 };
}

/** `schema.type`: whatever it is, the engine decides. */
function skipForeign(reader: Reader, first: number): TypeReading {
  while (reader.take('.')) reader.identifier();
  readModifiers(reader);
  readArray(reader);
  return { kind: 'type', first, last: reader.at - 1 };
}

function readModifiers(reader: Reader): string[] | undefined {
  const start = reader.at;
  if (!reader.take('(')) return undefined;
  const modifiers: string[] = [];
  do {
    const piece = reader.piece;
    if (piece?.kind !== 'number' && piece?.word !== 'MAX') break;
    modifiers.push(piece.text.toLowerCase());
    reader.at++;
  } while (reader.take(','));
  if (modifiers.length > 0 && reader.take(')')) return modifiers;
  reader.at = start;
  return undefined;
}

function readZone(reader: Reader, name: string): 'with' | 'without' | undefined {
  if (name !== 'time' && name !== 'timestamp') return undefined;
  if (reader.take('WITH', 'TIME', 'ZONE')) return 'with';
  if (reader.take('WITHOUT', 'TIME', 'ZONE')) return 'without';
  return undefined;
}

function readArray(reader: Reader): boolean {
  let array = reader.take('ARRAY');
  while (reader.is('[') && (reader.pieces[reader.at + 1]?.text === ']' || reader.is('[', '', ']'))) {
    reader.skipBrackets();
    array = true;
  }
  return array;
}

function noSuchType(name: string, at: number): Refusal {
  return { kind: 'refuse', sqlState: '42704', message: `type "${name}" does not exist`, at };
}

function unsupportedType(place: TypePlace, name: string, at: number): Refusal {
  if (place.of === 'column') {
    const message = `Column "${place.table}.${place.column}" has unsupported type "${name}".`;
    return { kind: 'refuse', sqlState: '0A000', message, at };
  }
  const message = 'Specified types or functions (one per INFO message) not supported on Redshift tables.';
  return { kind: 'refuse', sqlState: '0A000', message, detail: `Type "${name}" is not supported.`, at };
}

function bad(message: string, at: number): Refusal {
  return { kind: 'refuse', sqlState: '22023', message, at };
}
