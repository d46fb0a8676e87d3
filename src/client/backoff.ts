/** How long to wait before the next try. Doubling, with jitter, so that clients that failed together do not come back together. */

/**
 * Seconds before try number `failures` + 1: between half and all of `first` doubled for each further failure, `most` at the most.
 * Half is fixed, so that there is never no wait at all.
 */
export function backoff(
  failures: number,
  first: number,
  most: number,
  random: () => number = Math.random,
): number {
  const full = Math.min(most, first * 2 ** Math.min(failures - 1, 60));
  return full / 2 + (full / 2) * random();
}
