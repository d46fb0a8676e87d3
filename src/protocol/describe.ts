/**
 * One message as one line of text and back, for traces and transcripts: the type, then `key=value` pairs. Values are JSON,
 * except that bytes are `\x` and hex digits when they are no printable text. Secrets are `***` unless asked for.
 */
import { ArgumentError } from '../errors.js';
import { parseLine, type Value } from './describe-line.js';
import type { BackendMessage, FieldDescription, FrontendMessage } from './messages.js';

export type Message = FrontendMessage | BackendMessage;

export interface DescribeOptions {
  /** Show passwords, tokens, proofs and cancel keys. */
  readonly secrets?: boolean;
  /** Cut values after about this many characters; a cut line cannot be read back. */
  readonly limit?: number;
}

/** How a key's value is written. `pairs` and `codes` have no key of their own: they spread over the line. */
type Kind = 'text' | 'number' | 'bytes' | 'texts' | 'numbers' | 'cells' | 'columns' | 'pairs' | 'codes';
/** Its kind; `!` behind it: a secret; `?` behind it: may be null. */
type Shape = Readonly<Record<string, Kind | `${Kind}!` | 'bytes?!'>>;

/** Keys of every message in the order of the wire. */
const shapes: Readonly<Record<Message['type'], Shape>> = {
  SSLRequest: {},
  GSSENCRequest: {},
  CancelRequest: { processId: 'number', secretKey: 'number!' },
  StartupMessage: { parameters: 'pairs' },
  PasswordMessage: { password: 'text!' },
  SASLInitialResponse: { mechanism: 'text', data: 'bytes?!' },
  SASLResponse: { data: 'bytes!' },
  DigestResponse: { digest: 'bytes!', clientNonce: 'bytes!' },
  IdpTokenMessage: { token: 'text!' },
  Query: { sql: 'text' },
  Parse: { statement: 'text', sql: 'text', parameterOids: 'numbers' },
  Bind: {
    portal: 'text',
    statement: 'text',
    parameterFormats: 'numbers',
    values: 'cells',
    resultFormats: 'numbers',
  },
  Describe: { target: 'text', name: 'text' },
  Execute: { portal: 'text', maxRows: 'number' },
  Close: { target: 'text', name: 'text' },
  Sync: {},
  Flush: {},
  CopyFail: { reason: 'text' },
  CopyData: { data: 'bytes' },
  CopyDone: {},
  Terminate: {},
  AuthenticationOk: {},
  AuthenticationCleartextPassword: {},
  AuthenticationMD5Password: { salt: 'bytes' },
  AuthenticationSASL: { mechanisms: 'texts' },
  AuthenticationSASLContinue: { data: 'bytes!' },
  AuthenticationSASLFinal: { data: 'bytes!' },
  AuthenticationDigest: { algorithm: 'number', salt: 'bytes', serverNonce: 'bytes' },
  AuthenticationIdpToken: {},
  AuthenticationOther: { code: 'number', data: 'bytes' },
  ParameterStatus: { name: 'text', value: 'text' },
  BackendKeyData: { processId: 'number', secretKey: 'number!' },
  ReadyForQuery: { status: 'text' },
  ParseComplete: {},
  BindComplete: {},
  CloseComplete: {},
  NoData: {},
  PortalSuspended: {},
  EmptyQueryResponse: {},
  ParameterDescription: { typeOids: 'numbers' },
  RowDescription: { fields: 'columns' },
  DataRow: { values: 'cells' },
  CommandComplete: { tag: 'text' },
  ErrorResponse: { fields: 'codes' },
  NoticeResponse: { fields: 'codes' },
  NotificationResponse: { processId: 'number', channel: 'text', payload: 'text' },
  CopyInResponse: { format: 'number', columnFormats: 'numbers' },
  CopyOutResponse: { format: 'number', columnFormats: 'numbers' },
  CopyBothResponse: { format: 'number', columnFormats: 'numbers' },
  NegotiateProtocolVersion: { minor: 'number', options: 'texts' },
  CompressionAcknowledge: { data: 'bytes' },
  CompressionSet: { data: 'bytes' },
  CompressedData: { data: 'bytes' },
};

