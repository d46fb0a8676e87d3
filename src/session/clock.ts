/**
 * A timer that blames nobody for what this process did: when the event loop was busy past the bound, the answer may lie
 * in the socket already, so whatever has arrived is read before the timer counts as fired.
 */

/**
 * Calls `late` after so many milliseconds, unless the function that is returned comes first.
 *
 * @param hold whether the process waits for it
 */
export function startClock(milliseconds: number, late: () => void, hold = true): () => void {
  let pending: NodeJS.Immediate | undefined;
  // Node runs timers, then reads sockets, then runs immediates.
  const timer = setTimeout(
    () => {
      pending = setImmediate(late);
    },
    Math.max(0, milliseconds),
  );
  if (!hold) timer.unref();
  return () => {
    clearTimeout(timer);
    clearImmediate(pending);
  };
}
