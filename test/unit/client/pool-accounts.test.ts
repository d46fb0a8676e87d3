import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Accounts, type Place } from '../../../src/client/pool-accounts.js';

type Model = Map<number, Place>;
const idleOrder = new WeakMap<Model, number[]>();

/** A move of the accounts, said again in the simplest way that there is. */
class Move implements fc.Command<Model, Accounts<number>> {
  readonly #move: 'open' | 'opened' | 'lend' | 'returned' | 'remove';
  readonly #member: number;
  constructor(move: Move['kind'], member: number) {
    this.#move = move;
    this.#member = member;
  }
  get kind(): 'open' | 'opened' | 'lend' | 'returned' | 'remove' {
    return this.#move;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, real: Accounts<number>): void {
    const member = this.#member;
    const place = model.get(member);
    const idle = idleOrder.get(model)!;
    switch (this.#move) {
      case 'open':
        if (model.size >= real.max || place !== undefined) expect(() => real.open(member)).toThrow();
        else {
          real.open(member);
          model.set(member, 'connecting');
        }
        break;
      case 'opened':
      case 'returned': {
        const from = this.#move === 'opened' ? 'connecting' : 'busy';
        if (place !== from) expect(() => real[this.#move as 'opened'](member)).toThrow(/should be/);
        else {
          real[this.#move](member);
          model.set(member, 'idle');
          idle.push(member);
        }
        break;
      }
      case 'lend': {
        expect(real.nextIdle).toBe(idle.at(-1));
        const lent = real.lend();
        expect(lent).toBe(idle.pop());
        if (lent !== undefined) model.set(lent, 'busy');
        break;
      }
      case 'remove':
        expect(real.remove(member)).toBe(model.delete(member));
        if (place === 'idle') idle.splice(idle.indexOf(member), 1);
    }
    const count = (wanted: Place): number => [...model.values()].filter((each) => each === wanted).length;
    expect({ idle: real.idle, busy: real.busy, connecting: real.connecting }).toMatchObject({
      idle: count('idle'),
      busy: count('busy'),
      connecting: count('connecting'),
    });
    expect(real.idle + real.busy + real.connecting).toBe(real.total);
    expect(real.total).toBeLessThanOrEqual(real.max);
    expect(real.hasRoom).toBe(model.size < real.max);
    expect(real.placeOf(member)).toBe(model.get(member));
    expect(real.idleMembers()).toEqual(idle);
    expect(real.longestIdle).toBe(idle[0]);
    expect(new Set(real.members())).toEqual(new Set(model.keys()));
  }
  toString(): string {
    return `${this.#move}(${String(this.#member)})`;
  }
}

describe('Q10: the accounts of a pool', () => {
  it('Q10: follow a model through any sequence of moves, also of those that cannot be', () => {
    const move = fc
      .tuple(fc.constantFrom('open', 'opened', 'lend', 'returned', 'remove'), fc.nat(7))
      .map(([kind, member]) => new Move(kind, member));
    fc.assert(
      fc.property(
        fc.commands([move], { maxCommands: 60 }),
        fc.integer({ min: 1, max: 6 }),
        (commands, max) => {
          fc.modelRun(() => {
            const model: Model = new Map();
            idleOrder.set(model, []);
            return { model, real: new Accounts<number>(max) };
          }, commands);
        },
      ),
      { numRuns: 300 },
    );
  });
});
