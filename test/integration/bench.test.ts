/** The benchmark runs: every client takes part, gives the server's values, and the tables come out. No time is looked at. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const house = fileURLToPath(new URL('../..', import.meta.url));

const bench = (...args: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...args], { cwd: house });

it('every group, with few rows', { timeout: 180_000 }, async () => {
  const { stdout } = await bench('--quick', '--goals');
  const heads = [...stdout.matchAll(/^### ([a-z]+):/gm)].map(([, group]) => group);
  expect([...new Set(heads)]).toEqual([
    ...['rows', 'columns', 'tls', 'redshift', 'live', 'small', 'insert', 'stream', 'connect'],
  ]);
  // Who is measured has figures; ours and the peers are in every group.
  for (const client of ['redshift-connector', 'pg', 'postgres', 'floor: walk headers']) {
    expect(stdout).toMatch(new RegExp(`\\| ${client}.* \\| +[0-9.]+ \\|`, 'm'));
  }
  expect(stdout).toMatch(/### Goals: \d+ met, \d+ not met, \d+ not measured/);
});
