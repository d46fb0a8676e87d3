/** Results made of cells: as rows and as columns, decoded from the same bytes. */
import { ColumnBlockDecoder } from '../../../src/results/column-decoder.js';
import { planColumns } from '../../../src/results/column-plan.js';
import { ColumnResult } from '../../../src/results/column-result.js';
import type { DataFrame } from '../../../src/results/data-frame.js';
import type { RowBatch } from '../../../src/results/row-store.js';
import type { MakeColumnDecoder } from '../../../src/kernel/lanes.js';
import { makePlainDecoder } from '../../../src/kernel/plain.js';
import { blockOf as typesBlock, type ServerTraits } from '../../../src/types/codec.js';
import { Interval } from '../../../src/types/interval.js';
import { TypeRegistry, type TypeOptions } from '../../../src/types/registry.js';
import { Timestamp } from '../../../src/types/timestamp.js';
import { blockOf, type Cell } from '../kernel/blocks.js';

export interface TestColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
}

export const column = (typeOid: number, typeModifier = -1, name = 'c'): TestColumn => ({
  name,
  typeOid,
  typeModifier,
});

export interface Settings {
  readonly server: ServerTraits;
  readonly formats: readonly number[];
  readonly types?: TypeOptions | undefined;
  readonly make?: MakeColumnDecoder;
  /** Rows of each block. */
  readonly block?: number;
}

export function batchOf(rows: readonly (readonly Cell[])[]): RowBatch {
  const { bytes, start, end } = blockOf(rows);
  return {
    ...typesBlock(bytes),
    offset: start,
    end,
    rows: rows.length,
    all: rows.length,
    kernelSlab: undefined,
  };
}

/** The data frame of these cells. */
export function frameOf(
  columns: readonly TestColumn[],
  rows: readonly (readonly Cell[])[],
  { server, formats, types, make = makePlainDecoder, block = 1000 }: Settings,
): DataFrame {
  const plans = planColumns(columns, formats, TypeRegistry.defaults.with(types), server);
  const result = new ColumnResult(new ColumnBlockDecoder(plans, make));
  for (let at = 0; at < rows.length; at += block) result.take(batchOf(rows.slice(at, at + block)), Infinity);
  return result.finish();
}

/** Values as the readers of rows give them. */
export function cellsAsRows(
  columns: readonly TestColumn[],
  rows: readonly (readonly Cell[])[],
  { server, formats, types }: Settings,
): unknown[][] {
  const readers = TypeRegistry.defaults.with(types).readers(columns, formats, server);
  return rows.map((row) =>
    row.map((cell, at) => {
      if (cell === null) return null;
      const bytes = Buffer.concat([Buffer.from('xx'), cell, Buffer.from('yy')]);
      return readers[at]!(typesBlock(bytes), 2, 2 + cell.length);
    }),
  );
}

/** Values that a test can compare: dates by microseconds, numbers and bigints by their digits. */
export function plain(value: unknown): unknown {
  if (value instanceof Date) {
    return `us ${String(BigInt(value.getTime()) * 1000n + BigInt(value instanceof Timestamp ? value.microseconds : 0))}`;
  }
  if (value instanceof Interval) return [value.months, value.days, value.microseconds];
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  return value;
}
