import { expect, it } from 'vitest';

it('adds one listener after the other to a signal', () => {
  const { signal } = new AbortController();
  for (let count = 0; count < 11; count++) signal.addEventListener('abort', () => undefined);
  expect(signal.aborted).toBe(false);
});
