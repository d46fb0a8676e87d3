/** Row H2: a process ends by itself within a second after it has closed what it opened, whatever it had done before. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, startLocal } from '../local/harness.js';
import { runProgram } from './child.js';
import { endingNames, type EndingGiven } from './programs/ending.js';

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal();
});
afterAll(async () => {
  await server.stop();
});

describe.concurrent('H2: a process ends by itself', () => {
  // Wall-clock bounds: one miss on a busy machine is no finding, three are.
  it.each(endingNames)('H2: %s', { retry: 2 }, async (does) => {
    const options = server.options({ autocommit: true });
    const { code, stdout, stderr, lingered } = await runProgram('ending', {
      options,
      does,
    } satisfies EndingGiven);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'done\n', stderr: '' });
    expect(lingered).toBeLessThan(1000);
  });
});
