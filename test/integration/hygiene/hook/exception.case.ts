import { expect, it } from 'vitest';

it('throws out of a timer', async () => {
  setTimeout(() => {
    throw new Error('an exception that nobody catches');
  }, 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(1).toBe(1);
});
