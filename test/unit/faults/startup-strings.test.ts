/**
 * Row C20 of docs/failures.md: no option can begin a startup parameter of its own, from wherever it comes; what could is
 * an ArgumentError before a connection is opened. And what a password function gives is checked and forgotten.
 */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type ConnectOptions } from '../../../src/index.js';
import type { OptionRow } from '../../../src/config/option-types.js';
import { environmentName, options, snakeCase } from '../../../src/config/options.js';
import { parseConfig, parsePoolConfig } from '../../../src/config/parse.js';
import { makeCertificates, type Certificates } from '../../certificates/certificates.js';
import { startScriptedServer, type Script } from '../../scripted/server.js';
import { attempt, secrets, startRawServer, type RawServer } from './connecting-to.js';
import { accepted, plain, play, started } from './playing.js';

const injected = 'x\0user\0admin';
const rows: readonly OptionRow[] = options;

let server: RawServer;
beforeAll(async () => {
  server = await startRawServer(() => undefined);
});
afterAll(async () => {
  expect(server.connections()).toBe(0);
  await server.close();
});

async function expectRefused(given: string | ConnectOptions, name: string): Promise<void> {
  const error: unknown = await connect(given).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error, name).toMatchObject({ name: 'ArgumentError' });
  const { message } = error as Error;
  expect(message, name).toContain(name);
  expect(message, name).not.toMatch(/\0|admin/);
  expect(server.connections(), name).toBe(0);
}

describe('C20: a NUL in an option', () => {
  const base = (): ConnectOptions => ({ ...plain, port: server.port });

  it.each(rows.map(({ name }) => name))('%s, in the object, by both its names', async (name) => {
    await expectRefused({ ...base(), [name]: injected }, name);
    const snake = snakeCase(name);
    // pg's names of time-outs and ours in snake_case are one and the same; the error names ours.
    if (snake !== name) await expectRefused({ ...base(), [snake]: injected }, name);
    await expectRefused({ ...base(), [name]: [injected] }, name);
    await expectRefused({ ...base(), [name]: { toString: () => injected } }, name).catch((error: unknown) => {
      // An object is what `types` takes; what is in it is checked by name.
      if (name !== 'types') throw error;
    });
  });

  it.each(rows.map(({ name }) => name).filter((name) => name !== 'url'))('%s, in a URL', async (name) => {
    const value = encodeURIComponent(injected);
    const url = `redshift://u:p@127.0.0.1:${String(server.port)}/dev?sslmode=disable&${name}=${value}`;
    await expectRefused(url, name);
    await expectRefused({ url }, name);
    const jdbc = `jdbc:redshift://127.0.0.1:${String(server.port)}/dev?${name}=${value}`;
    await expectRefused(jdbc, name);
  });

  it('in the places of a URL', async () => {
    const at = `127.0.0.1:${String(server.port)}`;
    await expectRefused(`redshift://x%00user%00admin:p@${at}/dev`, 'user');
    await expectRefused(`redshift://u:x%00user%00admin@${at}/dev`, 'password');
    await expectRefused(`redshift://u:p@${at}/x%00user%00admin`, 'database');
    await expectRefused(`redshift://u:p@x%00user%00admin:${String(server.port)}/dev`, 'host');
    await expectRefused(`redshift://u:p@${at}/dev\0user\0admin`, 'database');
    await expectRefused(`redshift://u:p@${at}/dev?application_name\0user\0admin=x`, 'is no option');
  });

  it.each(rows.filter(({ name }) => name !== 'url'))('$name, in the environment', ({ name, pool }) => {
    // A real environment cannot hold a NUL, what stands for one can.
    const env = { [environmentName(name)]: injected };
    const { [name as 'user']: _, ...rest } = base();
    expect(() => (pool === true ? parsePoolConfig(rest, { env }) : parseConfig(rest, { env }))).toThrow(
      expect.objectContaining({ name: 'ArgumentError', message: expect.stringContaining(name) }),
    );
  });

  it.each(['password', 'token'] as const)('%s, from its function', async (name) => {
    const login = name === 'password' ? {} : { user: undefined, password: undefined, tokenType: 'EXT_JWT' };
    const over = { host: 'localhost', port: server.port, database: 'dev', user: 'u', ...login };
    for (const source of [() => injected, () => Promise.resolve(injected)]) {
      await expectRefused({ ...over, [name]: source }, name);
    }
  });
});

describe('C20: what a function for a password or token gives', () => {
  const over = (): ConnectOptions => ({ host: 'localhost', port: server.port, database: 'dev', user: 'u' });
  const odd: readonly unknown[] = [undefined, null, 1, true, {}, [], Buffer.from('p'), Symbol('p'), { toString: () => 'p' }]; // prettier-ignore

  it.each(odd)('has to be text, not %s', async (value) => {
    await expectRefused({ ...over(), password: () => value as string }, 'password');
    await expectRefused({ ...over(), token: async () => value as string, tokenType: 'EXT_JWT' }, 'token');
  });

  it('has to be of a size that a login can take: 1 MiB and one, 100 MB, more than 1 GiB', async () => {
    // The last has as many characters as a text can have, of two bytes each.
    for (const text of ['x'.repeat(2 ** 20 + 1), 'x'.repeat(1e8), 'é'.repeat(2 ** 29 - 24)]) {
      await expectRefused({ ...over(), password: text }, 'password');
      await expectRefused({ ...over(), password: () => text }, 'password');
      await expectRefused({ ...over(), token: text, tokenType: 'EXT_JWT' }, 'token');
      await expectRefused({ ...over(), token: () => text, tokenType: 'EXT_JWT' }, 'token');
    }
  });

  it('is asked for once a connection, and not at all when the options are wrong', async () => {
    let asked = 0;
    const password = (): string => {
      asked++;
      return secrets.password;
    };
    await expectRefused({ ...over(), password, port: 70_000 }, 'port');
    expect(asked).toBe(0);
    for (let connections = 1; connections <= 3; connections++) {
      await play(`! login\n! silence`, { password });
      expect(asked).toBe(connections);
    }
    const { error } = await play('> StartupMessage ...\n! cut', { password });
    expect(error?.name).toBe('ConnectError');
    expect(asked).toBe(4);
  });
});

