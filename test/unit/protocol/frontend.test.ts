import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, ProtocolError } from '../../../src/errors.js';
import {
  decodeFrontend,
  decodeStartup,
  encodeFrontend,
  encodeFrontendAll,
  type PasswordKind,
} from '../../../src/protocol/frontend.js';
import type { FrontendMessage } from '../../../src/protocol/messages.js';
import { anyFrontend, frontend } from './arbitraries.js';
import { bytes, hex } from './hex.js';

const startupTypes = new Set(['SSLRequest', 'GSSENCRequest', 'CancelRequest', 'StartupMessage']);
const passwordTypes = new Set(['PasswordMessage', 'SASLInitialResponse', 'SASLResponse']);

/** Reads a message back as a server would that knows where in the conversation it stands. */
function decode(message: FrontendMessage, encoded: Uint8Array): FrontendMessage {
  if (startupTypes.has(message.type)) return decodeStartup(encoded.subarray(4));
  return decodeFrontend(encoded[0]!, encoded.subarray(5), {
    ...(passwordTypes.has(message.type) ? { password: message.type as PasswordKind } : {}),
    digest: message.type === 'DigestResponse',
  });
}

const bind: Extract<FrontendMessage, { type: 'Bind' }> = {
  type: 'Bind',
  portal: 'p',
  statement: 's',
  parameterFormats: [],
  values: [],
  resultFormats: [],
};

describe('frontend messages', () => {
  // Layouts: PostgreSQL protocol, "Message Formats"; `d` and `i` are Redshift's.
  it.each<[FrontendMessage, string]>([
    [{ type: 'SSLRequest' }, '00000008 04d2162f'],
    [{ type: 'GSSENCRequest' }, '00000008 04d21630'],
    [{ type: 'CancelRequest', processId: 7, secretKey: -1 }, '00000010 04d2162e 00000007 ffffffff'],
    [
      {
        type: 'StartupMessage',
        parameters: [
          ['user', 'alice'],
          ['database', 'dev'],
        ],
      },
      '00000021 00030000 "user" 00 "alice" 00 "database" 00 "dev" 00 00',
    ],
    [{ type: 'PasswordMessage', password: 'pw' }, '"p" 00000007 "pw" 00'],
    [
      { type: 'SASLInitialResponse', mechanism: 'SCRAM-SHA-256', data: bytes('"n,,"') },
      '"p" 00000019 "SCRAM-SHA-256" 00 00000003 "n,,"',
    ],
    [{ type: 'SASLInitialResponse', mechanism: 'X', data: null }, '"p" 0000000a "X" 00 ffffffff'],
    [{ type: 'SASLResponse', data: bytes('"c=biws"') }, '"p" 0000000a "c=biws"'],
    [
      { type: 'DigestResponse', digest: bytes('aabb'), clientNonce: bytes('cc') },
      '"d" 0000000f 00000002 aabb 00000001 cc',
    ],
    [{ type: 'IdpTokenMessage', token: 'tok' }, '"i" 00000008 "tok" 00'],
    [{ type: 'Query', sql: 'select 1' }, '"Q" 0000000d "select 1" 00'],
    [
      { type: 'Parse', statement: 's', sql: 'select $1', parameterOids: [23, 4294967295] },
      '"P" 0000001a "s" 00 "select $1" 00 0002 00000017 ffffffff',
    ],
    [
      { ...bind, parameterFormats: [0, 1], values: [bytes('"1"'), null], resultFormats: Uint8Array.of(1) },
      '"B" 0000001d "p" 00 "s" 00 0002 0000 0001 0002 00000001 "1" ffffffff 0001 0001',
    ],
    [{ type: 'Describe', target: 'statement', name: 's' }, '"D" 00000007 "S" "s" 00'],
    [{ type: 'Close', target: 'portal', name: '' }, '"C" 00000006 "P" 00'],
    [{ type: 'Execute', portal: '', maxRows: 0 }, '"E" 00000009 00 00000000'],
    [{ type: 'Sync' }, '"S" 00000004'],
    [{ type: 'Flush' }, '"H" 00000004'],
    [{ type: 'Terminate' }, '"X" 00000004'],
    [{ type: 'CopyFail', reason: 'no' }, '"f" 00000007 "no" 00'],
    [{ type: 'CopyData', data: bytes('00') }, '"d" 00000005 00'],
    [{ type: 'CopyDone' }, '"c" 00000004'],
  ])('writes %j', (message, expected) => {
    expect(hex(encodeFrontend(message))).toBe(hex(bytes(expected)));
  });

  it('answers code 13 with 57 bytes for a nonce of 13', () => {
    const encoded = encodeFrontend({
      type: 'DigestResponse',
      digest: new Uint8Array(32),
      clientNonce: bytes('"1700000000000"'),
    });
    expect(hex(encoded.subarray(0, 5))).toBe('6400000039');
  });

  it.each(Object.keys(frontend) as FrontendMessage['type'][])('reads back every %s', (type) => {
    fc.assert(
      fc.property(frontend[type] as fc.Arbitrary<FrontendMessage>, (message) => {
        expect(decode(message, encodeFrontend(message))).toEqual(message);
      }),
    );
  });

  it('joins messages without a change', () => {
    fc.assert(
      fc.property(fc.array(anyFrontend), (messages) => {
        expect(hex(encodeFrontendAll(messages))).toBe(messages.map((m) => hex(encodeFrontend(m))).join(''));
      }),
    );
  });

  it('reads a token with and without the zero byte, as drivers differ', () => {
    expect(decodeFrontend(0x69, bytes('"tok"'))).toEqual({ type: 'IdpTokenMessage', token: 'tok' });
    expect(decodeFrontend(0x69, bytes('"tok" 00'))).toEqual({ type: 'IdpTokenMessage', token: 'tok' });
  });
});

