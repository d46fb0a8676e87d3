/** The same value comes out whether the server sent text or binary, whatever its protocol version. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServerTraits } from '../../../src/types/codec.js';
import { Interval } from '../../../src/types/interval.js';
import { TypeRegistry, type TypeOptions } from '../../../src/types/registry.js';
import { Timestamp } from '../../../src/types/timestamp.js';
import { read, redshiftVersions } from './cells.js';
import { kinds } from './sent.js';

/** The value, or the message of the error that says why there is none. */
function outcome(...cell: Parameters<typeof read>): unknown {
  try {
    return whole(read(...cell));
  } catch (error) {
    return String(error);
  }
}

/** Dates compare by their milliseconds only; this adds what lies below, and the class. */
function whole(value: unknown): unknown {
  if (value instanceof Timestamp) return `Timestamp ${value.toISOString()}`;
  if (value instanceof Interval) return [value.months, value.days, value.microseconds];
  return value;
}

const choices: readonly [string, TypeOptions | undefined][] = [
  ['the default values', undefined],
  ["the preset 'json'", 'json'],
  [
    'text',
    {
      timestamp: 'string',
      timestamptz: 'string',
      interval: 'string',
      varbyte: 'hex',
      json: 'string',
      bigint: 'string',
    },
  ],
  [
    'other values',
    {
      timestamp: 'micros',
      timestamptz: 'micros',
      super: 'json',
      geometry: 'buffer',
      geography: 'buffer',
      numeric: 'number',
    },
  ],
];

function formatOf(oid: number, modifier: number, server: ServerTraits): 0 | 1 {
  return TypeRegistry.defaults.formats([{ typeOid: oid, typeModifier: modifier }], server)[0] === 1 ? 1 : 0;
}

describe.each(choices)('text, binary and what each version asks are one: %s', (_name, types) => {
  it.each(kinds)('%s', (_type, oid, values) => {
    fc.assert(
      fc.property(values, ({ text, binary, modifier = -1 }) => {
        const options = { modifier, ...(types === undefined ? {} : { types }) };
        const first = outcome(oid, 0, Buffer.from(text), options);
        expect(outcome(oid, 1, binary, options)).toEqual(first);
        for (const server of redshiftVersions) {
          const format = formatOf(oid, modifier, server);
          expect(
            outcome(oid, format, format === 1 ? binary : Buffer.from(text), { ...options, server }),
          ).toEqual(first);
        }
      }),
    );
  });
});

describe('what a function gets is the same text from either form', () => {
  it.each(kinds.filter(([, oid]) => ![1005, 1007, 1016].includes(oid)))('%s', (_type, oid, values) => {
    const types = { [oid]: (written: string) => `<${written}>` };
    fc.assert(
      fc.property(values, ({ text, binary, modifier = -1 }) => {
        const first = read(oid, 0, Buffer.from(text), { types, modifier });
        expect(first).toMatch(/^<[^]*>$/);
        expect(read(oid, 1, binary, { types, modifier })).toBe(first);
      }),
    );
  });
});
