import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, startLocal } from './local/harness.js';

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal();
});
afterAll(async () => {
  await server.stop();
});

/** Runs a program that has no listener of its own, and gives its exit code and how long it lived after its last line. */
async function run(program: string): Promise<{ code: number | null; text: string; afterLastLine: number }> {
  const { sslrootcert, ...rest } = server.options({ autocommit: true });
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    env: { ...process.env, OPTIONS: JSON.stringify({ ...rest, sslrootcert }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let last = performance.now();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      last = performance.now();
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, text, afterLastLine: performance.now() - last };
}

const start = `
  import { connect } from './src/index.js';
  const options = JSON.parse(process.env.OPTIONS);
  const conn = await connect(options);
`;

describe('a process', () => {
  it('ends by itself after close()', { retry: 2 }, async () => {
    const { code, text, afterLastLine } = await run(`${start}
      await conn.query('select 1');
      await conn.close();
      console.log('closed');`);
    expect(text).toBe('closed\n');
    expect(code).toBe(0);
    expect(afterLastLine).toBeLessThan(1000);
  });

  it('survives a server that hangs up on an idle connection, without any listener', async () => {
    const { code, text } = await run(`${start}
      const other = await connect(options);
      await other.query('select pg_terminate_backend($1)', [conn.processId]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      console.log('alive', conn.closed);
      await other.close();`);
    expect(text).toBe('alive true\n');
    expect(code).toBe(0);
  });

  it('keeps no socket and no timer of connects that failed', async () => {
    const { code, text } = await run(`${start}
      await conn.close();
      for (let n = 0; n < 30; n++) await connect({ ...options, password: 'wrong' }).catch(() => undefined);
      await connect({ ...options, port: 1 }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log(process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name)).length);`);
    expect(text).toBe('0\n');
    expect(code).toBe(0);
  });
});
