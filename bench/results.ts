/** What was measured, and a file of it: a long benchmark may be run group by group. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { median, type Measurement } from './measure.js';

export interface CaseResult {
  readonly group: string;
  readonly title: string;
  readonly unit: string;
  /** By client, in the order in which they take turns. */
  readonly made: Readonly<Record<string, readonly Measurement[]>>;
}

/** Medians of a client. */
export interface Figures {
  /** Microseconds for one. */
  readonly wall: number;
  readonly cpu: number;
  readonly peak: number;
  /** Half of them took less, in microseconds; only where each was timed. */
  readonly half: number | undefined;
}

export function figuresOf(result: CaseResult, client: string): Figures | undefined {
  const all = result.made[client];
  if (all === undefined || all.length === 0) return undefined;
  const each = (of: (one: Measurement) => number): number => median(all.map(of));
  return {
    wall: each(({ wallMs, count }) => (wallMs * 1000) / count),
    cpu: each(({ cpuMs, count }) => (cpuMs * 1000) / count),
    peak: each(({ peakMb }) => peakMb),
    half: all[0]!.each === undefined ? undefined : each(({ each: times }) => median(times ?? []) * 1000),
  };
}

export function readResults(file: string): CaseResult[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CaseResult[]) : [];
}

/** Cases that the file has already are measured anew: the last counts. */
export function writeResults(file: string, results: readonly CaseResult[]): void {
  const is = (one: CaseResult) => (other: CaseResult) =>
    one.group === other.group && one.title === other.title;
  const kept = readResults(file).filter((old) => !results.some(is(old)));
  // Single times are many; their median is what is used of them.
  const lean = results.map((result) => ({
    ...result,
    made: Object.fromEntries(
      Object.entries(result.made).map(([client, all]) => [
        client,
        all.map((one) => (one.each === undefined ? one : { ...one, each: [median(one.each)] })),
      ]),
    ),
  }));
  writeFileSync(file, `${JSON.stringify([...kept, ...lean], null, 1)}\n`);
}
