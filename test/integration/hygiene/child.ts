/**
 * Runs a program of `programs/` in a process of its own, as a user's program runs: without a listener anywhere, without
 * the hooks of a test runner. It tells what the process printed, how it ended, and how long it lived after its last word.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from its last output to its end. */
  readonly lingered: number;
}

export interface ChildOptions {
  /** Flags of Node, `--expose-gc` for one. */
  readonly flags?: readonly string[];
  /** Kilobytes of private memory that the operating system lets it have (RLIMIT_DATA; PostgreSQL and others call it `ulimit -d`). */
  readonly dataLimit?: number;
  /** Milliseconds after which it is killed, which fails the test: `signal` is then SIGKILL. */
  readonly patience?: number;
}

const programs = fileURLToPath(new URL('./programs/', import.meta.url));

/** @param given what the program reads as JSON from its first argument (see programs/given.ts) */
export async function runProgram(name: string, given: unknown, options: ChildOptions = {}): Promise<Ended> {
  const command = [
    process.execPath,
    ...(options.flags ?? []),
    '--import',
    'tsx',
    `${programs}${name}.ts`,
    JSON.stringify(given),
  ];
  const child =
    options.dataLimit === undefined
      ? spawn(command[0]!, command.slice(1), settings())
      : spawn(
          'sh',
          ['-c', `ulimit -d ${String(options.dataLimit)} && exec "$@"`, 'sh', ...command],
          settings(),
        );
  const kill = setTimeout(() => child.kill('SIGKILL'), options.patience ?? 30_000);
  const output = { stdout: '', stderr: '' };
  let last = performance.now();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (piece: string) => {
      output[stream] += piece;
      last = performance.now();
    });
  }
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...end) => resolve(end));
  });
  clearTimeout(kill);
  return { code, signal, ...output, lingered: performance.now() - last };
}

function settings() {
  return {
    // A test runner's own settings are not those of a user's program.
    env: { ...process.env, NODE_OPTIONS: '', VITEST: undefined, NODE_ENV: undefined },
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
  };
}
