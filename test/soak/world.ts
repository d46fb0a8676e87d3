/**
 * The world that the clients of the soak live in, as a process of its own: a local Redshift, and a proxy in front of it
 * that cuts, resets, silences, splits and delays. Whoever connects to the server itself is left alone.
 */
import { startLocalRedshift } from '../../src/local/index.js';
import { seededRandom, type Fault } from '../scripted/faults.js';
import { startProxy, type Faults, type Proxied, type Proxy } from '../scripted/proxy.js';

/** What the clients are told when it is ready. */
export interface World {
  readonly host: string;
  readonly port: number;
  readonly proxyPort: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslrootcert: string;
}

export type Order = 'calm' | 'figures' | 'end';

export interface WorldFigures {
  /** Connections that came to the proxy; cancel requests are among them. */
  readonly connections: number;
  readonly cuts: Readonly<Record<'fin' | 'rst' | 'silence', number>>;
}

/** Milliseconds after which a silent connection is taken down on the server's side, which would keep it for ever. */
const silence = 5000;

const seed = Number(process.argv[2] ?? '1');
const random = seededRandom(seed);
const cuts = { fin: 0, rst: 0, silence: 0 };
let calm = false;

function pick<T>(...choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)]!;
}

/** What is done to the bytes of one direction from the start: most of it small, some of it deadly, at any byte. */
function fault(): Fault {
  const at = Math.floor(random() ** 3 * 400_000);
  switch (pick('pass', 'pass', 'pass', 'split', 'shuffle', 'coalesce', 'delay', 'delay', 'swallow', 'cut')) {
    case 'split':
      return { does: 'split', piece: pick(1, 3, 7, 100) };
    case 'shuffle':
      return { does: 'shuffle', seed: Math.floor(random() * 1e9), most: pick(8, 64, 4096) };
    case 'coalesce':
      return { does: 'coalesce', milliseconds: pick(1, 5) };
    case 'delay':
      return { does: 'delay', milliseconds: pick(1, 3, 10, 40) };
    case 'swallow':
      if (random() < 0.8) return { does: 'pass' };
      cuts.silence++;
      return { does: 'swallow', from: at };
    case 'cut': {
      const how = pick('fin', 'rst');
      cuts[how]++;
      return { does: 'cut', at, how };
    }
    default:
      return { does: 'pass' };
  }
}

const faults = (): Faults => {
  if (calm) return {};
  // Splitting byte by byte costs much; one direction at a time is enough.
  return random() < 0.5 ? { toClient: fault() } : { toServer: fault() };
};

function disturb(proxy: Proxy): void {
  if (calm) return;
  const alive = proxy.connections.filter((each) => each.open);
  if (alive.length === 0) return;
  const victim: Proxied = pick(...alive);
  const how = pick('fin', 'fin', 'fin', 'rst', 'rst', 'rst', 'rst', 'silence');
  cuts[how]++;
  if (how !== 'silence') victim.cut(how);
  else {
    victim.stall();
    setTimeout(() => {
      victim.cut('rst');
    }, silence).unref();
  }
}

const redshift = await startLocalRedshift({ port: 0 });
const proxy = await startProxy(redshift, { faults, forget: true });
const timer = setInterval(() => {
  disturb(proxy);
}, 300);

process.on('message', (order: Order) => {
  if (order === 'calm') calm = true;
  if (order === 'figures') {
    process.send?.({ connections: proxy.count, cuts } satisfies WorldFigures);
  }
  if (order === 'end') void end();
});
process.on('disconnect', () => void end());

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  clearInterval(timer);
  await proxy.close();
  await redshift.close();
  if (process.connected) process.disconnect();
}

const { host, port, user, password, database } = redshift;
process.send?.({
  host,
  port,
  proxyPort: proxy.port,
  user,
  password,
  database,
  sslrootcert: redshift.sslrootcert ?? '',
} satisfies World);
