/** What a reference says of a cell, and how it is held against what the driver says. It shares no code with the driver's readers. */
import { Interval } from '../../../src/types/interval.js';
import { Timestamp } from '../../../src/types/timestamp.js';
import type { Random } from '../random.js';

/** Undefined: no value of the type, which has to be a DataError. */
export type Reading = { readonly is: unknown } | undefined;

/** Thrown where a reference has nothing to say. */
export class Untold extends Error {}

export interface Cell {
  readonly format: 0 | 1;
  readonly bytes: Uint8Array;
  readonly modifier: number;
  readonly dialect: 'redshift' | 'postgresql';
  /** As the user chose: undefined the default, `preset` for `types: 'json'`, `text` for a function of the text. */
  readonly choice: string | undefined;
}

/** One SQL type, told a second time. */
export interface Reference {
  readonly name: string;
  readonly oid: number;
  readonly choices: readonly (string | undefined)[];
  /** A cell that a server may send, in either format. */
  random(random: Random, cell: Omit<Cell, 'bytes'>): Uint8Array;
  read(cell: Cell): Reading;
  /** Pieces that mutations put in. */
  readonly pieces: readonly string[];
  /** Type modifiers that columns of it have. */
  modifier?(random: Random): number;
}

/** A function that a user may give for a type: it shows that it was called, and with what. */
export const custom = (text: string): unknown => ({ custom: text });

/** Whether both are the same value, to the last bit: -0 is not 0, a Timestamp not a Date. */
export function same(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) {
    return Object.is(left, right);
  }
  if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false;
  if (left instanceof Date && right instanceof Date) {
    const below = (date: Date): number => (date instanceof Timestamp ? date.microseconds : -1);
    return left.getTime() === right.getTime() && below(left) === below(right);
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  if (left instanceof Interval && right instanceof Interval) {
    return (
      left.months === right.months && left.days === right.days && left.microseconds === right.microseconds
    );
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]));
  }
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every(
      (name) => Object.hasOwn(right, name) && same(Reflect.get(left, name), Reflect.get(right, name)),
    )
  );
}
