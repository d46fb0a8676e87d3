import { describe, expect, it } from 'vitest';
import { nextState, resultTable, type ResultEvent, type ResultState } from '../../../src/session/unread.js';

const states = Object.keys(resultTable) as ResultState[];

describe('the state table of unread results', () => {
  it('leads out of paused for everything that could need the connection, and reads again then', () => {
    for (const event of ['room', 'needed', 'drain', 'cancel', 'over'] as const) {
      const { state, actions } = nextState('paused', event);
      expect(state).not.toBe('paused');
      expect(actions).toContain('resume');
    }
  });

  it('pauses nowhere but on the way into paused', () => {
    for (const from of states) {
      for (const event of Object.keys(resultTable[from]) as ResultEvent[]) {
        const { state, actions } = nextState(from, event);
        expect(actions.includes('pause')).toBe(state === 'paused');
      }
    }
  });

  it('asks the server to stop only once, and never for what was not sent', () => {
    expect(nextState('waiting', 'cancel')).toEqual({ state: 'over', actions: [] });
    expect(nextState('cancelling', 'cancel')).toEqual({ state: 'cancelling', actions: [] });
    for (const from of ['flowing', 'paused', 'spooling', 'collecting', 'draining'] as const) {
      expect(nextState(from, 'cancel').actions).toContain('ask');
    }
  });

  it('ends every state, and stays ended', () => {
    for (const from of states) expect(nextState(from, 'over').state).toBe('over');
    for (const event of ['start', 'full', 'needed', 'cancel', 'drain'] as const) {
      expect(nextState('over', event)).toEqual({ state: 'over', actions: [] });
    }
  });
});
