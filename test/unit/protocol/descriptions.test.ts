import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBackend, encodeBackend } from '../../../src/protocol/backend.js';
import { Descriptions } from '../../../src/protocol/descriptions.js';
import type { BackendMessage } from '../../../src/protocol/messages.js';
import { backend } from './arbitraries.js';

const rowDescription = 0x54;

/** The body alone: a type byte and a length stand before it. */
const bodyOf = (message: BackendMessage): Uint8Array => encodeBackend(message, 0).subarray(5);

function fieldsOf(message: BackendMessage): unknown {
  if (message.type !== 'RowDescription') throw new Error(message.type);
  return message.fields;
}

describe('RowDescriptions that came before', () => {
  it('are what they would be anew, in any order, also when their bytes are written over', () => {
    fc.assert(
      fc.property(
        fc.array(backend.RowDescription, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(5), { maxLength: 30 }),
        (messages, order) => {
          const descriptions = new Descriptions();
          const bodies = messages.map(bodyOf);
          // One piece of memory for all of them, as a socket's.
          const memory = Buffer.alloc(Math.max(...bodies.map(({ length }) => length)));
          for (const which of order) {
            const body = bodies[which % bodies.length]!;
            memory.fill(0xff).set(body);
            const told = descriptions.decode(memory.subarray(0, body.length), 0);
            expect(told).toEqual(decodeBackend(rowDescription, body, 0));
            expect(fieldsOf(descriptions.decode(memory.subarray(0, body.length), 0))).toBe(fieldsOf(told));
          }
        },
      ),
    );
  });

  it('are others when one byte differs, or the version of the protocol', () => {
    const column = {
      name: 'id',
      tableOid: 0,
      attributeNumber: 0,
      typeOid: 23,
      typeSize: 4,
      typeModifier: -1,
    };
    const body = bodyOf({ type: 'RowDescription', fields: [{ ...column, format: 0 }] });
    const descriptions = new Descriptions();
    const first = descriptions.decode(body, 0);
    for (let at = 2; at < body.length - 2; at++) {
      const other = Uint8Array.from(body);
      // The byte that ends the name stays.
      if (other[at] === 0 && at === 4) continue;
      other[at]! ^= 1;
      expect(descriptions.decode(other, 0)).toEqual(decodeBackend(rowDescription, other, 0));
    }
    expect(descriptions.decode(body, 0)).toEqual(first);
    expect(() => descriptions.decode(body, 1)).toThrow('RowDescription');
    expect(descriptions.decode(body, 0)).toEqual(first);
  });

  it('that cannot be are told each time', () => {
    const descriptions = new Descriptions();
    for (let time = 0; time < 2; time++) {
      expect(() => descriptions.decode(Uint8Array.of(0, 1), 0)).toThrow('RowDescription');
    }
  });
});
