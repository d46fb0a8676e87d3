/** Writing from an async iterable: a million rows leave a process whose memory is bounded, and it does not grow. */
import { expect, it } from 'vitest';
import { startCheapServer } from './cheap-server.js';
import { runProgram } from './child.js';
import type { ManyRowsGiven, ManyRowsTold } from './programs/many-rows.js';

const rows = 1_000_000;
/** Megabytes that come and go with the garbage collector; a tenth of what the rows are as arrays. */
const noise = 16;

it.skipIf(process.platform !== 'linux')(
  'executeMany of a million rows: memory as for two hundred thousand',
  { timeout: 60_000 },
  async () => {
    const server = await startCheapServer();
    const options = {
      host: '127.0.0.1',
      port: server.port,
      database: 'dev',
      user: 'u',
      password: 'Secret1!',
      sslmode: 'disable',
      allowCleartextPassword: true,
      autocommit: true,
    } as const;
    try {
      const { code, signal, stderr, stdout } = await runProgram(
        'many-rows',
        { options, rows } satisfies ManyRowsGiven,
        // Without the bound V8 lets its young generation grow as it pleases: all growth here is ours.
        { flags: ['--max-old-space-size=48', '--max-semi-space-size=2'], patience: 50_000 },
      );
      expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
      const told = JSON.parse(stdout) as ManyRowsTold;
      expect(told.rows).toBe(rows);
      expect(told.peak - told.early).toBeLessThan(noise);
    } finally {
      await server.close();
    }
  },
);
