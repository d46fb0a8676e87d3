/** Connecting to servers that refuse, hang up, or say nothing: rows C1-C5, C11 (its time) and C21 of docs/failures.md. */
import { spawn } from 'node:child_process';
import type { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { connect, type ConnectOptions } from '../../../src/index.js';
import { loginLines } from '../../scripted/transcript.js';
import { startScriptedServer, type Script } from '../../scripted/server.js';
import type { Peer } from '../../scripted/peer.js';
import { expectAtBound, expectNoSockets, settled } from './settling.js';

// Names of tests are looked up here; all others by the system.
const names = vi.hoisted(() => new Map<string, { address: string; family: number }[] | 'never'>());
vi.mock('node:dns/promises', async (original) => {
  const real: { lookup: typeof lookup } = await original();
  return {
    ...real,
    lookup: (host: string, options: { all: true }) => {
      const known = names.get(host);
      if (known === 'never') return new Promise(() => undefined);
      return known === undefined ? real.lookup(host, options) : Promise.resolve(known);
    },
  };
});

const base: ConnectOptions = {
  host: '127.0.0.1',
  database: 'dev',
  user: 'u',
  password: 'Secret1!',
  sslmode: 'disable',
  connectTimeout: 0.2,
  closeTimeout: 0.2,
};

/** A port of this machine that nobody listens on. */
async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Steps of a login, and what the server has said or heard when it is through with each. */
const steps: readonly [string, ConnectOptions, (peer: Peer) => Promise<unknown>][] = [
  ['accept', {}, () => Promise.resolve()],
  ['SSLRequest', { sslmode: 'require' }, (peer) => peer.expect('SSLRequest')],
  [
    'its consent to TLS',
    { sslmode: 'require' },
    (peer) => peer.expect('SSLRequest').then(() => peer.raw('"S"')),
  ],
  ['StartupMessage', {}, (peer) => peer.expect('StartupMessage')],
  [
    'PasswordMessage',
    {},
    async (peer) => {
      await peer.expect('StartupMessage');
      await peer.say({ type: 'AuthenticationMD5Password', salt: new Uint8Array(4) });
      await peer.expect('PasswordMessage');
    },
  ],
  [
    'AuthenticationOk',
    {},
    async (peer) => {
      await peer.expect('StartupMessage');
      await peer.say({ type: 'AuthenticationOk' });
    },
  ],
  [
    'ParameterStatus',
    {},
    async (peer) => {
      await peer.expect('StartupMessage');
      await peer.say(
        ...loginLines(2)
          .slice(1, 5)
          .map((line) => line.slice(2)),
      );
    },
  ],
];

afterEach(() => {
  names.clear();
});

async function against(script: Script, use: (port: number) => Promise<void>): Promise<void> {
  const server = await startScriptedServer(script);
  try {
    await use(server.port);
    // Whatever became of it, no socket of ours is left: the server sees all of them end.
    for (const peer of server.connections) await settled(peer.ended, 'the end of a connection');
  } finally {
    await server.close();
  }
  await expectNoSockets();
}

describe('C1: nobody is there', () => {
  it('C1: a port that refuses is a ConnectError at once, with its cause and its place', async () => {
    const port = await unusedPort();
    const { error, milliseconds } = await settled(connect({ ...base, connectTimeout: 5, port }), 'connect');
    expect(error).toMatchObject({ name: 'ConnectError', retryable: true, cause: { code: 'ECONNREFUSED' } });
    expect(error?.['message']).toContain(`127.0.0.1:${String(port)}`);
    expect(milliseconds).toBeLessThan(1000);
  });

  it('C1: a name that nobody has is a ConnectError that names the host', async () => {
    const { error } = await settled(
      connect({ ...base, connectTimeout: 20, host: 'nobody.invalid' }),
      'connect',
      20_000,
    );
    expect(error).toMatchObject({ name: 'ConnectError', cause: { syscall: 'getaddrinfo' } });
    expect(error?.['message']).toContain('nobody.invalid');
  });
});

// Wall-clock bounds: one miss on a busy machine is no finding, three are.
describe('C2, C3: nobody answers', { retry: 2 }, () => {
  it('C2: a server that accepts and says nothing costs connectTimeout, and the socket', async () => {
    await against(
      (peer) => peer.silence(),
      async (port) => {
        const end = await settled(connect({ ...base, port }), 'connect');
        expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'connect', retryable: true });
        expectAtBound(end, 200);
      },
    );
  });

  it('C3: a SYN that is never answered costs connectTimeout', async () => {
    // A listener that is asleep and whose queue is full: the kernel drops what comes then.
    const program = `const server = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('fs').writeSync(1, String(server.address().port) + '\\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const fillers: Socket[] = [];
    try {
      const [text] = (await once(child.stdout, 'data')) as [Buffer];
      const port = Number(text.toString());
      for (let filler = 0; filler < 8; filler++) {
        fillers.push(connectSocket(port, '127.0.0.1').on('error', () => undefined));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      const end = await settled(connect({ ...base, port }), 'connect');
      expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
      expectAtBound(end, 200);
    } finally {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
    }
  });

  it('C2: a name server that never answers costs connectTimeout', async () => {
    names.set('slow.example', 'never');
    const end = await settled(connect({ ...base, host: 'slow.example' }), 'connect');
    expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
    expectAtBound(end, 200);
  });

  it.each(['password', 'token'])(
    'C2: a function for the %s that never settles costs connectTimeout',
    async (option) => {
      const never = (): Promise<string> => new Promise(() => undefined);
      const options: ConnectOptions =
        option === 'token'
          ? { ...base, sslmode: 'verify-ca', password: undefined, token: never, tokenType: 'ACCESS_TOKEN' }
          : { ...base, password: never };
      const end = await settled(connect({ ...options, port: await unusedPort() }), 'connect');
      expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
      expectAtBound(end, 200);
    },
  );
});

describe('C4: a server that hangs up', () => {
  for (const [after, options, play] of steps) {
    it.each(['FIN', 'RST'])(
      `C4: %s after ${after} is a ConnectError at once, and nothing is tried again`,
      async (how) => {
        let connections = 0;
        await against(
          async (peer) => {
            connections++;
            await play(peer);
            // An RST that meets unread bytes would look like an ordinary end.
            await peer.wait(20);
            if (how === 'FIN') peer.cut();
            else peer.reset();
          },
          async (port) => {
            const end = await settled(connect({ ...base, ...options, connectTimeout: 5, port }), 'connect');
            expect(end.error).toMatchObject({ name: 'ConnectError' });
            expect(end.error?.['message']).toContain(`127.0.0.1:${String(port)}`);
            expect(end.milliseconds).toBeLessThan(1500);
            expect(connections).toBe(1);
          },
        );
      },
    );
  }
});

describe('C5: a server that falls silent', { retry: 2 }, () => {
  it.each(steps)('C5: after %s: one clock over all of it', async (_, options, play) => {
    await against(
      async (peer) => {
        await play(peer);
        await peer.silence();
      },
      async (port) => {
        const end = await settled(connect({ ...base, ...options, port }), 'connect');
        expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
        expectAtBound(end, 200);
      },
    );
  });

  it('C5: a server that is slow at each step has no more time than one that is slow once', async () => {
    await against(
      async (peer) => {
        await peer.expect('StartupMessage');
        for (const line of loginLines(2).slice(1)) {
          await peer.wait(60);
          await peer.say(line.slice(2));
        }
      },
      async (port) => {
        const end = await settled(connect({ ...base, port }), 'connect');
        expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
        expectAtBound(end, 200);
      },
    ).catch((error: unknown) => {
      // The server may find out while it writes.
      if (!(error instanceof Error && error.message.includes('broke'))) throw error;
    });
  });

  it('C5: what connecting itself runs (queryGroup) is under the same clock', async () => {
    await against(
      async (peer) => {
        await peer.expect('StartupMessage');
        await peer.say(
          ...loginLines(2)
            .slice(1)
            .map((line) => line.slice(2)),
        );
        await peer.expect('Query');
        await peer.silence();
      },
      async (port) => {
        const end = await settled(connect({ ...base, queryGroup: 'g', port }), 'connect');
        expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
        expectAtBound(end, 200);
      },
    );
  });
});

describe('C11: a TLS handshake that comes to nothing', { retry: 2 }, () => {
  it('C11: half a ServerHello, then silence, costs connectTimeout', async () => {
    await against(
      async (peer) => {
        await peer.expect('SSLRequest');
        await peer.raw('"S"');
        await peer.wait(30);
        await peer.raw('\\x160303007a0200');
        await peer.silence();
      },
      async (port) => {
        const end = await settled(connect({ ...base, sslmode: 'require', port }), 'connect');
        expect(end.error).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
        expectAtBound(end, 200);
      },
    );
  });

  it('C11: garbage in place of a ServerHello is a ConnectError at once', async () => {
    await against(
      async (peer) => {
        await peer.expect('SSLRequest');
        await peer.raw('"S"');
        await peer.wait(30);
        await peer.raw('"HTTP/1.1 400 Bad Request"');
        await peer.silence();
      },
      async (port) => {
        const end = await settled(
          connect({ ...base, sslmode: 'require', connectTimeout: 5, port }),
          'connect',
        );
        expect(end.error).toMatchObject({ name: 'ConnectError' });
        expect(end.milliseconds).toBeLessThan(1500);
      },
    );
  });
});

describe('C21: a host with several addresses', () => {
  const logIn: Script = async (peer) => {
    await peer.expect('StartupMessage');
    await peer.say(
      ...loginLines(2)
        .slice(1)
        .map((line) => line.slice(2)),
    );
    await peer.rest();
  };

  it('C21: the next one is tried when one refuses', async () => {
    const server = await startScriptedServer(logIn);
    names.set('several.example', [
      { address: '::1', family: 6 },
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
    const conn = await connect({ ...base, connectTimeout: 5, host: 'several.example', port: server.port });
    expect(conn.closed).toBe(false);
    await conn.close();
    await server.close();
  });

  it('C21: and when one is silent, inside the same bound', async () => {
    const server = await startScriptedServer(logIn);
    // TEST-NET-1 (RFC 5737): nobody answers, or the network refuses it; both are an address that is dead.
    names.set('several.example', [
      { address: '192.0.2.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
    const conn = await connect({ ...base, connectTimeout: 5, host: 'several.example', port: server.port });
    await conn.close();
    await server.close();
    await expectNoSockets();
  });

  it('C21: the last failure is told when all refuse', async () => {
    const port = await unusedPort();
    names.set('several.example', [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
    const { error } = await settled(
      connect({ ...base, connectTimeout: 5, host: 'several.example', port }),
      'connect',
    );
    expect(error).toMatchObject({
      name: 'ConnectError',
      cause: { code: 'ECONNREFUSED', address: '127.0.0.1' },
    });
    expect(error?.['message']).toContain(`several.example:${String(port)}`);
  });
});

describe('X3: a connect with a signal', () => {
  it('X1: that has fired already sends nothing and asks nobody', async () => {
    const password = vi.fn(() => 'p');
    const reason = new Error('enough');
    const call = connect({ ...base, password, port: 1 }, { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toMatchObject({ name: 'AbortError', cause: reason });
    expect(password).not.toHaveBeenCalled();
  });

  it.each(steps)('X3: is given up after %s, at once and without a socket left', async (_, options, play) => {
    const abort = new AbortController();
    await against(
      async (peer) => {
        await play(peer);
        setTimeout(() => {
          abort.abort();
        }, 20);
        await peer.silence();
      },
      async (port) => {
        const call = connect({ ...base, ...options, connectTimeout: 5, port }, { signal: abort.signal });
        const { error, milliseconds } = await settled(call, 'connect');
        expect(error).toMatchObject({ name: 'AbortError', code: 'ERR_RS_CANCELLED' });
        expect(milliseconds).toBeLessThan(2000);
      },
    );
  });

  it('X1: that is none is refused', async () => {
    const signal = 5 as unknown as AbortSignal;
    await expect(connect(base, { signal })).rejects.toMatchObject({ name: 'ArgumentError' });
  });
});

describe('H4: a logger that throws', () => {
  it('H4: changes nothing of connecting', async () => {
    const server = await startScriptedServer('! login');
    const fail = (): never => {
      throw new Error('the logger is broken');
    };
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    const conn = await connect({ ...base, connectTimeout: 5, port: server.port, logger });
    expect(conn.closed).toBe(false);
    await conn.close();
    await server.close();
  });
});
