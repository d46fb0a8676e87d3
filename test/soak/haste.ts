/** What disturbs a statement from our own side: an abort, a time bound, a cancel, each at a moment that chance picks. */
import type { Connection } from '../../src/index.js';
import type { Chance } from './chance.js';
import type { Excuses } from './judge.js';

export interface Haste {
  readonly options: { readonly signal?: AbortSignal; readonly timeout?: number };
  readonly excuses: Excuses;
  /** The statement is over: nothing of this may reach the next one. */
  readonly over: () => Promise<void>;
}

const none: Haste = { options: {}, excuses: {}, over: () => Promise.resolve() };
/** Milliseconds within which most statements end. */
const soon = 30;

/** @param broken the connection may end at any moment */
export function hasten(conn: Connection, chance: Chance, broken: boolean): Haste {
  const excuses: Excuses = { broken };
  switch (
    chance.pick('none', 'none', 'none', 'none', 'none', 'abort', 'abort', 'late', 'cancel', 'aborted')
  ) {
    case 'abort': {
      const controller = new AbortController();
      const timer = setTimeout(() => {
        controller.abort();
      }, chance.below(soon));
      return {
        options: { signal: controller.signal },
        excuses: { ...excuses, cancelled: true },
        over: () => {
          clearTimeout(timer);
          return Promise.resolve();
        },
      };
    }
    case 'aborted':
      if (chance.happens(0.5)) return { ...none, excuses };
      return {
        options: { signal: AbortSignal.abort() },
        excuses: { ...excuses, cancelled: true },
        over: none.over,
      };
    case 'late':
      return {
        options: { timeout: (1 + chance.below(soon)) / 1000 },
        excuses: { ...excuses, late: true },
        over: none.over,
      };
    case 'cancel': {
      let asked: Promise<void> | undefined;
      const timer = setTimeout(() => {
        asked = conn.cancel();
      }, chance.below(soon));
      return {
        options: {},
        excuses: { ...excuses, cancelled: true },
        over: async () => {
          clearTimeout(timer);
          await asked;
        },
      };
    }
    default:
      return { ...none, excuses };
  }
}
