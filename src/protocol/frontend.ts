/** What a client says, as bytes and back. Layouts: PostgreSQL protocol, "Message Formats"; `d` and `i` are Redshift's own. */
import { ArgumentError, ProtocolError } from '../errors.js';
import { checkMessageLength, decodeText, Reader, Writer } from './bytes.js';
import type { FrontendMessage, OutgoingMessage, PackedBind } from './messages.js';

/** The server counts parameters in a signed int16. */
export const maxParameters = 32_767;

const protocolVersion = 196_608;
const sslRequestCode = 80_877_103;
const cancelRequestCode = 80_877_102;
const gssEncRequestCode = 80_877_104;

/** What a startup packet may hold: libpq's ceiling, and where servers hang up without a word. */
export const maxStartupPacket = 10_000;

/** Several messages as one block of bytes, for one write. @throws ArgumentError before anything is written when one cannot be said. */
export function encodeFrontendAll(messages: readonly OutgoingMessage[]): Uint8Array {
  const [only] = messages;
  if (messages.length === 1 && only !== undefined && only.type !== 'PackedBind') {
    const constant = constants[only.type];
    if (constant !== undefined) return constant;
  }
  const writer = new Writer(estimate(messages));
  for (const message of messages) {
    if (message.type === 'PackedBind') writePackedBind(writer, message);
    else writeFrontend(writer, message);
  }
  return writer.detach();
}

export function encodeFrontend(message: FrontendMessage): Uint8Array {
  return encodeFrontendAll([message]);
}

/** Bytes that the messages surely fit in, near enough that the writer seldom grows. */
function estimate(messages: readonly OutgoingMessage[]): number {
  let bytes = 0;
  for (const message of messages) {
    let own = 64;
    if (message.type === 'Parse') own += message.sql.length + message.parameterOids.length * 4;
    else if (message.type === 'Query') own += message.sql.length;
    else if (message.type === 'Bind') own = bindLength(message.values) + message.resultFormats.length * 2;
    else if (message.type === 'PackedBind') own += message.values.bytes + message.values.count * 2;
    checkMessageLength(own);
    bytes += own;
  }
  return bytes;
}

export function writeFrontend(writer: Writer, message: FrontendMessage): void {
  const constant = constants[message.type];
  if (constant !== undefined) {
    writer.bytes(constant);
    return;
  }
  switch (message.type) {
    case 'SSLRequest':
      writer.message('', (w) => w.int32(sslRequestCode));
      return;
    case 'GSSENCRequest':
      writer.message('', (w) => w.int32(gssEncRequestCode));
      return;
    case 'CancelRequest':
      writer.message('', (w) => w.int32(cancelRequestCode).int32(message.processId).int32(message.secretKey));
      return;
    case 'StartupMessage':
      writer.message('', (w) => {
        const start = w.length;
        w.int32(protocolVersion);
        for (const [key, value] of message.parameters) {
          // An empty name is how the list ends: what followed would never be read.
          if (key === '') throw new ArgumentError('A startup parameter has an empty name');
          w.cstr(key, 'A startup parameter name').cstr(value, `The startup parameter ${key}`);
        }
        const size = w.byte(0).length - start + 4;
        if (size > maxStartupPacket) {
          throw new ArgumentError(
            `The startup parameters take ${String(size)} bytes; a server reads at most ${String(maxStartupPacket)}. Shorten application_name, options or the search path`,
          );
        }
      });
      return;
    case 'PasswordMessage':
      writer.message('p', (w) => w.cstr(message.password, 'The password'));
      return;
    case 'SASLInitialResponse':
      writer.message('p', (w) => {
        w.cstr(message.mechanism, 'The mechanism').int32(message.data?.length ?? -1);
        if (message.data !== null) w.bytes(message.data);
      });
      return;
    case 'SASLResponse':
      writer.message('p', (w) => w.bytes(message.data));
      return;
    case 'DigestResponse':
      writer.message('d', (w) => {
        w.int32(message.digest.length).bytes(message.digest);
        w.int32(message.clientNonce.length).bytes(message.clientNonce);
      });
      return;
    case 'IdpTokenMessage':
      writer.message('i', (w) => w.cstr(message.token, 'The token'));
      return;
    case 'Query':
      writer.message('Q', (w) => w.cstr(message.sql, 'The SQL text'));
      return;
    case 'Parse':
      checkParameterCount(message.parameterOids.length);
      writer.message('P', (w) => {
        w.cstr(message.statement, 'The statement name').cstr(message.sql, 'The SQL text');
        w.count(message.parameterOids.length, 'Parameter types');
        for (const oid of message.parameterOids) w.int32(oid);
      });
      return;
    case 'Bind':
      writeBind(writer, message);
      return;
    case 'Describe':
    case 'Close':
      writer.message(message.type === 'Describe' ? 'D' : 'C', (w) =>
        w.byte(message.target === 'statement' ? 0x53 : 0x50).cstr(message.name, `The ${message.target} name`),
      );
      return;
    case 'Execute':
      writer.message('E', (w) => w.cstr(message.portal, 'The portal name').int32(message.maxRows));
      return;
    case 'CopyFail':
      writer.message('f', (w) => w.cstr(message.reason, 'The reason'));
      return;
    case 'CopyData':
      writer.message('d', (w) => w.bytes(message.data));
      return;
    case 'Sync':
    case 'Flush':
    case 'CopyDone':
    case 'Terminate':
      writer.message({ Sync: 'S', Flush: 'H', CopyDone: 'c', Terminate: 'X' }[message.type], () => undefined);
      return;
  }
}

