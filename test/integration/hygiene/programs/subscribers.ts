/**
 * Subscribes to everything that the driver publishes, with subscribers that throw. Node itself raises what a subscriber
 * throws as an uncaught exception, so this program listens to those; the driver's calls must not notice.
 */
import { subscribe } from 'node:diagnostics_channel';
import { connect, type ConnectOptions } from '../../../../src/index.js';
import { given } from './given.js';

export interface SubscribersGiven {
  readonly options: ConnectOptions;
}

export interface SubscribersTold {
  readonly outcomes: readonly string[];
  /** How many exceptions of subscribers Node raised. */
  readonly raised: number;
  /** Anything else that was raised. */
  readonly others: readonly string[];
}

const { options } = given as SubscribersGiven;
let raised = 0;
const others: string[] = [];
process.on('uncaughtException', (error) => {
  if (error.message === 'a subscriber that throws') raised++;
  else others.push(String(error));
});
for (const name of ['connect', 'query', 'pool', 'transfer']) {
  for (const part of ['start', 'end', 'asyncStart', 'asyncEnd', 'error']) {
    subscribe(`tracing:redshift-connector:${name}:${part}`, () => {
      throw new Error('a subscriber that throws');
    });
  }
}

const outcomes: string[] = [];
async function note(call: Promise<unknown>): Promise<void> {
  outcomes.push(
    await call.then(
      () => 'ok',
      (error: unknown) => (error as Error).name,
    ),
  );
}

await note(connect({ ...options, port: 1 }));
const conn = await connect(options);
await note(conn.query('select 1'));
await note(conn.query('selec'));
await note(conn.cursor().execute('select 1'));
await note(conn.script('select 1; select 2'));
await note(conn.cursor().executeMany('update t set a = %s', [[1], [2]]));
await note(conn.query('select 1', null, { signal: AbortSignal.abort() }));
await note(conn.transaction(() => conn.query('select 1')));
await note(conn.query('select 1'));
await note(conn.close());
// Node raises what subscribers throw on the next tick.
await new Promise((resolve) => setImmediate(resolve));
const told: SubscribersTold = { outcomes, raised, others };
console.log(JSON.stringify(told));
