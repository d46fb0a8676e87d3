/** The nonce soak, as its command runs it, for a quarter of a minute; `npm run soak` goes on for as long as one likes. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const house = fileURLToPath(new URL('../../', import.meta.url));

it(
  'P1 P2 P3 P4: under aborts, cuts and terminations every answer reaches its own question',
  { timeout: 180_000 },
  async () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'test/soak/main.ts', '--seconds', '15', '--seed', '2026', '--clients', '10'],
      { cwd: house, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, VITEST: undefined } },
    );
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    }
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    const figures = new Map(
      text.split('\n').map((line): [string, string] => [line.slice(0, 26).trim(), line.slice(26)]),
    );
    // All that it printed stands in the failure, the seed included.
    expect({ code, text }).toEqual({ code: 0, text });
    for (const name of ['wrong answers', 'hangs', 'crashes', 'leaks']) expect(figures.get(name)).toBe('0');
    for (const name of ['questions', 'answers checked', 'rows checked', 'committed', 'rolled back']) {
      expect(figures.get(name), name).toMatch(/[1-9]/);
    }
  },
);