/**
 * For a Bind that is to follow other messages: what cannot be sent is refused before those are.
 *
 * @throws ArgumentError when there are too many values, or too many bytes in them
 */
export function checkBind(values: readonly (Uint8Array | null)[]): void {
  checkParameterCount(values.length);
  // Formats of the result are not known yet; each takes two bytes.
  checkMessageLength(bindLength(values) + 2 * maxColumns);
}

/** The most that a count of the protocol can say. */
const maxColumns = 32_767;

function bindLength(values: readonly (Uint8Array | null)[]): number {
  let bytes = 64 + values.length * 6;
  for (const value of values) bytes += value?.length ?? 0;
  return bytes;
}

/** @throws ArgumentError above 32,767 (amazon-redshift-python-driver#165: the count wraps, pg writes 65,537 as 1). */
export function checkParameterCount(count: number): void {
  if (count > maxParameters) {
    throw new ArgumentError(
      `The statement has ${String(count)} parameters; the protocol carries at most ${String(maxParameters)}. Split it, or use executeMany`,
    );
  }
}

/** Whether a text can be said in a Query or Parse. @throws ArgumentError */
export function checkSql(sql: string): void {
  if (sql.includes('\0')) {
    throw new ArgumentError('The SQL text contains a NUL character, which the protocol cannot carry');
  }
  // Three bytes a UTF-16 unit is the most that UTF-8 takes.
  if (sql.length * 3 > maxSqlBytes) checkMessageLength(Buffer.byteLength(sql) + 1024);
}

/** Any text below this surely fits. */
const maxSqlBytes = 0x1fff_ffff;

function writeBind(writer: Writer, message: Extract<FrontendMessage, { type: 'Bind' }>): void {
  const { parameterFormats, values, resultFormats } = message;
  checkParameterCount(values.length);
  if (parameterFormats.length > 1 && parameterFormats.length !== values.length) {
    throw new ArgumentError(
      `Bind has ${String(parameterFormats.length)} parameter formats for ${String(values.length)} values`,
    );
  }
  writer.message('B', (w) => {
    w.cstr(message.portal, 'The portal name').cstr(message.statement, 'The statement name');
    writeFormats(w, parameterFormats);
    w.count(values.length, 'Parameters');
    for (const value of values) {
      if (value === null) w.int32(-1);
      else w.int32(value.length).bytes(value);
    }
    writeFormats(w, resultFormats);
  });
}

/** The result as text: nobody reads it. */
function writePackedBind(writer: Writer, { statement, parameterFormats, values }: PackedBind): void {
  checkParameterCount(values.count);
  if (parameterFormats.length > 1 && parameterFormats.length !== values.count) {
    throw new ArgumentError(
      `Bind has ${String(parameterFormats.length)} parameter formats for ${String(values.count)} values`,
    );
  }
  writer.message('B', (w) => {
    w.cstr('', 'The portal name').cstr(statement, 'The statement name');
    writeFormats(w, parameterFormats);
    w.count(values.count, 'Parameters');
    for (const piece of values.pieces) w.bytes(piece);
    w.int16(0);
  });
}

function writeFormats(writer: Writer, formats: ArrayLike<number>): void {
  writer.count(formats.length, 'Formats');
  for (let i = 0; i < formats.length; i++) writer.int16(formats[i]!);
}

const constants: Partial<Record<FrontendMessage['type'], Uint8Array>> = {};
for (const type of ['Sync', 'Flush', 'CopyDone', 'Terminate', 'SSLRequest'] as const) {
  const writer = new Writer(8);
  writeFrontend(writer, { type });
  constants[type] = writer.finish();
}

