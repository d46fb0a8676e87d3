/** Listens to the tracing channels and writes down what is published, in order. */
import { tracingChannel } from 'node:diagnostics_channel';
import type { ConnectEvent, PoolTraceEvent, QueryEvent } from '../src/index.js';

export type Phase = 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error';

export interface Published<E = unknown> {
  readonly channel: string;
  readonly phase: Phase;
  /** The event itself, which goes on changing until it is over. */
  readonly event: E;
  /** A copy of how it was then. */
  readonly then: E;
}

const phases: readonly Phase[] = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];
export const channelNames = ['connect', 'query', 'pool'] as const;

export class RecordedChannels {
  readonly published: Published[] = [];
  readonly #stop: (() => void)[] = [];

  constructor(names: readonly string[] = channelNames) {
    for (const name of names) {
      const channel = tracingChannel<unknown, object>(`redshift-connector:${name}`);
      const subscribers = Object.fromEntries(
        phases.map((phase) => [
          phase,
          (event: object) => {
            this.published.push({ channel: name, phase, event, then: { ...event } });
          },
        ]),
      );
      channel.subscribe(subscribers as never);
      this.#stop.push(() => channel.unsubscribe(subscribers as never));
    }
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  /** Events of the query channel, in the order of their beginning, with the phases that each went through. */
  get statements(): { event: QueryEvent; phases: Phase[] }[] {
    return this.#of('query') as { event: QueryEvent; phases: Phase[] }[];
  }

  get connects(): { event: ConnectEvent; phases: Phase[] }[] {
    return this.#of('connect') as { event: ConnectEvent; phases: Phase[] }[];
  }

  get pools(): { event: PoolTraceEvent; phases: Phase[] }[] {
    return this.#of('pool') as { event: PoolTraceEvent; phases: Phase[] }[];
  }

  #of(channel: string): { event: unknown; phases: Phase[] }[] {
    const found = new Map<unknown, Phase[]>();
    for (const { event, phase } of this.published.filter((one) => one.channel === channel)) {
      const seen = found.get(event);
      if (seen === undefined) found.set(event, [phase]);
      else seen.push(phase);
    }
    return [...found].map(([event, seen]) => ({ event, phases: seen }));
  }
}
