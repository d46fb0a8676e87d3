import { expect, it } from 'vitest';

it('does nothing wrong', () => {
  expect(1).toBe(1);
});
