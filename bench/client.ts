/** Who is measured: how a client does a task under the clock, and the values that it gives for the same task. */
import type { Values } from './exact.js';
import type { Measurement } from './measure.js';

/** A client that runs in Node. */
export interface NodeClient<Task> {
  /** Connects, warms up as a program would that has lived a while, and times the task alone. */
  run(task: Task): Promise<Measurement>;
  /** The task's values row by row; left out by those who look at none (floors). */
  values?(task: Task): Promise<Values>;
}

/** A client in Python: a function of that name in `python/clients.py`. */
export interface PythonClient {
  readonly python: string;
}

export type Client<Task> = NodeClient<Task> | PythonClient;

/** Clients of one group, by the name that stands in the report. */
export type Clients<Task> = Readonly<Record<string, Client<Task>>>;

export function isPython(client: Client<never>): client is PythonClient {
  return 'python' in client;
}
