import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import type { Fault } from '../../scripted/faults.js';
import { startProxy, type Proxy, type ProxyOptions } from '../../scripted/proxy.js';
import { startScriptedServer, type ScriptedServer } from '../../scripted/server.js';
import { PlainClient } from './client.js';

let made: Certificates;
beforeAll(async () => {
  made = await makeCertificates();
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** Says its greeting at once, then listens. */
async function between(
  options: ProxyOptions = {},
  path?: string,
): Promise<{ server: ScriptedServer; proxy: Proxy }> {
  const server = await startScriptedServer(
    async (peer) => {
      await peer.raw('"hello"');
      await peer.ended;
    },
    { path },
  );
  const proxy = await startProxy(path === undefined ? server : { path }, options);
  open.push(server, proxy);
  return { server, proxy };
}

async function visit(proxy: Proxy): Promise<PlainClient> {
  const client = await PlainClient.open(proxy);
  open.push(client);
  return client;
}

const text = (client: PlainClient): string => client.bytes.toString('latin1');
const toClient = (fault: Fault): ProxyOptions => ({ faults: () => ({ toClient: fault }) });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('faults', () => {
  it('insert puts bytes in front of a byte', async () => {
    for (const [at, seen] of [
      [0, '--hello'],
      [2, 'he--llo'],
      [5, 'hello--'],
    ] as const) {
      const { proxy } = await between(toClient({ does: 'insert', at, bytes: Buffer.from('--') }));
      const client = await visit(proxy);
      await client.until(() => text(client).length === 7);
      expect(text(client)).toBe(seen);
    }
  });

  it('half-close ends one direction: the other one goes on', async () => {
    const { proxy, server } = await between(toClient({ does: 'cut', at: 2, how: 'half' }));
    const client = await visit(proxy);
    expect(await client.over()).toBe('end');
    expect(text(client)).toBe('he');
    // This client closes its side on FIN, as the driver does; what counts is that the proxy did not.
    await server.connections[0]!.ended;
    expect(proxy.connections[0]!.fromServer).toBe(5);
  });

  it('half-close towards the server leaves the client alone', async () => {
    const { proxy, server } = await between({
      faults: () => ({ toServer: { does: 'cut', at: 3, how: 'half' } }),
    });
    const client = await visit(proxy);
    await client.until(() => text(client) === 'hello');
    client.raw('abcdef');
    client.raw('ghi');
    await server.connections[0]!.ended;
    expect(Buffer.from(server.connections[0]!.received).toString()).toBe('abc');
    expect(client.outcome).toBe('');
  });

  it('coalesce makes one piece of many', async () => {
    const server = await startScriptedServer(async (peer) => {
      peer.split(1);
      await peer.raw('"hello, world"');
      await peer.ended;
    });
    open.push(server);
    const proxy = await startProxy(server, toClient({ does: 'coalesce', milliseconds: 50 }));
    open.push(proxy);
    const client = await visit(proxy);
    await client.until(() => text(client) === 'hello, world');
    expect(client.chunks.length).toBeLessThan(6);
  });
});

describe('at any moment', () => {
  it('swallows what is connected, and what comes later works', async () => {
    const { proxy } = await between();
    const older = await visit(proxy);
    await older.until(() => text(older) === 'hello');
    proxy.swallowOlder();
    older.raw('x');
    const younger = await visit(proxy);
    await younger.until(() => text(younger) === 'hello');
    expect(older.outcome).toBe('');
    expect(proxy.open).toBe(2);
  });

  it('cuts everything, refuses, and lets in again', async () => {
    for (const how of ['fin', 'rst'] as const) {
      const { proxy } = await between();
      const clients = [await visit(proxy), await visit(proxy)];
      for (const client of clients) await client.until(() => text(client) === 'hello');
      expect(proxy.open).toBe(2);
      proxy.refusing = true;
      proxy.cutAll(how);
      for (const client of clients) expect(await client.over()).toBe(how === 'fin' ? 'end' : 'ECONNRESET');
      // The reset may come while the client still connects.
      const refused = PlainClient.open(proxy).then((client) => client.over());
      await expect(refused.catch((error: unknown) => (error as NodeJS.ErrnoException).code)).resolves.toBe(
        'ECONNRESET',
      );
      await until(() => proxy.open === 0);
      proxy.refusing = false;
      const welcome = await visit(proxy);
      await welcome.until(() => text(welcome) === 'hello');
      expect(proxy.connections).toHaveLength(3);
    }
  });

  it('a side that breaks breaks the other in the same way', async () => {
    const { proxy, server } = await between();
    const client = await visit(proxy);
    await client.until(() => text(client) === 'hello');
    server.connections[0]!.reset();
    expect(await client.over()).toBe('ECONNRESET');
    await until(() => proxy.open === 0);
  });
});

it('counts bytes behind TLS when it ends TLS', async () => {
  const { proxy } = await between({
    tls: made.server,
    faults: () => ({ toClient: { does: 'cut', at: 3, how: 'rst' } }),
  });
  const client = await visit(proxy);
  await client.secure(made.ca);
  await client.over();
  expect(text(client)).toBe('hel');
});

it('stands in front of a Unix socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'proxy-'));
  open.push({ close: () => rm(folder, { recursive: true }) });
  const { proxy } = await between({}, join(folder, 's'));
  const client = await visit(proxy);
  await client.until(() => text(client) === 'hello');
});
