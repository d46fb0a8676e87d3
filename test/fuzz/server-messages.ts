/** Random messages of a server, valid in themselves. */
import type { BackendMessage, FieldDescription, Format } from '../../src/protocol/messages.js';
import type { Random } from './random.js';
import { odd } from './reference/semi.js';

const texts = odd.filter((text) => !text.includes('\0'));
const words = [
  '',
  'a',
  'SELECT 1',
  'INSERT 0 5',
  'BEGIN',
  'client_encoding',
  'UTF8',
  'x'.repeat(100),
  '99999999999999999999',
  '-1',
  'TimeZone',
  ...texts,
];

export function randomText(random: Random): string {
  return random.oneIn(2) ? random.pick(words) : random.text(texts, 6);
}

const typeOids = [16, 20, 21, 23, 25, 700, 701, 1043, 1082, 1114, 1184, 1700, 3000, 4000, 0, 4_294_967_295];

export function randomField(
  random: Random,
  version: number,
  typeOid = random.pick(typeOids),
  format: Format = 0,
): FieldDescription {
  const field = {
    name: randomText(random),
    tableOid: random.uint32(),
    attributeNumber: random.between(-32_768, 32_767),
    typeOid,
    typeSize: random.between(-2, 100),
    typeModifier: random.oneIn(2) ? -1 : random.between(0, 0x7fff_ffff),
    format,
  };
  if (version < 1) return field;
  const name = (): string => randomText(random);
  return {
    ...field,
    extended: { schema: name(), table: name(), column: name(), catalog: name(), flags: random.below(65_536) },
  };
}

export const kinds: readonly BackendMessage['type'][] = [
  'AuthenticationOk',
  'AuthenticationCleartextPassword',
  'AuthenticationMD5Password',
  'AuthenticationSASL',
  'AuthenticationSASLContinue',
  'AuthenticationSASLFinal',
  'AuthenticationDigest',
  'AuthenticationIdpToken',
  'AuthenticationOther',
  'ParameterStatus',
  'BackendKeyData',
  'ReadyForQuery',
  'ParseComplete',
  'BindComplete',
  'CloseComplete',
  'NoData',
  'PortalSuspended',
  'EmptyQueryResponse',
  'ParameterDescription',
  'RowDescription',
  'DataRow',
  'CommandComplete',
  'ErrorResponse',
  'NoticeResponse',
  'NotificationResponse',
  'CopyInResponse',
  'CopyOutResponse',
  'CopyBothResponse',
  'CopyData',
  'CopyDone',
  'NegotiateProtocolVersion',
  'CompressionAcknowledge',
  'CompressionSet',
  'CompressedData',
];

/** @param columns how many values a DataRow has */
export function randomMessage(
  random: Random,
  version: number,
  type: BackendMessage['type'],
  columns: number,
): BackendMessage {
  const data = (): Buffer => random.bytes(random.few(20));
  const text = (): string => randomText(random);
  switch (type) {
    case 'AuthenticationMD5Password':
      return { type, salt: random.bytes(4) };
    case 'AuthenticationSASL':
      return { type, mechanisms: ['SCRAM-SHA-256', ...random.list(random.few(2), () => `x${text()}`)] };
    case 'AuthenticationSASLContinue':
    case 'AuthenticationSASLFinal':
    case 'CopyData':
    case 'CompressionAcknowledge':
    case 'CompressionSet':
    case 'CompressedData':
      return { type, data: data() };
    case 'AuthenticationDigest':
      return { type, algorithm: 0, salt: data(), serverNonce: data() };
    case 'AuthenticationOther':
      return { type, code: random.pick([1, 2, 4, 6, 7, 8, 9, 15, -1]), data: data() };
    case 'ParameterStatus':
      return { type, name: text(), value: text() };
    case 'BackendKeyData':
      return { type, processId: random.uint32() | 0, secretKey: random.uint32() | 0 };
    case 'ReadyForQuery':
      return { type, status: random.pick(['I', 'T', 'E']) };
    case 'ParameterDescription':
      return { type, typeOids: random.list(random.few(5), () => random.uint32()) };
    case 'RowDescription':
      return {
        type,
        fields: random.list(columns, () =>
          randomField(random, version, undefined, random.below(2) as Format),
        ),
      };
    case 'DataRow':
      return { type, values: random.list(columns, () => (random.oneIn(4) ? null : data())) };
    case 'CommandComplete':
      return { type, tag: text() };
    case 'ErrorResponse':
    case 'NoticeResponse':
      return {
        type,
        fields: new Map(
          random.list(random.few(6), () => [random.pick(Array.from('SVCMDHPpqWstcdnFLRzé')), text()]),
        ),
      };
    case 'NotificationResponse':
      return { type, processId: random.uint32() | 0, channel: text(), payload: text() };
    case 'CopyInResponse':
    case 'CopyOutResponse':
    case 'CopyBothResponse':
      return {
        type,
        format: random.below(2) as Format,
        columnFormats: random.list(random.few(4), () => random.below(2) as Format),
      };
    case 'NegotiateProtocolVersion':
      return { type, minor: random.below(5), options: random.list(random.few(3), text) };
    case 'AuthenticationOk':
    case 'AuthenticationCleartextPassword':
    case 'AuthenticationIdpToken':
    case 'ParseComplete':
    case 'BindComplete':
    case 'CloseComplete':
    case 'NoData':
    case 'PortalSuspended':
    case 'EmptyQueryResponse':
    case 'CopyDone':
      return { type };
  }
}
