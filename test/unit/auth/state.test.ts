/** The state of a browser login: unguessable, good for one answer, never printed. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { State } from '../../../src/auth/state.js';

describe('State', () => {
  it('has 256 random bits and no two are the same', () => {
    const states = Array.from({ length: 1000 }, () => new State().reveal());
    expect(new Set(states).size).toBe(1000);
    for (const state of states) expect(Buffer.from(state, 'base64url')).toHaveLength(32);
  });

  it('is spent by the first answer that brings it', () => {
    const state = new State();
    expect(state.spend(state.reveal())).toBe(true);
    expect(state.spend(state.reveal())).toBe(false);
  });

  it('is not spent by anything else', () => {
    const state = new State();
    const text = state.reveal();
    for (const other of [undefined, '', text.slice(1), `${text}x`, text.toLowerCase(), new State().reveal()])
      expect(state.spend(other)).toBe(false);
    expect(state.spend(text)).toBe(true);
  });

  it('never prints', () => {
    const state = new State();
    for (const text of [String(state), JSON.stringify({ state }), inspect(state, { showHidden: true })])
      expect(text).not.toContain(state.reveal());
  });
});
