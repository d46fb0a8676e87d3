/** Counts the cases of the matrix and what was wrong with them, and prints one table at the end of the run. */
import { afterAll, beforeAll, expect } from 'vitest';
import { surprises, type Problem } from './conversation.js';
import { startTime, stopTime } from './network.js';

/** MATRIX_SEED repeats a run, MATRIX_SPLITS asks for more random splits of each dialogue. */
export const seed = Number(process.env['MATRIX_SEED'] ?? Date.now() % 1_000_000_007);
export const splits = Number(process.env['MATRIX_SPLITS'] ?? 1000);

const kinds: Problem['kind'][] = ['crash', 'hang', 'wrong', 'leak'];

export class Figures {
  readonly #title: string;
  /** Cases by dialogue and kind. */
  readonly #cases = new Map<string, Map<string, number>>();
  readonly #problems = new Map<Problem['kind'], number>();
  #began = 0n;
  #spent: NodeJS.CpuUsage | undefined;

  constructor(title: string) {
    this.#title = title;
  }

  /** Stops the clock for this test file, and prints the table when all its tests are through. */
  install(): void {
    const note = (what: string) => (error: unknown) => {
      surprises.push(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    };
    const listeners = {
      unhandledRejection: note('unhandled rejection'),
      uncaughtException: note('uncaught exception'),
      warning: note('warning'),
    };
    beforeAll(() => {
      this.#began = process.hrtime.bigint();
      this.#spent = process.cpuUsage();
      for (const [event, listener] of Object.entries(listeners)) process.on(event, listener);
      stopTime();
    });
    afterAll(() => {
      startTime();
      for (const [event, listener] of Object.entries(listeners)) process.off(event, listener);
      console.log(this.toString());
    });
  }

  /** Counts a case; what is wrong with it is told with the name by which it can be found again. */
  count(
    dialogue: string,
    kind: string,
    name: string,
    problems: readonly Problem[],
    failures: string[],
  ): void {
    const row = this.#cases.get(dialogue) ?? new Map<string, number>();
    this.#cases.set(dialogue, row);
    row.set(kind, (row.get(kind) ?? 0) + 1);
    for (const problem of problems) {
      this.#problems.set(problem.kind, (this.#problems.get(problem.kind) ?? 0) + 1);
      failures.push(`${dialogue}, ${name}: ${problem.kind}: ${problem.text}`);
    }
  }

  toString(): string {
    const columns = [...new Set([...this.#cases.values()].flatMap((row) => [...row.keys()]))];
    const lines = [['', ...columns, 'cases']];
    const sums = new Map<string, number>();
    for (const [dialogue, row] of [...this.#cases].sort(([a], [b]) => a.localeCompare(b))) {
      const cells = columns.map((column) => row.get(column) ?? 0);
      for (const [index, column] of columns.entries())
        sums.set(column, (sums.get(column) ?? 0) + cells[index]!);
      lines.push([dialogue, ...cells.map(String), String(cells.reduce((sum, each) => sum + each, 0))]);
    }
    const all = columns.map((column) => sums.get(column) ?? 0);
    const total = all.reduce((sum, each) => sum + each, 0);
    lines.push(['all dialogues', ...all.map(String), String(total)]);
    const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
    const table = lines.map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join('  '),
    );
    const took = Number(process.hrtime.bigint() - this.#began) / 1e9;
    const cpu = process.cpuUsage(this.#spent).user / 1e6;
    const plural = { crash: 'crashes', hang: 'hangs', wrong: 'wrong answers', leak: 'leaks' };
    const found = kinds.map((kind) => `${plural[kind]} ${String(this.#problems.get(kind) ?? 0)}`);
    return [
      `${this.#title}: ${String(total)} cases in ${took.toFixed(1)} s (${cpu.toFixed(1)} s of processor), ${found.join(', ')}, seed ${String(seed)}`,
      ...table,
    ].join('\n');
  }
}

/** Shows the first few of what is wrong, and how much it is. */
export function expectNone(failures: readonly string[]): void {
  const shown = failures.slice(0, 8);
  if (failures.length > shown.length) shown.push(`… and ${String(failures.length - shown.length)} more`);
  expect(shown, `MATRIX_SEED=${String(seed)}`).toEqual([]);
}
