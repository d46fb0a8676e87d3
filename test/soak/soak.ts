/**
 * The nonce soak: clients that ask and write under aborts, time bounds, cuts and terminations, for as long as one likes.
 * Every statement carries a number that no other has, so that an answer that reaches another question is seen.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connect, createPool, type Connection, type ConnectOptions } from '../../src/index.js';
import { Chance } from './chance.js';
import { runClient, settings } from './client.js';
import { describe, Judge } from './judge.js';
import { Ledger } from './ledger.js';
import type { Order, World, WorldFigures } from './world.js';

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly clients: number;
  readonly say: (line: string) => void;
}

export interface SoakFigures {
  readonly seconds: number;
  readonly seed: number;
  readonly clients: number;
  readonly judge: Judge;
  readonly ledger: Ledger;
  readonly world: WorldFigures;
  readonly terminated: number;
  /** Megabytes of the heap in use behind a collection: means of the second and of the last quarter of the time. */
  readonly heap: { readonly early: number; readonly late: number };
  readonly mostSockets: number;
}

/** So much more heap in the last quarter than in the second is a leak, in megabytes. */
const flat = 8;

export async function soak({ seconds, seed, clients, say }: SoakOptions): Promise<SoakFigures> {
  const judge = new Judge(say);
  const forget = watchProcess(judge);
  const child = fork(fileURLToPath(new URL('./world.ts', import.meta.url)), [String(seed)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [world] = (await once(child, 'message')) as [World];
  const direct = directOptions(world);
  const admin = await connect(direct);
  const ledger = new Ledger(judge);
  await ledger.turn(admin);
  const victims = new Set<Connection>();
  const state = { over: false, terminated: 0 };
  const samples = new Samples(judge, clients);
  const chance = new Chance(seed);
  // The last third of the clients share a pool that is too small for them.
  const alone = Math.ceil((clients * 2) / 3);
  const pool = createPool({
    ...settings({ chance, autocommit: true }, brokenOptions(world, true)),
    max: Math.max(1, Math.floor((clients - alone) / 2)),
    acquireTimeout: 15,
    maxUses: 50,
    maxLifetime: 10,
    idleTimeout: 1,
  });
  const running = Array.from({ length: clients }, (_, index) => {
    // One in four is left alone by the network: for it there is no excuse.
    const pooled = index >= alone;
    const broken = pooled || index % 4 !== 3;
    const options = broken
      ? brokenOptions(world, index % 2 === 0)
      : { ...direct, ...secured(world, index % 8 === 3) };
    return runClient({
      who: `client ${String(index + 1)}`,
      chance: new Chance(seed * 1000 + index),
      judge,
      ledger,
      source: pooled ? pool : options,
      broken,
      autocommit: index % 3 !== 2,
      victims,
      isOver: () => state.over,
    }).catch((error: unknown) => {
      if (!state.over || !(error instanceof Error))
        judge.report('crash', `client ${String(index + 1)}: ${describe(error)}`);
    });
  });

  const end = performance.now() + seconds * 1000;
  let page = performance.now() + 30_000;
  let sample = performance.now();
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    state.terminated += await terminate(admin, victims, chance);
    if (performance.now() > page) {
      page += 30_000;
      await ledger.turn(admin);
    }
    if (performance.now() > sample) {
      sample += (seconds * 1000) / 40;
      samples.take();
    }
  }
  state.over = true;
  child.send('calm' satisfies Order);
  await Promise.all(running);
  await judge.returns('pool.end()', pool.end());
  judge.same('connections of the pool that are left', pool.stats.total, 0);
  child.send('figures' satisfies Order);
  const [figures] = (await once(child, 'message')) as [WorldFigures];
  await ledger.close(admin);
  await admin.close();
  await dismiss(child, judge);
  await samples.finish();
  forget();
  return {
    seconds,
    seed,
    clients,
    judge,
    ledger,
    world: figures,
    terminated: state.terminated,
    heap: samples.heap,
    mostSockets: samples.mostSockets,
  };
}

/** What would kill a user's process, or warn it. */
function watchProcess(judge: Judge): () => void {
  const crash = (error: unknown): void => {
    judge.report('crash', describe(error));
  };
  const events = ['unhandledRejection', 'uncaughtException', 'warning'] as const;
  for (const event of events) process.on(event, crash);
  return () => {
    for (const event of events) process.off(event, crash);
  };
}

function directOptions({ host, port, user, password, database, sslrootcert }: World): ConnectOptions {
  return { host, port, user, password, database, sslrootcert, autocommit: true, closeTimeout: 20 };
}

function secured({ sslrootcert }: World, tls: boolean): ConnectOptions {
  return tls ? { sslrootcert } : { sslrootcert: undefined, sslmode: 'disable' };
}

function brokenOptions(world: World, tls: boolean): ConnectOptions {
  return {
    ...directOptions(world),
    ...secured(world, tls),
    port: world.proxyPort,
    connectTimeout: 8,
    queryTimeout: 2.5,
    closeTimeout: 1,
  };
}

/** @returns how many were ended: none or one */
async function terminate(admin: Connection, victims: Set<Connection>, chance: Chance): Promise<number> {
  const alive = [...victims].filter(({ closed }) => !closed);
  if (alive.length === 0 || chance.happens(0.6)) return 0;
  await admin.query('select pg_terminate_backend(%s)', [chance.pick(...alive).processId]);
  return 1;
}

/** A world that does not end is a hang like any other: of the local Redshift, or of the proxy. */
async function dismiss(child: ChildProcess, judge: Judge): Promise<void> {
  const gone = once(child, 'exit');
  child.send('end' satisfies Order);
  const patience = setTimeout(() => {
    judge.report('hang', 'the process of the local Redshift does not end');
    child.kill('SIGKILL');
  }, 30_000);
  await gone;
  clearTimeout(patience);
}

/** The heap and the sockets of this process, over time. */
class Samples {
  mostSockets = 0;
  readonly #judge: Judge;
  readonly #clients: number;
  readonly #heap: number[] = [];
  readonly #gc: () => void;

  constructor(judge: Judge, clients: number) {
    this.#judge = judge;
    this.#clients = clients;
    setFlagsFromString('--expose-gc');
    this.#gc = runInNewContext('gc') as () => void;
  }

  get heap(): { early: number; late: number } {
    const quarter = Math.ceil(this.#heap.length / 4);
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length) / 1_048_576;
    return { early: mean(this.#heap.slice(quarter, 2 * quarter)), late: mean(this.#heap.slice(-quarter)) };
  }

  take(): void {
    this.#gc();
    this.#heap.push(process.memoryUsage().heapUsed);
    this.mostSockets = Math.max(this.mostSockets, handles().filter((name) => name.startsWith('TCP')).length);
  }

  /** Everything is closed: nothing may be left. */
  async finish(): Promise<void> {
    for (let turn = 0; turn < 100 && handles().length > 0; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const left = handles();
    if (left.length > 0) this.#judge.report('leak', `left when all was closed: ${left.join(', ')}`);
    if (this.mostSockets > this.#clients * 5 + 10) {
      this.#judge.report('leak', `${String(this.mostSockets)} sockets for ${String(this.#clients)} clients`);
    }
    const { early, late } = this.heap;
    if (late - early > flat) {
      this.#judge.report('leak', `the heap grew from ${early.toFixed(1)} to ${late.toFixed(1)} MB`);
    }
  }
}

function handles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter(
      (name) => !/^(PipeWrap|TTYWrap|FSReqPromise|CloseReq|Immediate|MessagePort|ProcessWrap)$/.test(name),
    );
}
