/** The private PostgreSQL: it starts, takes logins, and is gone whatever ends its owner. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError, OperationalError } from '../../src/errors.js';
import { startEngine, type Engine } from '../../src/local/engine/engine.js';
import { findNative } from '../../src/local/engine/binaries.js';
import { makeCertificates } from '../certificates/certificates.js';

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

// A temporary folder of our own, so that the engines of other test files do not count as ours.
const temporary = mkdtempSync(join(tmpdir(), 'engine-test-'));
const usual = process.env['TMPDIR'];
beforeAll(() => {
  chmodSync(temporary, 0o1777);
  process.env['TMPDIR'] = temporary;
});
afterAll(() => {
  if (usual === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usual;
  expect(left()).toEqual([]);
  rmSync(temporary, { recursive: true, force: true });
});
const left = (): string[] =>
  readdirSync(temporary).filter((name) => /^redshift-connector-[0-9a-f]{12}$/.test(name));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
async function until(done: () => boolean, ms: number): Promise<number> {
  const start = performance.now();
  while (!done() && performance.now() - start < ms) await pause(20);
  return performance.now() - start;
}
async function ask(engine: Engine, sql: string, options: pg.ClientConfig = {}): Promise<unknown> {
  const { host, port, user, password, database } = engine;
  const client = new pg.Client({ host, port, user, password, database, ...options });
  await client.connect();
  try {
    return ((await client.query(sql)).rows[0] as Record<string, unknown>)['answer'];
  } finally {
    await client.end();
  }
}

describe('a running engine', () => {
  let engine: Engine;
  let ca: string;
  beforeAll(async () => {
    const certificates = await makeCertificates();
    ca = certificates.ca;
    engine = await startEngine({
      tcp: true,
      tls: certificates.server,
      hba: ['host all old 127.0.0.1/32 md5', 'host all plain 127.0.0.1/32 password'],
      settings: { application_name: 'a "quoted" \'name\'', work_mem: '5MB' },
    });
  });
  afterAll(() => engine.stop());

  it('takes a login with SCRAM over TLS', async () => {
    const sql = 'select ssl as answer from pg_stat_ssl where pid = pg_backend_pid()';
    expect(await ask(engine, sql, { host: 'localhost', ssl: { ca } })).toBe(true);
    const method =
      "select rolpassword like 'SCRAM-SHA-256$%' as answer from pg_authid where rolname = current_user";
    expect(await ask(engine, method)).toBe(true);
  });
  it('refuses a wrong password', async () => {
    await expect(ask(engine, 'select 1', { password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
  });
  it('trusts its socket, in a folder that only its account can enter', async () => {
    expect(statSync(engine.socketDir).mode & 0o777).toBe(0o700);
    expect(await ask(engine, 'select 1 as answer', { host: engine.socketDir, password: '' })).toBe(1);
  });
  it('listens on the loopback address only', async () => {
    expect(await ask(engine, "select current_setting('listen_addresses') as answer")).toBe('127.0.0.1');
  });
  it('takes settings as they are', async () => {
    expect(await ask(engine, "select current_setting('work_mem') as answer")).toBe('5MB');
  });
  it('sorts by bytes and knows upper case of every script', async () => {
    expect(
      await ask(engine, "select 'Z' < 'a' and upper('straße é') = 'STRASSE É' or upper('é') = 'É' as answer"),
    ).toBe(true);
  });
  it('keeps its secrets out of the process list and of the server’s environment', () => {
    const read = (file: string): string => {
      try {
        return readFileSync(`/proc/${engine.processId}/${file}`, 'utf8');
      } catch {
        return '';
      }
    };
    expect(`${read('cmdline')}${read('environ')}`).not.toContain(engine.password);
    expect(read('environ')).not.toContain('PRIVATE KEY');
    expect(existsSync(join(engine.socketDir, 'password'))).toBe(false);
  });
});

describe('several engines', () => {
  it('live side by side, and stop leaves nothing of them', async () => {
    const before = left();
    const [one, two] = await Promise.all([startEngine({ tcp: true }), startEngine()]);
    expect(one.port).not.toBe(two.port);
    expect(one.socketDir).not.toBe(two.socketDir);
    expect(await ask(one, 'select 1 as answer')).toBe(1);
    expect(await ask(two, 'select 2 as answer')).toBe(2);
    expect(two.host).toBe(two.socketDir);
    await Promise.all([one.stop(), one.stop(), two.stop()]);
    await one.stop();
    expect([one, two].some(({ processId }) => alive(processId))).toBe(false);
    expect(left()).toEqual(before);
  });
  it('stop disconnects clients in the middle of a statement', async () => {
    const engine = await startEngine();
    const client = new pg.Client({ host: engine.host, port: engine.port, user: engine.user });
    client.on('error', () => undefined);
    await client.connect();
    const sleeping = expect(client.query('select pg_sleep(60)')).rejects.toThrow();
    const start = performance.now();
    await engine.stop();
    expect(performance.now() - start).toBeLessThan(3000);
    await sleeping;
    await client.end().catch(() => undefined);
  });
  it('a server that ends by itself takes its folder along', async () => {
    const engine = await startEngine();
    process.kill(engine.processId, 'SIGQUIT');
    await until(() => !existsSync(engine.socketDir), 5000);
    expect(existsSync(engine.socketDir)).toBe(false);
    await engine.stop();
  });
  it('a server that does not listen to anybody is killed', async () => {
    const engine = await startEngine();
    process.kill(engine.processId, 'SIGSTOP');
    const start = performance.now();
    await engine.stop();
    expect(performance.now() - start).toBeLessThan(12_000);
    expect(alive(engine.processId)).toBe(false);
    expect(existsSync(engine.socketDir)).toBe(false);
  });
});

describe('an installation without scripts, below a folder that only its owner may enter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-private-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  it('starts, by making the links and, as root, a copy', async () => {
    const native = join(folder, 'native');
    cpSync(findNative(), native, { recursive: true, filter: (from) => !lstatSync(from).isSymbolicLink() });
    const engine = await startEngine({ native });
    expect(await ask(engine, 'select 1 as answer')).toBe(1);
    await engine.stop();
  });
});

describe('a start that fails', () => {
  it('says what the server said and leaves nothing', async () => {
    const before = left();
    const failure = startEngine({ settings: { no_such_setting: '1' } });
    await expect(failure).rejects.toBeInstanceOf(OperationalError);
    await expect(failure).rejects.toThrow('unrecognized configuration parameter "no_such_setting"');
    expect(left()).toEqual(before);
  });
  it('says what initdb said, and only that', async () => {
    await expect(startEngine({ superuser: 'pg_forbidden' })).rejects.toThrow(
      /did not start: initdb: error: .*pg_forbidden/,
    );
  });
  it('ends after startTimeout, in the middle of its work', async () => {
    const before = left();
    await expect(startEngine({ startTimeout: 0.05 })).rejects.toThrow('startTimeout');
    expect(left()).toEqual(before);
  });
  it.each([
    [{ superuser: '' }, 'superuser'],
    [{ superuser: "a'b" }, 'superuser'],
    [{ superuser: 'a"b' }, 'superuser'],
    [{ password: '' }, 'password'],
    [{ password: 'a\nb' }, 'password'],
    [{ settings: { 'a=b': '1' } }, 'settings'],
    [{ settings: { work_mem: '1\0' } }, 'settings'],
    [{ startTimeout: 0 }, 'startTimeout'],
    [{ startTimeout: Number.NaN }, 'startTimeout'],
  ])('refuses %j', async (options, name) => {
    const failure = startEngine(options);
    await expect(failure).rejects.toBeInstanceOf(ArgumentError);
    await expect(failure).rejects.toThrow(name);
  });
});

describe('the logins of the protocol', () => {
  it.each(['trust', 'password', 'md5', 'scram-sha-256'] as const)('%s', async (auth) => {
    const engine = await startEngine({
      tcp: true,
      auth,
      superuser: 'Ann  `é` *',
      password: "it's 'quoted' €",
    });
    try {
      expect(await ask(engine, 'select current_user as answer')).toBe('Ann  `é` *');
      const wrong = ask(engine, "select 'in' as answer", { password: 'x' });
      if (auth === 'trust') expect(await wrong).toBe('in');
      else await expect(wrong).rejects.toMatchObject({ code: '28P01' });
      const stored = ask(engine, 'select left(rolpassword, 3) as answer from pg_authid where rolcanlogin');
      if (auth === 'md5') expect(await stored).toBe('md5');
      else expect(await stored).toBe('SCR');
    } finally {
      await engine.stop();
    }
  });
});

describe('an owner that ends', () => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-owner-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const module = pathToFileURL(join(import.meta.dirname, '../../src/local/engine/engine.ts')).href;
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  let number = 0;

  /** Runs a program that starts an engine, prints it, and goes on with `then`. */
  function owner(then: string) {
    number += 1;
    const file = join(folder, `owner-${number}.mts`);
    const started = `import { startEngine } from '${module}';
      const engine = await startEngine({ tcp: true });
      console.log(JSON.stringify({ folder: engine.socketDir, pid: engine.processId }));\n`;
    writeFileSync(file, started + then);
    const child = spawn(process.execPath, ['--import', tsx, file], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; said: string }>(
      (resolve) => {
        let said = '';
        child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
        child.on('close', (code, signal) => resolve({ code, signal, said }));
      },
    );
    const running = new Promise<{ folder: string; pid: number }>((resolve, reject) => {
      child.stdout.once('data', (line: Buffer) =>
        resolve(JSON.parse(String(line)) as { folder: string; pid: number }),
      );
      ended.then(({ said }) => reject(new Error(said)), reject);
    });
    return { child, ended, running };
  }
  async function nothingLeft(engine: { folder: string; pid: number }): Promise<void> {
    await until(() => !alive(engine.pid) && !existsSync(engine.folder), 5000);
    expect({ server: alive(engine.pid), folder: existsSync(engine.folder) }).toEqual({
      server: false,
      folder: false,
    });
  }
  const wait = 'setInterval(() => undefined, 1000);';

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('by %s', async (signal) => {
    const { child, ended, running } = owner(wait);
    const engine = await running;
    expect(alive(engine.pid)).toBe(true);
    child.kill(signal);
    expect(await ended).toMatchObject({ signal });
    await nothingLeft(engine);
  });
  it.each([
    ['at its last line, without stop', '', 0],
    ['with process.exit', 'process.exit(3);', 3],
    ['by an exception that nobody catches', 'setTimeout(() => { throw new Error("oh"); });', 1],
    ['by a rejection that nobody catches', 'void Promise.reject(new Error("oh"));', 1],
  ])('%s', async (_name, then, code) => {
    const { ended, running } = owner(then);
    const engine = await running;
    expect(await ended).toMatchObject({ code });
    await nothingLeft(engine);
  });
  it('by SIGKILL in the middle of starting', async () => {
    const before = left();
    const { child, ended, running } = owner(wait);
    running.catch(() => undefined);
    await until(() => left().length > before.length, 10_000);
    await pause(50);
    child.kill('SIGKILL');
    await ended;
    await until(() => left().length === before.length, 5000);
    expect(left()).toEqual(before);
  });
  it('while its watchdog was killed', async () => {
    const engine = await startEngine();
    const parent = /^PPid:\s*(\d+)$/m.exec(readStatus(engine.processId))?.[1];
    if (parent !== undefined) process.kill(Number(parent), 'SIGKILL');
    await engine.stop();
    await nothingLeft({ folder: engine.socketDir, pid: engine.processId });
  });
});

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
