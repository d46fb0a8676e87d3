/** One measurement, in the process that makes it: wall time, CPU time and peak memory of what `work` does. */

export interface Measurement {
  /** What was counted: rows, queries … */
  readonly count: number;
  readonly wallMs: number;
  /** User and system time of this process. */
  readonly cpuMs: number;
  /** Peak resident memory of this process, from its start. */
  readonly peakMb: number;
  /** Bytes that the result says it holds, where it does. */
  readonly held?: number;
  /** Milliseconds each, where single operations were timed. */
  readonly each?: readonly number[];
}

/** @param work gives the count, and the durations of single operations if it timed them */
export async function measure(
  work: () => Promise<number | { readonly count: number; readonly each: readonly number[] }>,
): Promise<Measurement> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  const done = await work();
  const wallMs = performance.now() - from;
  const used = process.cpuUsage(cpu);
  return {
    ...(typeof done === 'number' ? { count: done } : done),
    wallMs,
    cpuMs: (used.user + used.system) / 1000,
    // Kilobytes on Linux and, unlike process.memoryUsage(), the peak.
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
