/** What of a driver's work is left in this process: handles of the event loop, listeners, memory. */
import { getEventListeners } from 'node:events';

export interface Remains {
  /** Sockets, TLS sockets, name look-ups, timers: whatever keeps the event loop going, but our standard streams. */
  readonly handles: readonly string[];
  /** Listeners on the process by event. */
  readonly processListeners: Readonly<Record<string, number>>;
}

export function remains(): Remains {
  return {
    handles: process
      .getActiveResourcesInfo()
      .filter((name) => !/^(PipeWrap|TTYWrap|FSReqPromise|CloseReq|Immediate|MessagePort)$/.test(name)),
    processListeners: Object.fromEntries(
      process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
    ),
  };
}

export function abortListeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

/** Bytes of the heap that are in use, behind a collection; the program needs `--expose-gc`. */
export async function heapInUse(): Promise<number> {
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

/** Sockets close a little later than they are told to. */
export async function settled(): Promise<void> {
  const end = performance.now() + 5000;
  while (remains().handles.length > 0 && performance.now() < end) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
