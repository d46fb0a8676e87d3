/** Random messages of every type, for property tests. Only messages that the wire can carry: no NUL inside a text. */
import fc from 'fast-check';
import type {
  BackendMessage,
  FieldDescription,
  Format,
  FrontendMessage,
} from '../../../src/protocol/messages.js';

type Of<M extends { type: string }, T extends M['type']> = fc.Arbitrary<Extract<M, { type: T }>>;
type Every<M extends { type: string }> = { readonly [T in M['type']]: Of<M, T> };

/** Text of any characters, hostile names included; lone surrogates are left out, as UTF-8 has no form for them. */
const text: fc.Arbitrary<string> = fc.oneof(
  fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .map((value) => value.replaceAll('\0', ''))
    .filter((value) => !/\p{Cs}/u.test(value)),
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    '\ufeffmark',
    '😀',
    '"quoted"\n',
    '***',
    '*',
    '\\x00',
    '...',
    '\u2028',
  ),
);
const filled = text.filter((value) => value !== '');
const int16 = fc.integer({ min: -0x8000, max: 0x7fff });
const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  text.map((value) => new TextEncoder().encode(value)),
);
const cells = fc.array(fc.option(bytes, { nil: null }), { maxLength: 8 });
const format = fc.constantFrom<Format>(0, 1);
const formats = fc.array(format, { maxLength: 8 });
const target = fc.constantFrom<'statement' | 'portal'>('statement', 'portal');
const fields = fc
  .uniqueArray(
    fc.tuple(
      fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
      text,
    ),
    {
      maxLength: 6,
      selector: ([code]) => code,
    },
  )
  .map((entries) => new Map(entries));

function just<T extends string>(type: T): fc.Arbitrary<{ type: T }> {
  return fc.constant({ type });
}

function message<T extends string, S extends object>(
  type: T,
  shape: { [K in keyof S]: fc.Arbitrary<S[K]> },
): fc.Arbitrary<{ type: T } & S> {
  return fc.record(shape).map((values) => ({ type, ...values }));
}

/** @param extended whether the columns carry what protocol version 1 adds */
export function column(extended: boolean): fc.Arbitrary<FieldDescription> {
  const base = fc.record({
    name: text,
    tableOid: uint32,
    attributeNumber: int16,
    typeOid: uint32,
    typeSize: int16,
    typeModifier: int32,
    format,
  });
  if (!extended) return base;
  const more = fc.record({
    schema: text,
    table: text,
    column: text,
    catalog: text,
    flags: fc.integer({ min: 0, max: 0xffff }),
  });
  return fc.tuple(base, more).map(([field, extra]) => ({ ...field, extended: extra }));
}

export const frontend: Every<FrontendMessage> = {
  SSLRequest: just('SSLRequest'),
  GSSENCRequest: just('GSSENCRequest'),
  CancelRequest: message('CancelRequest', { processId: int32, secretKey: int32 }),
  StartupMessage: message('StartupMessage', {
    parameters: fc.array(
      fc.tuple(filled, text).map((pair): readonly [string, string] => pair),
      { maxLength: 8 },
    ),
  }),
  PasswordMessage: message('PasswordMessage', { password: text }),
  SASLInitialResponse: message('SASLInitialResponse', {
    mechanism: text,
    data: fc.option(bytes, { nil: null }),
  }),
  SASLResponse: message('SASLResponse', { data: bytes }),
  DigestResponse: message('DigestResponse', { digest: bytes, clientNonce: bytes }),
  IdpTokenMessage: message('IdpTokenMessage', { token: text }),
  Query: message('Query', { sql: text }),
  Parse: message('Parse', { statement: text, sql: text, parameterOids: fc.array(uint32, { maxLength: 8 }) }),
  Bind: cells.chain((values) =>
    message('Bind', {
      portal: text,
      statement: text,
      parameterFormats: fc.oneof(
        fc.array(format, { maxLength: 1 }),
        fc.array(format, { minLength: values.length, maxLength: values.length }),
      ),
      values: fc.constant(values),
      resultFormats: formats,
    }),
  ),
  Describe: message('Describe', { target, name: text }),
  Execute: message('Execute', { portal: text, maxRows: int32 }),
  Close: message('Close', { target, name: text }),
  Sync: just('Sync'),
  Flush: just('Flush'),
  CopyFail: message('CopyFail', { reason: text }),
  CopyData: message('CopyData', { data: bytes }),
  CopyDone: just('CopyDone'),
  Terminate: just('Terminate'),
};