/** What kind of `p` message is expected; only the conversation knows. */
export type PasswordKind = 'PasswordMessage' | 'SASLInitialResponse' | 'SASLResponse';

/** The first packet of a connection: no type byte. `body` is what follows the length. */
export function decodeStartup(body: Uint8Array): FrontendMessage {
  const reader = new Reader(body, 'The startup packet');
  const code = reader.int32();
  if (code === sslRequestCode) {
    reader.end();
    return { type: 'SSLRequest' };
  }
  if (code === gssEncRequestCode) {
    reader.end();
    return { type: 'GSSENCRequest' };
  }
  if (code === cancelRequestCode) {
    const message = { type: 'CancelRequest', processId: reader.int32(), secretKey: reader.int32() } as const;
    reader.end();
    return message;
  }
  if (code !== protocolVersion) {
    throw reader.error(`asks for protocol ${String(code >>> 16)}.${String(code & 0xffff)}`);
  }
  const parameters: [string, string][] = [];
  for (let key = reader.cstr(); key !== ''; key = reader.cstr()) parameters.push([key, reader.cstr()]);
  reader.end();
  return { type: 'StartupMessage', parameters };
}

/**
 * @param digest in the login `d` is Redshift's digest response, later it is CopyData
 */
export function decodeFrontend(
  type: number,
  body: Uint8Array,
  hint: { readonly password?: PasswordKind; readonly digest?: boolean } = {},
): FrontendMessage {
  const letter = String.fromCharCode(type);
  const reader = new Reader(body, `Message '${letter}'`);
  const message = read(letter, reader, hint);
  reader.end();
  return message;
}

function read(
  letter: string,
  reader: Reader,
  hint: { password?: PasswordKind; digest?: boolean },
): FrontendMessage {
  switch (letter) {
    case 'p':
      return readPassword(reader, hint.password ?? 'PasswordMessage');
    case 'd':
      if (hint.digest !== true) return { type: 'CopyData', data: reader.rest() };
      return {
        type: 'DigestResponse',
        digest: reader.bytes(reader.int32()),
        clientNonce: reader.bytes(reader.int32()),
      };
    case 'i': {
      // Drivers differ: with or without a zero byte at the end.
      const token = decodeText(reader.rest());
      return { type: 'IdpTokenMessage', token: token.endsWith('\0') ? token.slice(0, -1) : token };
    }
    case 'Q':
      return { type: 'Query', sql: reader.cstr() };
    case 'P': {
      const statement = reader.cstr();
      const sql = reader.cstr();
      return { type: 'Parse', statement, sql, parameterOids: times(reader.count(4), () => reader.uint32()) };
    }
    case 'B': {
      const portal = reader.cstr();
      const statement = reader.cstr();
      const parameterFormats = times(reader.count(2), () => reader.int16());
      const values = times(reader.count(4), () => {
        const length = reader.int32();
        return length === -1 ? null : reader.bytes(length);
      });
      const resultFormats = times(reader.count(2), () => reader.int16());
      if (parameterFormats.length > 1 && parameterFormats.length !== values.length) {
        throw reader.error('has formats that do not fit its values');
      }
      return { type: 'Bind', portal, statement, parameterFormats, values, resultFormats };
    }
    case 'D':
    case 'C': {
      const target = reader.byte();
      if (target !== 0x53 && target !== 0x50) throw reader.error('names neither a statement nor a portal');
      return {
        type: letter === 'D' ? 'Describe' : 'Close',
        target: target === 0x53 ? 'statement' : 'portal',
        name: reader.cstr(),
      };
    }
    case 'E':
      return { type: 'Execute', portal: reader.cstr(), maxRows: reader.int32() };
    case 'S':
      return { type: 'Sync' };
    case 'H':
      return { type: 'Flush' };
    case 'X':
      return { type: 'Terminate' };
    case 'f':
      return { type: 'CopyFail', reason: reader.cstr() };
    case 'c':
      return { type: 'CopyDone' };
    default:
      throw new ProtocolError(`The client sent a message of the unknown type '${letter}'`);
  }
}

function readPassword(reader: Reader, kind: PasswordKind): FrontendMessage {
  if (kind === 'SASLResponse') return { type: 'SASLResponse', data: reader.rest() };
  if (kind === 'PasswordMessage') return { type: 'PasswordMessage', password: reader.cstr() };
  const mechanism = reader.cstr();
  const length = reader.int32();
  return { type: 'SASLInitialResponse', mechanism, data: length === -1 ? null : reader.bytes(length) };
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
