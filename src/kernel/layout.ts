/** How the kernel's memory is divided: its constants, the slabs, and behind them what each call uses as it likes. */

/** The bytes of rows that a slab holds: as many as the longest reads from a socket bring. */
export const slabBytes = 256 * 1024;
/** Slabs that lie in the kernel's memory: 4 MiB of rows. It is never given back, so that the rest lies elsewhere. */
export const slabCount = 16;
/** Copies go 16 bytes at a time: so much lies behind every area that nobody looks at. */
export const slack = 64;

/** The shortest row of so many columns: type, length, count, and a length for each value. */
const shortest = (columns: number): number => 7 + 4 * columns;

/** Not a power of two, or the columns' places would fall into the same lines of the cache. */
const apart = 3;

/** Places of a column in a slab: it never holds more rows of so many columns. */
export const strideOf = (columns: number): number => Math.floor(slabBytes / shortest(columns)) + apart;

/** A place is four bytes as is the length of its cell, and a result has at most 1,664 columns: all of a slab's fit. */
export const placesBytes = slabBytes + 32 * 1024;

export const aligned = (address: number): number => (address + 63) & ~63;

/** From one slab to the next. */
export const slabSpan = aligned(slabBytes + slack) + aligned(placesBytes + slack);
export const slabsBytes = slabCount * slabSpan;
