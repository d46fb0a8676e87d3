/**
 * A data frame as a table of text: names, types, the first and last rows, cut to the width of the terminal. For people;
 * it never throws, whatever the cells hold.
 */
import { inspect } from 'node:util';
import { Interval } from '../types/interval.js';
import type { Column } from './column.js';
import { typeText, type DataKind } from './schema.js';
import { charWidth, cut, padded, printable, textWidth } from './text-width.js';

/** What of node:util's InspectOptions counts here. */
export interface InspectOptions {
  readonly breakLength?: number | undefined;
}

interface Printed {
  readonly columns: readonly Column[];
  readonly numRows: number;
}

const rowsShown = 10;
const widestCell = 32;
const gap = 2;

/** The terminal's width, else 80; console.log and util.inspect say nothing of it unless breakLength was set. */
export function printWidth(options: InspectOptions | undefined): number {
  const { isTTY, columns } = process.stdout as { isTTY?: boolean; columns?: number };
  if (isTTY === true && columns !== undefined && columns > 0) return columns;
  const length = options?.breakLength;
  // 80 is inspect's default and 128 console's; neither means that somebody chose it.
  return length !== undefined && Number.isFinite(length) && length !== 128 ? Math.max(length, 40) : 80;
}

/** @param depth what util.inspect hands on: below 0 there is no room for a table */
export function framePrint(frame: Printed, width: number, depth = 0): string {
  const { numRows, columns } = frame;
  const size = `${plural(numRows, 'row')} x ${plural(columns.length, 'column')}`;
  if (depth < 0 || columns.length === 0) return `DataFrame (${size})`;
  const indices = shownRows(numRows);
  const blocks = columns.map((column) => cellsOf(column, indices));
  const shown = fitting(blocks, width);
  const lines = table(
    shown.map((index) => (index === undefined ? ellipsis(indices.length) : blocks[index]!)),
  );
  const left = columns.length - shown.filter((index) => index !== undefined).length;
  const hidden = left === 0 ? '' : `, ${String(left)} not shown`;
  return [`DataFrame (${size}${hidden})`, ...lines].join('\n');
}

const plural = (count: number, word: string): string => `${String(count)} ${word}${count === 1 ? '' : 's'}`;

/** Undefined stands for the rows that are left out. */
function shownRows(numRows: number): (number | undefined)[] {
  if (numRows <= rowsShown) return Array.from({ length: numRows }, (_, index) => index);
  const half = rowsShown / 2;
  return Array.from({ length: rowsShown + 1 }, (_, place) =>
    place < half ? place : place === half ? undefined : numRows - rowsShown + place - 1,
  );
}

interface Cells {
  readonly head: string;
  readonly type: string;
  readonly cells: readonly string[];
  readonly right: boolean;
  readonly width: number;
}

const rightKinds: ReadonlySet<DataKind> = new Set([
  'int16',
  'int32',
  'int64',
  'uint32',
  'float32',
  'float64',
  'decimal128',
]);

function cellsOf(column: Column, indices: readonly (number | undefined)[]): Cells {
  const cells = indices.map((index) => (index === undefined ? '…' : cellText(column, index)));
  return block(
    printable(column.name, widestCell),
    typeText(column.type),
    cells,
    rightKinds.has(column.type.kind),
  );
}

function block(head: string, type: string, cells: readonly string[], right: boolean): Cells {
  const width = Math.max(...[head, type, ...cells].map(textWidth));
  return { head, type, cells, right, width: Math.min(width, widestCell) };
}

const ellipsis = (rows: number): Cells => block('…', '', new Array<string>(rows).fill('…'), false);

function cellText(column: Column, index: number): string {
  try {
    const value = column.get(index);
    return printable(value === null ? 'null' : valueText(value), widestCell);
  } catch {
    // A timestamp beyond Date, for example: printing is no place for an error.
    return '?';
  }
}

function valueText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, Math.min(value.byteLength, widestCell)).toString(
      'hex',
    );
  }
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || value instanceof Interval) return String(value);
  return inspect(value, {
    depth: 1,
    breakLength: Infinity,
    maxStringLength: widestCell,
    maxArrayLength: widestCell,
  });
}

/** Which columns fit: all, else the first and the last ones around `undefined`. At least one is always shown. */
function fitting(blocks: readonly Cells[], width: number): (number | undefined)[] {
  const all = blocks.map((_, index) => index);
  const room = (indices: readonly number[]): number =>
    indices.reduce((sum, index) => sum + blocks[index]!.width + gap, -gap);
  if (room(all) <= width) return all;
  for (let count = blocks.length - 1; count > 1; count--) {
    const first = Math.ceil(count / 2);
    const kept = all.filter((index) => index < first || index >= blocks.length - (count - first));
    if (room(kept) + gap + charWidth('…') <= width) {
      return [...kept.slice(0, first), undefined, ...kept.slice(first)];
    }
  }
  return blocks.length === 1 ? [0] : [0, undefined];
}

function table(blocks: readonly Cells[]): string[] {
  const line = (text: (one: Cells) => string): string =>
    blocks
      .map((one) => padded(cut(text(one), one.width), one.width, one.right))
      .join(' '.repeat(gap))
      .trimEnd();
  const rows = blocks[0]!.cells.map((_, row) => line(({ cells }) => cells[row]!));
  return [
    line(({ head }) => head),
    line(({ type }) => type),
    line(({ width }) => '─'.repeat(width)),
    ...rows,
  ];
}
