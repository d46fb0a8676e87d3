/** A column has the values that rows have, whatever the type, the format, the server's version and the blocks it came in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeJson } from '../../../src/types/json.js';
import { TypeRegistry, type TypeOptions } from '../../../src/types/registry.js';
import type { Cell } from '../kernel/blocks.js';
import { redshiftVersions } from '../types/cells.js';
import { kinds, type Sent } from '../types/sent.js';
import { cellsAsRows, column, frameOf, plain, type TestColumn } from './result-columns.js';

const cellOf = (sent: Sent | null, format: number): Cell =>
  sent === null ? null : format === 1 ? sent.binary : Buffer.from(sent.text);

/** What a column has where rows have this. */
function asColumn(value: unknown, sent: Sent | null): unknown {
  if (sent === null) return null;
  // Arrays and JSON that rows parse are text in a column.
  if (Array.isArray(value) && sent.text.startsWith('{')) return writeJson(value);
  if (typeof value === 'object' && value !== null && !/^[A-Z]/.test(value.constructor.name)) return sent.text;
  return plain(value);
}

const choices: readonly [string, TypeOptions | undefined][] = [
  ['the default values', undefined],
  [
    'text',
    {
      timestamp: 'string',
      timestamptz: 'string',
      interval: 'string',
      date: 'string',
      time: 'string',
      varbyte: 'hex',
      json: 'string',
      bigint: 'string',
      numeric: 'string',
    },
  ],
  ['functions, which are for rows', { numeric: () => 1, timestamp: () => 2, bigint: () => 3, date: 'date' }],
  ['numbers and bytes', { numeric: 'number', geometry: 'buffer', geography: 'buffer' }],
];

describe.each(choices)('columns have the values of rows: %s', (name, types) => {
  it.each(kinds)('%s', (type, oid, values) => {
    fc.assert(
      fc.property(
        fc.array(fc.option(values), { maxLength: 20 }),
        fc.constantFrom(...redshiftVersions),
        fc.constantFrom(0, 1),
        fc.integer({ min: 1, max: 9 }),
        (all, server, format, block) => {
          // One column has one modifier.
          const modifier = all.find((one) => one?.modifier !== undefined)?.modifier ?? -1;
          const sent = all.filter(
            (one) => one === null || (one.modifier ?? -1) === modifier || one.modifier === undefined,
          );
          const columns = [column(oid, modifier)];
          const rows = sent.map((one) => [cellOf(one, format)]);
          const settings = { server, formats: [format], types };
          // Functions are for rows, and an array is JSON whatever was chosen for its elements.
          const rowTypes = name.startsWith('functions') || type.endsWith('[]') ? undefined : types;
          const wanted = cellsAsRows(columns, rows, { ...settings, types: rowTypes }).map(([value], at) =>
            oid === 114 || oid === 4000 ? (sent[at]?.text ?? null) : asColumn(value, sent[at]!),
          );
          const frame = frameOf(columns, rows, { ...settings, block });
          expect(frame.column(0).toArray().map(plain)).toEqual(wanted);
          expect(frame.column(0).nullCount).toBe(sent.filter((one) => one === null).length);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a whole result', () => {
  it('is the same as rows and as columns, in whatever blocks it came', () => {
    const usual = kinds.filter(([, oid]) => oid !== 114 && oid !== 4000 && oid !== 1700);
    const table = fc.array(fc.constantFrom(...usual), { minLength: 1, maxLength: 6 }).chain((chosen) =>
      fc.record({
        chosen: fc.constant(chosen),
        rows: fc.array(fc.tuple(...chosen.map(([, , values]) => fc.option(values))), { maxLength: 30 }),
        server: fc.constantFrom(...redshiftVersions),
        block: fc.integer({ min: 1, max: 31 }),
      }),
    );
    fc.assert(
      fc.property(table, ({ chosen, rows, server, block }) => {
        const columns = chosen.map(([name, oid], at): TestColumn => column(oid, -1, `${name} ${String(at)}`));
        const formats = [...TypeRegistry.defaults.formats(columns, server)];
        const cells = rows.map((row) => row.map((sent, at) => cellOf(sent, formats[at]!)));
        const frame = frameOf(columns, cells, { server, formats, block });
        const wanted = cellsAsRows(columns, cells, { server, formats }).map((row, at) =>
          row.map((value, index) => asColumn(value, rows[at]![index]!)),
        );
        expect(frame.numRows).toBe(rows.length);
        expect(rows.map((_, at) => columns.map((_one, index) => plain(frame.column(index).get(at))))).toEqual(
          wanted,
        );
      }),
      { numRuns: 80 },
    );
  });
});