/** What a column has when a line does not say it; lines leave it out. */
const columnDefaults = {
  name: '?column?',
  tableOid: 0,
  attributeNumber: 0,
  typeOid: 25,
  typeSize: -1,
  typeModifier: -1,
  format: 0,
};
const extendedDefaults = { schema: '', table: '', column: '', catalog: '', flags: 0 };

/**
 * `Parse statement="s1" sql="select 1" parameterOids=[23]`,
 * `DataRow values=["1",null,\x00000001]`, `ErrorResponse S="ERROR" C="42601" M="syntax error"`.
 */
export function describeMessage(message: Message, options: DescribeOptions = {}): string {
  const limit = options.limit ?? Infinity;
  const values = message as unknown as Readonly<Record<string, unknown>>;
  let line: string = message.type;
  for (const [key, shape] of Object.entries(shapes[message.type])) {
    const value = values[key];
    if (shape === 'pairs' || shape === 'codes') {
      for (const [name, text] of value as Iterable<[string, string]>) {
        line += ` ${word(name)}=${showText(text, limit)}`;
      }
    } else if (shape.endsWith('!') && options.secrets !== true) line += ` ${key}=***`;
    else line += ` ${key}=${show(kindOf(shape), value, limit)}`;
  }
  return line;
}

/**
 * The message that a line of `describeMessage` stands for. Keys that are not there are empty: '', 0, no bytes, no entries.
 *
 * @throws ArgumentError for a line that stands for none, a masked secret or a cut value among them
 */
export function parseMessage(line: string): Message {
  const { type, pairs, open } = parseLine(line);
  if (!Object.hasOwn(shapes, type)) throw new ArgumentError(`No message is called ${JSON.stringify(type)}`);
  if (open) throw new ArgumentError(`The line leaves parts of ${type} open`);
  const shape = shapes[type as Message['type']];
  const message: Record<string, unknown> = { type };
  const given = new Map(pairs);
  for (const [key, kind] of Object.entries(shape)) {
    if (kind === 'pairs' || kind === 'codes') {
      const entries = pairs.map(([name, value]) => [name, read('text', value, name)]);
      message[key] = kind === 'pairs' ? entries : new Map(entries as [string, string][]);
      given.clear();
    } else {
      const value = given.get(key);
      const nullable = kind === 'bytes?!' && (value === undefined || value === null);
      message[key] = nullable ? null : read(kindOf(kind), value, key);
      given.delete(key);
    }
  }
  for (const [key] of given) throw new ArgumentError(`A ${type} has no ${JSON.stringify(key)}`);
  if (type === 'ReadyForQuery') oneOf(message, 'status', ['I', 'T', 'E']);
  if (type === 'Describe' || type === 'Close') oneOf(message, 'target', ['statement', 'portal']);
  return message as unknown as Message;
}

function oneOf(message: Record<string, unknown>, key: string, allowed: readonly string[]): void {
  if (!allowed.includes(message[key] as string)) {
    throw new ArgumentError(`${String(message['type'])}: ${key} is one of ${allowed.join(', ')}`);
  }
}

function kindOf(shape: string): Kind {
  return shape.replace(/[?!]+$/, '') as Kind;
}

/** A name as it stands when it is a plain word, else as JSON. */
function word(name: string): string {
  return /^\w[\w.]*$/.test(name) ? name : JSON.stringify(name);
}

function show(kind: Kind, value: unknown, limit: number): string {
  if (value === null) return 'null';
  switch (kind) {
    case 'text':
      return showText(value as string, limit);
    case 'number':
      return JSON.stringify(value);
    case 'bytes':
      return showBytes(value as Uint8Array, limit);
    case 'texts':
      return showList('text', value as readonly string[], limit);
    case 'numbers':
      return showList('number', value as ArrayLike<number>, limit);
    case 'cells':
      return showList('bytes', value as readonly (Uint8Array | null)[], limit);
    case 'columns':
      return showColumns(value as readonly FieldDescription[], limit);
    case 'pairs':
    case 'codes':
      return '';
  }
}

