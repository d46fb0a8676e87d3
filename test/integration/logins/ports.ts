/** Ports of this machine: one that nobody has, and whether somebody has one. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Each process of the tests has a thousand of its own, and gives each of them once. */
let next = 20_000 + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 12) * 1000;

/**
 * Below those that the system gives to whoever asks for any (Linux: from 32768 on), and given once: many logins begin at
 * once, and what one was told that it is free another one would be told, too.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next++;
    if (await isFree(port)) return port;
  }
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const free = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  if (free) {
    server.close();
    await once(server, 'close');
  }
  return free;
}