/** Messages of a server; RowDescription without what version 1 adds. */
export const backend: Every<BackendMessage> = {
  AuthenticationOk: just('AuthenticationOk'),
  AuthenticationCleartextPassword: just('AuthenticationCleartextPassword'),
  AuthenticationMD5Password: message('AuthenticationMD5Password', {
    salt: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  }),
  AuthenticationSASL: message('AuthenticationSASL', {
    mechanisms: fc.array(filled, { maxLength: 3 }).map((others) => ['SCRAM-SHA-256', ...others]),
  }),
  AuthenticationSASLContinue: message('AuthenticationSASLContinue', { data: bytes }),
  AuthenticationSASLFinal: message('AuthenticationSASLFinal', { data: bytes }),
  AuthenticationDigest: message('AuthenticationDigest', {
    algorithm: fc.constant(0),
    salt: bytes,
    serverNonce: bytes,
  }),
  AuthenticationIdpToken: just('AuthenticationIdpToken'),
  AuthenticationOther: message('AuthenticationOther', {
    code: fc.constantFrom(1, 2, 4, 6, 7, 8, 9, 15, -1, 0x7fffffff),
    data: bytes,
  }),
  ParameterStatus: message('ParameterStatus', { name: text, value: text }),
  BackendKeyData: message('BackendKeyData', { processId: int32, secretKey: int32 }),
  ReadyForQuery: message('ReadyForQuery', { status: fc.constantFrom<'I' | 'T' | 'E'>('I', 'T', 'E') }),
  ParseComplete: just('ParseComplete'),
  BindComplete: just('BindComplete'),
  CloseComplete: just('CloseComplete'),
  NoData: just('NoData'),
  PortalSuspended: just('PortalSuspended'),
  EmptyQueryResponse: just('EmptyQueryResponse'),
  ParameterDescription: message('ParameterDescription', { typeOids: fc.array(uint32, { maxLength: 8 }) }),
  RowDescription: message('RowDescription', { fields: fc.array(column(false), { maxLength: 5 }) }),
  DataRow: message('DataRow', { values: cells }),
  CommandComplete: message('CommandComplete', { tag: text }),
  ErrorResponse: message('ErrorResponse', { fields }),
  NoticeResponse: message('NoticeResponse', { fields }),
  NotificationResponse: message('NotificationResponse', { processId: int32, channel: text, payload: text }),
  CopyInResponse: message('CopyInResponse', { format, columnFormats: formats }),
  CopyOutResponse: message('CopyOutResponse', { format, columnFormats: formats }),
  CopyBothResponse: message('CopyBothResponse', { format, columnFormats: formats }),
  CopyData: message('CopyData', { data: bytes }),
  CopyDone: just('CopyDone'),
  NegotiateProtocolVersion: message('NegotiateProtocolVersion', {
    minor: int32,
    options: fc.array(text, { maxLength: 4 }),
  }),
  CompressionAcknowledge: message('CompressionAcknowledge', { data: bytes }),
  CompressionSet: message('CompressionSet', { data: bytes }),
  CompressedData: message('CompressedData', { data: bytes }),
};

export const anyFrontend: fc.Arbitrary<FrontendMessage> = fc.oneof(...Object.values(frontend));
export const anyBackend: fc.Arbitrary<BackendMessage> = fc.oneof(...Object.values(backend));
