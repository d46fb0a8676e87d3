/**
 * What a server says, told a second time from the chapter "Message Formats" of the PostgreSQL manual and what Redshift adds:
 * one byte after the other, and undefined for whatever does not fit to the last byte.
 */
import { utf8 } from './characters.js';

/** A message as the driver names it; undefined: refused. */
export type Told = Readonly<Record<string, unknown>> | undefined;

class Bytes {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Something was read that is not there. */
  broken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Unsigned, big-endian. */
  unsigned(count: number): number {
    if (this.left < count) this.broken = true;
    let value = 0;
    for (let index = 0; index < count; index++) value = value * 256 + (this.#bytes[this.#at++] ?? 0);
    return value;
  }

  signed(count: number): number {
    const value = this.unsigned(count);
    const size = 256 ** count;
    return value >= size / 2 ? value - size : value;
  }

  take(count: number): Uint8Array {
    if (count < 0 || this.left < count) {
      this.broken = true;
      return new Uint8Array(0);
    }
    this.#at += count;
    return this.#bytes.slice(this.#at - count, this.#at);
  }

  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) {
      this.broken = true;
      this.#at = this.#bytes.length;
      return '';
    }
    const text = utf8(this.#bytes.slice(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  /** So many of them, as long as nothing is broken. */
  times<T>(count: number, one: () => T): T[] {
    if (count < 0) this.broken = true;
    const list: T[] = [];
    for (let index = 0; index < count && !this.broken; index++) list.push(one());
    return list;
  }
}

type Reader = (bytes: Bytes, version: number) => Told;

const bare =
  (type: string): Reader =>
  () => ({ type });

const data =
  (type: string): Reader =>
  (bytes) => ({ type, data: bytes.take(bytes.left) });

const fields =
  (type: string): Reader =>
  (bytes) => {
    const found = new Map<string, string>();
    // Some servers leave even the closing byte out when there is nothing to say.
    if (bytes.left === 0) return { type, fields: found };
    while (!bytes.broken) {
      const code = bytes.unsigned(1);
      if (code === 0) break;
      const value = bytes.text();
      const key = String.fromCharCode(code);
      if (!found.has(key)) found.set(key, value);
    }
    return { type, fields: found };
  };

const isFormat = (format: number): boolean => format === 0 || format === 1;

const copy =
  (type: string): Reader =>
  (bytes) => {
    const format = bytes.unsigned(1);
    const columnFormats = bytes.times(bytes.signed(2), () => bytes.signed(2));
    return isFormat(format) && columnFormats.every(isFormat) ? { type, format, columnFormats } : undefined;
  };

const rowDescription: Reader = (bytes, version) => {
  const list = bytes.times(bytes.signed(2), () => {
    const field = {
      name: bytes.text(),
      tableOid: bytes.unsigned(4),
      attributeNumber: bytes.signed(2),
      typeOid: bytes.unsigned(4),
      typeSize: bytes.signed(2),
      typeModifier: bytes.signed(4),
      format: bytes.signed(2),
    };
    if (version < 1) return field;
    const [schema, table, column, catalog] = [bytes.text(), bytes.text(), bytes.text(), bytes.text()];
    return { ...field, extended: { schema, table, column, catalog, flags: bytes.unsigned(2) } };
  });
  return list.every(({ format }) => isFormat(format)) ? { type: 'RowDescription', fields: list } : undefined;
};

const authentication: Reader = (bytes) => {
  const code = bytes.signed(4);
  switch (code) {
    case 0:
      return { type: 'AuthenticationOk' };
    case 3:
      return { type: 'AuthenticationCleartextPassword' };
    case 5:
      return { type: 'AuthenticationMD5Password', salt: bytes.take(4) };
    case 10:
      return mechanisms(bytes.take(bytes.left));
    case 11:
      return { type: 'AuthenticationSASLContinue', data: bytes.take(bytes.left) };
    case 12:
      return { type: 'AuthenticationSASLFinal', data: bytes.take(bytes.left) };
    case 13: {
      const algorithm = bytes.signed(4);
      if (algorithm !== 0) {
        bytes.take(bytes.left);
        return {
          type: 'AuthenticationDigest',
          algorithm,
          salt: new Uint8Array(0),
          serverNonce: new Uint8Array(0),
        };
      }
      const salt = bytes.take(bytes.signed(4));
      return { type: 'AuthenticationDigest', algorithm, salt, serverNonce: bytes.take(bytes.signed(4)) };
    }
    case 14:
      return { type: 'AuthenticationIdpToken' };
    default:
      return { type: 'AuthenticationOther', code, data: bytes.take(bytes.left) };
  }
};

/** Names with a zero byte each and one more at the end; without SCRAM among them, 10 is another login of Amazon's. */
function mechanisms(body: Uint8Array): Told {
  const list: string[] = [];
  const bytes = new Bytes(body);
  let closed = false;
  while (!bytes.broken && !closed) {
    const name = bytes.text();
    closed = name === '';
    if (!closed) list.push(name);
  }
  const whole = !bytes.broken && bytes.left === 0;
  if (whole && list.some((name) => name.startsWith('SCRAM-')))
    return { type: 'AuthenticationSASL', mechanisms: list };
  if (!whole && utf8(body).includes('SCRAM-')) return undefined;
  // A name that begins with SCRAM- counts also where the list behind it is not whole.
  if (!whole && list.some((name) => name.startsWith('SCRAM-'))) return undefined;
  return { type: 'AuthenticationOther', code: 10, data: body };
}

const readers: Readonly<Record<string, Reader>> = {
  R: authentication,
  S: (bytes) => ({ type: 'ParameterStatus', name: bytes.text(), value: bytes.text() }),
  K: (bytes) => ({ type: 'BackendKeyData', processId: bytes.signed(4), secretKey: bytes.signed(4) }),
  Z: (bytes) => {
    const status = String.fromCharCode(bytes.unsigned(1));
    return 'ITE'.includes(status) ? { type: 'ReadyForQuery', status } : undefined;
  },
  1: bare('ParseComplete'),
  2: bare('BindComplete'),
  3: bare('CloseComplete'),
  n: bare('NoData'),
  s: bare('PortalSuspended'),
  I: bare('EmptyQueryResponse'),
  c: bare('CopyDone'),
  t: (bytes) => ({
    type: 'ParameterDescription',
    typeOids: bytes.times(bytes.signed(2), () => bytes.unsigned(4)),
  }),
  T: rowDescription,
  D: (bytes) => ({
    type: 'DataRow',
    values: bytes.times(bytes.signed(2), () => {
      const length = bytes.signed(4);
      return length === -1 ? null : bytes.take(length);
    }),
  }),
  C: (bytes) => ({ type: 'CommandComplete', tag: bytes.text() }),
  E: fields('ErrorResponse'),
  N: fields('NoticeResponse'),
  A: (bytes) => ({
    type: 'NotificationResponse',
    processId: bytes.signed(4),
    channel: bytes.text(),
    payload: bytes.text(),
  }),
  G: copy('CopyInResponse'),
  H: copy('CopyOutResponse'),
  W: copy('CopyBothResponse'),
  d: data('CopyData'),
  v: (bytes) => {
    const minor = bytes.signed(4);
    return {
      type: 'NegotiateProtocolVersion',
      minor,
      options: bytes.times(bytes.signed(4), () => bytes.text()),
    };
  },
  z: data('CompressionAcknowledge'),
  k: data('CompressionSet'),
  m: data('CompressedData'),
};

/** Every byte that may begin a message. */
export const messageTypes = Object.keys(readers).join('');

/** One message, its type as a character and its body. */
export function readMessage(type: string, body: Uint8Array, version: number): Told {
  const bytes = new Bytes(body);
  const told = Object.hasOwn(readers, type) ? readers[type]?.(bytes, version) : undefined;
  return bytes.broken || bytes.left > 0 ? undefined : told;
}

export interface Reading {
  readonly events: readonly Told[];
  /** After these events the stream is no longer the protocol. */
  readonly refused: boolean;
  /** An error or notice without even its closing byte: whether it is one is the driver's to decide; nothing is told from there on. */
  readonly untold?: true;
}

/**
 * A whole stream. Rows are only read where a description before them said how many values they have, and never behind the
 * end of their result.
 */
export function readStream(bytes: Uint8Array, version: number, limit: number): Reading {
  const events: Told[] = [];
  let columns = -1;
  for (let at = 0; at < bytes.length;) {
    const type = String.fromCharCode(bytes[at]!);
    if (!messageTypes.includes(type) || (type === 'D' && columns < 0)) return { events, refused: true };
    if (bytes.length - at < 5) return { events, refused: false };
    const length = new Bytes(bytes.slice(at + 1, at + 5)).signed(4);
    if (length < 4 || length > limit) return { events, refused: true };
    if (bytes.length - at < 1 + length) return { events, refused: false };
    if ((type === 'E' || type === 'N') && length === 4) return { events, refused: false, untold: true };
    const message = readMessage(type, bytes.slice(at + 5, at + 1 + length), version);
    const values = message?.['type'] === 'DataRow' ? (message['values'] as unknown[]) : undefined;
    if (message === undefined || (values !== undefined && values.length !== columns))
      return { events, refused: true };
    events.push(message);
    if (message['type'] === 'RowDescription') columns = (message['fields'] as unknown[]).length;
    else if (type === 'C' || type === 'E' || type === 'Z') columns = -1;
    at += 1 + length;
  }
  return { events, refused: false };
}
