/**
 * Runs targets: makes inputs from a seed, checks them until the time is over, makes what failed smaller. It knows nothing
 * of what is tested, and every input can be made again from the seed and its number.
 */
import { literal } from './literal.js';
import { Random } from './random.js';

/** What a target found. Any other error that a check throws is a finding too: the code under test let it out. */
export class Finding extends Error {
  override name = 'Finding';
  /** While an input is made smaller, only findings of the same kind count. */
  readonly kind: string;

  constructor(message: string, kind = message.slice(0, 24)) {
    super(message);
    this.kind = kind;
  }
}

/** @throws Finding unless it holds */
export function hold(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Finding(what());
}

export interface Target<Input = unknown> {
  readonly name: string;
  /** One line: what is put in, and what it is held against. */
  readonly about: string;
  /** What has to run beside it; those targets are for the integration tests. */
  readonly needs: 'nothing' | 'a server';
  open(): Promise<Checking<Input>>;
}

export interface Checking<Input> {
  generate(random: Random): Input;
  /** @throws whatever is wrong */
  check(input: Input): void | Promise<void>;
  /** Smaller inputs of the same kind. */
  smaller?(input: Input): Iterable<Input>;
  /** Further figures of the run, one a line. */
  figures?(): readonly string[];
  close?(): Promise<void>;
}

export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Only this input. */
  readonly iteration?: number | undefined;
  /** Told the number of each input before it is checked: what hangs can be named by another thread. */
  readonly before?: ((iteration: number) => void) | undefined;
}

export interface Outcome {
  readonly target: string;
  readonly seed: number;
  readonly inputs: number;
  readonly seconds: number;
  readonly figures: readonly string[];
  readonly found: Found | undefined;
}

export interface Found {
  readonly iteration: number;
  readonly error: string;
  /** JavaScript source. */
  readonly input: string;
  readonly shrunk: string | undefined;
}

/** An input that keeps the processor for longer than this is a finding: every reader is linear. */
const slowest = 4;
/** Milliseconds for shrinking. */
const patience = 10_000;

export async function runTarget<Input>(target: Target<Input>, options: RunOptions): Promise<Outcome> {
  const checking = await target.open();
  const stray: unknown[] = [];
  const note = (error: unknown): void => void stray.push(error);
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
  const start = performance.now();
  let inputs = 0;
  let found: Found | undefined;
  try {
    const end = start + options.seconds * 1000;
    let pause = start;
    let iteration = options.iteration ?? 0;
    do {
      options.before?.(iteration);
      const input = checking.generate(new Random(options.seed, iteration));
      const error = await tryOne(checking, input, stray);
      inputs++;
      if (error !== undefined) {
        found = await report(checking, input, iteration, error.is, stray);
        break;
      }
      iteration++;
      // A check that never waits would keep timers, signals and stray rejections from being seen.
      if (performance.now() > pause) {
        await new Promise((resolve) => setImmediate(resolve));
        pause = performance.now() + 50;
      }
    } while (options.iteration === undefined && performance.now() < end);
    if (found === undefined && stray.length > 0) {
      found = { iteration, error: describe(stray[0]), input: 'unknown: it came later', shrunk: undefined };
    }
  } finally {
    await checking.close?.();
    process.off('unhandledRejection', note);
    process.off('uncaughtException', note);
  }
  return {
    target: target.name,
    seed: options.seed,
    inputs,
    seconds: (performance.now() - start) / 1000,
    figures: checking.figures?.() ?? [],
    found,
  };
}

async function tryOne<Input>(
  checking: Checking<Input>,
  input: Input,
  stray: unknown[],
): Promise<{ readonly is: unknown } | undefined> {
  const began = process.cpuUsage();
  const from = performance.now();
  try {
    const waiting = checking.check(input);
    // A check that does not wait is not made to: a turn of the loop costs more than most of them.
    if (waiting !== undefined) await waiting;
  } catch (error) {
    return { is: error };
  }
  const lost = stray.shift();
  if (lost !== undefined) return { is: new Finding(`Nobody caught: ${describe(lost)}`) };
  if (performance.now() - from < slowest * 1000) return undefined;
  const seconds = process.cpuUsage(began).user / 1e6;
  return seconds < slowest ? undefined : { is: new Finding(`Took ${seconds.toFixed(1)} s of the processor`) };
}

async function report<Input>(
  checking: Checking<Input>,
  input: Input,
  iteration: number,
  first: unknown,
  stray: unknown[],
): Promise<Found> {
  let error = first;
  let best = input;
  const end = performance.now() + patience;
  for (let better = true; better && performance.now() < end;) {
    better = false;
    for (const candidate of checking.smaller?.(best) ?? []) {
      if (performance.now() > end) break;
      const again = await tryOne(checking, candidate, stray);
      if (again === undefined || kindOf(again.is) !== kindOf(first)) continue;
      best = candidate;
      error = again.is;
      better = true;
      break;
    }
  }
  return {
    iteration,
    error: describe(error),
    input: literal(input),
    shrunk: best === input ? undefined : literal(best),
  };
}

/** What makes two errors the same finding. */
function kindOf(error: unknown): string {
  if (error instanceof Finding) return error.kind;
  return error instanceof Error ? `${error.name}: ${error.message.slice(0, 16)}` : String(error);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
}

/** One run as text. */
export function tell({ target, seed, inputs, seconds, figures, found }: Outcome): string {
  const rate = Math.round(inputs / Math.max(seconds, 0.001));
  const lines = [
    `${target}: ${String(inputs)} inputs in ${seconds.toFixed(1)} s (${String(rate)} a second), seed ${String(seed)}, ${found === undefined ? 'nothing found' : 'FOUND'}`,
    ...figures.map((figure) => `  ${figure}`),
  ];
  if (found !== undefined) {
    lines.push(
      `  again: npm run fuzz -- --target ${target} --seed ${String(seed)} --iteration ${String(found.iteration)}`,
      `  ${found.error.replaceAll('\n', '\n  ')}`,
      `  input: ${found.input}`,
      ...(found.shrunk === undefined ? [] : [`  smaller: ${found.shrunk}`]),
    );
  }
  return lines.join('\n');
}
