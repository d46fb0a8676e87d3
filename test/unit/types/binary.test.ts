import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.js';
import { binary, postgresql, redshift, text } from './cells.js';

const bytes = fc.uint8Array({ maxLength: 60 }).map((value) => Buffer.from(value));

describe('varbyte', () => {
  it('is a Buffer, whatever the bytes, from either form', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        for (const read of [
          text(6551, value.toString('hex')),
          text(6551, value.toString('hex').toUpperCase()),
          binary(6551, value),
        ]) {
          expect(Buffer.isBuffer(read)).toBe(true);
          expect(value.equals(read as Buffer)).toBe(true);
        }
      }),
    );
    // Bytes that are no text (amazon-redshift-python-driver#261).
    expect(text(6551, 'ff00c3')).toEqual(Buffer.from([0xff, 0, 0xc3]));
  });
  it('is lower-case hex by choice, and for a function', () => {
    for (const types of [{ varbyte: 'hex' }, { varbinary: (written: string) => written }]) {
      expect(text(6551, 'FF00aB', { types })).toBe('ff00ab');
      expect(binary(6551, 'ff00ab', { types })).toBe('ff00ab');
    }
  });
  it.each(['f', 'fg', '0x00', 'ff 0', '\\xff', 'zz', 'ff0'])('refuses %j', (written) => {
    expect(() => text(6551, written)).toThrow(DataError);
  });
  it('shares no memory with the result', () => {
    const cell = Buffer.from([1, 2, 3]);
    const read = binary(6551, cell) as Buffer;
    cell.fill(9);
    expect([...read]).toEqual([1, 2, 3]);
  });
});

describe('bytea', () => {
  it('reads hex and escapes', () => {
    expect(text(17, '\\xDEADbeef')).toEqual(Buffer.from('deadbeef', 'hex'));
    expect(text(17, '\\x')).toEqual(Buffer.alloc(0));
    expect(text(17, '')).toEqual(Buffer.alloc(0));
    expect(text(17, 'a\\\\b\\000\\377c')).toEqual(Buffer.from([0x61, 0x5c, 0x62, 0, 255, 0x63]));
    fc.assert(
      fc.property(bytes, (value) => {
        const escaped = [...value]
          .map((byte) =>
            byte === 0x5c
              ? '\\\\'
              : byte < 32 || byte > 126
                ? `\\${byte.toString(8).padStart(3, '0')}`
                : String.fromCharCode(byte),
          )
          .join('');
        expect(value.equals(text(17, escaped) as Buffer)).toBe(true);
        expect(value.equals(text(17, `\\x${value.toString('hex')}`) as Buffer)).toBe(true);
        expect(value.equals(binary(17, value, { server: postgresql }) as Buffer)).toBe(true);
      }),
    );
  });
  it.each(['\\', 'a\\', '\\00', '\\400', '\\08x', '\\xf', '\\xfg', '\\n'])('refuses %j', (written) => {
    expect(() => text(17, written)).toThrow(DataError);
  });
});

describe('geometry, geometryhex and geography', () => {
  it.each([3000, 3999, 3001])('%i is upper-case hex, from either form', (oid) => {
    expect(text(oid, '0101000000ab')).toBe('0101000000AB');
    expect(binary(oid, '0101000000ab')).toBe('0101000000AB');
    const types = { [oid]: 'buffer' };
    expect(text(oid, '0101AB', { types })).toEqual(Buffer.from('0101ab', 'hex'));
    expect(binary(oid, '0101AB', { types, server: redshift(2) })).toEqual(Buffer.from('0101ab', 'hex'));
    expect(() => text(oid, 'POINT(1 2)')).toThrow(DataError);
  });
});
