/** What the kernel can do; one function a kind of column. All are pure functions of the memory that the caller laid out. */
/** Where the caller's memory begins: below lie the kernel's own constants. */
export const memoryStart: usize = __heap_base;

export { walk, walked } from './walk';
export {
  validity,
  bools,
  fill2,
  fill4,
  fill8,
  uint32s,
  int64sAsDoubles,
  dates,
  timestamps,
  times,
} from './fixed';
export { decimalsOfRedshift, decimalsOfPostgres, decimalsOfText } from './decimals';
export { doublesOfRedshift, doublesOfPostgres, doublesOfText } from './doubles';
export { intervals, intervalsOfMonths, intervalsOfMicroseconds } from './intervals';
export { firstNotNumeric } from './numbers-of-text';
export { gather } from './bytes';
export { addToAll, shiftBits, splitsCharacter } from './moves';
export { numbers } from './texts';
