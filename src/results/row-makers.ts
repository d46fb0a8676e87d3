/**
 * Row objects out of columns of values. The engine learns at each place in the source what it meets there, and keeps that
 * for at most four kinds of objects and one name: after that, one place for all results costs 110 ns more a row for the
 * copy, and 7 ns more a column for the store. So the same line stands here many times, and each result keeps to its own.
 */

type Row = Record<string, unknown>;

/** Puts `count` copies of the template behind `rows`. */
export type Copier = (template: Readonly<Row>, count: number, rows: unknown[]) => void;

/** Gives the rows from `from` on their values of one column. */
export type Writer = (rows: Row[], from: number, name: string, values: readonly unknown[]) => void;

const copiers: readonly Copier[] = [
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
  (template, count, rows) => {
    for (let at = 0; at < count; at++) rows.push({ ...template });
  },
];

const writers: readonly Writer[] = [
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
  (rows, from, name, values) => {
    for (let at = 0; at < values.length; at++) rows[from + at]![name] = values[at];
  },
];

/** Names that have a writer of their own; those that come when all are given away share the last one. */
const writerOf = new Map<string, Writer>();

export function writerFor(name: string): Writer {
  const known = writerOf.get(name);
  if (known !== undefined) return known;
  const writer = writers[writerOf.size]!;
  if (writerOf.size < writers.length - 1) writerOf.set(name, writer);
  return writer;
}

/** Objects with the same names in the same order are of one kind for the engine, whichever result they come from. */
export function copierFor(names: readonly string[]): Copier {
  let hash = 0;
  for (const name of names) {
    hash = Math.imul(hash + name.length, 31);
    for (let at = 0; at < Math.min(name.length, 16); at++)
      hash = Math.imul(hash ^ name.charCodeAt(at), 0x0100_0193);
  }
  return copiers[(hash >>> 8) % copiers.length]!;
}
