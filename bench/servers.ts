/** What the measurements run against: a private PostgreSQL, a local Redshift, and servers that tell their answers again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createAuthority, loopbackNames } from '../src/local/certificate.js';
import { startEngine } from '../src/local/engine/engine.js';
import { startLocalRedshift } from '../src/local/index.js';
import type { Targets } from './groups/index.js';
import type { ReplaySettings } from './replay.js';

export interface Servers {
  readonly targets: Targets;
  readonly version: string;
  stop(): Promise<void>;
}

const recorded = 10_000;

export async function startServers(): Promise<Servers> {
  const authority = await createAuthority('Benchmark authority');
  const tls = await authority.issue({ commonName: 'localhost', ...loopbackNames });
  const engine = await startEngine({ tcp: true, tls, auth: 'trust', superuser: 'bench' });
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
  return {
    version: 'PostgreSQL 18',
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
      live: { ...base, port: engine.port, live: true },
    },
    stop: async () => {
      for (const child of children) child.kill();
      await local.close();
      await engine.stop();
    },
  };
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
