import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, ProtocolError } from '../../../src/errors.js';
import { checkMessageLength, decodeText, Reader, Writer } from '../../../src/protocol/bytes.js';
import { bytes, hex } from './hex.js';

describe('Writer', () => {
  it('writes big-endian integers, signed and unsigned', () => {
    const writer = new Writer(1).byte(0x41).int16(-2).int32(-1).int32(0xfffffffe).int32(7);
    expect(hex(writer.finish())).toBe('41fffefffffffffffffffe00000007');
  });

  it('counts the bytes of UTF-8, not the characters', () => {
    const written = new Writer(1).message('Q', (w) => w.cstr('å😀', 'The SQL text')).finish();
    expect(hex(written)).toBe('510000000bc3a5f09f988000');
  });

  it('gives a lone surrogate the replacement character, with the length that is really sent', () => {
    expect(hex(new Writer().text('a\ud800b').finish())).toBe('61efbfbd62');
    const long = '\ud800'.repeat(2000);
    expect(new Writer(1).text(long).finish()).toHaveLength(6000);
  });

  it('refuses a NUL and names the field', () => {
    expect(() => new Writer().cstr('a\0b', 'The statement name')).toThrow(
      new ArgumentError('The statement name contains a NUL character, which the protocol cannot carry'),
    );
  });

  it('fills in the length of each message of several', () => {
    const writer = new Writer(1);
    for (let i = 0; i < 3; i++) writer.message('d', (w) => w.bytes(new Uint8Array(i)));
    expect(hex(writer.finish())).toBe('64000000046400000005006400000006' + '0000');
  });

  it('keeps what was written while it grows', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 }), (parts) => {
        const writer = new Writer(1);
        for (const part of parts) writer.bytes(part);
        expect(hex(writer.finish())).toBe(parts.map(hex).join(''));
        expect(writer.length).toBe(parts.reduce((sum, part) => sum + part.length, 0));
      }),
    );
  });

  it('refuses what a signed int16 or a message length cannot say', () => {
    expect(() => new Writer().count(32_768, 'Columns')).toThrow(ArgumentError);
    expect(hex(new Writer().count(32_767, 'Columns').finish())).toBe('7fff');
    expect(() => checkMessageLength(0x3ffffffe)).not.toThrow();
    expect(() => checkMessageLength(0x3fffffff)).toThrow(ArgumentError);
  });

  it('refuses an oversized value before it reserves memory for it', () => {
    const huge = Object.defineProperty(new Uint8Array(1), 'length', { value: 0x40000000 });
    expect(() => new Writer().bytes(huge)).toThrow(ArgumentError);
  });
});

describe('Reader', () => {
  it('reads what a Writer wrote', () => {
    const written = new Writer().int16(-3).int32(-4).int32(0xffffffff).cstr('\ufeffé', 'x').byte(9).finish();
    const reader = new Reader(written, 'A message');
    expect([reader.int16(), reader.int32(), reader.uint32(), reader.cstr(), reader.byte()]).toEqual([
      -3,
      -4,
      0xffffffff,
      '\ufeffé',
      9,
    ]);
    expect(() => reader.end()).not.toThrow();
  });

  it('never reads past its bytes, even inside a larger buffer', () => {
    const inside = bytes('01 02 03 04 05 06 07 00').subarray(0, 2);
    for (const read of ['int32', 'uint32', 'cstr'] as const) {
      const reader = new Reader(inside, "The server's X");
      expect(() => reader[read]()).toThrow(ProtocolError);
      expect(() => new Reader(inside, "The server's X")[read]()).toThrow(/The server's X/);
    }
    expect(() => new Reader(inside, 'X').bytes(3)).toThrow('X ends too early');
    expect(() => new Reader(inside, 'X').bytes(-1)).toThrow('X has a length of -1');
    expect(() => new Reader(inside, 'X').end()).toThrow('X is 2 bytes too long');
  });

  it('refuses counts that are negative or larger than the bytes could hold', () => {
    expect(() => new Reader(bytes('ffff'), 'X').count(1)).toThrow(ProtocolError);
    expect(() => new Reader(bytes('7fff 00000000'), 'X').count(4)).toThrow(ProtocolError);
    expect(new Reader(bytes('0001 00000000'), 'X').count(4)).toBe(1);
  });

  it('reads text that is no UTF-8 with replacement characters', () => {
    expect(new Reader(bytes('61 ff 62 00'), 'X').cstr()).toBe('a\ufffdb');
    expect(decodeText(bytes('c3'))).toBe('\ufffd');
  });
});
