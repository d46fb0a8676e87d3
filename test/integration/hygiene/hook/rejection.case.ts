import { expect, it } from 'vitest';

it('leaves a rejection to nobody', async () => {
  void Promise.reject(new Error('a rejection that nobody handles'));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(1).toBe(1);
});
