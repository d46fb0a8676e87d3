/** Streaming: millions of rows pass through a process whose memory the operating system bounds, and it does not grow. */
import { describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../../src/index.js';
import { ceiling } from './ceiling.js';
import { startCheapServer } from './cheap-server.js';
import { runProgram } from './child.js';
import type { NarrowStreamGiven, NarrowStreamTold } from './programs/narrow-stream.js';

const rows = 2_000_000;
/** Megabytes that come and go with the garbage collector; a tenth of what the rows are even as bytes. */
const noise = 8;

describe.skipIf(process.platform !== 'linux')('two million rows, memory as for four hundred thousand', () => {
  it.each(['rows', 'data frames'] as const)('%s', { timeout: 120_000 }, async (reading) => {
    const server = await startCheapServer();
    const options: ConnectOptions = {
      host: '127.0.0.1',
      port: server.port,
      database: 'dev',
      user: 'u',
      password: 'Secret1!',
      sslmode: 'disable',
      allowCleartextPassword: true,
      autocommit: true,
    };
    try {
      const { code, signal, stderr, stdout } = await runProgram(
        'narrow-stream',
        { options, rows, reading } satisfies NarrowStreamGiven,
        // V8 lets its young generation grow as it pleases, by up to 48 MB; here it may not, so that all growth is ours.
        {
          flags: ['--max-old-space-size=48', '--max-semi-space-size=2'],
          dataLimit: ceiling * 1024,
          patience: 110_000,
        },
      );
      expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
      const told = JSON.parse(stdout) as NarrowStreamTold;
      expect(told).toMatchObject({ rows, sum: rows * 6 });
      expect(told.peak - told.early).toBeLessThan(noise);
    } finally {
      await server.close();
    }
  });
});
