/** Every group of measurements: what it asks of its clients, who takes part, and which values they have to give. */
import type { Client } from '../client.js';
import type { Exact } from '../exact.js';
import type { LiveTable, TargetName } from '../servers.js';
import type { Target } from '../target.js';
import { columnClients } from './columns.js';
import { connectClients } from './connect.js';
import { eventsFloor, fetchCheck, liveClients, redshiftClients, rowClients } from './fetch.js';
import { insertCheck, insertClients } from './insert.js';
import { smallCheck, smallClients, takesPart, type Way } from './small.js';
import { streamCheck, streamClients } from './stream.js';

export interface Group {
  readonly title: string;
  /** What is counted, for the report: `row`. */
  readonly unit: string;
  readonly clients: Readonly<Record<string, Client<never>>>;
  readonly check?: {
    /** The same task with as much as it takes to trust the values. */
    smaller(task: never): object;
    exact(task: never): Promise<Exact>;
  };
  /** In the order of the report. */
  readonly cases: readonly Case[];
}

export interface Case {
  readonly title: string;
  readonly target: TargetName;
  /** What has to be on a live server. */
  readonly tables?: readonly LiveTable[];
  /** @param rows of bulk results, as the command line says */
  task(target: Target, rows: number): object;
  /** Clients that take part; all of the group's when left out. */
  readonly takesPart?: (client: string) => boolean;
}

const shapes = ['mixed', 'narrow', 'text', 'numeric'] as const;

const bulk = (target: TargetName, how: string): Case[] =>
  shapes.map((shape) => ({
    title: `${shape}, ${how}`,
    target,
    ...(target === 'live' ? { tables: [shape] } : {}),
    task: (to, rows) => ({ target: to, shape, rows }),
  }));

const smallWays: Readonly<Record<Way, string>> = {
  sequential: 'one after the other',
  cold: 'one after the other, each text for the first time',
  'in flight': 'a hundred in flight on one connection',
  connections: 'ten connections',
};

export const groups: Readonly<Record<string, Group>> = {
  rows: {
    title: 'Bulk rows, kept in memory',
    unit: 'row',
    clients: rowClients,
    check: fetchCheck,
    cases: bulk('replay', 'replayed'),
  },
  columns: {
    title: 'Bulk columns',
    unit: 'row',
    clients: columnClients,
    check: fetchCheck,
    cases: bulk('replay', 'replayed'),
  },
  tls: {
    title: 'Bulk results over TLS',
    unit: 'row',
    clients: { ...eventsFloor, ...rowClients, ...columnClients },
    check: fetchCheck,
    cases: bulk('replayTls', 'replayed over TLS'),
  },
  redshift: {
    title: "Bulk results, Redshift's protocol",
    unit: 'row',
    clients: { ...redshiftClients, ...columnClients },
    check: fetchCheck,
    cases: bulk('redshift', "Redshift's protocol, replayed"),
  },
  live: {
    title: 'Bulk results from a server at work',
    unit: 'row',
    clients: { ...liveClients, ...columnClients },
    check: fetchCheck,
    cases: bulk('live', 'from PostgreSQL'),
  },
  small: {
    title: 'Small queries',
    unit: 'query',
    clients: smallClients,
    check: smallCheck,
    cases: (Object.keys(smallWays) as Way[]).map((way) => ({
      title: smallWays[way],
      target: 'live',
      tables: ['keys'],
      task: (target, rows) => ({ target, way, queries: Math.min(10_000, Math.ceil(rows / 10)) }),
      takesPart: (client) => takesPart(way, client),
    })),
  },
  insert: {
    title: 'Insert',
    unit: 'row',
    clients: insertClients,
    check: insertCheck,
    cases: [
      {
        title: 'rows of four columns',
        target: 'live',
        task: (target, rows) => ({ target, rows: Math.min(rows, 100_000) }),
      },
    ],
  },
  stream: {
    title: 'Streaming',
    unit: 'row',
    clients: streamClients,
    check: streamCheck,
    cases: [
      {
        title: 'narrow, from PostgreSQL',
        target: 'live',
        tables: ['narrow'],
        task: (target, rows) => ({ target, rows }),
      },
      {
        title: 'narrow, five times as many',
        target: 'live',
        tables: ['narrow'],
        task: (target, rows) => ({ target, rows: rows * 5 }),
      },
    ],
  },
  connect: {
    title: 'Connect',
    unit: 'connect',
    clients: connectClients,
    cases: [
      {
        title: 'without a password',
        target: 'live',
        task: (target, rows) => ({ target, connects: Math.min(200, Math.ceil(rows / 500)) }),
      },
      {
        title: 'TLS and SCRAM',
        target: 'liveTls',
        task: (target, rows) => ({ target, connects: Math.min(100, Math.ceil(rows / 500)) }),
      },
    ],
  },
};
