import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, ProtocolError } from '../../../src/errors.js';
import { decodeBackend, encodeBackend } from '../../../src/protocol/backend.js';
import type { BackendMessage, FieldDescription } from '../../../src/protocol/messages.js';
import { anyBackend, backend, column } from './arbitraries.js';
import { bytes, hex } from './hex.js';

function decode(encoded: Uint8Array, version = 0): BackendMessage {
  return decodeBackend(encoded[0]!, encoded.subarray(5), version);
}

const id: FieldDescription = {
  name: 'id',
  tableOid: 100,
  attributeNumber: 1,
  typeOid: 23,
  typeSize: 4,
  typeModifier: -1,
  format: 1,
};

describe('backend messages', () => {
  // Layouts: PostgreSQL protocol, "Message Formats"; codes 13 and 14 and the longer RowDescription are Redshift's.
  it.each<[BackendMessage, string]>([
    [{ type: 'AuthenticationOk' }, '"R" 00000008 00000000'],
    [{ type: 'AuthenticationCleartextPassword' }, '"R" 00000008 00000003'],
    [{ type: 'AuthenticationMD5Password', salt: bytes('01020304') }, '"R" 0000000c 00000005 01020304'],
    [
      { type: 'AuthenticationSASL', mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'] },
      '"R" 0000002a 0000000a "SCRAM-SHA-256-PLUS" 00 "SCRAM-SHA-256" 00 00',
    ],
    [{ type: 'AuthenticationSASLContinue', data: bytes('"r="') }, '"R" 0000000a 0000000b "r="'],
    [{ type: 'AuthenticationSASLFinal', data: bytes('"v="') }, '"R" 0000000a 0000000c "v="'],
    [
      { type: 'AuthenticationDigest', algorithm: 0, salt: bytes('aabb'), serverNonce: bytes('cc') },
      '"R" 00000017 0000000d 00000000 00000002 aabb 00000001 cc',
    ],
    [{ type: 'AuthenticationIdpToken' }, '"R" 00000008 0000000e'],
    [{ type: 'AuthenticationOther', code: 7, data: new Uint8Array() }, '"R" 00000008 00000007'],
    [{ type: 'ParameterStatus', name: 'TimeZone', value: 'UTC' }, '"S" 00000011 "TimeZone" 00 "UTC" 00'],
    [{ type: 'BackendKeyData', processId: 1, secretKey: -2 }, '"K" 0000000c 00000001 fffffffe'],
    [{ type: 'ReadyForQuery', status: 'T' }, '"Z" 00000005 "T"'],
    [{ type: 'ParseComplete' }, '"1" 00000004'],
    [{ type: 'ParameterDescription', typeOids: [23] }, '"t" 0000000a 0001 00000017'],
    [
      { type: 'RowDescription', fields: [id] },
      '"T" 0000001b 0001 "id" 00 00000064 0001 00000017 0004 ffffffff 0001',
    ],
    [
      { type: 'DataRow', values: [bytes('00000001'), null, new Uint8Array()] },
      '"D" 00000016 0003 00000004 00000001 ffffffff 00000000',
    ],
    [{ type: 'CommandComplete', tag: 'INSERT 0 1' }, '"C" 0000000f "INSERT 0 1" 00'],
    [
      {
        type: 'ErrorResponse',
        fields: new Map([
          ['S', 'ERROR'],
          ['C', '42601'],
        ]),
      },
      '"E" 00000013 "S" "ERROR" 00 "C" "42601" 00 00',
    ],
    [
      { type: 'NotificationResponse', processId: 1, channel: 'c', payload: '' },
      '"A" 0000000b 00000001 "c" 00 00',
    ],
    [{ type: 'CopyInResponse', format: 0, columnFormats: [1] }, '"G" 00000009 00 0001 0001'],
    [
      { type: 'NegotiateProtocolVersion', minor: 0, options: ['_pq_.compression'] },
      '"v" 0000001d 00000000 00000001 "_pq_.compression" 00',
    ],
  ])('writes and reads %j', (message, expected) => {
    expect(hex(encodeBackend(message, 0))).toBe(hex(bytes(expected)));
    expect(decode(bytes(expected))).toEqual(message);
  });

  it.each(Object.keys(backend) as BackendMessage['type'][])('reads back every %s', (type) => {
    fc.assert(
      fc.property(backend[type] as fc.Arbitrary<BackendMessage>, (message) => {
        expect(decode(encodeBackend(message, 0))).toEqual(message);
      }),
    );
  });

  it.each([0, 1, 2, 3])('reads back every RowDescription of protocol version %i', (version) => {
    fc.assert(
      fc.property(fc.array(column(version >= 1), { maxLength: 6 }), (fields) => {
        const message: BackendMessage = { type: 'RowDescription', fields };
        expect(decode(encodeBackend(message, version), version)).toEqual(message);
      }),
    );
  });

  it('carries schema, table, column, catalog and flags behind each column from version 1 on', () => {
    const extended = { schema: 's', table: 't', column: 'c', catalog: 'd', flags: 0x1111 };
    const encoded = encodeBackend({ type: 'RowDescription', fields: [{ ...id, extended }] }, 1);
    expect(hex(encoded)).toBe(
      hex(
        bytes(
          '"T" 00000025 0001 "id" 00 00000064 0001 00000017 0004 ffffffff 0001 "s" 00 "t" 00 "c" 00 "d" 00 1111',
        ),
      ),
    );
    // The two layouts cannot be mistaken for each other.
    expect(() => decode(encoded, 0)).toThrow(ProtocolError);
    expect(() => decode(encodeBackend({ type: 'RowDescription', fields: [id] }, 0), 1)).toThrow(
      ProtocolError,
    );
    // Flags are sixteen bits, not a signed number.
    const all = { ...extended, flags: 0xffff };
    const read = decode(encodeBackend({ type: 'RowDescription', fields: [{ ...id, extended: all }] }, 3), 3);
    expect(read).toMatchObject({ fields: [{ extended: { flags: 0xffff } }] });
  });
});

describe('what is decoded', () => {
  it('stays as it was when the bytes of the message are overwritten', () => {
    fc.assert(
      fc.property(anyBackend, (message) => {
        const encoded = Buffer.from(encodeBackend(message, 2));
        const decoded = decode(encoded, 2);
        encoded.fill(0xaa);
        expect(encodeBackend(decoded, 2)).toEqual(encodeBackend(message, 2));
      }),
    );
  });
});

describe('command tags that come again in the same read buffer', () => {
  it.each([
    ['Uint8Array', (size: number) => new Uint8Array(size)],
    ['Buffer', (size: number) => Buffer.alloc(size)],
  ])('are each their own: %s', (_, make) => {
    const body = make(16);
    const read = (text: string): unknown => {
      const tag = Buffer.from(`${text}\0`);
      body.fill(0xaa);
      body.set(tag);
      return decodeBackend(0x43, body.subarray(0, tag.length), 2);
    };
    // Same length, same first and last characters: they are looked for in one place.
    for (const tag of ['INSERT 0 4096', 'INSERT 0 3616', 'INSERT 0 4096', 'INSERT 0 1006']) {
      expect(read(tag)).toEqual({ type: 'CommandComplete', tag });
    }
  });
});

describe('authentication requests', () => {
  it('takes code 10 for SASL only when a SCRAM mechanism is listed', () => {
    expect(decode(bytes('"R" 00000000 0000000a "SCRAM-SHA-256" 00 00'))).toMatchObject({
      type: 'AuthenticationSASL',
    });
    // Amazon's own libpq numbers GSS as 10: nothing, or a token, follows.
    for (const body of ['', '00', '"GSSAPI" 00 00', '60 28 06']) {
      expect(decode(bytes(`"R" 00000000 0000000a ${body}`))).toMatchObject({
        type: 'AuthenticationOther',
        code: 10,
      });
    }
    expect(() => decode(bytes('"R" 00000000 0000000a "SCRAM-SHA-256"'))).toThrow(ProtocolError);
    expect(() => decode(bytes('"R" 00000000 0000000a "SCRAM-SHA-256" 00'))).toThrow(ProtocolError);
  });

  it('keeps unknown codes, for an error that names them', () => {
    expect(decode(bytes('"R" 00000000 000003e7 aa'))).toEqual({
      type: 'AuthenticationOther',
      code: 999,
      data: bytes('aa'),
    });
  });

  it('names an algorithm of code 13 that it cannot read further', () => {
    expect(decode(bytes('"R" 00000000 0000000d 00000002 00000010 aa'))).toMatchObject({
      type: 'AuthenticationDigest',
      algorithm: 2,
    });
  });

  it.each([
    ['3 with leftovers', '00000003 00', '3'],
    ['0 with leftovers', '00000000 00000000', '0'],
    ['5 with a short salt', '00000005 010203', '5'],
    ['5 with a long salt', '00000005 0102030405', '5'],
    ['13 without an algorithm', '0000000d', '13'],
    ['13 with a salt over its end', '0000000d 00000000 00000010 aabb', '13'],
    ['13 with a salt of 2 GiB', '0000000d 00000000 7fffffff aabb', '13'],
    ['13 with a negative salt', '0000000d 00000000 ffffffff 00000000', '13'],
    ['13 without a nonce', '0000000d 00000000 00000001 aa', '13'],
    ['13 with a nonce over its end', '0000000d 00000000 00000001 aa 00000005 bb', '13'],
    ['13 with leftovers', '0000000d 00000000 00000001 aa 00000001 bb cc', '13'],
    ['14 with leftovers', '0000000e 00', '14'],
  ])('refuses code %s and names the code', (_, body, code) => {
    expect(() => decodeBackend(0x52, bytes(body), 0)).toThrow(ProtocolError);
    expect(() => decodeBackend(0x52, bytes(body), 0)).toThrow(new RegExp(`code ${code}\\b`));
  });

  it('refuses a request without a code', () => {
    expect(() => decodeBackend(0x52, bytes('0000'), 0)).toThrow(ProtocolError);
  });
});

describe('malformed messages', () => {
  it.each<[string, string, string]>([
    // M3, M5, M6, M7, M10 of the failure matrix: each names its message.
    ['ParameterStatus', 'S', '"a" 00 "b"'],
    ['ParameterStatus', 'S', '"a" 00'],
    ['ParameterStatus', 'S', '"a" 00 "b" 00 00'],
    ['BackendKeyData', 'K', '00000001'],
    ['BackendKeyData', 'K', '00000001 00000002 00'],
    ['BackendKeyData', 'K', ''],
    ['ReadyForQuery', 'Z', ''],
    ['ReadyForQuery', 'Z', '"X"'],
    ['ReadyForQuery', 'Z', '"II"'],
    ['ParseComplete', '1', '00'],
    ['NoData', 'n', '00'],
    ['ParameterDescription', 't', ''],
    ['ParameterDescription', 't', '0002 00000001'],
    ['ParameterDescription', 't', '0001 00000001 00'],
    ['ParameterDescription', 't', 'ffff'],
    ['RowDescription', 'T', ''],
    ['RowDescription', 'T', 'ffff'],
    ['RowDescription', 'T', '7fff 00'],
    ['RowDescription', 'T', '0001 "id" 00000064 0001 00000017 0004 ffffffff 0001'],
    ['RowDescription', 'T', '0001 "id" 00 00000064 0001 00000017 0004 ffffffff 0002'],
    ['RowDescription', 'T', '0000 00'],
    ['DataRow', 'D', ''],
    ['DataRow', 'D', 'ffff'],
    ['DataRow', 'D', '0001 fffffffe'],
    ['DataRow', 'D', '0001 00000002 00'],
    ['DataRow', 'D', '0001 ffffffff 00'],
    ['CommandComplete', 'C', '"SELECT"'],
    ['CommandComplete', 'C', '"SELECT" 00 00'],
    ['ErrorResponse', 'E', '"S" "ERROR" 00'],
    ['ErrorResponse', 'E', '"S" "ERROR"'],
    ['ErrorResponse', 'E', '00 00'],
    ['NoticeResponse', 'N', '"S"'],
    ['NotificationResponse', 'A', '00000001 "c" 00'],
    ['CopyInResponse', 'G', '02 0000'],
    ['CopyOutResponse', 'H', '00 0001'],
    ['CopyBothResponse', 'W', '00 0001 0002'],
    ['NegotiateProtocolVersion', 'v', '00000000 ffffffff'],
    ['NegotiateProtocolVersion', 'v', '00000000 7fffffff 00'],
  ])('refuses a %s of %s %s', (name, type, body) => {
    expect(() => decodeBackend(type.charCodeAt(0), bytes(body), 0)).toThrow(ProtocolError);
    expect(() => decodeBackend(type.charCodeAt(0), bytes(body), 0)).toThrow(name);
  });

  it('refuses types that no server sends', () => {
    for (const type of 'QPBXpiFf!\0\u00ff') {
      expect(() => decodeBackend(type.charCodeAt(0), new Uint8Array(), 0)).toThrow(ProtocolError);
    }
  });

  it('fails cleanly on random bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Buffer.from('RSKZ123nsItTDCENAGHWdcvzkm')),
        fc.uint8Array({ maxLength: 80 }),
        fc.integer({ min: 0, max: 3 }),
        (type, body, version) => {
          try {
            decodeBackend(type, body, version);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('never reads a changed message as more than its bytes', () => {
    fc.assert(
      fc.property(anyBackend, fc.nat(), fc.nat({ max: 255 }), (message, where, value) => {
        const encoded = encodeBackend(message, 0);
        const body = encoded.slice(5);
        if (body.length > 0) body[where % body.length] = value;
        try {
          const read = decodeBackend(encoded[0]!, body, 0);
          expect(encodeBackend(read, 0).length).toBeLessThanOrEqual(encoded.length * 3);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('errors and notices', () => {
  it('takes one without fields, with unknown ones, and the first of a repeated one', () => {
    expect(decode(bytes('"E" 00000004'))).toEqual({ type: 'ErrorResponse', fields: new Map() });
    expect(decode(bytes('"E" 00000005 00'))).toEqual({ type: 'ErrorResponse', fields: new Map() });
    expect(decode(bytes('"N" 00000000 "M" "one" 00 "M" "two" 00 "9" "x" 00 ff "y" 00 00'))).toEqual({
      type: 'NoticeResponse',
      fields: new Map([
        ['M', 'one'],
        ['9', 'x'],
        ['\u00ff', 'y'],
      ]),
    });
  });

  it('takes a message of 10 MB and text that is no UTF-8', () => {
    const text = 'x'.repeat(10_000_000);
    expect(decode(encodeBackend({ type: 'ErrorResponse', fields: new Map([['M', text]]) }, 0))).toEqual({
      type: 'ErrorResponse',
      fields: new Map([['M', text]]),
    });
    expect(decode(bytes('"E" 00000000 "M" 61 ff 62 00 00'))).toEqual({
      type: 'ErrorResponse',
      fields: new Map([['M', 'a\ufffdb']]),
    });
  });

  it('treats names such as __proto__ as data', () => {
    const names = ['__proto__', 'constructor', 'then', 'toString'];
    const fields = names.map((name) => ({ ...id, name }));
    expect(decode(encodeBackend({ type: 'RowDescription', fields }, 0))).toEqual({
      type: 'RowDescription',
      fields,
    });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('what a server of ours may not say', () => {
  it('refuses NUL in a text and more entries than can be counted', () => {
    expect(() => encodeBackend({ type: 'CommandComplete', tag: 'a\0' }, 0)).toThrow(ArgumentError);
    expect(() => encodeBackend({ type: 'DataRow', values: new Array<null>(32_768).fill(null) }, 0)).toThrow(
      ArgumentError,
    );
  });
});
