import { getEventListeners } from 'node:events';
import { expect, it, vi } from 'vitest';
import { onAbort } from '../../../src/session/abort.js';

it('H5: any number of calls share one listener on a signal, which goes with the last of them', () => {
  const { signal } = new AbortController();
  const ends = Array.from({ length: 100 }, () => onAbort(signal, () => undefined));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  for (const end of ends.slice(1)) end();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  ends[0]!();
  ends[0]!();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

it('each is called once, also when one ends the listening of others', () => {
  const controller = new AbortController();
  const called: number[] = [];
  const ends: (() => void)[] = [];
  for (let n = 0; n < 3; n++) {
    ends.push(
      onAbort(controller.signal, () => {
        called.push(n);
        for (const end of ends) end();
      }),
    );
  }
  const late = vi.fn();
  controller.abort();
  expect(called).toEqual([0]);
  onAbort(controller.signal, late)();
  onAbort(undefined, late)();
  expect(late).not.toHaveBeenCalled();
});