function showList(kind: Kind, list: ArrayLike<unknown>, limit: number): string {
  let shown = '';
  for (let i = 0; i < list.length; i++) {
    if (i > 0) shown += ',';
    if (shown.length > limit) return `[${shown}…]`;
    shown += show(kind, list[i], limit);
  }
  return `[${shown}]`;
}

function showText(text: string, limit: number): string {
  return text.length <= limit ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, limit))}…`;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function showBytes(bytes: Uint8Array, limit: number): string {
  const cut = bytes.length > limit;
  const shown = cut ? bytes.subarray(0, limit) : bytes;
  return showWhole(shown) + (cut ? '…' : '');
}

function showWhole(bytes: Uint8Array): string {
  let text: string | undefined;
  try {
    text = strict.decode(bytes);
  } catch {
    // No UTF-8, so not text.
  }
  // Control characters other than tab and line ends do not occur in text that people wrote.
  if (text !== undefined && !/[^\P{Cc}\t\n\r]/u.test(text)) return JSON.stringify(text);
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

function showColumns(fields: readonly FieldDescription[], limit: number): string {
  let shown = '';
  for (const { extended, ...field } of fields) {
    if (shown !== '') shown += ',';
    if (shown.length > limit) return `[${shown}…]`;
    const flat = {
      ...differing(field, columnDefaults),
      ...(extended && differing(extended, extendedDefaults)),
    };
    if (extended !== undefined && !Object.keys(extendedDefaults).some((key) => key in flat))
      flat['flags'] = 0;
    shown += JSON.stringify(flat);
  }
  return `[${shown}]`;
}

function differing(
  values: object,
  defaults: Readonly<Record<string, string | number>>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key, value]) => value !== defaults[key]));
}

function read(kind: Kind, value: Value | undefined, key: string): unknown {
  const wrong = (): ArgumentError => new ArgumentError(`The value of ${key} is no ${kind}`);
  switch (kind) {
    case 'text':
      if (value === undefined) return '';
      if (typeof value !== 'string') throw wrong();
      return value;
    case 'number':
      if (value === undefined) return 0;
      if (typeof value !== 'number') throw wrong();
      return value;
    case 'bytes':
      if (value === undefined) return new Uint8Array();
      if (typeof value === 'string') return new TextEncoder().encode(value);
      if (!(value instanceof Uint8Array)) throw wrong();
      return value;
    case 'texts':
      return readList(value, wrong, (item) => read('text', item, key));
    case 'numbers':
      return readList(value, wrong, (item) => read('number', item, key));
    case 'cells':
      return readList(value, wrong, (item) => (item === null ? null : read('bytes', item, key)));
    case 'columns':
      return readList(value, wrong, readColumn);
    case 'pairs':
    case 'codes':
      throw wrong();
  }
}

function readList<T>(value: Value | undefined, wrong: () => ArgumentError, item: (value: Value) => T): T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrong();
  return (value as readonly Value[]).map(item);
}

function readColumn(value: Value): FieldDescription {
  if (!(value instanceof Map)) throw new ArgumentError('A column is written as {"name":"a","typeOid":23}');
  const column: Record<string, unknown> = { ...columnDefaults };
  const extended: Record<string, unknown> = { ...extendedDefaults };
  let isExtended = false;
  for (const [key, given] of value as ReadonlyMap<string, Value>) {
    const target = Object.hasOwn(columnDefaults, key) ? column : extended;
    if (!Object.hasOwn(target, key) || typeof given !== typeof target[key]) {
      throw new ArgumentError(`A column has no ${JSON.stringify(key)} with such a value`);
    }
    target[key] = given;
    isExtended ||= target === extended;
  }
  return { ...column, ...(isExtended ? { extended } : {}) } as unknown as FieldDescription;
}
