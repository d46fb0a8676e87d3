/** Connecting and closing, one after the other. */
import { once } from 'node:events';
import type { Client, NodeClient } from '../client.js';
import { measure } from '../measure.js';
import { pgClient, postgresClient } from '../peers.js';
import { ours, type Target } from '../target.js';

export interface ConnectTask {
  readonly target: Target;
  readonly connects: number;
}

const repeats = (one: (target: Target) => Promise<unknown>): NodeClient<ConnectTask> => ({
  async run({ target, connects }) {
    for (let at = 0; at < 5; at++) await one(target);
    return measure(async () => {
      const each: number[] = [];
      for (let at = 0; at < connects; at++) {
        const from = performance.now();
        await one(target);
        each.push(performance.now() - from);
      }
      return { count: connects, each };
    });
  },
});

export const connectClients: Readonly<Record<string, Client<ConnectTask>>> = {
  'redshift-connector': repeats(async (target) => {
    await (await ours(target)).close();
  }),
  pg: repeats(async (target) => {
    const client = await pgClient(target);
    const ended = once(client, 'end');
    await client.end();
    await ended;
  }),
  postgres: repeats(async (target) => {
    const client = await postgresClient(target);
    await client`select 1`;
    await client.end();
  }),
  psycopg: { python: 'psycopg' },
  asyncpg: { python: 'asyncpg' },
};
