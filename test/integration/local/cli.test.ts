/** The command as a user runs it: it says how to connect, what it says is true, and nothing stays behind when it ends. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect, type ConnectOptions } from '../../../src/index.js';

const hasPsql = spawnSync('psql', ['--version']).status === 0;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
  // Started by root, the engine runs as another user, who has to get there.
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A run of the command. */
class Command {
  readonly child: ChildProcess;
  out = '';
  err = '';
  readonly ended: Promise<number | null>;

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (text: Buffer) => (this.out += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.err += text.toString()));
    this.ended = new Promise((resolve) => this.child.on('close', resolve));
    running.add(this);
    void this.ended.then(() => running.delete(this));
  }

  /** Until the lines about connecting are there. */
  async ready(): Promise<this> {
    const over = this.ended.then(() => 'over');
    while (!this.out.includes('python3 -c')) {
      const timer = new Promise((resolve) => setTimeout(resolve, 20));
      if ((await Promise.race([over, timer])) === 'over') throw new Error(this.err);
    }
    return this;
  }

  /** The line below a client's name. */
  line(client: string): string {
    const lines = this.out.split('\n');
    return lines[lines.findIndex((line) => line.startsWith(client)) + 1]!.trim();
  }

  /** What the line for our driver says, as options. */
  options(): ConnectOptions {
    const pairs = this.line('redshift-connector').matchAll(/(\w+): ("(?:[^"\\]|\\.)*"|\w+)/g);
    return Object.fromEntries(
      [...pairs].map(([, key, value]) => [key, JSON.parse(value!) as unknown]),
    ) as ConnectOptions;
  }

  async ask(sql: string): Promise<unknown> {
    const conn = await connect({ ...this.options(), autocommit: true, closeTimeout: 2 });
    try {
      const { rows } = await conn.query(sql, undefined, { rowMode: 'array' });
      return (rows[0] as unknown[] | undefined)?.[0];
    } finally {
      await conn.close();
    }
  }
}

const running = new Set<Command>();
afterEach(async () => {
  for (const command of running) {
    command.child.kill('SIGKILL');
    await command.ended;
  }
});

const gone = (path: string): Promise<void> =>
  expect.poll(() => existsSync(path), { timeout: 20_000, interval: 50 }).toBe(false);

describe('redshift-connector local', () => {
  it('says how to connect, and goes when it is told to', async () => {
    const command = await new Command('local', '--port', '0', '--verbose').ready();
    const options = command.options();
    expect(options).toMatchObject({ host: '127.0.0.1', user: 'awsuser', database: 'dev' });
    expect(command.out).toContain(`127.0.0.1:${String(options.port)}`);
    expect(await command.ask('select current_user')).toBe('awsuser');
    for (const client of ['psql:', 'pg:', 'redshift_connector (Python)']) {
      expect(command.line(client)).toContain(String(options.port));
      expect(command.line(client)).toContain(options.sslrootcert as string);
    }
    if (hasPsql) {
      const { stdout } = spawnSync('sh', ['-c', `${command.line('psql:')} -X -At -c 'select 40 + 2'`]);
      expect(stdout.toString()).toBe('42\n');
    }
    const conn = await connect(options);
    const authority = readFileSync(options.sslrootcert as string, 'utf8');
    command.child.kill('SIGINT');
    expect(await command.ended).toBe(0);
    expect(command.err).toMatch(/"awsuser" logged in to "dev" \(sha256, Redshift Node\.js Driver [^\n]*\)\n/);
    expect(command.out).toMatch(/Stopping/);
    await gone(dirname(options.sslrootcert as string));
    await expect(connect({ ...options, sslrootcert: authority })).rejects.toMatchObject({
      name: 'ConnectError',
    });
    await conn.close().catch(() => undefined);
  });

  it('leaves nothing behind when it is killed', async () => {
    const command = await new Command('local', '--port', '0').ready();
    const { sslrootcert, ...options } = command.options();
    command.child.kill('SIGKILL');
    await command.ended;
    await gone(dirname(sslrootcert as string));
    await expect(connect({ ...options, ssl: false })).rejects.toMatchObject({ name: 'ConnectError' });
  });

  it('takes its options', async () => {
    const args = [
      '--user',
      'root_user',
      "--password=it's Secret1",
      '--database',
      'my db',
      '--no-ssl',
      '--auth',
      'sha256',
    ];
    const command = await new Command('local', '--port=0', '--host', 'localhost', ...args).ready();
    expect(command.options()).toMatchObject({
      user: 'root_user',
      password: "it's Secret1",
      database: 'my db',
      ssl: false,
    });
    expect(await command.ask('select current_database()')).toBe('my db');
    if (hasPsql) {
      expect(
        spawnSync('sh', ['-c', `${command.line('psql:')} -X -At -c 'select 1'`]).stderr.toString(),
      ).toContain('authentication method 13');
    }
    command.child.kill('SIGTERM');
    expect(await command.ended).toBe(0);
  });

  it('keeps the databases of --data', async () => {
    const data = join(folder, 'data');
    const first = await new Command('local', '--port', '0', '--data', data).ready();
    await first.ask('create table kept (a int)');
    await first.ask('insert into kept values (7)');
    await first.ask("create user kim password 'Secret12'");
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const second = await new Command(
      'local',
      '--port',
      '0',
      '--data',
      data,
      '--password',
      'Another1',
    ).ready();
    expect(second.options().password).toBe('Another1');
    expect(await second.ask('select a from kept')).toBe(7);
    const kim = await connect({ ...second.options(), user: 'kim', password: 'Secret12' });
    await kim.close();
    const third = new Command('local', '--port', '0', '--data', data);
    expect(await third.ended).not.toBe(0);
    expect(third.err).toMatch(/^redshift-connector local: .*/);
    expect(await second.ask('select a from kept')).toBe(7);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  });

  it('says which port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const command = new Command('local', '--port', String(port));
    expect(await command.ended).toBe(2);
    expect(command.err).toContain(String(port));
    expect(command.err).toMatch(/--port/);
    expect(command.out).toBe('');
    taken.close();
  });

  it('runs several times at once', async () => {
    const commands = [1, 2, 3].map(() => new Command('local', '--port', '0'));
    await Promise.all(commands.map((command) => command.ready()));
    expect(new Set(commands.map((command) => command.options().port)).size).toBe(3);
    for (const command of commands) {
      await command.ask('create table only_here (a int)');
      command.child.kill('SIGTERM');
    }
    expect(await Promise.all(commands.map((command) => command.ended))).toEqual([0, 0, 0]);
  });
});