describe('what a client may not say', () => {
  it.each([32_768, 65_536, 65_537])('refuses %i parameters instead of wrapping the count', (count) => {
    const values = new Array<null>(count).fill(null);
    expect(() => encodeFrontend({ ...bind, values })).toThrow(ArgumentError);
    const parse: FrontendMessage = {
      type: 'Parse',
      statement: '',
      sql: '',
      parameterOids: values.map(() => 0),
    };
    expect(() => encodeFrontend(parse)).toThrow(/at most 32767/);
    expect(() => encodeFrontend({ ...bind, resultFormats: new Uint8Array(count) })).toThrow(ArgumentError);
  });

  it('sends 32,767 parameters', () => {
    const values = new Array<null>(32_767).fill(null);
    const encoded = encodeFrontend({ ...bind, values, resultFormats: [1] });
    expect(decodeFrontend(encoded[0]!, encoded.subarray(5))).toEqual({ ...bind, values, resultFormats: [1] });
  });

  it('refuses formats that do not fit the values', () => {
    expect(() => encodeFrontend({ ...bind, parameterFormats: [0, 1], values: [null] })).toThrow(
      ArgumentError,
    );
    expect(() => encodeFrontend({ ...bind, parameterFormats: [0, 1], values: [] })).toThrow(ArgumentError);
  });

  it('refuses values that sum up to more than a length can say, before anything is reserved', () => {
    const value = Object.defineProperty(new Uint8Array(1), 'length', { value: 128 * 1024 * 1024 });
    const values = new Array<Uint8Array>(40).fill(value);
    expect(() => encodeFrontend({ ...bind, values })).toThrow(ArgumentError);
  });

  it.each<FrontendMessage>([
    { type: 'StartupMessage', parameters: [['user', 'x\0user\0admin']] },
    { type: 'StartupMessage', parameters: [['us\0er', 'x']] },
    { type: 'PasswordMessage', password: 'a\0b' },
    { type: 'IdpTokenMessage', token: 'a\0b' },
    { type: 'Query', sql: 'select 1\0; drop' },
    { type: 'Parse', statement: '', sql: '\0', parameterOids: [] },
    { type: 'Parse', statement: '\0', sql: '', parameterOids: [] },
    { ...bind, portal: '\0' },
    { ...bind, statement: '\0' },
    { type: 'Describe', target: 'statement', name: '\0' },
    { type: 'Close', target: 'portal', name: '\0' },
    { type: 'Execute', portal: '\0', maxRows: 0 },
    { type: 'CopyFail', reason: '\0' },
    { type: 'SASLInitialResponse', mechanism: '\0', data: null },
  ])('refuses a NUL in $type', (message) => {
    expect(() => encodeFrontend(message)).toThrow(ArgumentError);
  });

  it('never repeats a secret in an error', () => {
    for (const message of [
      { type: 'PasswordMessage', password: 'planted\0secret' },
      { type: 'IdpTokenMessage', token: 'planted\0secret' },
      { type: 'StartupMessage', parameters: [['user', 'planted\0secret']] },
    ] as FrontendMessage[]) {
      expect(() => encodeFrontend(message)).toThrow(/^(?!.*planted)/);
    }
  });

  it('refuses a startup packet that a server would cut off, or whose end stands in its middle', () => {
    const long = (length: number): FrontendMessage => ({
      type: 'StartupMessage',
      parameters: [['user', 'x'.repeat(length)]],
    });
    expect(encodeFrontend(long(9985))).toHaveLength(10_000);
    expect(() => encodeFrontend(long(9986))).toThrow(/10000/);
    expect(() => encodeFrontend({ type: 'StartupMessage', parameters: [['', 'x']] })).toThrow(ArgumentError);
  });
});

describe('what a server may not be told', () => {
  it.each([
    ['an unknown type', '?', ''],
    ['Sync with a body', 'S', '00'],
    ['Query without an end', 'Q', '"select"'],
    ['Query with something behind', 'Q', '"select" 00 00'],
    ['Parse that counts too much', 'P', '00 00 0002 00000000'],
    ['Parse that counts backwards', 'P', '00 00 ffff'],
    ['Bind with a value over its end', 'B', '00 00 0000 0001 00000005 0000'],
    ['Bind with a length of -2', 'B', '00 00 0000 0001 fffffffe 0000'],
    ['Bind with formats that do not fit', 'B', '00 00 0002 0000 0000 0001 ffffffff 0000'],
    ['Describe of neither', 'D', '"X" 00'],
    ['Execute without a row count', 'E', '00'],
  ])('refuses %s', (_, type, body) => {
    expect(() => decodeFrontend(type.charCodeAt(0), bytes(body))).toThrow(ProtocolError);
  });

  it.each([
    ['another protocol', '00020000'],
    ['nothing', ''],
    ['a parameter without a value', '00030000 "user" 00'],
    ['no end', '00030000 "user" 00 "x" 00'],
    ['leftovers', '00030000 00 00'],
    ['a long SSLRequest', '04d2162f 00'],
    ['a short CancelRequest', '04d2162e 00000001'],
  ])('refuses a startup packet with %s', (_, body) => {
    expect(() => decodeStartup(bytes(body))).toThrow(ProtocolError);
  });

  it('fails cleanly on random bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 60 }), (type, body) => {
        for (const read of [
          () => decodeFrontend(type, body),
          () => decodeFrontend(0x70, body, { password: 'SASLInitialResponse' }),
          () => decodeStartup(body),
        ]) {
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
