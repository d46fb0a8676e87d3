/**
 * What the measurements run against: a private PostgreSQL, a local Redshift, and servers that tell their answers again. Each
 * starts when the first case asks for it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createAuthority, loopbackNames } from '../src/local/certificate.js';
import { startEngine } from '../src/local/engine/engine.js';
import { startLocalRedshift } from '../src/local/index.js';
import { keys } from './groups/small.js';
import { pgClient } from './peers.js';
import { nodeProgram } from './processes.js';
import type { ReplaySettings } from './replay.js';
import { selectOf, shapeNamed } from './shapes.js';
import type { Target } from './target.js';

/** `replayTls` and `liveTls` are with TLS, `liveTls` with SCRAM, too; the others let anybody in. */
export type TargetName = 'replay' | 'replayTls' | 'redshift' | 'live' | 'liveTls';

/** A shape, or the rows that small queries ask for by key. */
export type LiveTable = 'mixed' | 'narrow' | 'text' | 'numeric' | 'keys';

/** Rows that a replay server knows at most; longer results are these again and again. */
const mostRecorded = 10_000;
/** The streams read so many times more of the narrow table than others of theirs. */
const streamed = { shape: 'narrow', times: 5 };
const password = 'Benchmark1';

export class Servers {
  readonly #rows: number;
  readonly #stops: (() => unknown)[] = [];
  readonly #targets = new Map<string, Promise<unknown>>();

  /** @param rows of each live table */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /** @param tables what a live server needs for it; they are filled once */
  async target(name: TargetName, tables: readonly LiveTable[] = []): Promise<Target> {
    const target = await this.#once(name, () => this.#start(name));
    for (const table of tables) {
      const rows = table === streamed.shape ? this.#rows * streamed.times : this.#rows;
      await this.#once(`table ${table}`, () => fill(target, table, rows));
    }
    return target;
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop();
  }

  async #start(name: TargetName): Promise<Target> {
    if (name === 'redshift') return this.#redshift();
    const engine = await this.#once('engine', () => this.#engine());
    const base: Target = {
      user: 'bench',
      database: engine.database,
      protocol: 'postgresql',
      live: false,
      port: engine.port,
    };
    const source = { ...base, parameters: [['client_encoding', 'UTF8'] as const] };
    const live = { ...base, live: true };
    switch (name) {
      case 'replay':
        return { ...base, port: await this.#replay({ source }) };
      case 'replayTls':
        return {
          ...base,
          port: await this.#replay({ source, tls: engine.tls }),
          ca: engine.authority,
        };
      case 'live':
        return live;
      case 'liveTls':
        return { ...live, password, ca: engine.authority };
    }
  }

  async #engine() {
    const authority = await createAuthority('Benchmark authority');
    const tls = await authority.issue({ commonName: 'localhost', ...loopbackNames });
    const engine = await startEngine({
      tcp: true,
      tls,
      superuser: 'bench',
      password,
      hba: ['hostnossl all all 127.0.0.1/32 trust', 'hostssl all all 127.0.0.1/32 scram-sha-256'],
      // The same rows in the same order, whoever asked before.
      settings: { synchronize_seqscans: 'off', timezone: 'UTC' },
    });
    this.#stops.push(() => engine.stop());
    return { port: engine.port, database: engine.database, tls, authority: authority.cert };
  }

  async #redshift(): Promise<Target> {
    const local = await startLocalRedshift({ port: 0, auth: 'trust', ssl: true });
    this.#stops.push(() => local.close());
    const { user, database } = local;
    const parameters = [['driver_version', 'benchmark'] as const];
    const port = await this.#replay({ source: { port: local.port, user, database, parameters } });
    return { user, database, port, protocol: 'redshift', live: false };
  }

  async #replay(settings: Omit<ReplaySettings, 'recorded'>): Promise<number> {
    const recorded = Math.min(mostRecorded, this.#rows);
    const [child, port] = await startReplay({ ...settings, recorded });
    this.#stops.push(() => child.kill());
    return port;
  }

  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    let found = this.#targets.get(name);
    if (found === undefined) this.#targets.set(name, (found = make()));
    return found as Promise<T>;
  }
}

/** A table that live groups read. */
async function fill(live: Target, table: LiveTable, rows: number): Promise<void> {
  const client = await pgClient(live);
  try {
    if (table === 'keys') {
      await client.query(
        `create table bench_keys as select i::integer as id, i * 2 as quantity, 'city ' || i as city, i * 0.5::double precision as weight from generate_series(0, ${String(keys - 1)}) as i`,
      );
      await client.query('alter table bench_keys add primary key (id)');
      return;
    }
    await client.query(`create unlogged table bench_${table} as ${selectOf(shapeNamed(table), rows)}`);
    await client.query(`vacuum analyze bench_${table}`);
  } finally {
    await client.end();
  }
}

async function startReplay(settings: ReplaySettings): Promise<[ChildProcess, number]> {
  const [command, args] = nodeProgram('replay');
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`${JSON.stringify(settings)}\n`);
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      resolve((JSON.parse(line) as { port: number }).port);
    });
    child.once('exit', (code) => {
      reject(new Error(`The replay server ended with ${String(code)}`));
    });
  });
  return [child, port];
}
