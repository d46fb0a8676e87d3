/** The template of the local Redshift: made once whoever asks, whole or made again; and folders that keep a database. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError, OperationalError } from '../../../src/errors.js';
import { serverAccount } from '../../../src/local/engine/account.js';
import { findNative, prepareBinaries } from '../../../src/local/engine/binaries.js';
import { startEngine, type Engine, type EngineOptions } from '../../../src/local/engine/engine.js';
import { prepareTemplate } from '../../../src/local/engine/template.js';
import { startTemplateEngine } from './engine-harness.js';

const account = serverAccount();
let bin: string;
let root: string;
beforeAll(async () => {
  bin = await prepareBinaries(findNative(), account);
  root = mkdtempSync(join(tmpdir(), 'template-test-'));
  chmodSync(root, 0o1777);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const types = [{ name: 'one type', sql: 'select 1' }];
const objects = [
  {
    name: 'a table',
    sql: `create table pg_catalog.rs_probe (id integer);\n\ninsert into rs_probe values (7);`,
  },
  {
    name: 'a body with empty lines',
    sql: `create function pg_catalog.rs_probe() returns integer language plpgsql as $$
declare
  answer integer;

begin
  answer := 1;

  return answer;
end $$;

comment on function pg_catalog.rs_probe() is 'semicolon;

and an empty line'`,
  },
];
const make = (folder: string, steps = objects): Promise<string> =>
  prepareTemplate(bin, account, { roots: [folder], types, objects: steps });
const inside = (name: string): string => {
  const folder = join(root, name);
  mkdirSync(folder);
  chmodSync(folder, 0o1777);
  return folder;
};

async function ask(engine: Engine, sql: string): Promise<unknown> {
  const { socketDir, port, user, database } = engine;
  const client = new pg.Client({ host: socketDir, port, user, database });
  await client.connect();
  try {
    return ((await client.query(sql)).rows[0] as Record<string, unknown>)['answer'];
  } finally {
    await client.end();
  }
}

describe('the template', () => {
  it('is made once, found afterwards, and nothing else stays', async () => {
    const folder = inside('once');
    const first = await make(folder);
    expect(existsSync(join(first, 'PG_VERSION'))).toBe(true);
    const made = statSync(join(first, 'PG_VERSION')).ino;
    expect(await make(folder)).toBe(first);
    expect(statSync(join(first, 'PG_VERSION')).ino).toBe(made);
    expect(readdirSync(folder)).toHaveLength(1);
    // Nobody but the server's account reads in it.
    expect(statSync(join(first, '..')).mode & 0o777).toBe(0o700);
  });

  it('is one for six that ask at once', async () => {
    const folder = inside('race');
    const places = await Promise.all(Array.from({ length: 6 }, () => make(folder)));
    expect(new Set(places).size).toBe(1);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('is made by the next when its maker is killed in the middle, and nothing of that stays', async () => {
    const folder = inside('killed-maker');
    const program = `
      import { prepareTemplate } from ${JSON.stringify(pathToFileURL('src/local/engine/template.ts').href)};
      console.log('begins');
      await prepareTemplate(${JSON.stringify(bin)}, ${account === undefined ? 'undefined' : JSON.stringify(account)}, { roots: [${JSON.stringify(folder)}],
        types: ${JSON.stringify(types)}, objects: ${JSON.stringify(objects)} });`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const isBuilding = (): boolean => readdirSync(folder).some((name) => name.endsWith('.building'));
    for (let wait = 0; wait < 500 && !isBuilding(); wait += 1) await pause(10);
    expect(isBuilding()).toBe(true);
    child.kill('SIGKILL');
    // It waits until the watchdog has cleaned up, and makes its own.
    const data = await make(folder);
    expect(existsSync(join(data, 'PG_VERSION'))).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('is another for other SQL', async () => {
    const folder = inside('other');
    const first = await make(folder);
    expect(await make(folder, [{ name: 'none', sql: 'select 2' }])).not.toBe(first);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it.each([
    ['a file that is gone', (data: string) => rmSync(join(data, 'global', 'pg_control'))],
    ['a file that was cut', (data: string) => truncateSync(join(data, 'postgresql.conf'), 10)],
    [
      'an empty folder that a cleaner took',
      (data: string) => rmSync(join(data, 'pg_twophase'), { recursive: true }),
    ],
    ['a manifest that is gone', (data: string) => rmSync(join(data, '..', 'manifest.json'))],
  ])('is made again after %s', async (name, harm) => {
    const folder = inside(name.replaceAll(' ', '-'));
    const data = await make(folder);
    harm(data);
    expect(await make(folder)).toBe(data);
    expect(existsSync(join(data, 'global', 'pg_control'))).toBe(true);
    expect(existsSync(join(data, 'pg_twophase'))).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('stands aside for a folder that others can write in', async () => {
    const folder = inside('foreign');
    const data = await make(folder);
    chmodSync(join(data, '..'), 0o777);
    const beside = await make(folder);
    expect(beside).not.toBe(data);
    expect(await make(folder)).toBe(beside);
  });

  it('says which step failed, and where', async () => {
    const folder = inside('failing');
    const failing = make(folder, [
      { name: 'good', sql: 'select 1' },
      {
        name: "it's bad",
        sql: `create view pg_catalog.rs_v as select 1 as a;\ncreate view pg_catalog.rs_w as select nothing from rs_v`,
      },
    ]);
    await expect(failing).rejects.toThrow(OperationalError);
    await expect(failing).rejects.toThrow(
      /step "it's bad".*column "nothing" does not exist[\s\S]*>>> nothing from rs_v/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps four that nobody used for longer', async () => {
    const folder = inside('old');
    for (let number = 0; number < 6; number += 1)
      await make(folder, [{ name: 'one', sql: `select ${number}` }]);
    expect(readdirSync(folder)).toHaveLength(4);
  }, 60_000);

  it.skipIf(account === undefined)('says that no folder takes it', async () => {
    const folder = join(root, 'closed');
    mkdirSync(folder, { mode: 0o700 });
    await expect(make(folder)).rejects.toThrow(/No folder for the local Redshift's template/);
  });
});

describe('an engine from the template', () => {
  it('starts sooner than an empty one, with the database dev, for the socket only', async () => {
    // A copy has to be quicker than an empty database, whatever else the machine does; that one takes a second.
    const time = async (options: EngineOptions): Promise<number> => {
      const start = performance.now();
      const one = await startEngine(options);
      const took = performance.now() - start;
      await one.stop();
      return took;
    };
    await time({ template: true });
    const copies: number[] = [];
    const empties: number[] = [];
    for (let number = 0; number < 3; number += 1) {
      copies.push(await time({ template: true }));
      empties.push(await time({}));
    }
    expect(Math.min(...copies)).toBeLessThan(Math.min(...empties));
    const engine = await startEngine({ template: true });
    expect([engine.user, engine.database, engine.host]).toEqual(['rdsdb', 'dev', engine.socketDir]);
    expect(
      await ask(
        engine,
        `select array_to_string(array(select datname::text from pg_database order by 1), ' ') as answer`,
      ),
    ).toBe('dev template0 template1');
    expect(
      await ask(engine, `select setting as answer from pg_settings where name = 'listen_addresses'`),
    ).toBe('');
    await engine.stop();
    expect(existsSync(engine.socketDir)).toBe(false);
  });

  it('is nobody else’s: what one changes, the next does not see', async () => {
    const first = await startTemplateEngine();
    await first.query('create table mine as select 1 as a');
    await first.stop();
    const second = await startTemplateEngine();
    expect(await second.value(`select count(*) from pg_class where relname = 'mine'`)).toBe('0');
    await second.stop();
  });

  it('refuses what it cannot have', async () => {
    await expect(startEngine({ template: true, tcp: true })).rejects.toThrow(ArgumentError);
    await expect(startEngine({ template: true, password: 'x' })).rejects.toThrow(
      /^password: not with template/,
    );
  });
});

describe('a folder that keeps the database', () => {
  const place = (name: string): string => join(root, 'kept', name);
  beforeAll(() => {
    mkdirSync(join(root, 'kept'));
  });

  it('is made, kept after the stop, and found again', async () => {
    const dataDirectory = place('first');
    const first = await startEngine({ dataDirectory });
    await ask(first, `create table kept as select 5 as answer`).catch(() => undefined);
    await first.stop();
    expect(existsSync(first.socketDir)).toBe(false);
    const second = await startEngine({ dataDirectory });
    expect(await ask(second, 'select answer from kept')).toBe(5);
    expect(await ask(second, `select setting as answer from pg_settings where name = 'fsync'`)).toBe('on');
    await second.stop();
    expect(readdirSync(dataDirectory).sort()).toEqual(['data', 'redshift-connector.json']);
  });

  it('is made with the folders above it, whatever the umask', async () => {
    const usual = process.umask(0o077);
    try {
      const dataDirectory = join(place('deep'), 'er', 'and deeper');
      const engine = await startEngine({ dataDirectory });
      expect(await ask(engine, 'select 1 as answer')).toBe(1);
      await engine.stop();
    } finally {
      process.umask(usual);
    }
  });

  it('is for one at a time', async () => {
    const dataDirectory = place('busy');
    const first = await startEngine({ dataDirectory });
    await expect(startEngine({ dataDirectory })).rejects.toThrow(/busy is in use by another local Redshift/);
    expect(await ask(first, 'select 1 as answer')).toBe(1);
    await first.stop();
    await startEngine({ dataDirectory }).then((engine) => engine.stop());
  });

  it('is made by one of two that want it at once', async () => {
    const dataDirectory = place('together');
    const both = await Promise.allSettled([startEngine({ dataDirectory }), startEngine({ dataDirectory })]);
    const started = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(started).toHaveLength(1);
    for (const engine of started) await engine.stop();
    expect(readdirSync(dataDirectory).sort()).toEqual(['data', 'redshift-connector.json']);
  });

  it('survives the end of its owner by SIGKILL', async () => {
    const dataDirectory = place('killed');
    const program = `
      import { startEngine } from ${JSON.stringify(pathToFileURL('src/local/engine/engine.ts').href)};
      const engine = await startEngine({ dataDirectory: ${JSON.stringify(dataDirectory)} });
      console.log(engine.socketDir + ' ' + engine.processId);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [socketDir, pid] = String(await new Promise((resolve) => child.stdout.once('data', resolve))).split(
      ' ',
    );
    child.kill('SIGKILL');
    for (let wait = 0; wait < 200 && existsSync(socketDir ?? ''); wait += 1) await pause(50);
    expect(existsSync(socketDir ?? '')).toBe(false);
    expect(() => process.kill(Number(pid), 0)).toThrow();
    const again = await startEngine({ dataDirectory });
    expect(await ask(again, 'select 1 as answer')).toBe(1);
    await again.stop();
  });

  it('is not taken from anything else', async () => {
    const other = place('other');
    mkdirSync(other);
    writeFileSync(join(other, 'letter.txt'), 'Dear');
    await expect(startEngine({ dataDirectory: other })).rejects.toThrow(
      /holds other files and no local Redshift/,
    );
    expect(readdirSync(other)).toEqual(['letter.txt']);
  });

  it('is not opened when another version made it, or what says so is damaged', async () => {
    const dataDirectory = place('version');
    mkdirSync(dataDirectory);
    const marker = join(dataDirectory, 'redshift-connector.json');
    writeFileSync(marker, JSON.stringify({ engine: 'postgres (PostgreSQL) 17.1', template: 'abc' }));
    await expect(startEngine({ dataDirectory })).rejects.toThrow(/was made by another version.*17\.1/);
    writeFileSync(marker, 'nonsense');
    await expect(startEngine({ dataDirectory })).rejects.toThrow(/redshift-connector\.json is damaged/);
  });

  it.skipIf(account === undefined)('has to be where the server’s account can reach it', async () => {
    const closed = place('closed');
    mkdirSync(closed, { mode: 0o700 });
    await expect(startEngine({ dataDirectory: join(closed, 'db') })).rejects.toThrow(
      /cannot reach .*closed\/db\/data\S*; take a folder below folders that everybody may enter/,
    );
  });
});
