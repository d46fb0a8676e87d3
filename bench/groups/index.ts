/** Every group of measurements: what it asks of its clients, who takes part, and what its figures are compared with. */
import type { Measurement } from '../measure.js';
import type { Target } from '../target.js';
import { fetchClients } from './fetch.js';
import { insertClients } from './insert.js';
import { connectClients, smallClients } from './small.js';
import { streamClients } from './stream.js';

export interface Group {
  /** It needs the tables of a real server. */
  readonly live: boolean;
  /** What is counted, for the report: `row`. */
  readonly unit: string;
  readonly clients: Readonly<Record<string, (task: never) => Promise<Measurement>>>;
  /** The cases in the order of the report. */
  cases(targets: Targets, rows: number): readonly Case[];
}

export interface Targets {
  readonly replay: Target;
  readonly replayTls: Target;
  readonly redshift: Target;
  /** A real PostgreSQL: without a password, and with TLS and SCRAM. */
  readonly live: Target;
  readonly liveTls: Target;
}

export interface Case {
  readonly title: string;
  readonly task: object;
  /** Clients that take part; all of the group's when left out. */
  readonly only?: readonly string[];
}

const shapes = ['mixed', 'narrow', 'text', 'numeric'] as const;

export const groups: Readonly<Record<string, Group>> = {
  rows: {
    live: false,
    unit: 'row',
    clients: fetchClients,
    cases: ({ replay }, rows) =>
      shapes.map((shape) => ({ title: `${shape}, replayed`, task: { target: replay, shape, rows } })),
  },
  tls: {
    live: false,
    unit: 'row',
    clients: fetchClients,
    cases: ({ replayTls }, rows) =>
      shapes.map((shape) => ({
        title: `${shape}, replayed over TLS`,
        task: { target: replayTls, shape, rows },
      })),
  },
  redshift: {
    live: false,
    unit: 'row',
    clients: fetchClients,
    cases: ({ redshift }, rows) =>
      shapes.map((shape) => ({
        title: `${shape}, Redshift's protocol, replayed`,
        task: { target: redshift, shape, rows },
        only: Object.keys(fetchClients).filter((name) => !name.startsWith('p')),
      })),
  },
  live: {
    live: true,
    unit: 'row',
    clients: fetchClients,
    cases: ({ live }, rows) =>
      shapes.map((shape) => ({ title: `${shape}, from PostgreSQL`, task: { target: live, shape, rows } })),
  },
  small: {
    live: true,
    unit: 'query',
    clients: smallClients,
    cases: ({ live }) =>
      (['sequential', 'in flight', 'connections'] as const).map((way) => ({
        title: {
          sequential: 'one after the other',
          'in flight': 'a hundred in flight on one connection',
          connections: 'ten connections',
        }[way],
        task: { target: live, way, queries: 10_000 },
      })),
  },
  insert: {
    live: true,
    unit: 'row',
    clients: insertClients,
    cases: ({ live }) => [{ title: '100,000 rows of four columns', task: { target: live, rows: 100_000 } }],
  },
  stream: {
    live: true,
    unit: 'row',
    clients: streamClients,
    cases: ({ live }, rows) => [{ title: 'narrow, from PostgreSQL', task: { target: live, rows } }],
  },
  connect: {
    live: true,
    unit: 'connect',
    clients: connectClients,
    cases: ({ live, liveTls }) => [
      { title: 'without a password', task: { target: live, connects: 200 } },
      { title: 'TLS and SCRAM', task: { target: liveTls, connects: 100 } },
    ],
  },
};
