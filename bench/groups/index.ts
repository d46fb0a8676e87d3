/** Every group of measurements: what it asks of its clients, who takes part, and what its figures are compared with. */
import type { Measurement } from '../measure.js';
import type { Target } from '../target.js';
import { fetchClients } from './fetch.js';

export interface Group {
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
  readonly live: Target;
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
    unit: 'row',
    clients: fetchClients,
    cases: ({ replay }, rows) =>
      shapes.map((shape) => ({ title: `${shape}, replayed`, task: { target: replay, shape, rows } })),
  },
  tls: {
    unit: 'row',
    clients: fetchClients,
    cases: ({ replayTls }, rows) =>
      shapes.map((shape) => ({
        title: `${shape}, replayed over TLS`,
        task: { target: replayTls, shape, rows },
      })),
  },
  redshift: {
    unit: 'row',
    clients: fetchClients,
    cases: ({ redshift }, rows) =>
      shapes.map((shape) => ({
        title: `${shape}, Redshift's protocol, replayed`,
        task: { target: redshift, shape, rows },
        only: Object.keys(fetchClients).filter((name) => !name.startsWith('p')),
      })),
  },
};
