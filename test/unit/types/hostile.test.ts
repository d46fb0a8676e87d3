/** Whatever bytes come, a reader gives a value or a DataError, and takes no longer than the bytes are many. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.js';
import { defaultCodecs, vectors } from '../../../src/types/defaults.js';
import { elementOfArray } from '../../../src/types/type-options.js';
import type { TypeOptions } from '../../../src/types/registry.js';
import { numericModifier, postgresql, read, redshift } from './cells.js';

const oids = [...defaultCodecs.map(({ oid }) => oid), ...vectors.keys(), ...elementOfArray.keys(), 99_999];
const choices: readonly (TypeOptions | undefined)[] = [
  undefined,
  'json',
  {
    bigint: 'number',
    numeric: 'number',
    date: 'date',
    timestamp: 'string',
    timestamptz: 'micros',
    super: 'json',
    interval: 'string',
    geometry: 'buffer',
  },
];
const servers = [redshift(0), redshift(2), postgresql];

function tryRead(
  oid: number,
  format: 0 | 1,
  bytes: Uint8Array,
  server = redshift(2),
  types?: TypeOptions,
  modifier = -1,
): void {
  try {
    read(oid, format, bytes, { server, modifier, ...(types === undefined ? {} : { types }) });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
  }
}

describe('random bytes', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '"',
    '\\',
    ',',
    'NULL',
    '1',
    '-',
    '.',
    ':',
    ' ',
    '2024-01-01',
    ' 00:00:00',
    '+00',
    ' BC',
    'e9',
    'infinity',
    'NaN',
    'days',
    ' mons',
    '\\x',
    'ff',
    '[0:1]=',
    '9'.repeat(20),
    'é',
    '\0',
  );
  const cell = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.array(pieces, { maxLength: 8 }).map((list) => Buffer.from(list.join(''))),
    fc
      .constantFrom(0, 1, 2, 4, 8, 12, 16, 20)
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
    // The head of a binary array, so that its inside is reached.
    fc
      .tuple(fc.nat(3), fc.constantFrom(...oids), fc.uint8Array({ maxLength: 60 }))
      .map(([dimensions, oid, rest]) => {
        const head = Buffer.alloc(12);
        head.writeInt32BE(dimensions);
        head.writeUInt32BE(oid, 8);
        return Buffer.concat([head, rest]);
      }),
  );
  it('never bring a reader of any type down', () => {
    fc.assert(
      fc.property(
        cell,
        fc.constantFrom(...oids),
        fc.constantFrom(0 as const, 1 as const),
        fc.constantFrom(...servers),
        fc.constantFrom(...choices),
        fc.constantFrom(-1, 0, 4, numericModifier(38, 10), 2_147_483_647, -2_147_483_648),
        (bytes, oid, format, server, types, modifier) => {
          tryRead(oid, format, bytes, server, types, modifier);
        },
      ),
      { numRuns: 20_000 },
    );
  });
});

describe('a megabyte of the worst input', () => {
  const million = 1_000_000;
  const worst = [
    '1',
    '9',
    '{',
    '}',
    '"',
    '\\',
    ' ',
    ',',
    '{1,',
    '{"',
    '"\\',
    '-',
    '.',
    'a',
    'é',
    '0:',
    '1 ',
    '1 day ',
    '[',
    '{"a":',
    '[0:1]',
    '\\000',
    'ff',
    '\0',
  ];
  const cells = [
    ...worst.map((piece) => Buffer.from(piece.repeat(Math.ceil(million / piece.length)))),
    Buffer.from(`{${'1,'.repeat(million / 2)}1}`),
    Buffer.from(`{"${'\\"'.repeat(million / 2)}"}`),
    Buffer.from(`[1234567890123456,"${'\\\\'.repeat(million / 2)}"]`),
    Buffer.from(`[${'12345678901234567890,'.repeat(million / 21)}1]`),
    Buffer.alloc(million),
    Buffer.alloc(million, 0xff),
  ];
  // One type of each reader; all plain text types share theirs.
  const readers = [
    16, 20, 23, 26, 700, 701, 1700, 1082, 1083, 1266, 1114, 1184, 702, 1186, 1190, 6551, 17, 3000, 4000, 114,
    1043, 22, 1007, 1009, 1231, 1016, 1006,
  ];
  it.each(readers)(
    'type %i is read or refused within a second',
    // Wall-clock bounds: one miss on a busy machine is no finding, three are.
    { retry: 2, timeout: 60_000 },
    (oid) => {
      for (const types of oid === 4000 ? (['json'] as const) : [undefined]) {
        for (const format of [0, 1] as const) {
          for (const bytes of format === 0 ? cells : cells.slice(-2)) {
            const start = performance.now();
            tryRead(oid, format, bytes, redshift(2), types);
            expect(performance.now() - start).toBeLessThan(1000);
          }
        }
      }
    },
  );
});
