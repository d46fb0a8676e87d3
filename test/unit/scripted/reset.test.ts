import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

const program = (how: string): string => `
  import { createServer, connect } from 'node:net';
  import { reset } from './test/scripted/reset.ts';
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined).resume();
    const client = globalThis.client;
    ${how}
    client.once('close', () => { console.log('closed'); socket.destroy(); server.close(); });
  });
  server.listen(0, '127.0.0.1', () => {
    globalThis.client = connect(server.address().port, '127.0.0.1').on('error', () => undefined);
  });`;

describe('a reset of a test server leaves its process able to end', () => {
  it.each([
    ['at once', 'reset(client);'],
    ['while its FIN is on the way', 'client.end(); reset(client);'],
    ['behind its FIN', `client.end(); client.once('finish', () => reset(client));`],
    ['twice', 'reset(client); reset(client);'],
  ])(
    '%s',
    async (_, how) => {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program(how)], {
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: 20_000,
        killSignal: 'SIGKILL',
      });
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect({ out, code, signal }).toEqual({ out: 'closed\n', code: 0, signal: null });
    },
    30_000,
  );
});
