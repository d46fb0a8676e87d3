import { expect, it } from 'vitest';

it('lets the process be warned', () => {
  process.emitWarning('something is wrong here');
  expect(1).toBe(1);
});
