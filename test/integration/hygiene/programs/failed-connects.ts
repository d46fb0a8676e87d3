/** Connects that fail, many at a time; prints what is left of them. */
import { connect, type ConnectOptions } from '../../../../src/index.js';
import { given } from './given.js';
import { heapInUse, remains, settled, type Remains } from './remains.js';

export interface FailedConnectsGiven {
  /** By what goes wrong. */
  readonly attempts: Readonly<Record<string, ConnectOptions>>;
  readonly times: number;
}

export interface FailedConnectsTold {
  /** Names of the errors, by what went wrong. */
  readonly errors: Readonly<Record<string, readonly string[]>>;
  readonly left: Remains;
  readonly listenersBefore: Remains['processListeners'];
  readonly heapGrowth: number;
}

const { attempts, times } = given as FailedConnectsGiven;
const before = remains();
const errors: Record<string, Set<string>> = {};

async function fail(kind: string, options: ConnectOptions): Promise<void> {
  const name = await connect(options).then(
    () => 'no error',
    (error: unknown) => (error as Error).name,
  );
  (errors[kind] ??= new Set()).add(name);
}

async function round(count: number): Promise<void> {
  for (const [kind, options] of Object.entries(attempts)) {
    for (let left = count; left > 0; left -= 25) {
      await Promise.all(Array.from({ length: Math.min(left, 25) }, () => fail(kind, options)));
    }
  }
}

await round(Math.ceil(times / 5));
const warm = await heapInUse();
await round(times - Math.ceil(times / 5));
await settled();
const told: FailedConnectsTold = {
  errors: Object.fromEntries(Object.entries(errors).map(([kind, names]) => [kind, [...names]])),
  left: remains(),
  listenersBefore: before.processListeners,
  heapGrowth: (await heapInUse()) - warm,
};
console.log(JSON.stringify(told));