describe('C20: what is no NUL', () => {
  const awkward = [
    'user=admin',
    ' leading and trailing ',
    "it's; drop table x; --",
    'line\nfeed\r\n\ttab',
    '\u0001\u0002\u007f',
    '\\0user\\0admin',
    '%00user%00admin',
    'naïve 😀 \ud83d\ude00',
    '__proto__',
    'a'.repeat(1500),
  ];
  it.each(awkward)('%.30j arrives as the one value that it is', async (value) => {
    let told: readonly (readonly [string, string])[] = [];
    const outcome = await play(
      async (peer) => {
        const packet = await peer.expect('StartupMessage');
        told = packet.parameters;
        await peer.say(...accepted);
        await peer.rest();
      },
      { user: value, database: value, applicationName: value, searchPath: value, options: value },
    );
    expect(outcome.error).toBeUndefined();
    const of = (key: string): string[] => told.filter(([name]) => name === key).map(([, text]) => text);
    for (const key of ['user', 'database', 'application_name', 'search_path', 'options']) {
      expect(of(key), key).toEqual([value]);
    }
    expect(new Set(told.map(([key]) => key)).size).toBe(told.length);
  });

  it.each(['user', 'database', 'applicationName', 'searchPath', 'options'] as const)(
    '%s that no startup packet has room for is an error before a connection is opened',
    async (name) => {
      for (const text of ['x'.repeat(10_000), 'é'.repeat(5_000)]) {
        const { error } = await attempt({ ...plain, port: server.port, [name]: text });
        expect(error).toMatchObject({
          name: 'ArgumentError',
          message: expect.stringMatching(/startup parameters take \d+ bytes/),
        });
      }
    },
  );
});

describe('C20: a password or token that a function gave', () => {
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await makeCertificates();
  });
  // In base64, so that the program itself does not hold the text that it looks for.
  const planted = 'Planted-Secret-1';
  const program = `
    import { getHeapSnapshot, setFlagsFromString } from 'node:v8';
    import { inspect } from 'node:util';
    import { runInNewContext } from 'node:vm';
    import { connect } from './src/index.js';
    const { secret, ...options } = JSON.parse(process.env.OPTIONS);
    const give = () => Buffer.from(process.env.PLANTED, 'base64').toString('latin1');
    const wanted = Buffer.from(process.env.PLANTED, 'base64');
    const conn = await connect({ ...options, [secret]: give });
    const seen = inspect(conn, { depth: 10, showHidden: true }).includes(give()) || JSON.stringify(conn).includes(give());
    setFlagsFromString('--expose-gc');
    await new Promise((resolve) => setTimeout(resolve, 20));
    runInNewContext('gc')();
    let found = 0;
    let tail = Buffer.alloc(0);
    for await (const chunk of getHeapSnapshot()) {
      const bytes = Buffer.concat([tail, chunk]);
      for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) found++;
      tail = bytes.subarray(bytes.length - wanted.length + 1);
    }
    console.log(JSON.stringify({ closed: conn.closed, seen, found }));
    await conn.close();`;

  async function remembers(script: Script, over: ConnectOptions & { secret: string }): Promise<unknown> {
    const scripted = await startScriptedServer(script, { tls: certificates.server, patience: 30_000 });
    const given = {
      host: 'localhost',
      port: scripted.port,
      database: 'dev',
      sslrootcert: certificates.ca,
      ...over,
    };
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      env: {
        ...process.env,
        OPTIONS: JSON.stringify(given),
        PLANTED: Buffer.from(planted).toString('base64'),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    await new Promise((resolve) => child.on('close', resolve));
    await scripted.close();
    return JSON.parse(text);
  }
  const then =
    (ask: Script): Script =>
    (peer) =>
      started(async () => {
        await ask(peer);
        await peer.say(...accepted);
        await peer.rest();
      })(peer);

  it.each([
    ['password', then((peer) => peer.scram(planted))],
    ['password', then((peer) => peer.digest(planted))],
    [
      'password',
      then(async (peer) => {
        await peer.say({ type: 'AuthenticationCleartextPassword' });
        await peer.expect('PasswordMessage');
      }),
    ],
    [
      'token',
      then(async (peer) => {
        await peer.say({ type: 'AuthenticationIdpToken' });
        await peer.expect('IdpTokenMessage');
      }),
    ],
  ])(
    'is not in the memory of the process any more once it has logged in (%s)',
    async (secret, script) => {
      const over = secret === 'token' ? { secret, tokenType: 'EXT_JWT' } : { secret, user: 'u' };
      expect(await remembers(script, over)).toEqual({ closed: false, seen: false, found: 0 });
    },
    60_000,
  );
});
