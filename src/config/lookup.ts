/**
 * From a name as somebody spelled it to its row in the table of options, and to the nearest known name when there is none.
 */
import { type ForeignOption, foreignOptions } from './foreign-options.js';
import type { OptionRow } from './option-types.js';
import { type OptionName, options, snakeCase } from './options.js';

export type KnownOption = OptionRow & { readonly name: OptionName };

export type Found =
  /** `scale` makes the option's unit of the value that this name has (milliseconds: 0.001). */
  { readonly is: 'option'; readonly row: KnownOption; readonly scale: number } | ForeignOption;

const exact = new Map<string, Found>();
/** JDBC keys are case-insensitive. */
const folded = new Map<string, Found>();

function enter(name: string, found: Found): void {
  if (!exact.has(name)) exact.set(name, found);
  if (!folded.has(name.toLowerCase())) folded.set(name.toLowerCase(), found);
}

const rows: readonly KnownOption[] = options;
/** Names that mean another option when they are given to `createPool`. */
const ofPools = new Map<string, Found>();
for (const row of rows) {
  for (const name of row.poolMilliseconds ?? []) {
    for (const spelled of [name, snakeCase(name), name.toLowerCase()])
      ofPools.set(spelled, { is: 'option', row, scale: 0.001 });
  }
}
// Names in milliseconds come first: pg's `query_timeout` is also the snake_case of ours, and is taken as pg means it.
for (const row of rows) {
  for (const name of row.milliseconds ?? []) enter(name, { is: 'option', row, scale: 0.001 });
}
for (const row of rows) {
  for (const name of [row.name, snakeCase(row.name), ...(row.aliases ?? [])])
    enter(name, { is: 'option', row, scale: 1 });
}
// Other drivers' camelCase names may be spelled in snake_case too; `LogLevel` and `SSLCert` have no such spelling.
for (const row of rows) {
  for (const name of row.aliases ?? [])
    if (/^[a-z]/.test(name)) enter(snakeCase(name), { is: 'option', row, scale: 1 });
}
for (const [name, foreign] of foreignOptions) {
  enter(name, foreign);
  if (/^[a-z]/.test(name)) enter(snakeCase(name), foreign);
}

const optionNames: readonly string[] = [...exact]
  .filter(([, found]) => found.is === 'option')
  .map(([name]) => name);

/** Other drivers' settings are told apart in any case; our own names are exact, except in a JDBC URL. */
export function findOption(name: string, caseInsensitive: boolean, forPool = false): Found | undefined {
  const found =
    (forPool ? ofPools.get(caseInsensitive ? name.toLowerCase() : name) : undefined) ?? exact.get(name);
  if (found !== undefined) return found;
  const loosely = folded.get(name.toLowerCase());
  return caseInsensitive || loosely?.is !== 'option' ? loosely : undefined;
}

/** The known option whose name is nearest, if any is near enough to be meant. */
export function nearestOption(name: string): string | undefined {
  const near = nearestOf(name, optionNames);
  const found = near === undefined ? undefined : exact.get(near);
  return found?.is === 'option' ? found.row.name : undefined;
}

/** The nearest of some names, if any is near enough to be meant. */
export function nearestOf(name: string, known: Iterable<string>): string | undefined {
  const wanted = squeeze(name);
  if (wanted === '' || wanted.length > 60) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const one of known) {
    const distance = editDistance(wanted, squeeze(one), least);
    if (distance < least) {
      least = distance;
      best = one;
    }
  }
  return best;
}

function squeeze(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s-]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours that make one text of the other; `limit` if as many. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return Math.min(last[b.length]!, limit);
}
