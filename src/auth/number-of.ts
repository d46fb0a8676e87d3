/** Objects and functions as parts of keys: each has a number of its own, for as long as this process runs. */

const numbers = new WeakMap<object, number>();
let next = 1;

/** Undefined is 0: nothing given is always the same. */
export function numberOf(thing: object | undefined): number {
  if (thing === undefined) return 0;
  const known = numbers.get(thing) ?? next++;
  numbers.set(thing, known);
  return known;
}
