/** What the measurements run against: a private PostgreSQL, a local Redshift, and servers that tell their answers again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createAuthority, loopbackNames } from '../src/local/certificate.js';
import { startEngine } from '../src/local/engine/engine.js';
import { startLocalRedshift } from '../src/local/index.js';
import { keys } from './groups/small.js';
import type { Targets } from './groups/index.js';
import type { ReplaySettings } from './replay.js';
import { pgClient } from './peers.js';
import { selectOf, shapes } from './shapes.js';
import type { Target } from './target.js';

export interface Servers {
  readonly targets: Targets;
  stop(): Promise<void>;
}

const recorded = 10_000;

/** @param rows of each live table; 0: there are none */
export async function startServers(rows: number): Promise<Servers> {
  const authority = await createAuthority('Benchmark authority');
  const tls = await authority.issue({ commonName: 'localhost', ...loopbackNames });
  const password = 'Benchmark1';
  const engine = await startEngine({
    tcp: true,
    tls,
    superuser: 'bench',
    password,
    hba: ['hostnossl all all 127.0.0.1/32 trust', 'hostssl all all 127.0.0.1/32 scram-sha-256'],
  });
  const local = await startLocalRedshift({ port: 0, auth: 'trust', ssl: true });
  const postgresql = {
    port: engine.port,
    user: 'bench',
    database: engine.database,
    parameters: [['client_encoding', 'UTF8']] as const,
  };
  const redshift = {
    port: local.port,
    user: local.user,
    database: local.database,
    parameters: [
      ['client_protocol_version', '2'],
      ['driver_version', 'benchmark'],
    ] as const,
  };
  const children: ChildProcess[] = [];
  const replay = async (settings: ReplaySettings): Promise<number> => {
    const [child, port] = await startReplay(settings);
    children.push(child);
    return port;
  };
  const postgresqlPort = await replay({ source: postgresql, recorded });
  const tlsPort = await replay({ source: postgresql, recorded, tls });
  const redshiftPort = await replay({ source: redshift, recorded });
  const base = { user: 'bench', database: engine.database, protocol: 'postgresql', live: false } as const;
  const live = { ...base, port: engine.port, live: true };
  if (rows > 0) await fill(live, rows);
  return {
    targets: {
      replay: { ...base, port: postgresqlPort },
      replayTls: { ...base, port: tlsPort, ca: authority.cert },
      redshift: {
        ...base,
        protocol: 'redshift',
        port: redshiftPort,
        user: local.user,
        database: local.database,
      },
      live,
      liveTls: { ...live, password, ca: authority.cert },
    },
    stop: async () => {
      for (const child of children) child.kill();
      await local.close();
      await engine.stop();
    },
  };
}

/** The tables that live groups read. */
async function fill(live: Target, rows: number): Promise<void> {
  const client = await pgClient(live);
  for (const shape of shapes) {
    await client.query(`create unlogged table bench_${shape.name} as ${selectOf(shape, rows)}`);
    await client.query(`vacuum analyze bench_${shape.name}`);
  }
  await client.query(
    `create table bench_keys as select i::integer as id, i * 2 as quantity, 'city ' || i as city, i * 0.5::double precision as weight from generate_series(0, ${String(keys - 1)}) as i`,
  );
  await client.query('alter table bench_keys add primary key (id)');
  await client.end();
}

async function startReplay(settings: ReplaySettings): Promise<[ChildProcess, number]> {
  const program = new URL('replay.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
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
